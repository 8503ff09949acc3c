"""Looking at releases: `wheelyard release download`, `diff` and `status`, on folders and on real servers."""

import hashlib
import io
import json
import pathlib
import re
import tarfile
import threading
import time

import pytest
from support.objects import contents
from support.releases import Releases, make_release

NAMES = ["app.bin", "notes.txt", "tools.bin"]


@pytest.fixture
def releases(wheelyard, repo) -> Releases:
    return Releases(wheelyard, repo)


def push(releases: Releases, folder: pathlib.Path, version: str, names: list[str] = NAMES, size: int = 4000) -> dict[str, bytes]:
    files = make_release(folder / f"made-{version}", version, names, size)
    releases("push", *files, "--name", "suite", "--version", version)
    return {file.name: file.read_bytes() for file in files}


def test_a_release_comes_whole_and_is_what_the_rank_holds(releases, tmp_path):
    first = push(releases, tmp_path, "1.0")
    releases("promote", "suite", "staging")
    second = push(releases, tmp_path, "1.1")
    done = releases("download", "suite", "staging", "--to", tmp_path / "got").json
    assert contents(tmp_path / "got") == first
    assert done["version"] == "1.0"
    assert [pathlib.Path(file["path"]).name for file in done["files"]] == NAMES
    releases("download", "suite@1.1", "qa", "--to", tmp_path / "got")
    assert contents(tmp_path / "got") == second
    refused = releases("download", "suite@1.1", "staging", "--to", tmp_path / "other", check=False).failed(1)
    assert "holds version 1.0" in refused.output
    assert not (tmp_path / "other").exists()


def test_a_file_goes_to_a_path_or_into_a_folder(releases, tmp_path):
    files = push(releases, tmp_path, "1.0", ["one.bin"])
    releases("download", "suite", "qa", "--to", tmp_path / "called.otherwise")
    assert (tmp_path / "called.otherwise").read_bytes() == files["one.bin"]
    releases("download", "suite", "qa", "--to", f"{tmp_path}/new/folder/")
    assert contents(tmp_path / "new") == {"folder/one.bin": files["one.bin"]}
    (tmp_path / "taken" / "one.bin").mkdir(parents=True)
    refused = releases("download", "suite", "qa", "--to", tmp_path / "taken", check=False).failed(2)
    assert "a folder has that name" in refused.output


@pytest.mark.parametrize("damage", [lambda b: b[:-1] + b"x", lambda b: b[:-1], lambda b: b + b"x", lambda b: b""],
                         ids=["changed", "shorter", "longer", "empty"])  # fmt: skip
def test_other_bytes_than_the_manifest_names_are_never_given(releases, repo, tmp_path, damage):
    files = push(releases, tmp_path, "1.0")
    target = tmp_path / "got"
    target.mkdir()
    (target / "app.bin").write_text("what was there")
    repo.raw.write("archive/1.0/tools.bin", damage(files["tools.bin"]))
    failed = releases("download", "suite", "qa", "--to", target, check=False).failed(1)
    assert "tools.bin" in failed.output
    assert "manifest" in failed.output
    assert "wheelyard release verify --deep" in failed.output
    assert contents(target) == {"app.bin": b"what was there"}
    repo.raw.delete("archive/1.0/tools.bin")
    failed = releases("download", "suite", "qa", "--to", target, check=False).failed(1)
    assert "its bytes are not there" in failed.output
    assert contents(target) == {"app.bin": b"what was there"}


def test_a_large_file_comes_in_many_requests_at_once(wheelyard, minio, fault_proxy, tmp_path):
    proxy = fault_proxy(minio.endpoint)
    releases = Releases(wheelyard, minio)
    files = push(releases, tmp_path, "1.0", ["large.bin"], size=70 << 20)
    proxy.truncate(times=2, method="GET", path=r"archive/1\.0/large\.bin")
    releases.behind(proxy.url)("download", "suite", "qa", "--to", tmp_path / "got")
    assert hashlib.sha256((tmp_path / "got").read_bytes()).digest() == hashlib.sha256(files["large.bin"]).digest()
    assert proxy.count("GET", r"archive/1\.0/large\.bin") >= 5 + 2


