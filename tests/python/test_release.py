"""Pipeline: push, promote, roll back, and all that looks at it."""

import concurrent.futures
import datetime
import hashlib
import json
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import tarfile
import time

import pytest
import wheelyard
from conftest import Place

RANKS = ["qa", "staging", "production"]


def open_pipeline(place: Place, ranks=RANKS, **settings) -> wheelyard.Pipeline:
    return wheelyard.Pipeline(f"{place.url}/team", ranks, **{**place.settings, **settings})


@pytest.fixture
def pipeline(place: Place) -> wheelyard.Pipeline:
    return open_pipeline(place, identity="alice", run="https://ci.example/7")


@pytest.fixture
def write(tmp_path: pathlib.Path):
    def write_file(name: str, data: bytes) -> pathlib.Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write_file


def test_the_life_of_a_release(place: Place, pipeline: wheelyard.Pipeline, write, tmp_path):
    assert pipeline.ranks == RANKS and pipeline.names() == [] and pipeline.status("app.tar.gz") is None
    assert pipeline.held("app.tar.gz") == {}
    step = pipeline.push(write("app.tar.gz", b"one"), version="1", note="first")
    assert (step.outcome, step.action, step.rank, step.seq, step.previous) == ("done", "push", "qa", 1, None)
    assert step.manifest.files[0].sha256 == hashlib.sha256(b"one").hexdigest() and step.manifest.size == 3
    document = {"files": [{"name": "app.tar.gz", "sha256": hashlib.sha256(b"one").hexdigest(), "size": 3}], "name": "app.tar.gz", "version": "1"}
    assert step.manifest.digest == hashlib.sha256(json.dumps(document, separators=(",", ":")).encode()).hexdigest()
    assert pipeline.push(write("app.tar.gz", b"one"), version="1").outcome == "unchanged"
    step = pipeline.promote("app.tar.gz", "staging", expect_digest=step.manifest.digest, note="looks good")
    assert (step.action, step.source, step.rank) == ("promote", "qa", "staging")
    pipeline.push(write("app.tar.gz", b"two!"), version="2")
    pipeline.promote("app.tar.gz", "staging", version="2")
    status = pipeline.status("app.tar.gz")
    assert [rank.version for rank in status.ranks] == ["2", "2", None] and status.seq == 4 and status.unfinished == []
    assert status["staging"].standing.by.identity == "alice" and status["staging"].behind == 0 and status["staging"].settled
    assert status["staging"].standing.since.tzinfo == datetime.timezone.utc
    with pytest.raises(KeyError):
        status["prod"]
    assert place.raw.read("team/staging/app.tar.gz") == b"two!"

    step = pipeline.rollback("app.tar.gz", "staging", note="it was bad")
    assert (step.action, step.manifest.version, step.previous.version) == ("rollback", "1", "2")
    history = pipeline.history("app.tar.gz")
    assert [(entry.seq, entry.action, entry.rank) for entry in history] == [
        (1, "push", "qa"), (2, "promote", "staging"), (3, "push", "qa"), (4, "promote", "staging"), (5, "rollback", "staging")]  # fmt: skip
    assert history[0].previous == "" and len(history[1].previous) == 64 and history[4].note == "it was bad"
    assert {entry.by.run for entry in history} == {"https://ci.example/7"}
    assert [entry.seq for entry in pipeline.history("app.tar.gz", rank="staging", limit=2)] == [4, 5]
    assert pipeline.names() == ["app.tar.gz"]

    held = pipeline.held("app.tar.gz")
    assert {rank: manifest.version for rank, manifest in held.items()} == {"qa": "2", "staging": "1"}
    assert place.open("team").get(held["staging"].files[0].key) == b"one"
    fetched = pipeline.download("app.tar.gz", "staging", tmp_path / "out")
    assert fetched.manifest.version == "1" and pathlib.Path(fetched.paths[0]).read_bytes() == b"one"
    assert [(found.kind, found.file) for found in pipeline.diff("app.tar.gz", "staging", "qa").differences] == [("changed", "app.tar.gz")]


def test_members_of_archives_are_compared_with_their_modes(pipeline: wheelyard.Pipeline, tmp_path):
    for version, mode in (("1", 0o755), ("2", 0o644)):
        (tmp_path / version).mkdir()
        with tarfile.open(tmp_path / version / "app.tar.gz", "w:gz") as archive:
            member = tarfile.TarInfo("run")
            member.mode = mode
            archive.addfile(member)
        pipeline.push(tmp_path / version / "app.tar.gz", version=version)
        if version == "1":
            pipeline.promote("app.tar.gz", "staging")
    whole, member = pipeline.diff("app.tar.gz", "staging", "qa").differences
    assert (whole.member, whole.traits_before, whole.traits_after) == (None, None, None)
    assert member == wheelyard.Difference(
        "changed", "app.tar.gz", "run", 0, 0, None, None, wheelyard.MemberTraits("file", 0o755, None), wheelyard.MemberTraits("file", 0o644, None))  # fmt: skip


