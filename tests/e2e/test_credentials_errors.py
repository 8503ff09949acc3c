"""What stands between a person and their bucket: each has a message of its own that says what to do. Secrets are never shown."""

import pathlib
import queue
import subprocess

import pytest
from support import invariants, servers
from support.repositories import bucket_repository

WRONG_SECRET = "not-the-secret-987654321"
TOKEN = "bogus-session-token-24680"
REAL_SECRETS = (servers.SECRET_KEY, WRONG_SECRET, TOKEN)


def faked_clock(seconds: str) -> dict[str, str]:
    library = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    return {"LD_PRELOAD": str(library), "FAKETIME": seconds, "DONT_FAKE_MONOTONIC": "1"}


#: What is set wrongly; the code, and what message and hint have to say.
MISTAKES = {
    "key id": ({"AWS_ACCESS_KEY_ID": "AKIDWRONGWRONG"}, "unauthenticated", "does not know this access key", "AWS_ACCESS_KEY_ID"),
    "secret": ({"AWS_SECRET_ACCESS_KEY": WRONG_SECRET}, "unauthenticated", "secret key is wrong", "AWS_SECRET_ACCESS_KEY"),
    "token": ({"AWS_SESSION_TOKEN": TOKEN}, "unauthenticated", "token has expired or is not accepted", "get new credentials"),
    "nothing": (
        {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
        "unauthenticated", "cannot find AWS credentials", "AWS_PROFILE",
    ),
    "half": ({"AWS_SECRET_ACCESS_KEY": None}, "unauthenticated", "AWS_SECRET_ACCESS_KEY is missing", "set AWS_SECRET_ACCESS_KEY"),
    "profile": ({"AWS_PROFILE": "elsewhere"}, None, "elsewhere", "profile"),
    "fast clock": (lambda: faked_clock("+10860"), "unauthenticated", "3 hours ahead of the server's", "set the clock"),
    "slow clock": (lambda: faked_clock("-2430"), "unauthenticated", "40 minutes behind the server's", "set the clock"),
}  # fmt: skip


@pytest.mark.parametrize("verb", ["publish", "list", "verify", "yank", "serve"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_has_its_own_message(mistake, verb, bucket_repo, wheelyard, wheels):
    env, code, reason, hint = MISTAKES[mistake]
    env = env() if callable(env) else env
    arguments = {"publish": [wheels.wheel("acme")], "yank": ["acme"]}.get(verb, [])
    status = 2 if mistake == "profile" else 1  # nobody has to be asked to see that it is not there
    failed = wheelyard(verb, *arguments, repo=bucket_repo, env=env, check=False).failed(status)
    lines = failed.stderr.strip().splitlines()
    assert len(lines) == 2, failed.stderr
    assert lines[0].startswith("error: ")
    assert lines[1].startswith("hint: ")
    assert reason in lines[0]
    assert hint in lines[1]
    assert failed.stdout == ""
    told = wheelyard(verb, "--json", *arguments, repo=bucket_repo, env=env, check=False).failed(status).json["error"]
    if code:
        assert told["code"] == code
    assert told["message"] in lines[0] or reason in told["message"]
    assert bucket_repo.raw.keys() == []


def test_a_missing_bucket(bucket_repo, wheelyard, wheels):
    bucket_repo.url = "s3://nobody-made-this-bucket/py"
    for command in (("publish", wheels.wheel("acme")), ("list",), ("verify",), ("yank", "acme"), ("serve",), ("exec", "--", "true")):
        failed = wheelyard(*command, repo=bucket_repo, check=False).failed(1)
        assert "there is no bucket 'nobody-made-this-bucket'" in failed.stderr
        assert f"wheelyard mb s3://nobody-made-this-bucket --endpoint-url {bucket_repo.endpoint}" in failed.stderr


@pytest.mark.parametrize("start", [servers.start_minio, servers.start_versitygw], ids=["minio", "versitygw"])
def test_a_wrong_region_is_put_right_where_the_server_tells_it(start, wheelyard, wheels, tmp_path, monkeypatch):
    monkeypatch.setattr(servers, "REGION", "eu-central-1")
    server = start(tmp_path / "server")
    try:
        repo = bucket_repository(server, "over-there")
        path = wheels.wheel("acme")
        wheelyard("publish", path, repo=repo, env={"AWS_DEFAULT_REGION": "us-west-2"})
        invariants.check_settled(repo, "acme", {path.name})
        wheelyard("verify", repo=repo, env={"AWS_DEFAULT_REGION": "us-west-2"})
    finally:
        server.stop()


@pytest.mark.parametrize("status, code", [(301, "PermanentRedirect"), (400, "AuthorizationHeaderMalformed")])
def test_a_wrong_region_that_stays_unknown(status, code, minio, wheelyard, wheels, fault_proxy):
    proxy = fault_proxy(minio.endpoint)
    proxy.deny(status, code)
    failed = wheelyard("publish", wheels.wheel("acme"), repo=minio.behind(proxy.url), check=False).failed(1)
    assert "the bucket is in another region than 'us-east-1'" in failed.stderr
    assert "--region" in failed.stderr


def test_a_token_that_expires_in_the_middle(minio, wheelyard, wheels, fault_proxy):
    """Real temporary credentials of MinIO's; then the server says that they have expired."""
    sts = minio.server.client().meta  # the same endpoint and keys, another service
    import boto3

    token = boto3.client(
        "sts", endpoint_url=sts.endpoint_url, aws_access_key_id=servers.ACCESS_KEY,
        aws_secret_access_key=servers.SECRET_KEY, region_name=servers.REGION,
    ).assume_role(RoleArn="arn:minio:iam:::role/any", RoleSessionName="tests", DurationSeconds=900)["Credentials"]  # fmt: skip
    env = {
        "AWS_ACCESS_KEY_ID": token["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": token["SecretAccessKey"],
        "AWS_SESSION_TOKEN": token["SessionToken"],
    }
    first, second = wheels.wheel("acme", "1.0"), wheels.wheel("acme", "1.1")
    shown = wheelyard("publish", "-v", first, repo=minio, env=env).output
    proxy = fault_proxy(minio.endpoint)
    proxy.deny(400, "ExpiredToken", after=3)
    failed = wheelyard("publish", "-v", second, repo=minio.behind(proxy.url), env={**env, "AWS_ENDPOINT_URL": proxy.url}, check=False)
    failed.failed(1)
    assert "the session token has expired" in failed.stderr
    assert "get new credentials" in failed.stderr
    for secret in (token["SecretAccessKey"], token["SessionToken"], token["SessionToken"][:40]):
        assert secret not in shown + failed.output
    invariants.check(minio, "acme")
    wheelyard("publish", second, repo=minio)
    invariants.check_settled(minio, "acme", {first.name, second.name})


def test_a_denial_names_the_permission(minio, wheelyard, wheels, fault_proxy):
    proxy = fault_proxy(minio.endpoint)
    proxy.deny(403, "AccessDenied", method="PUT")
    failed = wheelyard("publish", wheels.wheel("acme"), repo=minio.behind(proxy.url), check=False).failed(1)
    assert "these credentials are not allowed to" in failed.stderr
    assert "s3:PutObject" in failed.stderr
    assert minio.raw.keys() == []


def test_a_wrong_endpoint(wheelyard, wheels, minio, nginx, tmp_path):
    """Nothing listens there; and something listens that is no S3."""
    (tmp_path / "www").mkdir()
    path = wheels.wheel("acme")
    for endpoint in ("http://127.0.0.1:1", nginx(tmp_path / "www").url):
        failed = wheelyard("publish", path, repo=minio.behind(endpoint), check=False).failed(1)
        assert endpoint.removeprefix("http://") in failed.stderr or minio.bucket in failed.stderr
        assert failed.stderr.startswith("error: ")
        assert "hint: " in failed.stderr


@pytest.mark.parametrize("mistake", ["none", *MISTAKES])
def test_no_output_shows_a_secret(mistake, bucket_repo, wheelyard, wheels):
    env = MISTAKES[mistake][0] if mistake != "none" else {}
    env = env() if callable(env) else env
    path = wheels.wheel("acme")
    shown = ""
    for command in (("publish", "-v", path), ("list", "-v", "--json"), ("verify", "-v"), ("remove", "-v", "--yes", "acme")):
        shown += wheelyard(*command, repo=bucket_repo, env=env, check=False).output
    assert ("error" in shown) == (mistake != "none")
    for secret in (*REAL_SECRETS, "Signature=", "X-Amz-Security-Token"):
        assert secret not in shown


def test_serve_and_exec_show_no_secret(bucket_repo, wheelyard, wheels):
    wheelyard("publish", wheels.wheel("acme"), repo=bucket_repo)
    with wheelyard.serve(bucket_repo, "-v", "--no-upstream") as served:
        fetched = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", f"{served.index_url}acme/", f"{served.index_url}none/", f"{served.url}/healthz"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert "acme" in fetched
        log = served.log
    shown = wheelyard.exec(bucket_repo, "sh", "-c", "env | grep -v '^AWS_'; cat /proc/$PPID/cmdline", env={}).output
    assert "PIP_INDEX_URL" in shown
    assert servers.SECRET_KEY not in fetched + log + shown


def test_a_secret_on_the_command_line_is_hidden_from_the_process_list(minio, wheelyard, wheels, fault_proxy):
    """s3pypi takes it as an option. While the program waits for its first answer, /proc shows stars."""
    proxy = fault_proxy(minio.endpoint)
    seen = []
    started = queue.Queue()

    def look() -> None:
        seen.append(pathlib.Path(f"/proc/{started.get(timeout=120).pid}/cmdline").read_bytes())

    env = wheelyard.environment(env={"AWS_ENDPOINT_URL": proxy.url, "AWS_DEFAULT_REGION": servers.REGION})
    path = wheels.wheel("acme")
    keys = ["--aws_access_key_id", servers.ACCESS_KEY]
    for secret in (["--aws_secret_access_key", servers.SECRET_KEY], [f"--aws_secret_access_key={servers.SECRET_KEY}"]):
        command = [str(wheelyard.program), "s3pypi", str(path), "-v", "--force", "-t", minio.url, *keys, *secret]
        proxy.strike(look, acted=False)
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        started.put(process)
        shown = process.communicate(timeout=240)[0]
        assert process.returncode == 0, shown
        assert servers.SECRET_KEY not in shown
    assert len(seen) == 2
    for cmdline in seen:
        assert b"--aws_secret_access_key" in cmdline
        assert b"***" in cmdline
        assert servers.SECRET_KEY.encode() not in cmdline
