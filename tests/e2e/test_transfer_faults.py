"""Transfers under faults of network and server: finished right or failed clearly within the time-out; nothing unfinished under
a final name, and no multipart upload left that nobody is told of.
"""

import json
import re
import threading
import time

import boto3
import pytest
from support import servers
from support.aftermath import wait_for_the_end
from support.trees import PART, content, put_tree, read_bucket, read_tree, unfinished_uploads, write_tree

SMALL = {f"{number // 10}/file-{number:02d}": 1000 * number for number in range(30)}
LARGE = {"large.bin": 3 * PART + 1}
TREE = {**SMALL, **LARGE}


class Work:
    """One transfer of a tree, and what has to be true of its target however it ended."""

    def __init__(self, kind: str, repo, wheelyard, tmp_path, sizes: dict[str, int]):
        self.kind, self.repo, self.wheelyard, self.sizes = kind, repo, wheelyard, sizes
        self.client, self.bucket = repo.raw.client, repo.bucket
        self.folder = tmp_path / "tree"
        self.folder.mkdir()
        url = f"s3://{repo.bucket}"
        if kind.endswith("-up"):
            self.digests = write_tree(self.folder, sizes)
            self.ends = (f"{self.folder}/", f"{url}/to/")
        else:
            self.digests = put_tree(self.client, self.bucket, "from/", sizes)
            self.ends = (f"{url}/from/", f"{self.folder}/" if kind.endswith("-down") else f"{url}/to/")
        verb = kind.split("-")[0]
        self.command = [verb, *(["--recursive"] if verb != "sync" else []), f"--part-size={PART}", "--json"]

    def run(self, endpoint: str, *options, check=False, timeout=400, env=None):
        """Its result, and the time that it took."""
        began = time.monotonic()
        repo = self.repo.behind(endpoint)
        done = self.wheelyard(*self.command, *options, *self.ends, env={**repo.env, **(env or {})}, check=check, timeout=timeout)
        self.seconds = time.monotonic() - began
        wait_for_the_end(repo)
        return done

    def found(self) -> dict[str, str]:
        return read_tree(self.folder) if self.kind.endswith("-down") else read_bucket(self.client, self.bucket, "to/")

    def source(self) -> dict[str, str]:
        return read_tree(self.folder) if self.kind.endswith("-up") else read_bucket(self.client, self.bucket, "from/")

    def unfinished(self) -> list:
        return unfinished_uploads(self.client, self.bucket, [f"to/{name}" for name in self.sizes])

    def check_whole(self, done) -> None:
        """It succeeded: all is there, and nothing else."""
        done.ok()
        assert self.found() == self.digests
        assert self.unfinished() == []
        summary = events(done)[-1]
        assert (summary["failed"], summary["done"]) == (0, len(self.sizes)), summary
        assert self.source() == ({} if self.kind.startswith("mv") else self.digests)

    def check_failed(self, done, names: set[str] | None = None, reason: str = "") -> None:
        """It failed for these items, each with an error of its own; the rest is there; nothing is torn or lost."""
        done.failed(1)
        *items, summary = events(done)
        failed = [item for item in items if item.get("outcome") == "failed"]
        failed = {item["target"].rpartition("to/")[2].rpartition("tree/")[2]: item["error"] for item in failed}
        assert names is None or set(failed) == names, failed
        assert summary["failed"] == len(failed), summary
        assert summary["done"] == len(self.sizes) - len(failed), summary
        for error in failed.values():
            assert error["code"] in ("unavailable", "corrupted", "precondition_failed", "unauthenticated", "permission_denied")
            assert error["message"]
            assert reason in error["message"], error
        self.check_nothing_torn(set(failed))

    def check_whole_or_failed(self, done, proxy) -> None:
        """Either will do; what has failed goes through once the proxy is healed."""
        if done.status == 0:
            self.check_whole(done)
        else:
            self.check_failed(done)
            self.check_told_of_unfinished(done)
            proxy.heal()
            self.finish()

    def missing(self) -> set[str]:
        """The names that are not there, whatever was told of them."""
        return set(self.digests) - set(self.found())

    def check_nothing_torn(self, missing: set[str], lost_answers: bool = False) -> None:
        """With `lost_answers` what was told to have failed may be there all the same: whole."""
        found = self.found()
        wanted = {name: value for name, value in self.digests.items() if name not in missing or (lost_answers and name in found)}
        assert found == wanted, "what is under a final name is whole, and nothing else is there"
        there = self.source()
        kept = missing if self.kind.startswith("mv") else set(self.digests)
        assert {name: self.digests[name] for name in kept} == there, "the source of what failed is still there"

    def check_told_of_unfinished(self, done) -> None:
        """Uploads that are left are told of with the command that clears them, and it does."""
        if not self.unfinished():
            return
        told = done.output
        assert "rm --incomplete" in told, f"{self.unfinished()} is left, and nobody is told:\n{told}"
        for key, _ in self.unfinished():
            self.wheelyard("rm", "--incomplete", f"s3://{self.bucket}/{key}", env=self.repo.env)
        assert self.unfinished() == []

    def finish(self, *options) -> None:
        """The same command again, without the fault."""
        self.run(self.repo.endpoint, *options).ok()
        assert self.found() == self.digests
        assert self.unfinished() == []
        assert self.source() == ({} if self.kind.startswith("mv") else self.digests)