def test_many_files_are_one_release(place: Place, pipeline: wheelyard.Pipeline, write, tmp_path):
    files = [write(f"{name}.bin", name.encode() * 100) for name in "abcde"]
    events = []
    step = pipeline.push(files, name="app", version="1", progress=events.append)
    assert [file.name for file in step.manifest.files] == [path.name for path in files]
    assert events and all(isinstance(event, wheelyard.ProgressEvent) for event in events)
    pipeline.promote("app", "staging")
    pipeline.download("app", "staging", tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {path.name: path.read_bytes() for path in files}
    with pytest.raises(wheelyard.InvalidArgumentError):
        pipeline.push(files, version="2")  # no name


def test_what_is_refused(place: Place, write):
    pipeline = open_pipeline(place)
    for refusal, code, call in (
        ("unknown_rank", "invalid_argument", lambda: pipeline.promote("app", "prod")),
        ("unknown_release", "not_found", lambda: pipeline.promote("app", "staging")),
        ("unknown_release", "not_found", lambda: pipeline.history("app")),
        ("unknown_release", "not_found", lambda: pipeline.history("app", rank="staging")),
    ):
        with pytest.raises(wheelyard.Refused) as refused:
            call()
        assert (refused.value.refusal, refused.value.code) == (refusal, code) and isinstance(refused.value, wheelyard.Error)
    pipeline.push(write("app", b"one"), version="1")
    for refusal, call in (
        ("skipped_rank", lambda: pipeline.promote("app", "production")),
        ("other_version", lambda: pipeline.promote("app", "staging", version="2")),
        ("other_version", lambda: pipeline.promote("app", "staging", expect_digest="0" * 64)),
        ("version_taken", lambda: pipeline.push(write("app", b"other"), version="1")),
        ("unknown_rank", lambda: pipeline.history("app", rank="stagign")),
        ("nothing_earlier", lambda: pipeline.rollback("app", "qa")),
    ):
        with pytest.raises(wheelyard.Refused) as refused:
            call()
        assert refused.value.refusal == refusal, refused.value
    again = pickle.loads(pickle.dumps(refused.value))
    assert (str(again), again.refusal, again.code, again.hint) == (
        str(refused.value), "nothing_earlier", "not_found", refused.value.hint)  # fmt: skip
    with pytest.raises(wheelyard.InvalidArgumentError):
        pipeline.push(write("app", b"x"), version="a/b")
    with pytest.raises(wheelyard.NotFoundError):
        pipeline.push("no-such-file")
    with pytest.raises(wheelyard.InvalidArgumentError, match="64 hexadecimal digits"):
        pipeline.promote("app", "staging", expect_digest="None")
    for call in (
        lambda: pipeline.promote("app", "staging", expect_digest=""),
        lambda: pipeline.promote("app", "staging", version=""),
        lambda: pipeline.approve("app", "staging", version=""),
        lambda: pipeline.approve("app", "staging", from_rank=""),
        lambda: pipeline.push(write("app", b"x"), version=""),
        lambda: pipeline.rollback("app", "qa", version=""),
        lambda: pipeline.download("app", "qa", version=""),
        lambda: pipeline.download("app", "qa", ""),
        lambda: open_pipeline(place, identity=""),
        lambda: open_pipeline(place, run=""),
        lambda: pipeline.page(acl=""),
        lambda: pipeline.prune([], keep=0),
        lambda: pipeline.verify([]),
        lambda: pipeline.page(names=[]),
    ):
        with pytest.raises(ValueError, match="is empty: leave it out"):
            call()
    for ranks in ("", [], "qa,qa", ["archive"], ["qa", "a/b"]):
        with pytest.raises(wheelyard.InvalidArgumentError):
            open_pipeline(place, ranks)
    for wrong in ({"jobs": 0}, {"keep": -1}):
        with pytest.raises(ValueError):
            open_pipeline(place, **wrong)
    for call in (lambda: pipeline.history("app", limit=-1), lambda: pipeline.prune(keep=-1), lambda: pipeline.page(entries=-1)):
        with pytest.raises(ValueError, match="is 0 to 9223372036854775807, not -1"):
            call()
    with pytest.raises(TypeError):
        wheelyard.Pipeline(place.open(), RANKS, region="x")


def test_rules(place: Place, write, tmp_path):
    gate = wheelyard.CommandGate("smoke", [sys.executable, "-c", "import sys; sys.exit(b'bad' in open(sys.argv[1], 'rb').read())"])
    rules = [
        "qa",
        wheelyard.RankRules("staging", commands=[gate], note=True),
        wheelyard.RankRules("production", approvals=1, minimum_time=datetime.timedelta(hours=1)),
    ]
    pipeline, bob = open_pipeline(place, rules, identity="alice"), open_pipeline(place, rules, identity="bob")
    pipeline.push(write("app", b"bad"), version="1")
    with pytest.raises(wheelyard.Refused) as refused:
        pipeline.promote("app", "staging", note="n")
    assert refused.value.refusal == "gate" and "smoke" in str(refused.value)
    pipeline.push(write("app", b"good"), version="2")
    with pytest.raises(wheelyard.Refused, match="note"):
        pipeline.promote("app", "staging")
    step = pipeline.promote("app", "staging", note="tested")
    assert [(gate.gate, gate.passed) for gate in step.gates] and all(gate.passed for gate in step.gates)
    with pytest.raises(wheelyard.Refused):
        pipeline.promote("app", "production")
    bob.approve("app", "production", note="go")
    assert [given.by.identity for given in pipeline.status("app")["production"].approvals] == ["bob"]
    with pytest.raises(wheelyard.Refused):
        pipeline.promote("app", "production")  # not an hour yet
    with pytest.raises(ValueError):
        open_pipeline(place, [wheelyard.RankRules("qa", minimum_time=-1)])
    skips = ["qa", "staging", wheelyard.RankRules("production", may_skip=["alice"], approvals=1)]
    skipper = open_pipeline(place, skips, identity="alice")
    pipeline.push(write("app", b"better"), version="3")
    with pytest.raises(wheelyard.Refused, match="1 other than alice have to"):
        skipper.promote("app", "production", from_rank="qa")
    assert open_pipeline(place, skips, identity="bob").approve("app", "production", from_rank="qa").manifest.version == "3"
    assert skipper.promote("app", "production", from_rank="qa").rank == "production"
    assert pipeline.history("app")[-1].skipped == ["staging"]


def test_a_store_may_be_given(place: Place, write):
    pipeline = wheelyard.Pipeline(place.open("team"), "qa, staging")
    assert pipeline.ranks == ["qa", "staging"]
    pipeline.push(write("app", b"x"), version="1")
    assert place.raw.read("team/qa/app") == b"x"
    memory = wheelyard.open_store("memory:")
    wheelyard.Pipeline(memory, ["qa"]).push(write("app", b"y"), version="1")
    assert memory.get("qa/app") == b"y"


def test_prune_and_verify(place: Place, pipeline: wheelyard.Pipeline, write):
    for number in range(4):
        pipeline.push(write("app", b"%d" % number), version=f"v{number}")
    would = pipeline.prune(keep=1, dry_run=True)
    assert place.raw.exists("team/archive/v0/app")
    done = pipeline.prune("app", keep=1)
    assert sorted(version.release.version for version in done.pruned) == ["v0", "v1"] and done.kept == 2
    assert would.pruned == done.pruned and not place.raw.exists("team/archive/v0/app")
    assert pipeline.prune(keep=0, older_than=datetime.timedelta(days=1)).pruned == []
    with pytest.raises(wheelyard.Refused) as refused:
        pipeline.push(write("app", b"0"), version="v0")
    assert refused.value.refusal in ("pruned", "version_taken")
    assert pipeline.verify(deep=True).clean
    place.raw.write("team/qa/app", b"somebody else's")
    report = pipeline.verify("app", deep=True)
    assert not report.clean and any(problem.name == "app" and problem.state == "found" for problem in report.problems)
    assert pipeline.verify(repair=True).clean and place.raw.read("team/qa/app") == b"3"
    assert (report.names, report.entries) == (1, len(pipeline.history("app")))


def test_page(place: Place, pipeline: wheelyard.Pipeline, write, tmp_path):
    pipeline.push(write("app", b"x"), version="1.2.3")
    page = pipeline.page(title="All of ours")
    html = place.raw.read("team/releases.html").decode()
    assert "1.2.3" in html and "All of ours" in html and (page.names, page.entries, page.unreadable) == (1, 1, [])
    assert page.size == len(html.encode())
    page = pipeline.page("site/index.html", folder=tmp_path / "www", names="app")
    assert (tmp_path / "www/site/index.html").exists() and page.place.endswith("site/index.html")
    with pytest.raises(wheelyard.InvalidArgumentError):
        pipeline.page("qa/app")


def test_taking_over_what_another_program_wrote(bucket: Place, write):
    pipeline = open_pipeline(bucket)

    def released_push(data: bytes, version: str) -> None:
        bucket.server.client().put_object(Bucket=bucket.bucket, Key="team/qa/app", Body=data, Metadata={"version": version})

    released_push(b"one", "1")
    assert pipeline.status("app")["qa"].version == "1" and pipeline.held("app")["qa"].files[0].sha256 == ""
    assert not pipeline.status("app").adopted
    pipeline.promote("app", "staging")
    released_push(b"two", "2")
    status = pipeline.status("app")
    assert status.adopted and status["qa"].version == "1"
    pipeline.take_over("app")
    assert pipeline.status("app")["qa"].version == "2"
    assert [entry.action for entry in pipeline.history("app")] == ["adopt", "promote", "adopt"]


def test_many_threads_leave_one_history(place: Place, write):
    pipeline = open_pipeline(place)
    files = [write("app", b"start")]
    pipeline.push(files, version="start")

    def push(number: int) -> str:
        folder = files[0].parent / str(number)
        folder.mkdir()
        (folder / "app").write_bytes(b"%d" % number)
        return pipeline.push(folder / "app", version=str(number)).outcome

    def promote(number: int) -> str:
        try:
            return pipeline.promote("app", "staging").outcome
        except wheelyard.Refused as error:
            return error.refusal

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        pushed, promoted = list(map(pool.submit, [push] * 12, range(12))), list(map(pool.submit, [promote] * 12, range(12)))
        assert {done.result() for done in pushed} <= {"done", "superseded"}
        assert {done.result() for done in promoted} <= {"done", "superseded", "unchanged", "other_version"}
    history = pipeline.history("app")
    assert [entry.seq for entry in history] == list(range(1, len(history) + 1))
    assert sorted(entry.to_release.version for entry in history if entry.action == "push") == sorted(["start", *map(str, range(12))])
    for rank in ("qa", "staging"):
        last = [entry for entry in history if entry.rank == rank][-1]
        assert pipeline.status("app")[rank].version == last.to_release.version
        assert place.raw.read(f"team/{rank}/app") == last.to_release.version.encode()
    assert pipeline.verify(deep=True).clean


def test_progress_that_raises_ends_the_work(pipeline: wheelyard.Pipeline, write):
    def fail(event):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        pipeline.push(write("app", b"x"), version="1", progress=fail)
    assert pipeline.status("app") is None or pipeline.status("app")["qa"].version is None
    assert pipeline.push(write("app", b"x"), version="1").outcome == "done"


SLOW_GATE = """
import sys, wheelyard
rules = ["qa", wheelyard.RankRules("staging", commands=[wheelyard.CommandGate("slow", ["sh", "-c", f"touch '{sys.argv[3]}'; sleep 300"])])]
pipeline = wheelyard.Pipeline(sys.argv[1], rules)
pipeline.push(sys.argv[2], version="1")
print("pushed", flush=True)
try:
    pipeline.promote(sys.argv[2].rsplit("/")[-1], "staging")
except KeyboardInterrupt:
    print("interrupted", pipeline.status(sys.argv[2].rsplit("/")[-1])["staging"].version, flush=True)
"""


def test_ctrl_c_ends_a_promotion_that_waits_for_its_gate(folder: Place, write, tmp_path):
    running, deadline = tmp_path / "running", time.monotonic() + 60
    command = [sys.executable, "-c", SLOW_GATE, folder.url, str(write("app", b"x")), str(running)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stdout.readline() == "pushed\n"
        while not running.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "interrupted None\n"
        assert time.monotonic() - begin < 120
    assert process.returncode == 0


def test_other_threads_go_on_meanwhile(folder: Place, write, tmp_path):
    """The GIL is free while a gate runs."""
    signalled = tmp_path / "signalled"
    waits = f"for i in $(seq 600); do [ ! -e '{signalled}' ] || exit 0; sleep 0.1; done; exit 1"
    rules = ["qa", wheelyard.RankRules("staging", commands=[wheelyard.CommandGate("slow", ["sh", "-c", waits])])]
    pipeline = open_pipeline(folder, rules)
    pipeline.push(write("app", b"x"), version="1")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running, turns = pool.submit(pipeline.promote, "app", "staging"), 0
        while not running.done():
            time.sleep(0.01)
            turns += 1
            if turns == 20:
                signalled.touch()
    assert running.result().outcome == "done" and turns >= 20
