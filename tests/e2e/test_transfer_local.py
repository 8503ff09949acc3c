"""The local side of transfers: full and read-only targets, files that change while they are read, links, and keys that no file can
be called by. A clear error for each such item, the rest transferred, status 1, and nothing outside the target."""

import json
import os
import subprocess

import pytest
from support.trees import PART, content, digest, put_tree, read_bucket, read_tree, write_tree

GOOD = {f"good-{number}": 1000 + number for number in range(10)}


def outcome(done) -> tuple[dict[str, dict], dict]:
    """Errors by the last part of the source's name; the summary."""
    *items, summary = [json.loads(line) for line in done.stdout.split("\n") if line]
    failed = [item for item in items if item.get("outcome") == "failed"]
    assert summary["failed"] == len(failed), summary
    return {(item["source"] or item["target"]).rsplit("/", 1)[-1]: item["error"] for item in failed}, summary


#: Keys that no file below a folder can have, or that would be another's.
REFUSED = ("../up", "../../up", "a/../../up", "/absolute", "a//b", "a/./b", "..", "x" * 256, "y/" + "z" * 300, "nul\x00", "tree/leaf/")


@pytest.mark.parametrize("verb", ["cp", "mv", "sync"])
def test_keys_that_no_file_can_have(verb, odd, wheelyard, tmp_path):
    objects = odd.buckets["odd-keys"].objects
    put_tree(odd.client(), "odd-keys", "from/", {"good": 10, "a/b": 20, "tree/leaf": 30})
    for key in REFUSED:
        odd.client().put_object(Bucket="odd-keys", Key=f"from/{key}", Body=b"refused")
    before = set(objects)
    outer = tmp_path / "outer"
    target = outer / "one" / "target"
    target.mkdir(parents=True)
    flags = [] if verb == "sync" else ["--recursive"]
    done = wheelyard(verb, *flags, "--json", "s3://odd-keys/from/", f"{target}/", env=odd.env, check=False).failed(1)
    failed, summary = outcome(done)
    assert summary["failed"] == len(REFUSED), done.stdout
    assert summary["done"] == 3
    assert sorted(read_tree(outer)) == ["one/target/a/b", "one/target/good", "one/target/tree/leaf"]
    assert not (tmp_path / "up").exists()
    kept = {f"from/{key}" for key in REFUSED}
    assert set(objects) == (kept if verb == "mv" else before)
    for error in failed.values():
        assert error["code"] == "invalid_argument"
        assert error["hint"]


def test_two_keys_that_would_be_one_file(odd, wheelyard, tmp_path):
    """ "a" and "a/b": one of the two is a file, and then no folder of its name can be there."""
    put_tree(odd.client(), "odd-keys", "from/", {"a": 10, "a/b": 20, "z": 30})
    done = wheelyard("cp", "-r", "--json", "s3://odd-keys/from/", tmp_path / "to", env=odd.env, check=False).failed(1)
    failed, summary = outcome(done)
    assert (len(failed), summary["done"]) == (1, 2)
    assert set(failed) <= {"a", "b"}
    assert len(read_tree(tmp_path / "to")) == 2