def events(done) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def work(minio, wheelyard, tmp_path):
    return lambda kind, sizes=TREE: Work(kind, minio, wheelyard, tmp_path, sizes)


@pytest.fixture
def temporary_credentials(minio, tmp_path):
    """temporary_credentials(2) is a configuration whose credential_process gives the first, then the second; and what they
    are. MinIO's own, each good for a quarter of an hour."""

    def make(count: int):
        sts = boto3.client(
            "sts", endpoint_url=minio.endpoint, aws_access_key_id=servers.ACCESS_KEY,
            aws_secret_access_key=servers.SECRET_KEY, region_name=servers.REGION,
        )  # fmt: skip
        folder = tmp_path / "credentials"
        folder.mkdir()
        given = []
        for number in range(count):
            one = sts.assume_role(RoleArn="arn:minio:iam:::role/any", RoleSessionName="tests", DurationSeconds=900)["Credentials"]
            given.append(one)
            told = {**one, "Version": 1, "Expiration": one["Expiration"].isoformat()}
            (folder / f"{number}.json").write_text(json.dumps(told))
        script = folder / "process"
        script.write_text(
            f"#!/bin/sh\ncd {folder} && n=$(cat count 2>/dev/null || echo 0) && echo $((n + 1)) >count\n"
            f"[ $n -lt {count} ] || n={count - 1}\ncat $n.json\n"
        )
        script.chmod(0o700)
        config = folder / "config"
        config.write_text(f"[default]\nregion = {servers.REGION}\ncredential_process = {script}\n")
        return config, given

    return make


ALL = ("cp-up", "cp-down", "cp-across", "mv-up", "mv-down", "mv-across", "sync-up", "sync-down", "sync-across")
SENDS_PARTS = ("cp-up", "mv-up", "sync-up")
UP_DOWN = ("cp-up", "cp-down", "mv-up", "sync-down")


# --- the network ---


@pytest.mark.parametrize("kind", UP_DOWN)
def test_resets_now_and_then(kind, work, toxiproxy, minio):
    """One connection in five is reset after some KiB; the rest of the work goes on."""
    job = work(kind)
    proxy = toxiproxy(minio.endpoint)
    proxy.add("limit_data", "downstream" if kind.endswith("down") else "upstream", toxicity=0.2, bytes=700_000)
    job.check_whole_or_failed(job.run(proxy.url), proxy)


@pytest.mark.parametrize("kind", UP_DOWN)
def test_each_connection_is_reset(kind, work, toxiproxy, minio):
    job = work(kind, {"one": 10, "large.bin": 2 * PART})
    proxy = toxiproxy(minio.endpoint)
    proxy.add("reset_peer", timeout=0)
    done = job.run(proxy.url).failed(1)
    assert "rror" in done.output
    job.check_nothing_torn(set(job.sizes), lost_answers=True)
    job.check_told_of_unfinished(done)
    proxy.heal()
    job.finish()


