"""What Pipeline makes of its arguments: nothing is rounded away, and what cannot be meant is refused in words."""

import datetime
import math
import pathlib
import sys
import time

import pytest
import wheelyard
from wheelyard import CommandGate, RankRules

HALF = 0.5
YEARS_100 = 100 * 365 * 24 * 3600


def open_pipeline(store: wheelyard.Store, *rules: RankRules, **settings) -> wheelyard.Pipeline:
    return wheelyard.Pipeline(store, ["qa", *rules], **settings)


@pytest.fixture
def memory() -> wheelyard.Store:
    return wheelyard.open_store("memory:")


@pytest.fixture
def app(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "app").write_bytes(b"x")
    return tmp_path / "app"


@pytest.mark.parametrize("span", [HALF, datetime.timedelta(milliseconds=500), sys.float_info.min, 1])
def test_a_part_of_a_second_is_a_second_and_not_none(memory, app, span):
    pipeline = open_pipeline(memory, RankRules("staging", minimum_time=span))
    for turn in range(20):
        app.write_bytes(b"%d" % turn)
        begun = time.monotonic()
        pipeline.push(app, version=str(turn))
        try:
            pipeline.promote("app", "staging")
        except wheelyard.Refused as refused:
            assert refused.refusal == "gate" and "minimum_time 1s" in str(refused)
            return
        assert time.monotonic() - begun >= 1  # a loaded machine may take as long as the release has to wait
    pytest.fail("each of these steps took more than a second")


def test_a_timeout_of_a_part_of_a_second_is_no_time_out_at_once(memory, app):
    gate = CommandGate("quick", ["true"], timeout=HALF)
    pipeline = open_pipeline(memory, RankRules("staging", commands=[gate]))
    pipeline.push(app, version="1")
    for _ in range(20):
        begun = time.monotonic()
        try:
            assert pipeline.promote("app", "staging").outcome == "done"
            return
        except wheelyard.Refused:
            assert time.monotonic() - begun >= 1  # a loaded machine may need that long for it
    pytest.fail("the command took more than a second each time")


def test_what_was_pushed_a_moment_ago_is_not_older_than_a_part_of_a_second(memory, app):
    pipeline = open_pipeline(memory)
    for number in range(3):
        app.write_bytes(b"%d" % number)
        pipeline.push(app, version=str(number))
    # All of it was done in less than the second that 0.001 is rounded to, or it proves nothing.
    begun = pipeline.history("app")[0].at
    pruned = pipeline.prune(keep=0, older_than=0.001, dry_run=True).pruned
    if datetime.datetime.now(datetime.timezone.utc) - begun < datetime.timedelta(seconds=1):
        assert pruned == []
    assert len(pipeline.prune(keep=0, older_than=0, dry_run=True).pruned) == 2


@pytest.mark.parametrize("span", [-1, -0.001, math.nan, math.inf, -math.inf, YEARS_100 + 1, 1e300, datetime.timedelta.max])
def test_spans_that_cannot_be(memory, span):
    for what, call in (
        ("minimum_time", lambda: open_pipeline(memory, RankRules("staging", minimum_time=span))),
        ("the timeout of the gate 'slow'", lambda: open_pipeline(memory, RankRules("staging", commands=[CommandGate("slow", ["true"], span)]))),
        ("older_than", lambda: open_pipeline(memory).prune(older_than=span)),
    ):
        with pytest.raises(ValueError, match=f"^{what} is 0 to {YEARS_100} seconds, not "):
            call()


def test_the_longest_span(memory, app):
    pipeline = open_pipeline(memory, RankRules("staging", minimum_time=datetime.timedelta(seconds=YEARS_100)))
    pipeline.push(app, version="1")
    with pytest.raises(wheelyard.Refused, match="minimum_time 36500d"):
        pipeline.promote("app", "staging")


