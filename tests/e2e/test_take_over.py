"""Indexes that other programs made are taken over with nothing lost. The released programs make them."""

import hashlib
import json
import re
import shutil
import subprocess
import urllib.request
from dataclasses import dataclass, field

import pytest
from support.process import ROOT
from support.repositories import Repository, folder_repository
from support.wheels import make_sdist, make_wheel

#: What Amazon answers for a public object. The servers here know no ACLs of objects; ilabs.s3util lists by them.
PUBLIC_ACL = b"""<?xml version="1.0" encoding="UTF-8"?>
<AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList><Grant>
<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">
<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission>
</Grant></AccessControlList></AccessControlPolicy>"""


@dataclass
class OldIndex:
    """What another program left in a repository."""

    repo: Repository
    files: list  #: paths of what was put there
    digests: bool = False  #: its links carry digests
    projects: dict[str, list[str]] = field(init=False)

    def __post_init__(self):
        self.projects = {"acme-lib": [], "other": []}
        for file in self.files:
            self.projects["other" if file.name.startswith("other") else "acme-lib"].append(file.name)

    def sha256(self, name: str) -> str:
        return next(hashlib.sha256(file.read_bytes()).hexdigest() for file in self.files if file.name == name)


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "old"
    return [
        make_wheel(folder, "Acme.Lib", "1.0"),
        make_wheel(folder, "Acme.Lib", "1.0+cu121.build7", requires_python=">=3.8"),
        make_wheel(folder, "Acme.Lib", "1.1", filename="Acme_Lib-1.1-py3-none-any.whl"),
        make_sdist(folder, "acme-lib", "0.9", requires_python=">=3.8"),
        make_wheel(folder, "other", "1.0", requires_dist=["acme-lib==1.1"]),
    ]


def run_s3pypi(wheelyard, tool, repo, files, *options):
    program = tool("s3pypi==2.0.1") / "s3pypi"
    where = ["--bucket", repo.bucket, "--prefix", repo.prefix.rstrip("/"), "--s3-endpoint-url", repo.endpoint]
    return wheelyard.run([program, "upload", *files, *where, *options], wheelyard.environment(repo), check=False)


@pytest.fixture(
    params=[
        "s3pypi-html-minio", "s3pypi-html-versitygw", "s3pypi-slash-minio", "s3pypi-slash-versitygw", "ilabs-minio",
        "ilabs-versitygw", "dumb-pypi", "dumb-pypi-with-digests", "flat-folder", "flat-minio", "folders",
    ]
)  # fmt: skip
def old(request, files, wheelyard, tool, tmp_path, fault_proxy) -> OldIndex:
    program, _, server = request.param.rpartition("-")
    if program == "s3pypi-html":
        repo = request.getfixturevalue(server)
        run_s3pypi(wheelyard, tool, repo, files, "--index.html", "--put-root-index").ok()
        return OldIndex(repo, files, digests=True)
    if program == "s3pypi-slash":
        repo = request.getfixturevalue(server)
        done = run_s3pypi(wheelyard, tool, repo, files)
        if server == "minio":
            done.ok()
            assert repo.raw.exists("acme-lib/") and not repo.raw.exists("acme-lib/index.html")
            return OldIndex(repo, files, digests=True)
        # versitygw refuses an object whose key ends in a slash: s3pypi puts a file and fails on its page.
        assert "DirectoryObjectContainsData" in done.failed().stderr
        for file in files:
            run_s3pypi(wheelyard, tool, repo, [file]).failed()
        assert not [key for key in repo.raw.keys() if key.endswith(("/", ".html"))]
        return OldIndex(repo, files)
    if program == "ilabs":
        repo = request.getfixturevalue(server)
        proxy = fault_proxy(repo.endpoint)
        proxy.answer(200, "GET", r"[?&]acl", PUBLIC_ACL, {"Content-Type": "application/xml"})
        s3pypi = tool("ilabs.s3util==0.6.7", "boto3", "setuptools<70") / "s3pypi"
        wheelyard.run([s3pypi, *files, "--target", repo.url], wheelyard.environment(repo.behind(proxy.url)))
        assert repo.raw.exists("Acme-Lib/index.html") and repo.raw.exists("acme-lib/index.html")
        return OldIndex(repo, files)
    repo = request.getfixturevalue("minio") if request.param == "flat-minio" else folder_repository(tmp_path / "registry/simple")
    if request.param.startswith("dumb-pypi"):
        return make_with_dumb_pypi(wheelyard, tool, repo, files, tmp_path, digests="digests" in request.param)
    for file in files:
        repo.raw.write(file.name if request.param.startswith("flat") else f"{folder_of(file)}/{file.name}", file.read_bytes())
    return OldIndex(repo, files)


