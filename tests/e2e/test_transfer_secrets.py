"""Secrets stay where they belong: in no output, log, error message, JSON, file that is left, or command line of a child, whatever
goes wrong during a transfer."""

import base64
import json
import pathlib
import threading
import time

import boto3
import pytest
from support import servers
from support.trees import PART, write_tree

CUSTOMER_KEY = bytes(range(100, 132))


def forms(secret: str) -> set[str]:
    """A secret as it might be printed."""
    return {secret, base64.b64encode(secret.encode()).decode(), json.dumps(secret).strip('"')}


@pytest.fixture
def temporary(minio):
    sts = boto3.client(
        "sts", endpoint_url=minio.endpoint, aws_access_key_id=servers.ACCESS_KEY,
        aws_secret_access_key=servers.SECRET_KEY, region_name=servers.REGION,
    )  # fmt: skip
    return sts.assume_role(RoleArn="arn:minio:iam:::role/any", RoleSessionName="tests", DurationSeconds=900)["Credentials"]


@pytest.fixture
def tree(tmp_path):
    write_tree(tmp_path / "tree", {**{f"small-{number}": 1000 for number in range(20)}, "large": 2 * PART})
    return tmp_path / "tree"


def check_hidden(text: str, *secrets: str) -> None:
    assert text.strip(), "there has to be something to look through"
    for secret in secrets:
        for form in forms(secret):
            assert form not in text


FAULTS = {
    "none": lambda proxy: None,
    "denied": lambda proxy: proxy.deny(403, "AccessDenied"),
    "wrong signature": lambda proxy: proxy.deny(403, "SignatureDoesNotMatch"),
    "expired": lambda proxy: proxy.deny(400, "ExpiredToken", after=3),
    "broken": lambda proxy: proxy.refuse(method="PUT"),
    "echo": lambda proxy: proxy.echo(400, method="PUT"),
    "redirect": lambda proxy: proxy.answer(307, headers={"Location": "http://127.0.0.1:9/elsewhere"}),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("flags", [("-v",), ("-v", "--json"), ()], ids=["verbose", "json", "plain"])
def test_transfers_under_faults(fault, flags, minio, wheelyard, tree, temporary, fault_proxy):
    """`echo` is a server that puts all that it was sent into its error message."""
    proxy = fault_proxy(minio.endpoint)
    FAULTS[fault](proxy)
    env = {
        **minio.behind(proxy.url).env, "AWS_ACCESS_KEY_ID": temporary["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": temporary["SecretAccessKey"], "AWS_SESSION_TOKEN": temporary["SessionToken"],
    }  # fmt: skip
    done = wheelyard("cp", "-r", f"--part-size={PART}", *flags, f"{tree}/", f"s3://{minio.bucket}/to/", env=env, check=False)
    if fault == "none":
        done.ok()
    else:
        done.failed(1)
    token = temporary["SessionToken"]
    left = [path.read_text(errors="replace") for path in (wheelyard.folder / "home").rglob("*") if path.is_file()]
    check_hidden(done.output + "".join(left), temporary["SecretAccessKey"], token, token[:40], token[-40:])
    assert "Signature=" not in done.output


def test_keys_of_the_customer(minio, wheelyard, tree, tmp_path, fault_proxy):
    """SSE-C: the key is read from a file and goes into one header; MinIO takes it over TLS only, and says so."""
    key = base64.b64encode(CUSTOMER_KEY).decode()
    (tmp_path / "key").write_bytes(CUSTOMER_KEY)
    proxy = fault_proxy(minio.endpoint)
    proxy.echo(400, method="PUT|POST")
    for flags in (("-v",), ("-v", "--json")):
        done = wheelyard("cp", *flags, "--sse-c-key-file", tmp_path / "key", tree / "small-1", f"s3://{minio.bucket}/k",
                         env=minio.behind(proxy.url).env, check=False).failed(1)  # fmt: skip
        assert any(key in value for request in proxy.requests for value in request.headers.values()), "the key was never sent"
        check_hidden(done.output, key)
        assert CUSTOMER_KEY.decode("latin-1") not in done.output


def test_children_are_told_nothing(minio, wheelyard, tree, tmp_path, temporary, toxiproxy):
    """A credential_process, and what stands in /proc of the program and its children while it runs."""
    script = tmp_path / "process"
    told = {**temporary, "Version": 1, "Expiration": temporary["Expiration"].isoformat()}
    (tmp_path / "told.json").write_text(json.dumps(told))
    waits = f"n=0; until [ -e {tmp_path}/seen ] || [ $n -ge 1000 ]; do sleep 0.05; n=$((n + 1)); done"
    script.write_text(f"#!/bin/sh\n{waits}\ncat {tmp_path}/told.json\n")
    script.chmod(0o700)
    config = tmp_path / "config"
    config.write_text(f"[default]\nregion = {servers.REGION}\ncredential_process = {script}\n")
    proxy = toxiproxy(minio.endpoint)
    proxy.add("bandwidth", "upstream", rate=8000)
    env = {**minio.behind(proxy.url).env, "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_CONFIG_FILE": str(config)}
    seen: list[str] = []
    ended = threading.Event()

    def is_program(line: str) -> bool:
        return str(wheelyard.program) in line and str(tree) in line

    def watch():
        while not ended.is_set():
            for entry in pathlib.Path("/proc").iterdir():
                if entry.name.isdigit():
                    try:
                        seen.append((entry / "cmdline").read_text(errors="replace"))
                    except OSError:
                        pass
            seen[:] = list(set(seen))
            if any(str(script) in line for line in seen) and any(is_program(line) for line in seen):
                (tmp_path / "seen").touch()
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    done = wheelyard("cp", "-r", "-v", f"{tree}/", f"s3://{minio.bucket}/to/", env=env)
    ended.set()
    watcher.join()
    assert any(str(script) in line for line in seen), "the process was never seen"
    assert any(is_program(line) for line in seen)
    check_hidden(done.output + "\n".join(seen), temporary["SecretAccessKey"], temporary["SessionToken"])


def test_a_credential_process_that_fails_noisily(minio, wheelyard, tree, tmp_path):
    """What it printed may be a secret."""
    script = tmp_path / "process"
    script.write_text("#!/bin/sh\necho '{\"Version\": 1, \"SecretAccessKey\": \"half-a-secret-13579\"'\nexit 3\n")
    script.chmod(0o700)
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {script}\n")
    env = {**minio.env, "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_CONFIG_FILE": str(tmp_path / "config")}
    done = wheelyard("cp", "-v", tree / "small-1", f"s3://{minio.bucket}/x", env=env, check=False).failed(1)
    check_hidden(done.output, "half-a-secret-13579")


@pytest.mark.parametrize("fault", ["none", "denied"])
def test_signed_urls(fault, minio, wheelyard, tree, fault_proxy):
    """presign prints one secret, the URL, and that to standard output alone; nothing else prints a signature."""
    wheelyard("cp", tree / "small-1", f"s3://{minio.bucket}/x", env=minio.env)
    shown = wheelyard("presign", "-v", f"s3://{minio.bucket}/x", env=minio.env)
    assert "X-Amz-Signature=" in shown.stdout
    assert "X-Amz-Signature=" not in shown.stderr
    check_hidden(shown.output, servers.SECRET_KEY)
    proxy = fault_proxy(minio.endpoint)
    if fault == "denied":
        proxy.deny()
    done = wheelyard("cat", "-v", f"s3://{minio.bucket}/x", env=minio.behind(proxy.url).env, check=False)
    assert "Signature" not in done.stderr
    assert (done.status == 0) == (fault == "none")