def test_a_server_that_refuses_or_fails_is_no_missing_release(wheelyard, minio, fault_proxy, tmp_path):
    proxy = fault_proxy(minio.endpoint)
    releases = Releases(wheelyard, minio)
    push(releases, tmp_path, "1.0")
    behind = releases.behind(proxy.url)
    for path in (r"archive/", r"state\.json"):
        proxy.deny(403, "AccessDenied", method="GET", path=path)
        failed = behind("download", "suite", "qa", "--to", tmp_path / "got", check=False).failed(1)
        assert "AccessDenied" in failed.output
        assert json.loads(failed.stdout)["error"]["http_status"] == 403
        assert not (tmp_path / "got").exists() or contents(tmp_path / "got") == {}
        proxy.heal()


def test_a_download_that_is_killed_leaves_nothing_that_looks_like_a_file(wheelyard, minio, fault_proxy, tmp_path):
    proxy = fault_proxy(minio.endpoint)
    releases = Releases(wheelyard, minio)
    files = push(releases, tmp_path, "1.0", size=400_000)
    target = tmp_path / "got"
    target.mkdir()
    (target / "app.bin").write_text("what was there")
    proxy.hang(method="GET", path=r"archive/1\.0/tools\.bin")
    process = releases.behind(proxy.url).start("download", "suite", "qa", "--to", target)
    while proxy.count("GET", r"archive/1\.0/tools\.bin") == 0:
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.communicate()
    assert [path.name for path in target.iterdir() if not path.name.startswith(".wheelyard-release-")] == ["app.bin"]
    assert (target / "app.bin").read_text() == "what was there"
    proxy.heal()
    releases("download", "suite", "qa", "--to", target)
    assert contents(target) == files, "what the dead one left is swept by the next"


def test_while_releases_change_every_download_is_of_one_release(wheelyard, bucket_repo, tmp_path):
    releases = Releases(wheelyard, bucket_repo)
    made = {"1.0": push(releases, tmp_path, "1.0"), "1.1": push(releases, tmp_path, "1.1")}
    stop = threading.Event()
    failures = []

    def change():
        while not stop.is_set():
            for version in made:
                files = [tmp_path / f"made-{version}" / name for name in NAMES]
                if releases("push", *files, "--name", "suite", "--version", version, check=False).status != 0:
                    failures.append(version)

    writer = threading.Thread(target=change)
    writer.start()
    seen = set()
    try:
        for i in range(8):
            done = releases("download", "suite", "qa", "--to", tmp_path / f"got-{i}").json
            assert contents(tmp_path / f"got-{i}") == made[done["version"]]
            seen.add(done["version"])
    finally:
        stop.set()
        writer.join()
    assert failures == []
    assert seen <= set(made)


def wheel_release(releases: Releases, wheels, version: str, **options) -> pathlib.Path:
    wheel = wheels.wheel("acme", version, **options)
    releases("push", wheel, "--name", "acme", "--version", version)
    return wheel


def test_wheels_are_compared_down_to_their_files(releases, wheels):
    old = wheel_release(releases, wheels, "1.0")
    releases("promote", "acme", "staging")
    new = wheel_release(releases, wheels, "1.1")
    report = releases("diff", "acme", "staging", "qa").json
    whole, *members = report["differences"]
    assert (whole["kind"], whole["file"], whole["file_before"]) == ("changed", new.name, old.name)
    assert (whole["size_before"], whole["size_after"]) == (old.stat().st_size, new.stat().st_size)
    changed = {entry["member"]: entry["member_before"] for entry in members}
    assert changed["acme-1.1.dist-info/METADATA"] == "acme-1.0.dist-info/METADATA"
    assert all(entry["kind"] == "changed" for entry in members)
    assert not any("WHEEL" in member for member in changed), "WHEEL is the same in both"
    shown = releases.text("diff", "acme", "staging", "qa")
    assert "acme-1.1.dist-info/METADATA" in shown.stdout
    assert releases("diff", "acme", "qa", "qa").json["differences"] == []


def app_archive(folder: pathlib.Path, mode: int, library: str) -> pathlib.Path:
    """A tar of two scripts of the same bytes, whatever the mode of one, and of a link."""
    folder.mkdir()
    with tarfile.open(folder / "app.tar.gz", "w:gz") as archive:
        for name, permissions in (("app/run", mode), ("app/same", 0o755)):
            member = tarfile.TarInfo(name)
            member.size, member.mode = 10, permissions
            archive.addfile(member, io.BytesIO(b"#!/bin/sh\n"))
        link = tarfile.TarInfo("app/lib.so")
        link.type, link.linkname = tarfile.SYMTYPE, library
        archive.addfile(link)
    return folder / "app.tar.gz"


