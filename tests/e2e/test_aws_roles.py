"""Credentials of a profile that holds none itself, against MinIO and its STS."""

import json
import shlex

import pytest
from support import invariants, servers


@pytest.fixture
def profiles(minio, tmp_path):
    """Writes the two files; the rest of the environment names the profile and nothing else."""
    folder = tmp_path / "aws"
    folder.mkdir()

    def write(config, credentials=""):
        services = f"[services local]\ns3 =\n  endpoint_url = {minio.endpoint}\nsts =\n  endpoint_url = {minio.endpoint}\n"
        (folder / "config").write_text(config + services)
        (folder / "credentials").write_text(credentials)
        minio.env = {"AWS_PROFILE": "ci", "AWS_CONFIG_FILE": str(folder / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials")}
        return minio

    return write


ROLE = "[profile ci]\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = me\nregion = us-east-1\nservices = local\n"
KEYS = f"[me]\naws_access_key_id = {servers.ACCESS_KEY}\naws_secret_access_key = {servers.SECRET_KEY}\n"


def test_a_role_is_assumed_and_works(profiles, wheelyard, wheels):
    repo = profiles(ROLE, KEYS)
    path = wheels.wheel("acme")
    done = wheelyard("publish", "-v", path, repo=repo)
    invariants.check_settled(repo, "acme", {path.name})
    lines = [line for line in done.stderr.splitlines() if f"POST {repo.endpoint}/" in line]
    assert len(lines) == 1, done.stderr  # the role is asked for once, whatever is done with it
    assert servers.SECRET_KEY not in done.output
    assert "acme" in wheelyard("list", repo=repo).stdout


def test_a_role_that_is_refused(profiles, wheelyard, wheels):
    repo = profiles(ROLE, KEYS.replace(servers.SECRET_KEY, "not-the-secret-987654321"))
    failed = wheelyard("publish", wheels.wheel("acme"), repo=repo, check=False).failed(1)
    assert "cannot get credentials by AssumeRole for the role of profile 'ci'" in failed.stderr
    assert "HTTP 403" in failed.stderr
    assert "hint: " in failed.stderr
    assert "not-the-secret" not in failed.output
    assert repo.raw.keys() == []


def test_what_a_role_gave_may_not_assume_another(profiles, wheelyard):
    """MinIO lets no temporary credentials ask; the error is that of the outer role, with MinIO's own code."""
    repo = profiles(ROLE.replace("source_profile = me", "source_profile = inner") + ROLE.replace("ci]", "inner]"), KEYS)
    failed = wheelyard("list", repo=repo, check=False).failed(1)
    assert "the role of profile 'ci'" in failed.stderr
    assert "AccessDenied" in failed.stderr


def test_a_process_gives_credentials(profiles, wheelyard, wheels, tmp_path):
    answer = {"Version": 1, "AccessKeyId": servers.ACCESS_KEY, "SecretAccessKey": servers.SECRET_KEY, "Expiration": "2120-01-01T00:00:00Z"}
    script, count = tmp_path / "give keys.sh", tmp_path / "count"
    script.write_text(f"echo x >> {shlex.quote(str(count))}\ncat <<'END'\n{json.dumps(answer)}\nEND\n")
    repo = profiles(f"[profile ci]\ncredential_process = /bin/sh {shlex.quote(str(script))}\nregion = us-east-1\nservices = local\n")
    path = wheels.wheel("acme")
    done = wheelyard("publish", "-v", path, repo=repo)
    invariants.check_settled(repo, "acme", {path.name})
    assert servers.SECRET_KEY not in done.output
    assert count.read_text() == "x\n"


def test_a_process_that_fails(profiles, wheelyard):
    repo = profiles("[profile ci]\ncredential_process = /bin/sh -c 'echo {\\\"SecretAccessKey\\\":\\\"s3cr3t\\\"}; echo no ticket >&2; exit 4'\nservices = local\n")
    failed = wheelyard("list", repo=repo, check=False).failed(1)
    assert "ended with status 4: no ticket" in failed.stderr
    assert "s3cr3t" not in failed.output
