"""cp, mv, sync, rm: what goes where, what is left alone, how it is told."""

import contextlib
import json
import os
import queue
import stat
import subprocess
import time

import pytest
from support.objects import Verbs, contents, events, items, stored, summary, tree
from support.terminal import run_on_terminal

FILES = {"a.txt": b"a", "b.tmp": b"bb", "sub/c.txt": b"ccc", "sub/deep/d e+f%.txt": b"dddd", "ü 🙂.bin": b""}


@pytest.fixture
def verbs(wheelyard, repo) -> Verbs:
    return Verbs(wheelyard, repo)


@pytest.fixture
def bucket(wheelyard, bucket_repo) -> Verbs:
    return Verbs(wheelyard, bucket_repo)


@pytest.fixture
def dist(tmp_path):
    return tree(tmp_path / "dist", FILES)


def below(prefix: str, files=FILES) -> dict[str, bytes]:
    return {prefix + name: data for name, data in files.items()}


def test_a_file_goes_under_the_name_or_into_the_folder(verbs, repo, dist, tmp_path):
    verbs("cp", dist / "a.txt", verbs.url("x"))
    verbs("cp", dist / "a.txt", verbs.url("folder/"))
    assert stored(repo) == {"x": b"a", "folder/a.txt": b"a"}
    verbs("cp", verbs.url("folder/a.txt"), tmp_path / "back")
    verbs("cp", verbs.url("folder/a.txt"), str(tmp_path / "new") + "/")
    assert (tmp_path / "back").read_bytes() == (tmp_path / "new/a.txt").read_bytes() == b"a"


@pytest.mark.parametrize("slashes", [("", ""), ("/", ""), ("", "/"), ("/", "/")])
def test_of_a_tree_the_contents_go_below_the_target(verbs, repo, dist, tmp_path, slashes):
    ours, theirs = slashes
    verbs("cp", "-r", str(dist) + ours, verbs.url("t") + theirs)
    assert stored(repo) == below("t/")
    verbs("cp", "--recursive", verbs.url("t") + ours, str(tmp_path / "back") + theirs)
    assert contents(tmp_path / "back") == FILES


def test_between_places_of_a_repository(verbs, repo, dist):
    verbs("cp", "-r", dist, verbs.url("t"))
    done = verbs("cp", "-r", "--json", verbs.url("t"), verbs.url("u"))
    assert items(done) == [("copy", "done")] * 5
    assert stored(repo, "u/") == below("u/")


def test_several_sources_keep_their_names(verbs, repo, dist, tmp_path):
    verbs("cp", dist / "a.txt", dist / "b.tmp", verbs.url("s/"))
    assert stored(repo) == {"s/a.txt": b"a", "s/b.tmp": b"bb"}
    verbs("cp", "-r", dist / "a.txt", dist / "sub", verbs.url("r/"))
    assert stored(repo, "r/") == {"r/a.txt": b"a", "r/sub/c.txt": b"ccc", "r/sub/deep/d e+f%.txt": b"dddd"}
    target = verbs.url("none") if repo.kind != "folder" else verbs.url("s/a.txt/none")
    verbs("cp", dist / "a.txt", dist / "b.tmp", target, check=False).failed(2)
    other = tree(tmp_path / "other", {"a.txt": b"z"})
    assert "two of the sources" in verbs("cp", dist / "a.txt", other / "a.txt", verbs.url("s/"), check=False).failed(2).stderr


def test_wildcards(verbs, repo, dist, tmp_path):
    verbs("cp", "-r", dist, verbs.url("t"))
    done = verbs("cp", verbs.url("t/*"), str(tmp_path / "flat") + "/")
    assert sorted(contents(tmp_path / "flat")) == ["a.txt", "b.tmp", "ü 🙂.bin"]
    assert "1 folder left out" in done.stderr
    verbs("cp", "-r", verbs.url("t/*"), str(tmp_path / "all") + "/")
    assert contents(tmp_path / "all") == FILES
    verbs("cp", verbs.url("t/[ab].*"), str(tmp_path / "few") + "/")
    assert sorted(contents(tmp_path / "few")) == ["a.txt", "b.tmp"]
    assert "nothing fits" in verbs("cp", verbs.url("t/none*"), str(tmp_path) + "/", check=False).failed(1).stderr
    verbs("rm", verbs.url("t/*.tmp"))
    assert "t/b.tmp" not in stored(repo) and "t/a.txt" in stored(repo)


