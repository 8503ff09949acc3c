"""The page of `s3p`, through its classes and through the program that the package brings. pages/s3p holds its text."""

import contextlib
import inspect
import io
import pathlib
import subprocess
import uuid

import pytest
import wheelyard
from compat_support.pipelines import RANKS, environment, seen, settings

PAGE = pathlib.Path(__file__).parent / "pages/s3p"


@pytest.fixture
def work(place, tmp_path, monkeypatch):
    """A folder with the page's two files, and the page's variables set."""
    for name, value in environment(place).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "my.tar.gz").write_bytes(b"my release")
    (tmp_path / "rev2.tar.gz").write_bytes(b"another")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def session() -> list[tuple[list[str], str]]:
    lines = (PAGE / "session.txt").read_text().splitlines()
    return [(command.split()[1:], answer) for command, answer in zip(lines[::3], lines[1::3], strict=True)]


def test_the_session_by_the_class(place, work):
    from s3p import S3Pipeline

    pipeline = S3Pipeline()
    assert len(session()) == 4
    for arguments, answer in session():
        try:
            pipeline.promote(*arguments)
            said = f'success="promoted {arguments[0]} to {arguments[1]}"'
        except wheelyard.Refused as refused:
            said = f'error="{refused}"'
        assert said == answer
    version = pipeline.get_version("my.tar.gz", "production")
    assert uuid.UUID(version).version == 4
    mine = b"my release"
    assert seen(place) == {
        f"archive/{version}/my.tar.gz": mine, "qa/my.tar.gz": mine, "staging/my.tar.gz": mine, "production/my.tar.gz": mine,
    }  # fmt: skip
    assert {place.head(key)["Metadata"]["version"] for key in seen(place)} == {version}


def test_an_optional_version_by_the_class(place, work):
    from s3p import S3Pipeline

    pipeline = S3Pipeline()
    pipeline.promote("my.tar.gz", "qa", version="839de03f972e8182")
    (work / "my.tar.gz").write_bytes(b"newer")
    release = pipeline.promote("my.tar.gz", "qa", version="2")
    assert (release.version, release.rank, release.filename) == ("2", "qa", "my.tar.gz")
    # Not clobbered, but archived.
    assert seen(place) == {
        "qa/my.tar.gz": b"newer", "archive/2/my.tar.gz": b"newer", "archive/839de03f972e8182/my.tar.gz": b"my release",
    }  # fmt: skip
    assert pipeline.get_versions("my.tar.gz") == {"qa": "2", "staging": None, "production": None}


def test_the_environment_is_needed_or_what_stands_for_it(place, work, monkeypatch):
    from s3p import S3Pipeline

    given = S3Pipeline(place.bucket, ["one", "two"], **settings(place))
    assert (given.name, given.ranks) == (place.bucket, ["one", "two"])
    assert S3Pipeline().ranks == RANKS.split(", ")
    for name in ("AWS_S3_RANKS", "AWS_S3_BUCKET"):
        with monkeypatch.context() as changed:
            changed.delenv(name)
            with pytest.raises(ValueError, match=f"{name} is not set"):
                S3Pipeline()
    for ranks in ("qa,,x", "qa,qa", "archive", "", []):
        with pytest.raises(wheelyard.InvalidArgumentError):
            S3Pipeline(ranks=ranks)


def test_a_bucket_that_is_missing_is_made(place, work):
    from s3p import S3Pipeline

    name = f"new-{uuid.uuid4().hex}"
    place.buckets.append(name)
    pipeline = S3Pipeline(name)
    with pytest.raises(wheelyard.NotFoundError):
        pipeline.get_versions("my.tar.gz")
    with pytest.raises(wheelyard.Refused, match="trying to skip rank"):
        pipeline.promote("my.tar.gz", "staging")  # as the page begins
    pipeline.promote("my.tar.gz", "qa", "1")
    assert place.read("qa/my.tar.gz", name) == b"my release"


def test_help_explains():
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile((PAGE / "classes.py").read_text(), "classes.py", "exec"), {})
    said = out.getvalue()
    for text in ("class S3Pipeline", "class S3Release", "boto.s3.bucket.Bucket", "boto.s3.key.Key", "def promote_release", "Extend it",
                 "AWS_S3_RANKS", "get_contents_to_filename(", "delete_key("):  # fmt: skip
        assert text in said.replace("promote_release(self", "def promote_release(self"), text


def test_every_public_method_says_what_it_does():
    from s3p import S3Pipeline, S3Promote, S3Release

    assert S3Promote is S3Pipeline
    for cls in (S3Pipeline, S3Release):
        public = [member for name, member in inspect.getmembers(cls, callable) if not name.startswith("_") and not isinstance(member, type)]
        assert len(public) > 20
        for member in public:
            assert inspect.getdoc(member) or member.__name__ in UNDOCUMENTED, member


#: What says all by its name and those of its arguments.
UNDOCUMENTED = {"get_metadata", "update_metadata", "make_public", "make_release", "describe", "check_deletable", "<lambda>"}


@pytest.mark.timeout(300)
def test_the_session_by_the_installed_program(minio, environment, clean_env, tmp_path):
    from compat_support import pipelines

    made = environment()
    env = clean_env(**pipelines.environment(minio))
    (tmp_path / "my.tar.gz").write_bytes(b"my release")
    for arguments, answer in session():
        done = subprocess.run([made.bin / "s3p", *arguments], capture_output=True, text=True, cwd=tmp_path, env=env, check=False)
        assert (done.stdout, done.stderr) == (answer + "\n", "")
        assert done.returncode == (2 if answer.startswith("error") else 0)
    assert seen(minio)["production/my.tar.gz"] == b"my release"
