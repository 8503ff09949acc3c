"""Whoever may not do all of a step, on a real server: refused in clear words, nothing taken for absent, nothing half done.
And servers that are slow, wrong, or not there."""

import pytest
from support import release_log
from support.aftermath import wait_for_the_end
from support.process import free_port
from support.releases import Releases, make_release, tells_that_it_stands

READ, WRITE, DELETE, LIST = "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"


@pytest.fixture
def stocked(bucket_repo, wheelyard, tmp_path):
    """1.0 in all ranks, 1.1 in qa and staging, 1.2 in qa."""
    releases = Releases(wheelyard, bucket_repo)
    for number, last in (("1.0", 2), ("1.1", 1), ("1.2", 0)):
        files = make_release(tmp_path / number, number, ["acme.bin", "notes.txt", f"only-{number}.txt"])
        releases("push", *files, "--name", "acme", "--version", number)
        for rank in releases.ranks[1 : last + 1]:
            releases("promote", "acme", rank)
    return releases


def restricted(releases: Releases, *denied: tuple[list[str], str]) -> Releases:
    """The same for somebody who may do all but this, below these keys."""
    repo = releases.repo
    bucket = f"arn:aws:s3:::{repo.bucket}"
    statements = [{"Effect": "Allow", "Action": ["s3:*"], "Resource": [bucket, f"{bucket}/*"]}]
    for actions, key in denied:
        statements.append({"Effect": "Deny", "Action": actions, "Resource": [f"{bucket}/{repo.prefix}{key}" if key else bucket]})
    return Releases(releases.wheelyard, repo, releases.ranks, repo.server.session(statements))


def contents(repo) -> dict[str, bytes]:
    wait_for_the_end(repo)
    return {key: repo.raw.read(key) for key in repo.raw.keys()}


def denied(result, status=1) -> dict:
    error = result.failed(status).json["error"]
    assert error["code"] == "permission_denied", result.output
    assert error["hint"], result.output
    return error


STATE = ".wheelyard/releases/acme/state.json"


def test_without_write_to_a_rank_the_promotion_is_taken_back(stocked):
    stocked("approve", "acme", "production", "--identity", "bob")
    before = contents(stocked.repo)
    weak = restricted(stocked, ([WRITE, DELETE], "production/*"))
    error = denied(weak("promote", "acme", "production", "--note", "no right", check=False))
    assert "production" in error["message"]
    line = release_log.check(stocked.repo, "acme")
    line.check_documented_keys(())
    assert line.states[-1]["production"].version == "1.0"
    assert [entry["action"] for entry in line.entries[-2:]] == ["promote", "undo"]
    assert line.entries[-1]["undone"] == line.entries[-2]["seq"]
    assert [approval["by"]["identity"] for approval in line.approvals] == ["bob"], "nobody has to be asked again"
    after = contents(stocked.repo)
    assert {k: v for k, v in after.items() if not k.startswith(".wheelyard/")} == {k: v for k, v in before.items() if not k.startswith(".wheelyard/")}
    status = stocked("status", "acme").json
    assert {row["rank"]: row["version"] for row in status["ranks"]}["production"] == "1.0"
    # What was left in production keeps nobody from steps in other ranks.
    assert weak("promote", "acme", "staging").json["outcome"] == "done"
    stocked("rollback", "acme", "staging")
    assert stocked("verify", "--deep").json["problems"] == []
    stocked("promote", "acme", "production")
    assert release_log.check(stocked.repo, "acme").check_settled().states[-1]["production"].version == "1.1"


def check_no_silent_success(stocked, weak) -> None:
    """A promotion to production that may be taken back or left unfinished; and that the next step finishes."""
    done = weak("promote", "acme", "production", check=False)
    denied(done)
    line = release_log.check(stocked.repo, "acme")
    if line.states[-1]["production"].version == "1.1":
        assert tells_that_it_stands(done.output), done.output
    stocked("promote", "acme", "staging")
    assert release_log.check(stocked.repo, "acme").check_settled()


def test_without_delete_in_a_rank_a_file_that_goes_is_no_silent_success(stocked):
    """1.0's own file would have to go from production."""
    check_no_silent_success(stocked, restricted(stocked, ([DELETE], "production/*")))


@pytest.mark.parametrize("what", [STATE, ".wheelyard/releases/*"], ids=["state", "releases"])
def test_without_write_to_the_state_nothing_changes(what, stocked, tmp_path):
    before = contents(stocked.repo)
    weak = restricted(stocked, ([WRITE], what))
    [path] = make_release(tmp_path / "2.0", "2.0", ["acme.bin"])
    for command in (("promote", "acme", "production"), ("rollback", "acme", "staging"), ("push", path, "--name", "acme", "--version", "2.0")):
        denied(weak(*command, check=False))
        after = contents(stocked.repo)
        assert {key: after.get(key) for key in before} == before
        assert all(key.startswith("archive/2.0/") for key in set(after) - set(before))


def test_without_write_to_the_history_no_step_reads_as_done(stocked):
    check_no_silent_success(stocked, restricted(stocked, ([WRITE], ".wheelyard/releases/acme/history/*")))
    assert stocked("verify", "--deep").json["problems"] == []


