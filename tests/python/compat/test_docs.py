"""docs/seed-names.md names tests that exist, and every name of the pages' examples."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/seed-names.md").read_text()
FOLDERS = (ROOT / "tests/python/compat", ROOT / "tests/e2e")
REFERENCE = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


def exists(file: str, test: str) -> bool:
    paths = [folder / file for folder in FOLDERS if (folder / file).exists()]
    return any(re.search(rf"^def {test}\(", path.read_text(), re.MULTILINE) for path in paths)


def test_every_test_that_is_named_exists():
    named = REFERENCE.findall(PAGE)
    assert len(named) > 80
    assert [f"{file}::{test}" for file, test in named if not exists(file, test)] == []


def test_every_row_names_a_test():
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and not line.startswith(("|---", "| on the page"))]
    assert len(rows) > 45
    assert [row for row in rows if not REFERENCE.search(row.rsplit("|", 2)[1])] == []


@pytest.mark.parametrize("name", [
    "S3Connection", "S3Name", "RemoteStore", "RemoteStoreError", "copy", "delete", "exists", "read", "update_metadata", "write",
    "remote_source", "remote_destination", "remote_name", "local_name", "headers", "metadata", "x-amz-meta-", "access_key_id",
    "secret_access_key", "default_bucket", "bucket", "endpoint", "tls", "s3.yaml", "ValueError", "my_other_bucket",
    "PyPICommand", "UploadCommand", "s3pypi", "s3upload", "file_mask", "target", "force", "acl", "--target", "--acl", "--force",
    "-f", "pip.conf", "extra-index-url", "[ilabs.s3util] target", "~/.aws/credentials", "aws_access_key_id",
    "aws_secret_access_key", "cmdclass", "options", "sdist bdist_wheel", "pip install s3p", "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY", "AWS_S3_BUCKET", "AWS_S3_RANKS", "s3p rev2.tar.gz staging", "could not promote, trying to skip rank?",
    "s3p my.tar.gz qa", "promoted my.tar.gz to qa", "s3p my.tar.gz production", "--version=839de03f972e8182", "S3Promote",
    "usage: s3p filepath rank", "--help", "--version VERSION", "--download PATH", "--get-version", "S3Pipeline", "S3Release",
    "help(S3Pipeline)", "help(S3Release)", "boto.s3.bucket.Bucket", "boto.s3.key.Key",
])  # fmt: skip
def test_every_name_of_the_pages_has_a_row(name):
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("|")]
    assert [row for row in rows if name in row]


def test_links_between_the_pages():
    for page in ("seed-names.md", "moving-from-s3.md", "moving-from-ilabs-s3util.md", "moving-from-s3p.md"):
        for target in re.findall(r"\]\(([\w./-]+)\)", (ROOT / "docs" / page).read_text()):
            assert (ROOT / "docs" / target).exists(), (page, target)
