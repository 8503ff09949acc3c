"""No secret in what is printed, in logs, or in any command line: the secret key, the session token, a key of one's own, signatures."""

import base64
import os
import pathlib
import re
import subprocess
import threading
import time

import pytest
from support.objects import Verbs, tree
from support.servers import start_minio

SIGNATURE = re.compile(r"Signature=|Credential=|AWS4-HMAC|X-Amz-Security-Token", re.IGNORECASE)


def temporary_credentials(minio) -> dict[str, str]:
    """From MinIO's own STS, with a session token."""
    import boto3

    sts = boto3.client(
        "sts", endpoint_url=minio.endpoint, region_name="us-east-1",
        aws_access_key_id=minio.env["AWS_ACCESS_KEY_ID"], aws_secret_access_key=minio.env["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    given = sts.assume_role(RoleArn="arn:xxx:xxx:xxx:xxxx", RoleSessionName="test", DurationSeconds=900)["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


def is_below_this_process(pid: int) -> bool:
    """Tests beside this one run the program too, with what they like on its command line."""
    while pid > 1:
        if pid == os.getpid():
            return True
        try:
            pid = int(pathlib.Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[1])
        except OSError:
            return False
    return False


class CommandLines:
    """What /proc shows of the program and its children while it runs."""

    def __init__(self, program: pathlib.Path):
        self.program, self.seen, self.done = str(program), set(), False
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self) -> None:
        while not self.done:
            for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = entry.read_bytes()
                except OSError:
                    continue
                if self.program.encode() in line and is_below_this_process(int(entry.parent.name)):
                    self.seen.add(line.decode(errors="replace"))
            time.sleep(0.005)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done = True
        self.thread.join()


@pytest.fixture
def secretive(wheelyard, minio, tmp_path):
    """Verbs with temporary credentials, the secrets, and the file of a key of one's own."""
    credentials = temporary_credentials(minio)
    key = bytes(range(65, 97))
    (tmp_path / "key").write_bytes(key)
    secrets = [credentials["AWS_SECRET_ACCESS_KEY"], credentials["AWS_SESSION_TOKEN"], base64.b64encode(key).decode(), key.decode()]
    minio.env = {**minio.env, **credentials}
    return Verbs(wheelyard, minio), secrets, tmp_path / "key"


def holds_none(text: str, secrets: list[str]) -> None:
    for secret in secrets:
        assert secret not in text
    assert not SIGNATURE.search(text), text


def test_nothing_secret_is_printed(secretive, minio, tmp_path, fault_proxy):
    verbs, secrets, key = secretive
    source = tree(tmp_path / "d", {"a": b"a", "b/c": b"c"})
    (tmp_path / "big").write_bytes(bytes(300_000))
    printed = ""
    with CommandLines(verbs.wheelyard.program) as watched:
        for arguments in (
            ["cp", "-r", source, verbs.url("t")],
            ["cp", "--limit-rate", "500K", tmp_path / "big", verbs.url("slow")],
            ["sync", source, verbs.url("u")],
            ["cp", "--sse-c-key-file", key, tmp_path / "big", verbs.url("sealed")],
            ["stat", "--sse-c-key-file", key, verbs.url("sealed")],
            ["cat", "--range", "0-0", "--sse-c-key-file", key, verbs.url("sealed")],
            ["meta", "set", verbs.url("t/a"), "k=v"],
            ["ls", "-R", verbs.url()],
            ["mv", verbs.url("t/a"), verbs.url("t/z")],
            ["rm", "-r", verbs.url("t")],
            ["cp", verbs.url("none"), tmp_path / "x"],
            ["cat", verbs.url("none")],
            ["mb", "s3://A_bad_name"],
            ["cp", source / "a", "s3://nobody-made-this/x"],
        ):
            for extra in ([], ["-v"], ["--json"]):
                if arguments[0] == "cat" and "--json" in extra:
                    continue
                printed += verbs(*arguments, *extra, check=False).output
        until = time.monotonic() + 300
        while not any("--limit-rate" in line for line in list(watched.seen)) and time.monotonic() < until:  # the watcher may be slow
            verbs("cp", "--limit-rate", "200K", tmp_path / "big", verbs.url("slow"))
    holds_none(printed, secrets)
    assert "PUT http" in printed and "error:" in printed
    for line in watched.seen:
        holds_none(line, secrets)
    assert any("--limit-rate" in line for line in watched.seen)


def test_errors_of_every_kind_hold_nothing_secret(secretive, minio, tmp_path, fault_proxy):
    verbs, secrets, key = secretive
    (tmp_path / "x").write_bytes(b"1")
    faults = [
        lambda proxy: proxy.deny(403, "SignatureDoesNotMatch"),
        lambda proxy: proxy.deny(400, "ExpiredToken"),
        lambda proxy: proxy.answer(500, body=b"<html>"),
        lambda proxy: proxy.truncate(),
        lambda proxy: proxy.refuse(),
    ]
    for fault in faults:
        proxy = fault_proxy(minio.endpoint)
        fault(proxy)
        env = {"AWS_ENDPOINT_URL": proxy.url, "AWS_MAX_ATTEMPTS": "1"}
        for arguments in (["cp", tmp_path / "x", verbs.url("x")], ["cat", verbs.url("x")], ["ls", verbs.url()], ["stat", "--sse-c-key-file", key, verbs.url("x")]):
            for extra in (["-v"], ["--json"]):
                if arguments[0] == "cat" and "--json" in extra:
                    continue
                holds_none(verbs(*arguments, *extra, env=env, check=False).output, secrets)


def test_a_signed_url_is_the_result_and_nowhere_else(secretive, minio):
    verbs, secrets, _ = secretive
    minio.raw.write("x", b"1")
    done = verbs("presign", "-v", verbs.url("x"))
    assert "X-Amz-Signature=" in done.stdout and not SIGNATURE.search(done.stderr)
    assert secrets[0] not in done.output  # the token is part of the URL, the secret never
    # Given to a verb by mistake, it is not repeated.
    for arguments in (["cat", done.stdout.strip()], ["cp", done.stdout.strip(), "x"], ["ls", done.stdout.strip()]):
        told = verbs(*arguments, check=False).failed()
        assert "X-Amz-Signature=" + done.stdout.strip().rsplit("=", 1)[-1] not in told.output


def test_a_wrong_key_file_is_not_quoted(secretive, tmp_path):
    verbs, _, _ = secretive
    (tmp_path / "wrong").write_text("hunter2-is-no-key")
    done = verbs("stat", "--sse-c-key-file", tmp_path / "wrong", verbs.url("x"), check=False).failed(1)
    assert "hunter2" not in done.output and "32 bytes" in done.stderr


@pytest.fixture
def private_minio(tmp_path):
    """One behind TLS: a customer's key goes over nothing else."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "private.key", "-out", tmp_path / "public.crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    server = start_minio(tmp_path / "minio", certificates=tmp_path)
    yield server, {**server.env, "AWS_CA_BUNDLE": str(tmp_path / "public.crt")}
    server.stop()


def test_sealed_objects_come_back_with_their_key(private_minio, wheelyard, tmp_path):
    server, env = private_minio
    key, other = tmp_path / "key", tmp_path / "other"
    key.write_bytes(bytes(range(65, 97)))
    other.write_text(base64.b64encode(bytes(range(97, 129))).decode() + "\n")
    (tmp_path / "x").write_bytes(b"sealed")

    def run(*arguments, **options):
        return wheelyard(*arguments, env=env, **options)

    run("mb", "s3://sealed")
    run("cp", "--sse-c-key-file", key, tmp_path / "x", "s3://sealed/x")
    run("cat", "s3://sealed/x", check=False).failed(1)
    run("cat", "--sse-c-key-file", other, "s3://sealed/x", check=False).failed(1)
    assert run("cat", "--sse-c-key-file", key, "s3://sealed/x").stdout == "sealed"
    assert run("cat", "--range", "-3", "--sse-c-key-file", key, "s3://sealed/x").stdout == "led"
    run("cp", "--sse-c-key-file", key, "s3://sealed/x", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"sealed"
    run("cp", "--source-sse-c-key-file", key, "s3://sealed/x", "s3://sealed/open")
    assert run("cat", "s3://sealed/open").stdout == "sealed"
    run("cp", "--source-sse-c-key-file", key, "--sse-c-key-file", other, "s3://sealed/x", "s3://sealed/again")
    assert run("cat", "--sse-c-key-file", other, "s3://sealed/again").stdout == "sealed"
    run("cp", "-r", "--sse-c-key-file", key, "s3://sealed/", tmp_path / "tree", "--exclude", "*", "--include", "x")
    assert (tmp_path / "tree/x").read_bytes() == b"sealed"
    run("meta", "set", "--sse-c-key-file", key, "s3://sealed/x", "k=v")
    shown = run("stat", "-v", "--sse-c-key-file", key, "s3://sealed/x").output
    assert "metadata k:" in shown
    holds_none(shown, [base64.b64encode(key.read_bytes()).decode(), key.read_text()])


def test_children_get_no_secret_on_their_command_line(secretive, minio):
    """`exec` hands the repository on by a loopback address."""
    verbs, secrets, _ = secretive
    with CommandLines(verbs.wheelyard.program) as watched:
        done = subprocess.run(
            verbs.wheelyard.command("exec", "--", "sh", "-c", "cat /proc/$PPID/cmdline; sleep 0.1", repo=minio),
            env=verbs.wheelyard.environment(minio), capture_output=True, text=True, check=True,
        )  # fmt: skip
    holds_none(done.stdout + "".join(watched.seen), secrets)
