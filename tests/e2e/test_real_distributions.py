"""What real projects publish is accepted, kept and handed out as it is: publish, verify, install."""

import concurrent.futures
import hashlib
import json
import subprocess
import urllib.parse
import urllib.request

import pytest
from packaging.tags import sys_tags
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version
from support import real_distributions
from support.package_probe import decode, encode
from support.process import built_program


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_real_distributions_are_accepted_and_read_right():
    listed = real_distributions.listed()
    assert len(listed) >= 40
    paths = real_distributions.fetch()
    lines = "".join(f"I {encode(str(path))}\n" for path in paths)
    done = subprocess.run([built_program("package_probe")], input=lines, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    wrong = []
    for distribution, path, answer in zip(listed, paths, done.stdout.splitlines(), strict=True):
        kind, *words = answer.split()
        if kind == "-":
            wrong.append(f"{distribution.filename} ({distribution.why}): {decode(words[0])}")
            continue
        name, version = distribution.requirement.split("==")
        assert decode(words[0]) == canonicalize_name(name)
        assert Version(decode(words[1])) == Version(version)
        assert words[2] == distribution.sha256
        assert int(words[3]) == path.stat().st_size
    assert not wrong, "\n".join(wrong)


def installable(listed, paths) -> list:
    """The wheels for this machine, one of each project, without those of many thousand files."""
    here, chosen = set(sys_tags()), {}
    for one, path in zip(listed, paths, strict=True):
        is_small = path.stat().st_size < 2 << 20
        if is_small and one.filename.endswith(".whl") and parse_wheel_filename(one.filename)[3] & here:
            name = canonicalize_name(one.requirement.split("==")[0])
            # pip would replace what the tests' own interpreter brings along.
            if name not in ("pip", "setuptools"):
                chosen[name] = one
    return list(chosen.values())


def fetch_as_an_installer(index_url: str, one) -> str:
    """The SHA-256 of the file that the page leads to, after comparing it with the page's own."""
    project = canonicalize_name(one.requirement.split("==")[0])
    page_url = f"{index_url}{project}/"
    request = urllib.request.Request(page_url, headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        entry = next(file for file in json.loads(reply.read())["files"] if file["filename"] == one.filename)
    url = urllib.parse.urljoin(page_url, entry["url"])
    with urllib.request.urlopen(url, timeout=120) as reply:
        digest = hashlib.file_digest(reply, "sha256").hexdigest()
    assert entry["hashes"]["sha256"] == digest
    if entry["core-metadata"]:
        with urllib.request.urlopen(f"{url}.metadata", timeout=60) as reply:
            assert hashlib.sha256(reply.read()).hexdigest() == entry["core-metadata"]["sha256"]
    else:
        assert not one.filename.endswith(".whl")
    return digest


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("kind", ["folder_repo", "minio"])
def test_real_distributions_are_published_verified_and_installed(kind, wheelyard, pip, uv, request, tmp_path):
    repo = request.getfixturevalue(kind)
    listed = real_distributions.listed()
    paths = real_distributions.fetch()
    report = wheelyard("publish", "--json", *paths, repo=repo, timeout=600).json
    assert sorted(file["filename"] for file in report["files"]) == sorted(one.filename for one in listed)
    again = wheelyard("publish", "--json", *paths, repo=repo, timeout=600).json
    assert {file["outcome"] for file in again["files"]} == {"unchanged"}
    assert "all is well" in wheelyard("verify", "--deep", repo=repo, timeout=600).stdout

    with wheelyard.serve(repo, "--no-upstream") as served:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            digests = list(pool.map(lambda one: fetch_as_an_installer(served.index_url, one), listed))
        assert digests == [one.sha256 for one in listed]

        wanted = installable(listed, paths)
        assert len(wanted) >= 10
        (tmp_path / "wanted.txt").write_text("".join(f"{one.requirement} --hash=sha256:{one.sha256}\n" for one in wanted))
        expected = {canonicalize_name(one.requirement.split("==")[0]): Version(one.requirement.split("==")[1]) for one in wanted}
        for client in (pip, uv):
            options = ["--no-deps", "--require-hashes", "-r", tmp_path / "wanted.txt"]
            if client is pip:
                options += ["--no-compile"]
            done = client.install(index_url=served.index_url, options=options)
            assert {name: Version(version) for name, version in done.installed.items()} == expected