@pytest.mark.parametrize("kind", ["cp-up", "cp-across"])
def test_an_upload_that_may_have_been_begun(kind, work, fault_proxy, minio):
    """No answer came to the request that begins an upload in parts, though the server has begun one: its id is known to nobody.
    The person is told how to clear it."""
    job = work(kind, {"large.bin": 3 * PART})
    proxy = fault_proxy(minio.endpoint)
    proxy.lose_answer("POST", "uploads", times=None)
    proxy.deny(method="PUT", path="large.bin")  # where a copy could go without parts
    done = job.run(proxy.url).failed(1)
    assert job.unfinished() != []
    job.check_told_of_unfinished(done)
    proxy.heal()
    job.finish()


@pytest.mark.parametrize("kind", ["cp-up", "cp-down"])
def test_a_connection_that_falls_silent(kind, work, toxiproxy, minio):
    """Half-open: after a while no byte comes through any more, and nobody closes it. It is given up by the time-out and done
    anew; once it is silent for good, the transfer fails by the same time-out."""
    job = work(kind, {"one": 10, "large.bin": 2 * PART})
    proxy = toxiproxy(minio.endpoint)
    proxy.add("timeout", "downstream", timeout=0)
    healed = threading.Timer(4, proxy.heal)
    healed.start()
    done = job.run(proxy.url)
    healed.join()
    if done.status != 0:
        assert "rror" in done.output
        job.check_nothing_torn(job.missing())
    # An upload may have been begun whose id came back to nobody.
    job.wheelyard("rm", "--incomplete", "--recursive", f"s3://{minio.bucket}/to/large.bin", env=minio.env)
    job.finish() if done.status else job.check_whole(done)


@pytest.mark.parametrize("kind", ["cp-up", "cp-down", "sync-up"])
def test_slow_and_narrow(kind, work, toxiproxy, minio):
    """Latency, a narrow line and packets of a few bytes are no fault."""
    job = work(kind, {**{f"{n}": 2000 for n in range(10)}, "large.bin": PART + 1})
    proxy = toxiproxy(minio.endpoint)
    for stream in ("upstream", "downstream"):
        proxy.add("latency", stream, latency=50, jitter=30)
        proxy.add("bandwidth", stream, rate=2000)
    proxy.add("slicer", "downstream", average_size=900, size_variation=400, delay=0)
    job.check_whole(job.run(proxy.url))
    assert job.seconds > 1.2


@pytest.mark.parametrize("kind", UP_DOWN)
def test_a_server_that_is_gone(kind, work, toxiproxy, minio):
    job = work(kind, {"one": 10})
    proxy = toxiproxy(minio.endpoint)
    proxy.set_enabled(False)
    done = job.run(proxy.url).failed(1)
    assert "refused" in done.output.lower() or "connect" in done.output.lower()
    job.check_nothing_torn({"one"})
    proxy.set_enabled(True)
    job.finish()


# --- the server's answers ---


@pytest.mark.parametrize(
    "kind, code", [*((kind, "InternalError") for kind in ALL), ("cp-up", "SlowDown"), ("sync-down", "ServiceUnavailable")]
)
def test_a_few_errors_of_the_server_are_got_over(kind, code, work, fault_proxy, minio):
    """Each kind of request fails once or twice, before the server has acted or after. (But for the beginning of an upload: one
    whose answer is lost is known to nobody, see test_an_upload_that_may_have_been_begun.)"""
    job = work(kind)
    proxy = fault_proxy(minio.endpoint)
    status = 500 if code == "InternalError" else 503
    for method, path in (("GET", r"list-type=2"), ("GET", r"file-07"), ("PUT", r"file-08"), ("PUT", r"partNumber=2"), ("POST", r"uploads"),
                         ("POST", r"uploadId="), ("DELETE", r"file-09"), ("POST", r"delete"), ("HEAD", r"from/")):  # fmt: skip
        proxy.deny(status, code, method=method, path=path, times=1)
        if path != r"uploads":
            proxy.fail_after_acting(status, code, method=method, path=path, times=1)
    job.check_whole(job.run(proxy.url))


