"""`wheelyard release` asks before it takes a step: gates and what becomes of their commands, approvals; and who it is that acts."""

import pathlib
import re
import signal
import time

import pytest
from support.fake_aws import FakeAws
from support.process import GRACE
from support.release_shell import row

PIPELINE = '[release]\nranks = ["qa", "staging", "production"]\n'


def has_gone(id_file, seconds=240):
    """Whether the process whose number is in the file ends: one that was killed may still be on its way out."""
    number = id_file.read_text().strip()
    assert number.isdigit(), f"no process has written its number into {id_file}"
    stat = pathlib.Path("/proc") / number / "stat"
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if ") Z " in stat.read_text():
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_a_gate_command_gets_the_release_and_decides(release, repo, work):
    script = work / "smoke-test"
    script.write_text('#!/bin/sh\necho "looking at $WHEELYARD_RELEASE_NAME $WHEELYARD_RELEASE_VERSION" | tee -a seen\ncmp "$2" good\n')
    script.chmod(0o755)
    (work / "good").write_bytes(b"good")
    release.configure(PIPELINE + '[[release.rules.production.gate]]\nname = "smoke"\ncommand = ["./smoke-test", "--fast"]\ntimeout = "1m"\n')
    release.push("1", b"bad")
    release("promote", "my.tar.gz", "staging")
    (work / "deeper").mkdir()
    refused = release("promote", "my.tar.gz", "production", "--json", check=False, cwd=work / "deeper").failed(1)
    assert refused.json["error"]["refusal"] == "gate" and "command smoke: exit status 1" in refused.json["error"]["message"]
    assert "looking at my.tar.gz 1" in refused.stderr and (work / "seen").read_text() == "looking at my.tar.gz 1\n"
    assert row(release("status", "my.tar.gz", "--json"), "production")["version"] is None
    assert not repo.raw.exists("production/my.tar.gz")

    release.push("2", b"good")
    release("promote", "my.tar.gz", "staging")
    passed = release("promote", "my.tar.gz", "production", "--json").json
    assert [(gate["gate"], gate["passed"]) for gate in passed["gates"]] == [("command smoke", True)]
    last = release("history", "my.tar.gz", "-n", "1", "--json").json["entries"][0]
    assert last["gates"] == passed["gates"] and repo.raw.read("production/my.tar.gz") == b"good"
    release("rollback", "my.tar.gz", "staging")
    assert len((work / "seen").read_text().splitlines()) == 2, "a rollback asks no gate"


def test_a_gate_that_hangs_is_ended_with_all_that_it_began(local, work):
    local.push("1")
    for timeout in ("2s", "20s", "2m"):
        local.configure(PIPELINE + f'[[release.rules.staging.gate]]\ncommand = ["sh", "-c", "sleep 300 & echo $! > id; wait"]\ntimeout = "{timeout}"\n')
        refused = local("promote", "my.tar.gz", "staging", check=False).failed(1)
        assert f"it had not ended after {timeout} and was ended" in refused.stderr
        if (work / "id").exists() and (work / "id").read_text():  # or the machine was slower than the gate's time
            break
    assert has_gone(work / "id")


def test_notes_times_and_approvals(release):
    def configure(minimum_time):
        rules = f'[release.rules.staging]\nnote = true\nminimum_time = "{minimum_time}"\n[release.rules.production]\napprovals = 1\n'
        release.configure(PIPELINE + rules)

    configure("1h")
    release.push("1")
    refused = release("promote", "my.tar.gz", "staging", check=False).failed(1)
    assert "hint:  say why: wheelyard release promote my.tar.gz@1 staging --note TEXT" in refused.stderr
    assert "note: none is given" in refused.stderr and "minimum_time 1h: in qa for" in refused.stderr
    configure("1s")
    time.sleep(1.1)
    release("promote", "my.tar.gz", "staging", "--note", "as planned")

    alice, bob = {"WHEELYARD_IDENTITY": "alice"}, {"WHEELYARD_IDENTITY": "bob"}
    promote = ["promote", "my.tar.gz", "production"]
    release("approve", "my.tar.gz", "production", env=alice)
    refused = release(*promote, env=alice, check=False).failed(1).stderr
    assert "approval: by nobody else; 1 other than alice have to" in refused
    assert "hint:  somebody else approves it: wheelyard release approve my.tar.gz@1 production" in refused
    approved = release("approve", "my.tar.gz@1", "production", "--note", "looks fine", "--json", env=bob).json
    assert (approved["action"], approved["outcome"]) == ("approve", "done")
    assert release("approve", "my.tar.gz", "production", "--json", env=bob).json["outcome"] == "unchanged"
    waiting = row(release("status", "my.tar.gz", "--json"), "production")["approvals"]
    assert [approval["by"]["identity"] for approval in waiting] == ["alice", "bob"]
    assert "approval: approved by bob" in release(*promote, env=alice).stdout

    # Other bytes are not what bob has looked at.
    release.push("2", b"second")
    time.sleep(1.1)
    release("promote", "my.tar.gz", "staging", "--note", "x")
    release(*promote, env=alice, check=False).failed(1)