@pytest.mark.parametrize("listing", [True, False], ids=["may_list", "may_not_list"])
def test_without_read_of_the_state_nothing_is_taken_for_absent(listing, stocked, tmp_path):
    before = contents(stocked.repo)
    weak = restricted(stocked, ([READ], STATE), *([] if listing else [([LIST], "")]))
    files = make_release(tmp_path / "2.0", "2.0", ["acme.bin"])
    for command in (
        ("status", "acme"), ("history", "acme"), ("promote", "acme", "production"), ("rollback", "acme", "staging"),
        ("download", "acme", "qa", "--to", tmp_path / "down"), ("push", *files, "--name", "acme", "--version", "2.0"),
        ("prune", "acme", "--keep", "1"), ("verify", "acme"), ("verify", "acme", "--repair"),
    ):  # fmt: skip
        result = weak(*command, check=False)
        result.failed(1)
        assert "permission" in result.output or "AccessDenied" in result.output, (command, result.output)
        assert "nothing of that name" not in result.output, result.output
    after = contents(stocked.repo)
    assert {key: after.get(key) for key in before} == before
    assert not (tmp_path / "down").exists() or list((tmp_path / "down").iterdir()) == []


def test_without_list_a_name_that_is_not_there_is_not_made(bucket_repo, wheelyard, tmp_path):
    """Amazon (and MinIO) answer 403 for a key that is not there, where s3:ListBucket is not allowed."""
    releases = Releases(wheelyard, bucket_repo)
    weak = restricted(releases, ([LIST], ""))
    files = make_release(tmp_path / "1.0", "1.0", ["acme.bin"])
    error = denied(weak("push", *files, "--name", "acme", "--version", "1.0", check=False))
    assert "s3:ListBucket" in error["message"] + error["hint"]
    assert bucket_repo.raw.keys() == []


def test_without_read_of_the_archive_the_promotion_is_taken_back(stocked):
    weak = restricted(stocked, ([READ], "archive/*"))
    denied(weak("promote", "acme", "production", check=False))
    line = release_log.check(stocked.repo, "acme")
    assert line.states[-1]["production"].version == "1.0"
    stocked("promote", "acme", "production")
    release_log.check(stocked.repo, "acme").check_settled()


@pytest.mark.parametrize("what", ["archive/*", ".wheelyard/release-files/*", ".wheelyard/releases/acme/versions/*"])
def test_a_push_that_may_not_store_all_shows_nothing(what, stocked, tmp_path):
    weak = restricted(stocked, ([WRITE], what))
    files = make_release(tmp_path / "2.0", "2.0", ["acme.bin", "new.bin"])
    denied(weak("push", *files, "--name", "acme", "--version", "2.0", check=False))
    line = release_log.check(stocked.repo, "acme")
    assert line.states[-1]["qa"].version == "1.2"
    line.check_documented_keys(())
    stocked("push", *files, "--name", "acme", "--version", "2.0")
    assert release_log.check(stocked.repo, "acme").check_settled().states[-1]["qa"].version == "2.0"
    assert stocked("verify", "--deep").json["problems"] == []


SECRET = "wrong-secret-0123456789"
BAD = {
    "wrong_secret": ({"AWS_SECRET_ACCESS_KEY": SECRET}, "unauthenticated"),
    "unknown_key": ({"AWS_ACCESS_KEY_ID": "nobody-at-all"}, "unauthenticated"),
    "wrong_region": ({"AWS_DEFAULT_REGION": "eu-central-9"}, None),
    "nobody_there": ({"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}, "unavailable"),
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_settings_are_no_empty_pipeline(bad, stocked, tmp_path):
    settings, code = BAD[bad]
    before = contents(stocked.repo)
    wrong = Releases(stocked.wheelyard, stocked.repo, stocked.ranks, settings)
    files = make_release(tmp_path / "2.0", "2.0", ["acme.bin"])
    for command in (("status", "acme"), ("status",), ("promote", "acme", "production"), ("push", *files, "--name", "other")):
        result = wrong(*command, check=False)
        if bad == "wrong_region" and result.status == 0:
            continue  # told by the server where the bucket is
        error = result.failed(1).json["error"]
        assert error["message"] and error["hint"], result.output
        assert error["code"] == code if code else error["code"] != "not_found", result.output
        assert SECRET not in result.output
    if bad != "wrong_region":
        assert contents(stocked.repo) == before


def test_a_bucket_that_is_not_there(bucket_repo, wheelyard, tmp_path):
    releases = Releases(wheelyard, bucket_repo)
    releases.repo = type(bucket_repo)(bucket_repo.kind, "s3://no-such-bucket/x", bucket_repo.env, bucket_repo.raw)
    files = make_release(tmp_path / "1.0", "1.0", ["acme.bin"])
    for command in (("status",), ("status", "acme"), ("promote", "acme", "staging"), ("push", *files, "--name", "acme")):
        error = releases(*command, check=False).failed(1).json["error"]
        assert error["server_code"] == "NoSuchBucket"
        assert "no-such-bucket" in error["message"]


def test_a_slow_server_changes_nothing(stocked, toxiproxy):
    proxy = toxiproxy(stocked.repo.endpoint)
    proxy.add("latency", latency=300, jitter=100)
    slow = stocked.behind(proxy.url)
    assert slow("promote", "acme", "production").json["outcome"] == "done"
    release_log.check(stocked.repo, "acme").check_settled()