@pytest.mark.parametrize("kind", ["cp-up", "cp-down", "mv-up", "sync-down", "cp-across"])
def test_what_is_always_denied_fails_alone(kind, work, fault_proxy, minio):
    """A failed item does not hide among good ones: it is told, counted, and decides on the status."""
    job = work(kind)
    proxy = fault_proxy(minio.endpoint)
    proxy.deny(403, "AccessDenied", method="GET" if kind.endswith("-down") else "PUT", path=r"file-0[35]|large\.bin")
    if kind.endswith(("-up", "-across")):
        proxy.deny(403, "AccessDenied", method="POST", path=r"large\.bin")
    done = job.run(proxy.url)
    job.check_failed(done, {"0/file-03", "0/file-05", "large.bin"})
    assert all(item["error"]["code"] == "permission_denied" for item in events(done) if item.get("outcome") == "failed")
    plain = [part for part in job.command if part != "--json"]
    text = job.wheelyard(*plain, *job.ends, env=minio.behind(proxy.url).env, check=False).failed(1)
    assert text.stderr.count("error: ") == 3
    assert "3 failed" in text.output
    proxy.heal()
    job.finish()


@pytest.mark.parametrize("kind", ["cp-up", "cp-down"])
def test_slow_down_slows_the_whole_process(kind, work, fault_proxy, minio):
    """While the server says SlowDown, all workers together ask a few times a second and not each of them."""
    job = work(kind, {f"{number:03d}": 100 for number in range(300)})
    job.run(minio.endpoint, "--dry-run")
    proxy = fault_proxy(minio.endpoint)
    proxy.deny(503, "SlowDown", method="GET" if kind.endswith("-down") else "PUT", path=r"/\d\d\d$")
    refused = lambda: sum(request.status == 503 for request in list(proxy.requests))
    lasted = []

    def heal_in_a_while() -> None:
        until = time.monotonic() + 300
        while not refused() and time.monotonic() < until:
            time.sleep(0.01)
        began = time.monotonic()
        time.sleep(3)
        proxy.heal()
        lasted.append(time.monotonic() - began)

    healer = threading.Thread(target=heal_in_a_while, daemon=True)
    healer.start()
    done = job.run(proxy.url, "--jobs=32")
    healer.join()
    job.check_whole(done)
    assert refused() <= 50 * lasted[0], f"{refused()} requests in {lasted[0]:.1f} seconds of SlowDown"


@pytest.mark.parametrize("kind", ["cp-up", "cp-across", "sync-up"])
def test_conflicts(kind, work, fault_proxy, minio):
    """409, as a server answers where two write at once: asked again."""
    job = work(kind)
    proxy = fault_proxy(minio.endpoint)
    for path in (r"file-08", r"uploadId="):
        proxy.deny(409, "OperationAborted", method="PUT|POST", path=path, times=2)
    job.check_whole(job.run(proxy.url))


@pytest.mark.parametrize("always", [False, True], ids=["once", "always"])
@pytest.mark.parametrize("fault", ["truncated", "longer", "shorter", "other bytes"])
@pytest.mark.parametrize("kind", ["cp-down", "mv-down", "sync-down"])
def test_bodies_that_lie(kind, fault, always, work, fault_proxy, minio):
    """A body that ends early, one of another length than the object has, and other bytes than the server's checksum says: read
    again; where it does not get better the item fails, and is not there."""
    job = work(kind)
    proxy = fault_proxy(minio.endpoint)
    for path in ("file-07", r"large\.bin"):
        rule = {"method": "GET", "path": path, "times": None if always else 1}
        if fault == "truncated":
            proxy.truncate(**rule)
        else:
            edits = {"longer": lambda body: body + b"x" * 10, "shorter": lambda body: body[:-10],
                     "other bytes": lambda body: body[:-1] + bytes([body[-1] ^ 1])}  # fmt: skip
            proxy.change(edits[fault], **rule)
    done = job.run(proxy.url)
    if always:
        job.check_failed(done, {"0/file-07", "large.bin"})
        proxy.heal()
        job.finish()
    else:  # what is corrupted need not be asked for again
        job.check_whole_or_failed(done, proxy)