def test_links_out_of_the_target_are_not_written_through(minio, wheelyard, tmp_path):
    put_tree(minio.raw.client, minio.bucket, "from/", {"way/out/file": 10, "good": 20, "link": 30})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"kept")
    target = tmp_path / "to"
    (target / "way").mkdir(parents=True)
    (target / "way" / "out").symlink_to(outside)
    (target / "link").symlink_to(outside / "kept")
    done = wheelyard("cp", "-r", "--json", f"s3://{minio.bucket}/from/", f"{target}/", env=minio.env, check=False).failed(1)
    failed, _ = outcome(done)
    assert set(failed) == {"file"}
    assert "symbolic link" in failed["file"]["message"]
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == {"kept": b"kept"}
    assert not (target / "link").is_symlink()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of two megabytes."""
    folder = tmp_path / "small disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder], check=False).returncode == 0
    if not mounted:
        pytest.skip("mounting a small file system is not allowed here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("size", [3_000_000, 2 * PART], ids=["whole", "parts"])
@pytest.mark.parametrize("verb", ["cp", "mv", "sync"])
def test_a_full_disk(verb, size, minio, wheelyard, small_disk):
    client = minio.raw.client
    digests = put_tree(client, minio.bucket, "from/", {**GOOD, "large": size})
    flags = [] if verb == "sync" else ["--recursive"]
    command = (verb, *flags, "--json", f"--part-size={PART}", f"s3://{minio.bucket}/from/", f"{small_disk}/")
    failed, summary = outcome(wheelyard(*command, env=minio.env, check=False).failed(1))
    # Others fail with it while the disk is full.
    assert "large" in failed
    assert all("space" in error["message"].lower() for error in failed.values())
    assert summary["done"] == len(digests) - len(failed)
    assert read_tree(small_disk) == {name: value for name, value in digests.items() if name not in failed}
    if verb == "mv":
        assert set(read_bucket(client, minio.bucket, "from/")) == set(failed)
    wheelyard(*command, "--exclude=large", env=minio.env)
    assert read_tree(small_disk) == {name: value for name, value in digests.items() if name != "large"}


@pytest.mark.parametrize("verb", ["cp", "mv", "sync"])
def test_a_target_that_is_not_a_folder_or_not_writable(verb, minio, wheelyard, tmp_path):
    digests = put_tree(minio.raw.client, minio.bucket, "from/", {"one/a": 10, "two/b": 20})
    target = tmp_path / "to"
    target.mkdir()
    (target / "one").write_bytes(b"a file where a folder is needed")
    flags = [] if verb == "sync" else ["--recursive"]
    done = wheelyard(verb, *flags, "--json", f"s3://{minio.bucket}/from/", f"{target}/", env=minio.env, check=False)
    failed, summary = outcome(done.failed(1))
    assert set(failed) == {"a"}
    assert "one" in failed["a"]["message"]
    assert summary["done"] == 1
    assert read_tree(target)["two/b"] == digests["two/b"]
    assert (target / "one").read_bytes() == b"a file where a folder is needed"
    kept = {"one/a": digests["one/a"]} if verb == "mv" else digests
    assert read_bucket(minio.raw.client, minio.bucket, "from/") == kept
    # /proc takes no files, from anybody.
    nowhere = wheelyard(verb, *flags, f"s3://{minio.bucket}/from/", "/proc/nowhere/", env=minio.env, check=False).failed(1)
    assert "/proc/nowhere" in nowhere.stderr


@pytest.mark.parametrize("size", [400_000, 3 * PART], ids=["whole", "parts"])
@pytest.mark.parametrize("change", ["other bytes", "longer", "shorter", "gone"])
@pytest.mark.parametrize("verb", ["cp", "mv"])
def test_a_file_that_changes_while_it_is_read(verb, change, size, minio, wheelyard, tmp_path, fault_proxy):
    """It is not stored as a mixture of the two, and mv does not remove it."""
    folder = tmp_path / "from"
    digests = write_tree(folder, {**GOOD, "changing": size})
    path = folder / "changing"

    def edit():
        if change == "gone":
            path.unlink()
        elif change == "shorter":
            os.truncate(path, size // 3)
        else:
            with path.open("r+b") as file:
                file.seek(0, 2 if change == "longer" else 0)
                file.write(b"changed!")

    proxy = fault_proxy(minio.endpoint)
    proxy.meanwhile(edit, method="PUT", path=r"/changing(\?partNumber=2&|$)")
    flags = ("--recursive", "--json", f"--part-size={PART}")
    done = wheelyard(verb, *flags, f"{folder}/", f"s3://{minio.bucket}/to/", env=minio.behind(proxy.url).env, check=False)
    assert not path.exists() or digest(path.read_bytes()) != digests["changing"], "it was never changed"
    there = read_bucket(minio.raw.client, minio.bucket, "to/")
    stored = there.pop("changing", None)
    now = digest(path.read_bytes()) if path.exists() else None
    assert stored in {digests["changing"], now, None}, "a mixture of old and new"
    assert there == {name: digests[name] for name in GOOD}
    if stored is None:
        failed, _ = outcome(done.failed(1))
        assert set(failed) == {"changing"}
        assert "change" in failed["changing"]["message"]
    if verb == "mv" and change != "gone":
        assert path.exists(), "what was changed is removed, and nobody has its new bytes"


def test_loops_of_links_and_what_is_no_file(minio, wheelyard, tmp_path):
    folder = tmp_path / "from"
    write_tree(folder, {"good": 10, "sub/good": 20})
    (folder / "loop").symlink_to(folder)
    (folder / "sub" / "up").symlink_to("..")
    (folder / "self").symlink_to("self")
    (folder / "dangling").symlink_to("nowhere")
    (folder / "linked").symlink_to("good")
    os.mkfifo(folder / "pipe")
    done = wheelyard("cp", "-r", "--json", f"{folder}/", f"s3://{minio.bucket}/to/", env=minio.env, check=False)
    there = read_bucket(minio.raw.client, minio.bucket, "to/")
    assert {"good", "sub/good", "linked"} <= set(there)
    assert len(there) < 10, "a loop was followed"
    done.failed(1)
    failed, _ = outcome(done)
    assert {"self", "dangling"} <= set(failed), failed
    wheelyard("cp", "-r", "--no-follow-symlinks", "--exclude=pipe", f"{folder}/", f"s3://{minio.bucket}/plain/", env=minio.env)
    assert set(read_bucket(minio.raw.client, minio.bucket, "plain/")) == {"good", "sub/good"}


def test_names_that_are_not_utf8(minio, wheelyard, tmp_path):
    """A key is UTF-8; a file's name may be any bytes. Such a file fails alone."""
    folder = tmp_path / "from"
    write_tree(folder, {"good": 10})
    with open(os.fsencode(folder) + b"/bad-\xff", "wb") as file:
        file.write(content("x", 5))
    done = wheelyard("cp", "-r", "--json", f"{folder}/", f"s3://{minio.bucket}/to/", env=minio.env, check=False)
    there = read_bucket(minio.raw.client, minio.bucket, "to/")
    assert "good" in there
    if done.status == 0:
        assert len(there) == 2
    else:
        failed, _ = outcome(done.failed(1))
        assert len(failed) == 1