def promote_until_its_gate_runs(release, manners=""):
    """A promotion that waits for a gate, which waits for something it has begun."""
    release.configure(PIPELINE + f'[[release.rules.staging.gate]]\ncommand = ["sh", "-c", "{manners}sleep 300 & echo $! > begun; echo $$ > id; wait; sleep 300"]\n')
    release.push("1")
    process = release.start("promote", "my.tar.gz", "staging")
    id_file = release.folder / "id"
    deadline = time.monotonic() + 240
    while not id_file.exists() or not id_file.read_text().endswith("\n"):
        assert process.poll() is None and time.monotonic() < deadline, "its gate does not run"
        time.sleep(0.02)
    return process


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("manners", ["", "trap '' INT TERM; "], ids=["polite", "deaf"])
def test_an_interrupt_ends_a_gate_and_the_promotion(local, work, sent, manners):
    process = promote_until_its_gate_runs(local, manners)
    began = time.monotonic()
    process.send_signal(sent)
    _, said = process.communicate(timeout=240)
    was_in_time = time.monotonic() - began < GRACE
    assert process.returncode == 128 + sent and "it was interrupted" in said
    assert has_gone(work / "id") and has_gone(work / "begun")
    assert local.temporary == [] or not was_in_time
    assert row(local("status", "my.tar.gz", "--json"), "staging")["version"] is None


def test_a_gate_does_not_outlive_whoever_asked_it(release, work):
    process = promote_until_its_gate_runs(release, "trap '' INT TERM; ")
    process.kill()
    process.communicate(timeout=240)
    assert has_gone(work / "id") and has_gone(work / "begun")
    (left,) = release.temporary  # as docs/release.md says
    assert re.fullmatch(r"wheelyard-\w{6}", left)
    release.configure(PIPELINE)
    release("promote", "my.tar.gz", "staging")


def test_an_impatient_interrupt_ends_a_gate(local, work):
    process = promote_until_its_gate_runs(local, "trap '' INT TERM; ")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=240)
    assert process.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM)
    assert has_gone(work / "id") and has_gone(work / "begun")


# Who acts.


def test_only_who_may_skips_ranks(local):
    local.configure(PIPELINE + '[release.rules.production]\nmay_skip = ["alice"]\n')
    local.push("1")
    refused = local("promote", "my.tar.gz", "production", "--from", "qa", "--identity", "bob", "--json", check=False).failed(2)
    assert refused.json["error"]["refusal"] == "skipped_rank" and "'bob' may not skip ranks" in refused.json["error"]["message"]
    local("promote", "my.tar.gz", "production", "--from", "qa", "--identity", "alice")
    last = local("history", "my.tar.gz", "-n", "1", "--json").json["entries"][0]
    assert (last["source"], last["skipped"]) == ("qa", ["staging"])


def test_a_release_that_skips_ranks_is_approved_where_it_is(local):
    local.configure(PIPELINE + '[release.rules.production]\nmay_skip = ["alice"]\napprovals = 1\n')
    local.push("1", b"one")
    promote = ["promote", "my.tar.gz", "production", "--from", "qa", "--identity", "alice"]
    refused = local(*promote, check=False).failed(1).stderr
    command = "wheelyard release approve my.tar.gz@1 production --from qa"
    assert f"hint:  somebody else approves it: {command}\n" in refused, refused
    refused = local("approve", "my.tar.gz", "production", "--identity", "bob", check=False).failed(1).stderr
    assert "staging holds nothing" in refused and "promote it there first, or approve what qa holds with --from qa" in refused
    for rank in ("production", "nowhere"):
        local("approve", "my.tar.gz", "production", "--from", rank, "--identity", "bob", check=False).failed(2)
    approved = local(*command.split()[2:], "--identity", "bob", "--json").json
    assert (approved["outcome"], approved["source"], approved["version"]) == ("done", "qa", "1")
    assert "approval: approved by bob" in local(*promote).stdout
    # It was of those bytes alone.
    local.push("2", b"two")
    assert "by nobody else" in local(*promote, check=False).failed(1).stderr
    assert local("verify", "--deep", "--json").json["problems"] == []


def test_history_tells_who_and_by_which_run(release, repo):
    ci = {
        "GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "octocat", "GITHUB_SERVER_URL": "https://git.example", "GITHUB_REPOSITORY": "acme/app",
        "GITHUB_RUN_ID": "42",
    }  # fmt: skip
    release.push("1", env=ci)
    release("promote", "my.tar.gz", "staging", "--identity", "alice", env=ci)
    release("promote", "my.tar.gz", "production")
    by = [entry["by"] for entry in release("history", "my.tar.gz", "--json").json["entries"]]
    run = "https://git.example/acme/app/actions/runs/42"
    assert [(one["identity"], one["run"]) for one in by[:2]] == [("octocat", run), ("alice", run)]
    assert "@" in by[2]["identity"] and by[2]["run"] is None
    key = repo.env.get("AWS_ACCESS_KEY_ID")
    assert {one["credential"] for one in by} == {key}
    assert run in release("history", "my.tar.gz").stdout
    if secret := repo.env.get("AWS_SECRET_ACCESS_KEY"):
        everything = b"".join(repo.raw.read(name) for name in repo.raw.keys())
        assert secret.encode() not in everything


def test_aws_is_asked_who_acts(local):
    aws = FakeAws()
    try:
        arn = "arn:aws:sts::123456789012:assumed-role/ci/42"
        answer = f"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{arn}</Arn><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        forms = []

        def sts(form, headers):
            forms.append((form, headers.get("Authorization", "")))
            return 200, answer, "text/xml"

        aws.sts = sts
        env = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "s3cr3t", "AWS_ENDPOINT_URL_STS": aws.url}
        local.push("1", env={**env, "WHEELYARD_IDENTITY": "aws"})
        assert forms[0][0]["Action"] == "GetCallerIdentity" and "Credential=AKIDEXAMPLE/" in forms[0][1]
        assert local("history", "my.tar.gz", "--json").json["entries"][0]["by"]["identity"] == arn
        local("status")
        assert len(forms) == 1, "whoever only looks is not asked who he is"
    finally:
        aws.stop()