@pytest.mark.parametrize("kind", ["cp-down", "mv-down"])
def test_a_lying_checksum(kind, work, fault_proxy, minio):
    """The bytes are right, the server's checksum of them is not: nobody can tell which is wrong."""
    job = work(kind, {"file-07": 7000, "file-08": 8000})
    minio.raw.client.put_object(Bucket=minio.bucket, Key="from/file-07", Body=content("file-07", 7000), ChecksumAlgorithm="SHA256")
    proxy = fault_proxy(minio.endpoint)
    lie = {"x-amz-checksum-sha256": "A" * 43 + "=", "ETag": '"' + "0" * 32 + '"'}
    proxy.change(lambda body: body, method="GET", path="file-07", headers=lie)
    done = job.run(proxy.url)
    job.check_failed(done, {"file-07"})
    assert "checksum" in done.output or "digest" in done.output
    proxy.heal()
    job.finish()


@pytest.mark.parametrize("fault", ["other bytes", "cut"])
@pytest.mark.parametrize("kind", SENDS_PARTS)
def test_what_is_damaged_on_the_way_up(kind, fault, work, fault_proxy, minio):
    """The server gets other bytes than were sent: it is told the checksum, refuses them, and they are sent again."""
    job = work(kind)
    proxy = fault_proxy(minio.endpoint)
    edit = {"other bytes": lambda body: body[:400] + b"damaged!" + body[408:], "cut": lambda body: body[:-1]}[fault]
    for path in ("file-07", "file-08", "partNumber=2"):
        proxy.damage(edit, method="PUT", path=path, times=1)
    job.check_whole_or_failed(job.run(proxy.url), proxy)


@pytest.mark.parametrize("path", [r"list-type=2", r"/file-07"], ids=["listing", "object"])
def test_an_answer_that_never_ends(path, work, fault_proxy, minio):
    job = work("cp-down", SMALL)
    proxy = fault_proxy(minio.endpoint)
    proxy.endless(method="GET", path=path)
    done = job.run(proxy.url).failed(1)
    assert "rror" in done.output
    job.check_nothing_torn({"0/file-07"} if "file" in path else set(SMALL))


@pytest.mark.parametrize("kind", ["cp-up", "cp-down", "sync-down"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_loop(kind, status, work, fault_proxy, minio):
    job = work(kind, {"one": 10, "two": 20})
    proxy = fault_proxy(minio.endpoint)
    location = f"{proxy.url}/{minio.bucket}/again"
    proxy.answer(status, headers={"Location": location, "x-amz-bucket-region": "us-east-1"})
    done = job.run(proxy.url).failed(1)
    assert "rror" in done.output
    assert proxy.count() < 100
    job.check_nothing_torn(set(job.sizes))
    proxy.heal()
    job.finish()


# --- credentials ---


@pytest.mark.parametrize("kind", SENDS_PARTS)
def test_a_token_that_expires_in_the_middle_is_renewed(kind, work, fault_proxy, minio, tmp_path, temporary_credentials):
    """The first credentials of a credential_process end after two parts; the process gives others when it is asked again."""
    job = work(kind, {"one": 10, "large.bin": 4 * PART})
    config, given = temporary_credentials(2)
    proxy = fault_proxy(minio.endpoint)
    old = given[0]["AccessKeyId"]
    proxy.deny(400, "ExpiredToken", signed_by=old, after=4)
    env = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_CONFIG_FILE": str(config)}
    done = job.run(proxy.url, "--jobs=2", env=env)
    job.check_whole(done)
    assert proxy.count_signed(given[1]["AccessKeyId"]) > 0
    for secret in (one[name] for one in given for name in ("SecretAccessKey", "SessionToken")):
        assert secret not in done.output


@pytest.mark.parametrize("kind", SENDS_PARTS)
def test_a_token_that_expires_for_good(kind, work, fault_proxy, minio, temporary_credentials):
    """Nothing more can be done, not even clearing up: the person is told of what is left, and how to clear it."""
    job = work(kind, {"large.bin": 4 * PART})
    config, given = temporary_credentials(1)
    proxy = fault_proxy(minio.endpoint)
    proxy.deny(400, "ExpiredToken", after=4)
    env = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_CONFIG_FILE": str(config)}
    done = job.run(proxy.url, "--jobs=2", env=env)
    job.check_failed(done, {"large.bin"})
    assert "expired" in done.output
    assert job.unfinished() != []
    job.check_told_of_unfinished(done)
    job.finish()
    assert re.search(r"ASIA|SessionToken", done.output) is None