def test_a_name_that_looks_like_a_pattern_is_itself(verbs, repo, tmp_path):
    name = tree(tmp_path / "odd", {"[a]*.txt": b"odd"}) / "[a]*.txt"
    verbs("cp", name, verbs.url("[a]*.txt"))
    verbs("cp", verbs.url("[a]*.txt"), tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"odd"


def test_include_and_exclude_decide_in_their_order(verbs, repo, dist):
    verbs("cp", "-r", dist, verbs.url("1"), "--exclude", "*", "--include", "*.txt", "--exclude", "sub/deep/*")
    assert sorted(stored(repo, "1/")) == ["1/a.txt", "1/sub/c.txt"]
    verbs("cp", "-r", dist, verbs.url("2"), "--include", "*.txt", "--exclude", "*")
    assert stored(repo, "2/") == {}


def test_if_absent(verbs, repo, dist):
    repo.raw.write("t/a.txt", b"old")
    done = verbs("cp", "-r", "--json", "--if-absent", dist, verbs.url("t"))
    assert items(done).count(("upload" if repo.kind != "folder" else "copy", "skipped")) == 1
    assert summary(done)["skipped"] == 1 and summary(done)["done"] == 4
    assert repo.raw.read("t/a.txt") == b"old"
    assert "skipped" in verbs("cp", "--if-absent", dist / "a.txt", verbs.url("t/a.txt")).stdout
    assert repo.raw.read("t/a.txt") == b"old"


def test_if_match(bucket, bucket_repo, dist, tmp_path):
    bucket_repo.raw.write("x", b"old")
    etag = bucket_repo.raw.head("x")["ETag"].strip('"')
    assert "1 failed" in bucket("cp", "--if-match", "0" * 32, dist / "a.txt", bucket.url("x"), check=False).failed(1).stdout
    assert bucket_repo.raw.read("x") == b"old"
    bucket("cp", "--if-match", etag, bucket.url("x"), tmp_path / "x")
    bucket("cp", "--if-match", etag, dist / "a.txt", bucket.url("x"))
    assert bucket_repo.raw.read("x") == b"a"
    bucket("cp", "--if-match", etag, bucket.url("x"), tmp_path / "y", check=False).failed(1)
    assert not (tmp_path / "y").exists()
    bucket("cp", "-r", "--if-match", etag, dist, bucket.url("y"), check=False).failed(2)
    bucket("cp", "--if-match", etag, "--if-absent", dist / "a.txt", bucket.url("x"), check=False).failed(2)


def test_headers_and_metadata(bucket, bucket_repo, dist):
    bucket(
        "cp", dist / "a.txt", bucket.url("x"), "--metadata", "Owner=anna=b", "--metadata", "place=Zürich", "--content-type", "x/y",
        "--cache-control", "max-age=3", "--content-disposition", "attachment", "--content-encoding", "gzip", "--content-language", "en",
        "--expires", "2030-01-02T03:04:05Z", "--tagging", "a=1&b=2", "--checksum-algorithm", "SHA256", "--storage-class", "STANDARD",
    )  # fmt: skip
    head = bucket_repo.raw.client.head_object(Bucket=bucket_repo.bucket, Key="py/x", ChecksumMode="ENABLED")
    assert head["Metadata"]["owner"] == "anna=b"
    assert [head[name] for name in ("ContentType", "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage")] == [
        "x/y", "max-age=3", "attachment", "gzip", "en"]  # fmt: skip
    assert head["ExpiresString"].startswith("Wed, 02 Jan 2030") and head["ChecksumSHA256"]
    tags = bucket_repo.raw.client.get_object_tagging(Bucket=bucket_repo.bucket, Key="py/x")["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"a": "1", "b": "2"}
    assert bucket("meta", "get", bucket.url("x"), "place").stdout == "Zürich\n"


def test_headers_are_refused_where_nothing_keeps_them(bucket, dist, tmp_path):
    done = bucket("cp", "--content-type", "x/y", bucket.url("x"), tmp_path / "x", check=False).failed(2)
    assert "--content-type" in done.stderr
    bucket("cp", "--request-payer", dist / "a.txt", tmp_path / "x", check=False).failed(2)
    bucket("cp", "--source-expected-bucket-owner", "1", dist / "a.txt", bucket.url("x"), check=False).failed(2)
    bucket("cp", "--metadata", "nothing", dist / "a.txt", bucket.url("x"), check=False).failed(2)


def test_an_unknown_storage_class_fails_clearly(minio, wheelyard, dist):
    verbs = Verbs(wheelyard, minio)
    assert "StorageClass" in verbs("cp", "--storage-class", "NONE", dist / "a.txt", verbs.url("x"), check=False).failed(1).output
    assert stored(minio) == {}


def test_content_types_are_guessed(bucket, bucket_repo, dist):
    bucket("cp", dist / "a.txt", bucket.url("guessed"))
    bucket("cp", "--no-guess-mime-type", dist / "a.txt", bucket.url("plain"))
    assert bucket_repo.raw.head("guessed")["ContentType"] == "text/plain"
    assert bucket_repo.raw.head("plain")["ContentType"] != "text/plain"


def test_preserve(bucket, bucket_repo, dist, tmp_path):
    os.utime(dist / "a.txt", (1_500_000_000, 1_500_000_000))
    os.chmod(dist / "a.txt", 0o640)
    bucket("cp", "-p", dist / "a.txt", bucket.url("x"))
    bucket("cp", "--preserve", bucket.url("x"), tmp_path / "back")
    status = (tmp_path / "back").stat()
    assert (int(status.st_mtime), stat.S_IMODE(status.st_mode)) == (1_500_000_000, 0o640)


def test_symbolic_links(verbs, repo, dist):
    (dist / "link").symlink_to("a.txt")
    verbs("cp", "-r", dist, verbs.url("1"))
    assert stored(repo, "1/")["1/link"] == b"a"
    verbs("cp", "-r", "--no-follow-symlinks", dist, verbs.url("2"))
    assert "2/link" not in stored(repo, "2/")
    verbs("cp", "--no-follow-symlinks", "--follow-symlinks", dist, verbs.url("2"), check=False).failed(2)


def test_streams(verbs, repo, wheelyard):
    command = [wheelyard.program, "cp", "-", verbs.url("s"), "--json"]
    done = subprocess.run(command, input=b"from stdin", env=wheelyard.environment(repo), capture_output=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1])["done"] == 1
    assert repo.raw.read("s") == b"from stdin"
    done = verbs("cp", verbs.url("s"), "-")
    assert done.stdout == "from stdin" and "1 done" in done.stderr
    assert verbs("-q", "cp", verbs.url("s"), "-").stderr == ""
    for wrong in (["-r", "-", verbs.url("x")], ["-", verbs.url("x/")], ["--json", verbs.url("s"), "-"], ["-", verbs.url("s"), verbs.url("x/")]):
        verbs("cp", *wrong, check=False).failed(2)
    verbs("mv", verbs.url("s"), "-", check=False).failed(2)
    verbs("sync", "-", verbs.url("s"), check=False).failed(2)


def test_large_objects_go_in_parts(bucket, bucket_repo, tmp_path):
    data = os.urandom(12 << 20)
    (tmp_path / "big").write_bytes(data)
    command = bucket.wheelyard.command("cp", "--part-size", "5MiB", "--jobs", "3", "-", bucket.url("stream"))
    subprocess.run(command, input=data, env=bucket.wheelyard.environment(bucket_repo), check=True)
    assert bucket_repo.raw.head("stream")["ETag"].strip('"').endswith("-3")
    bucket("cp", "--part-size", "5MiB", tmp_path / "big", bucket.url("big"))
    assert bucket_repo.raw.head("big")["ETag"].strip('"').endswith("-3")
    bucket("cp", "--part-size", "5M", "--no-resume", bucket.url("big"), tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == data
    bucket("cp", "--part-size", "1M", tmp_path / "big", bucket.url("big"), check=False).failed(2)
    bucket("cp", "--jobs", "0", tmp_path / "big", bucket.url("big"), check=False).failed(2)


def test_the_rate_is_limited(verbs, tmp_path):
    (tmp_path / "x").write_bytes(bytes(600_000))
    begun = time.monotonic()
    verbs("cp", "--limit-rate", "400K/s", tmp_path / "x", verbs.url("x"))
    assert time.monotonic() - begun > 0.4


def test_dry_runs_change_nothing(verbs, repo, dist, tmp_path):
    repo.raw.write("old", b"1")
    for command in (["cp", "-r", dist, verbs.url("t")], ["mv", "-r", dist, verbs.url("t")], ["sync", "--delete", dist, verbs.url()], ["rm", "-r", verbs.url()]):
        done = verbs(*command, "--dry-run")
        assert "would " in done.stdout and "dry run:" in done.stdout
        assert {outcome for _, outcome in items(verbs(*command, "-n", "--json"))} == {"planned"}
    assert stored(repo) == {"old": b"1"} and contents(dist) == FILES


def test_mv(verbs, repo, dist, tmp_path):
    done = verbs("mv", "-r", "--json", dist, verbs.url("t"))
    assert {event["moved"] for event in events(done)[:-1]} == {True}
    assert stored(repo) == below("t/") and contents(dist) == {}
    verbs("mv", verbs.url("t/a.txt"), verbs.url("t/z.txt"))
    assert "t/a.txt" not in stored(repo) and repo.raw.read("t/z.txt") == b"a"
    verbs("mv", verbs.url("t/z.txt"), tmp_path / "z")
    assert (tmp_path / "z").read_bytes() == b"a" and "t/z.txt" not in stored(repo)
    verbs("mv", verbs.url("t/b.tmp"), verbs.url("t/b.tmp"), check=False).failed(1)
    assert repo.raw.read("t/b.tmp") == b"bb"


def test_sync_both_ways(verbs, repo, dist, tmp_path):
    repo.raw.write("t/extra", b"x")
    assert summary(verbs("sync", "--json", dist, verbs.url("t")))["done"] == 5
    assert stored(repo, "t/") == {**below("t/"), "t/extra": b"x"}
    again = verbs("sync", dist, verbs.url("t"))
    assert "done" not in again.stdout and "uploaded" not in again.stdout
    (dist / "a.txt").write_bytes(b"changed")
    assert summary(verbs("sync", "--json", "--delete", dist, verbs.url("t")))["removed"] == 1
    assert stored(repo, "t/") == {**below("t/"), "t/a.txt": b"changed"}
    back = tmp_path / "back"
    verbs("sync", verbs.url("t"), back)
    assert contents(back) == contents(dist)
    (back / "extra").write_bytes(b"1")
    verbs("sync", "--delete", "--exclude", "extra", verbs.url("t"), back)
    assert (back / "extra").exists()
    verbs("sync", "--delete", verbs.url("t"), back)
    assert contents(back) == contents(dist)


def test_sync_from_bucket_to_bucket(bucket, bucket_repo, dist):
    bucket("cp", "-r", dist, bucket.url("t"))
    other = f"s3://{bucket_repo.bucket}-o"
    bucket("mb", other)
    assert summary(bucket("sync", "--json", bucket.url("t"), other))["done"] == 5
    assert summary(bucket("sync", "--json", bucket.url("t"), other))["done"] == 0
    bucket("rb", "--force", other)


def test_how_sync_compares(verbs, repo, dist):
    verbs("sync", dist, verbs.url("t"))

    def changed(*options) -> int:
        return summary(verbs("sync", "--json", "--dry-run", *options, dist, verbs.url("t")))["done"]

    later = time.time() + 100
    os.utime(dist / "a.txt", (later, later))
    assert (changed(), changed("--size-only"), changed("--checksum")) == (1, 0, 0)
    (dist / "a.txt").write_bytes(b"z")  # of the same size
    os.utime(dist / "a.txt", (1_000_000_000, 1_000_000_000))
    assert (changed(), changed("--size-only"), changed("--checksum")) == (0, 0, 1)
    verbs("sync", "--size-only", "--checksum", dist, verbs.url("t"), check=False).failed(2)
    verbs("sync", "--exact-timestamps", "--size-only", dist, verbs.url("t"), check=False).failed(2)


def test_exact_timestamps(bucket, tmp_path):
    (tmp_path / "x").write_bytes(b"1")
    bucket("cp", tmp_path / "x", bucket.url("t/x"))
    bucket("sync", bucket.url("t"), tmp_path / "back")
    later = time.time() + 100
    os.utime(tmp_path / "back/x", (later, later))
    assert summary(bucket("sync", "--json", bucket.url("t"), tmp_path / "back"))["done"] == 0
    assert summary(bucket("sync", "--json", "--exact-timestamps", bucket.url("t"), tmp_path / "back"))["done"] == 1


def test_rm(verbs, repo, dist):
    verbs("cp", "-r", dist, verbs.url("t"))
    repo.raw.write("t/second", b"2")
    assert summary(verbs("rm", "--json", verbs.url("t/a.txt"), verbs.url("t/second")))["removed"] == 2
    assert not {"t/a.txt", "t/second"} & set(stored(repo))
    assert "--recursive" in verbs("rm", verbs.url("t/"), check=False).failed(2).stderr
    verbs("rm", "-r", "--exclude", "*", "--include", "sub/*", verbs.url("t"))
    assert sorted(stored(repo)) == ["t/b.tmp", "t/ü 🙂.bin"]
    assert summary(verbs("rm", "-r", "--json", verbs.url("t")))["removed"] == 2
    assert stored(repo) == {}
    verbs("rm", verbs.url() if repo.kind == "folder" else f"s3://{repo.bucket}", check=False).failed(2)
    verbs("rm", "--older-than", "1d", verbs.url("x"), check=False).failed(2)


def test_a_failed_item_is_told_and_counted(bucket, bucket_repo, dist, fault_proxy):
    proxy = fault_proxy(bucket_repo.endpoint)
    proxy.deny(403, "AccessDenied", method="PUT", path=r"/c\.txt")
    through = Verbs(bucket.wheelyard, bucket_repo.behind(proxy.url))
    done = through("cp", "-r", dist, bucket.url("t"), check=False).failed(1)
    assert "4 done, 1 failed" in done.stdout
    assert done.stderr.count("error:") == 1 and "sub/c.txt" in done.stderr and "hint:" in done.stderr
    told = through("cp", "-r", "--json", dist, bucket.url("t"), check=False).failed(1)
    assert told.stderr == "" and summary(told)["failed"] == 1
    failed = [event for event in events(told)[:-1] if event["outcome"] == "failed"]
    assert failed[0]["error"]["code"] == "permission_denied" and failed[0]["error"]["http_status"] == 403
    quiet = through("-q", "cp", "-r", dist, bucket.url("t"), check=False).failed(1)
    assert quiet.stdout == "" and "error:" in quiet.stderr


def test_mistakes_are_told_with_what_to_type(bucket, bucket_repo, dist, tmp_path):
    assert "--recursive" in bucket("cp", dist, bucket.url("t"), check=False).failed(2).stderr
    assert "wheelyard mb s3://nobody-made-this" in bucket("cp", dist / "a.txt", "s3://nobody-made-this/x", check=False).failed(1).stderr
    assert "no key begins so" in bucket("cp", "-r", bucket.url("none"), tmp_path / "x", check=False).failed(1).stderr
    bucket_repo.raw.write("one", b"1")
    assert "leave --recursive away" in bucket("cp", "-r", bucket.url("one"), tmp_path / "x", check=False).failed(1).stderr
    assert "--recursive" in bucket("cp", f"s3://{bucket_repo.bucket}", tmp_path / "x", check=False).failed(2).stderr
    bucket("cp", dist / "a.txt", check=False).failed(2)
    bucket("cp", dist / "none", bucket.url("x"), check=False).failed(1)
    bucket("cp", dist / "a.txt", "gs://bucket/x", check=False).failed(2)


def test_a_progress_line_on_a_terminal_only(bucket, bucket_repo, dist, fault_proxy):
    proxy = fault_proxy(bucket_repo.endpoint)
    proxy.delay(0.3, method="PUT")
    repo = bucket_repo.behind(proxy.url)
    wheelyard = bucket.wheelyard
    command = wheelyard.command("cp", "-r", "--jobs", "1", str(dist), bucket.url("t"))
    status, shown = run_on_terminal(command, wheelyard.environment(repo), wheelyard.folder)
    assert status == 0
    assert "\r\x1b[K" in shown and "ETA" in shown and "%" in shown
    assert "5 done" in shown.splitlines()[-1] and "ETA" not in shown.splitlines()[-1].split("\x1b[K")[-1]
    assert "ETA" not in wheelyard(*command[1:], env=repo.env).output
    assert "ETA" not in run_on_terminal([*command, "--quiet"], wheelyard.environment(repo), wheelyard.folder)[1]


def test_an_interrupt_ends_it(bucket, bucket_repo, dist, fault_proxy):
    proxy = fault_proxy(bucket_repo.endpoint)
    started = queue.Queue()
    proxy.meanwhile(lambda: started.get(timeout=120).terminate(), method="PUT")
    process = subprocess.Popen(
        bucket.wheelyard.command("cp", "-r", "--jobs", "1", dist, bucket.url("t")), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=bucket.wheelyard.environment(bucket_repo.behind(proxy.url)),
    )  # fmt: skip
    started.put(process)
    assert "interrupted" in process.communicate(timeout=240)[1]
    assert process.returncode == 128 + 15


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_an_interrupt_ends_what_a_server_holds_up(bucket, bucket_repo, dist, fault_proxy, form):
    proxy = fault_proxy(bucket_repo.endpoint)
    proxy.hang(method="PUT")
    command = bucket.wheelyard.command("cp", "-r", *form, dist, bucket.url("t"))
    process = bucket.wheelyard.spawn(command, bucket.wheelyard.environment(bucket_repo.behind(proxy.url)))
    while proxy.count("PUT") == 0:
        assert process.poll() is None
        time.sleep(0.02)
    process.terminate()
    said = process.communicate(timeout=240)[1]
    assert process.returncode == 128 + 15
    assert said == (
        "error: cannot finish the command: it was interrupted, and was ended where it stood\n"
        "hint:  run it again: what is done already is not done twice\n"
    )


def test_nobody_who_does_not_listen_keeps_it_from_ending(bucket, bucket_repo, dist, fault_proxy):
    proxy = fault_proxy(bucket_repo.endpoint)
    proxy.hang(method="PUT")
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4096)
    os.set_blocking(writer, True)
    process = subprocess.Popen(
        bucket.wheelyard.command("cp", "-r", "--quiet", dist, bucket.url("t")), stdout=subprocess.DEVNULL, stderr=writer,
        env=bucket.wheelyard.environment(bucket_repo.behind(proxy.url)),
    )  # fmt: skip
    while proxy.count("PUT") == 0:
        assert process.poll() is None
        time.sleep(0.02)
    process.terminate()
    assert process.wait(timeout=240) == 128 + 15
    os.close(reader)
    os.close(writer)


def test_start_is_as_quick_as_ever(wheelyard):
    """The verbs are linked in, and nothing of them runs before it is asked for."""
    libraries = subprocess.run(["ldd", wheelyard.program], capture_output=True, text=True, check=True).stdout
    assert "libcurl" not in libraries and "libarchive" not in libraries