def folder_of(file) -> str:
    return "other" if file.name.startswith("other") else "acme-lib"


def make_with_dumb_pypi(wheelyard, tool, repo, files, tmp_path, digests=False, pool="simple/pool", url="../pool/") -> OldIndex:
    registry = tmp_path / "registry"
    (registry / pool).mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, registry / pool)
    packages = tmp_path / "packages"
    if digests:
        lines = [{"filename": f.name, "hash": f"sha256={hashlib.sha256(f.read_bytes()).hexdigest()}"} for f in files]
        packages.write_text("".join(json.dumps(line) + "\n" for line in lines))
    else:
        packages.write_text("".join(f"{file.name}\n" for file in files))
    option = "--package-list-json" if digests else "--package-list"
    program = tool("dumb-pypi==1.15.0") / "dumb-pypi"
    command = [program, option, packages, "--output-dir", registry, "--packages-url", url]
    wheelyard.run(command, wheelyard.environment())
    return OldIndex(repo, files, digests)


def served_page(url: str, project: str) -> dict:
    request = urllib.request.Request(f"{url}{project}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    with urllib.request.urlopen(request, timeout=240) as reply:
        return {entry["filename"]: entry for entry in json.loads(reply.read())["files"]}


def installs(pip, wheelyard, old, *requirements) -> dict[str, str]:
    through = wheelyard.command("exec", "--no-upstream", "--", repo=old.repo)
    return pip.install(*requirements, through=through, env=old.repo.env).installed


def test_taken_over_with_nothing_lost(old, wheelyard, pip):
    repo = old.repo
    before = {key: repo.raw.read(key) for key in repo.raw.keys()}

    # As it is, before anything is published: list, serve and exec read it, and write nothing.
    assert set(old.projects) <= set(wheelyard("list", repo=repo).stdout.split())
    listed = wheelyard("list", "--json", *old.projects, repo=repo).json["projects"]
    assert {p["name"]: sorted(f["filename"] for f in p["files"]) for p in listed} == {
        name: sorted(names) for name, names in old.projects.items()
    }
    with wheelyard.serve(repo, "--no-upstream") as served:
        for project, names in old.projects.items():
            page = served_page(served.index_url, project)
            assert sorted(page) == sorted(names)
            if old.digests:
                assert {name: page[name]["hashes"]["sha256"] for name in names} == {name: old.sha256(name) for name in names}
    assert installs(pip, wheelyard, old, "other", "acme_lib==1.1") == {"other": "1.0", "acme-lib": "1.1"}
    assert {key: repo.raw.read(key) for key in repo.raw.keys()} == before

    # The first publish keeps every link.
    new = make_wheel(old.files[0].parent / "new", "acme-lib", "2.0")
    wheelyard("publish", new, repo=repo)
    assert sorted(repo.listed("acme-lib")) == sorted([*old.projects["acme-lib"], new.name])
    for name in old.projects["acme-lib"]:
        assert name.replace("+", "%2B") in repo.html("acme-lib")
        if old.digests:
            assert f"#sha256={old.sha256(name)}" in repo.html("acme-lib")
    wheelyard("verify", repo=repo, check=False).failed(1)

    # Repairing adds what was missing, and nothing is left to say.
    wheelyard("verify", "--repair", repo=repo)
    for project, names in old.projects.items():
        entries = {entry["filename"]: entry for entry in repo.index(project)["files"]}
        for name in names:
            entry = entries[name]
            assert entry["hashes"]["sha256"] == old.sha256(name)
            assert entry["size"] > 0 and entry["upload-time"]
            assert bool(entry["core-metadata"]) == name.endswith(".whl")
            if "+" in name or name.endswith(".tar.gz"):
                assert entry["requires-python"] == ">=3.8", name
    assert "all is well" in wheelyard("verify", "--deep", repo=repo).stdout
    assert sorted(wheelyard("list", repo=repo).stdout.split()) == sorted(old.projects)

    # Old and new install; every old file is there as it was.
    for version in ("1.0+cu121.build7", "1.1", "0.9", "2.0"):
        assert installs(pip, wheelyard, old, f"acme-lib=={version}") == {"acme-lib": version}
    assert installs(pip, wheelyard, old, "other")["acme-lib"] == "1.1"
    for key, data in before.items():
        if not key.endswith((".html", "/")):
            assert repo.raw.read(key) == data


def test_files_of_dumb_pypi_that_lie_outside(wheelyard, tool, files, pip, tmp_path):
    """Links out of the repository are kept as they are; publishing the files brings them in."""
    repo = folder_repository(tmp_path / "registry/simple")
    old = make_with_dumb_pypi(wheelyard, tool, repo, files, tmp_path, pool="pool", url="../../pool/")
    wheelyard("publish", make_wheel(tmp_path / "new", "acme-lib", "2.0"), repo=repo)
    assert set(old.projects["acme-lib"]) < set(repo.listed("acme-lib"))
    assert pip.install("acme-lib==1.1", index_url=repo.folder.as_uri()).installed == {"acme-lib": "1.1"}
    wheelyard("publish", "--force", tmp_path / "registry/pool", repo=repo)
    assert installs(pip, wheelyard, old, "other") == {"other": "1.0", "acme-lib": "1.1"}
    wheelyard("verify", "--repair", repo=repo)
    assert "all is well" in wheelyard("verify", "--deep", repo=repo).stdout


def test_the_page_for_those_who_move_over_names_s3pypis_options(tool):
    """docs/moving-from-s3pypi.md knows every option of the released program, and no other."""
    program = tool("s3pypi==2.0.1") / "s3pypi"
    helps = [["--help"], ["upload", "--help"], ["delete", "--help"], ["force-unlock", "--help"]]
    said = "".join(subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout for words in helps)
    options = set(re.findall(r"--[a-z][a-z0-9.-]+[a-z]", said)) - {"--help", "--version"}
    page = (ROOT / "docs/moving-from-s3pypi.md").read_text()
    left = "".join(line.split("|")[1] for line in page.splitlines() if line.startswith("|"))
    assert set(re.findall(r"--[a-z][a-z0-9.-]+[a-z]", left)) == options
    assert all(f"`{command}" in left for command in ("upload", "delete", "force-unlock"))


def test_each_line_of_the_page_for_those_who_move_over(wheelyard, tool, minio, wheels, files):
    run_s3pypi(wheelyard, tool, minio, files, "--index.html").ok()
    where = ["--repo", f"s3://{minio.bucket}/{minio.prefix.rstrip('/')}", "--endpoint-url", minio.endpoint, "--region", "us-east-1"]
    env = {key: value for key, value in minio.env.items() if key not in ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION")}
    new = wheels.wheel("acme-lib", "2.0")
    wheelyard("publish", new, *where, "--acl", "private", "--verbose", env=env)
    wheelyard("publish", new, *where, env=env)
    other = wheels.wheel("acme-lib", "2.0", folder=wheels.folder / "other", files={"more.py": "x = 1\n"})
    assert "--force" in wheelyard("publish", other, *where, env=env, check=False).failed(1).stderr
    wheelyard("publish", other, "--force", *where, env=env)
    assert "acme-lib" in minio.raw.read("index.html").decode()
    wheelyard("remove", "acme-lib===1.0", "--yes", *where, env=env)
    assert not minio.raw.exists(f"acme-lib/{files[0].name}") and minio.raw.exists(f"acme-lib/{files[1].name}")
    wheelyard("verify", "--repair", *where, env=env)


@pytest.mark.parametrize("options", [["--index.html"], []])
def test_an_s3pypi_that_still_runs_is_put_right(options, wheelyard, tool, minio, wheels, pip):
    wheelyard("publish", wheels.wheel("acme-lib", "1.0"), wheels.wheel("acme-lib", "1.1"), repo=minio)
    wheelyard("yank", "acme-lib==1.1", repo=minio)
    run_s3pypi(wheelyard, tool, minio, [wheels.wheel("acme-lib", "0.5")], *options).ok()
    old = OldIndex(minio, [])
    assert installs(pip, wheelyard, old, "acme-lib") == {"acme-lib": "1.0"}
    found = wheelyard("verify", repo=minio, check=False).failed(1)
    assert "acme_lib-0.5-py3-none-any.whl" in found.stdout
    wheelyard("verify", "--repair", repo=minio)
    assert len(minio.listed("acme-lib")) == 3 and "data-yanked" in minio.html("acme-lib")
    assert "all is well" in wheelyard("verify", "--deep", repo=minio).stdout
    assert installs(pip, wheelyard, old, "acme-lib<1") == {"acme-lib": "0.5"}