def test_modes_and_links_of_members_are_compared(releases, tmp_path):
    releases("push", app_archive(tmp_path / "old", 0o755, "lib.so.1"), "--version", "1.0")
    releases("promote", "app.tar.gz", "staging")
    releases("push", app_archive(tmp_path / "new", 0o644, "lib.so.2"), "--version", "1.1")
    _, link, script = releases("diff", "app.tar.gz", "staging", "qa").json["differences"]
    assert (link["kind"], link["member"], script["kind"], script["member"]) == ("changed", "app/lib.so", "changed", "app/run")
    assert link["traits_before"] == {"type": "symbolic link", "mode": None, "target": "lib.so.1"} and link["traits_after"]["target"] == "lib.so.2"
    assert script["traits_before"] == {"type": "file", "mode": "0755", "target": None} and script["traits_after"]["mode"] == "0644"
    shown = releases.text("diff", "app.tar.gz", "staging", "qa").stdout
    assert re.search(r"app/run +10 B  mode 0755 → 0644\n", shown) and "symbolic link to lib.so.1 → symbolic link to lib.so.2" in shown
    assert "app/same" not in shown


def test_files_of_a_release_and_versions_that_no_rank_holds(releases, tmp_path):
    push(releases, tmp_path, "1.0", ["a.bin", "gone.txt", "same.bin"])
    releases("promote", "suite", "staging")
    folder = tmp_path / "next"
    files = make_release(folder, "1.1", ["a.bin", "b.dat"], size=5000)
    (folder / "same.bin").write_bytes((tmp_path / "made-1.0" / "same.bin").read_bytes())
    releases("push", *files, folder / "same.bin", "--name", "suite", "--version", "1.1")
    expected = [("changed", "a.bin", 4000, 5000), ("added", "b.dat", 0, 5000), ("removed", "gone.txt", 4000, 0)]

    def found(before: str, after: str) -> list[tuple]:
        report = releases("diff", "suite", before, after).json
        return [(d["kind"], d["file"], d["size_before"], d["size_after"]) for d in report["differences"]]

    assert found("staging", "qa") == expected
    assert found("@1.0", "@1.1") == expected
    for arguments, status in ((("suite", "qa", "production"), 1), (("suite", "qa", "@2"), 1), (("suite", "qa", "elsewhere"), 2), (("nothing", "qa", "staging"), 1)):
        releases("diff", *arguments, check=False).failed(status)


def test_status_tells_of_what_another_program_has_written(releases, repo, tmp_path):
    push(releases, tmp_path, "1.0")
    repo.raw.write("qa/old.tar.gz", b"by another program")
    repo.raw.write("production/old.tar.gz", b"by another program, earlier")
    report = releases("status").json
    assert [(status["name"], status["adopted"]) for status in report["releases"]] == [("old.tar.gz", False), ("suite", True)]
    assert [bool(row["version"] is not None) for row in report["releases"][0]["ranks"]] == [True, False, True]
    assert report["left_out"] == 0 and releases("status", "old.tar.gz").json["adopted"] is False
    shown = releases.text("status")
    assert re.search(r"old\.tar\.gz +qa +unknown +.* not adopted ", shown.stdout)
    assert "suite" in shown.stdout and "the next push or promotion takes it over" in shown.stderr
    releases("promote", "old.tar.gz", "staging")
    assert all(status["adopted"] for status in releases("status").json["releases"])


def test_status_tells_how_far_behind_a_rank_is(releases, tmp_path):
    push(releases, tmp_path, "1.0")
    releases("promote", "suite", "staging")
    for version in ("1.1", "1.2"):
        push(releases, tmp_path, version)
    ranks = {rank["rank"]: rank for rank in releases("status", "suite").json["ranks"]}
    assert (ranks["qa"]["version"], ranks["staging"]["version"]) == ("1.2", "1.0")
    assert ranks["staging"]["behind"] == 2
    assert ranks["production"]["version"] is None
    releases("promote", "suite", "staging")
    releases("rollback", "suite", "qa")
    ranks = {rank["rank"]: rank for rank in releases("status", "suite").json["ranks"]}
    assert ranks["staging"]["behind"] is None  # qa was rolled back from it