@pytest.mark.parametrize("rules, error, said", [
    (1, TypeError, "a rank is a name or RankRules, not 1"),
    (RankRules(None), TypeError, "a rank's name is a text, not None"),
    (RankRules("s", may_skip="alice"), TypeError, "may_skip is a list of texts"),
    (RankRules("s", may_skip=[1]), TypeError, "a part of may_skip is a text, not 1"),
    (RankRules("s", note="false"), TypeError, "note is True or False, not 'false'"),
    (RankRules("s", note=1), TypeError, "note is True or False, not 1"),
    (RankRules("s", minimum_time="1h"), TypeError, "minimum_time is a number of seconds or a timedelta, not '1h'"),
    (RankRules("s", minimum_time=True), TypeError, "minimum_time is a number of seconds or a timedelta, not True"),
    (RankRules("s", approvals=1.5), TypeError, "approvals is a whole number, not 1.5"),
    (RankRules("s", approvals=-1), ValueError, "approvals is 0 to 9223372036854775807, not -1"),
    (RankRules("s", approvals=2**63), ValueError, "approvals is 0 to 9223372036854775807, not 9223372036854775808"),
    (RankRules("s", commands=["./smoke-test"]), TypeError, "commands are CommandGate, not './smoke-test'"),
    (RankRules("s", commands=[CommandGate("smoke", "./smoke-test")]), TypeError, "the command of the gate 'smoke' is a list of texts"),
    (RankRules("s", commands=[CommandGate("smoke", pathlib.Path("x"))]), TypeError, "the command of the gate 'smoke' is a list of texts"),
    (RankRules("s", commands=[CommandGate("smoke", ["x", 1])]), TypeError, "a part of the command of the gate 'smoke' is a text, not 1"),
    (RankRules("s", commands=[CommandGate(None, ["x"])]), TypeError, "a gate's name is a text, not None"),
    (RankRules("s", commands=[CommandGate("", ["x"])]), wheelyard.InvalidArgumentError, "the gates of the rank 's': one has no name"),
    (RankRules("s", commands=[CommandGate("a", ["x"])] * 2), wheelyard.InvalidArgumentError, "the gate 'a' of the rank 's': it is there twice"),
    (RankRules("s", commands=[CommandGate("a", [])]), wheelyard.InvalidArgumentError, "the gate 'a' of the rank 's': it has no command"),
])  # fmt: skip
def test_rules_that_cannot_be(memory, rules, error, said):
    with pytest.raises(error, match=said):
        open_pipeline(memory, rules)


def test_rules_of_the_first_rank(memory):
    with pytest.raises(wheelyard.InvalidArgumentError, match="it is the first rank"):
        wheelyard.Pipeline(memory, [RankRules("qa", note=True), "staging"])


def test_counts_that_cannot_be(memory):
    for what, call in (
        ("keep", lambda: open_pipeline(memory, keep=1.5)),
        ("keep", lambda: open_pipeline(memory).prune(keep="1")),
        ("jobs", lambda: open_pipeline(memory, jobs=1.5)),
        ("limit", lambda: open_pipeline(memory).history("app", limit=None)),
        ("entries", lambda: open_pipeline(memory).page(entries=1.0)),
    ):
        with pytest.raises(TypeError, match=f"^{what} is a whole number, not "):
            call()


def test_a_command_may_be_a_path(memory, app, tmp_path):
    script = tmp_path / "smoke-test"
    script.write_text("#!/bin/sh\nexit 0\n")
    script.chmod(0o755)
    pipeline = open_pipeline(memory, RankRules("staging", commands=[CommandGate("smoke", [script, "--fast"])]))
    pipeline.push(app, version="1")
    assert [gate.gate for gate in pipeline.promote("app", "staging").gates] == ["command smoke"]


def test_the_url_of_a_run_is_kept_without_its_password(memory, app, monkeypatch):
    monkeypatch.setenv("CIRCLECI", "1")
    monkeypatch.setenv("CIRCLE_BUILD_URL", "https://ci.example/5")
    app.write_bytes(b"1")
    for number, run in enumerate(("https://alice:hunter2@ci.example/7", None)):
        open_pipeline(memory, run=run).push(app, version=str(number))
        app.write_bytes(b"2")
    assert [entry.by.run for entry in open_pipeline(memory).history("app")] == ["https://ci.example/7", "https://ci.example/5"]
    assert not any(b"hunter2" in memory.get(info.key) for info in memory.list())
    for wrong in ("7", "javascript:alert(1)", "https://alice:hunter2@ci.example/\x1b[31m", "https://alice:hunter2@ci.example/" + "a" * 500):
        with pytest.raises(wheelyard.InvalidArgumentError, match="the URL of the run") as refused:
            open_pipeline(memory, run=wrong)
        assert "hunter2" not in str(refused.value)


def test_no_folder_is_not_the_current_one(memory, app, tmp_path, monkeypatch):
    pipeline = open_pipeline(memory)
    pipeline.push(app, version="1")
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    for call in (lambda: pipeline.download("app", "qa", ""), lambda: pipeline.page(folder="")):
        with pytest.raises(ValueError, match="is empty: .*give \"\\.\""):
            call()
    assert list(empty.iterdir()) == []
    pipeline.download("app", "qa")
    assert (empty / "app").read_bytes() == b"x"
