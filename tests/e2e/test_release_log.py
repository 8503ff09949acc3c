"""The reader of pipelines that the other tests rest on: a good one passes, and each fault is found."""

import copy
import json

import pytest
from support import release_log
from support.release_history import History, compact
from support.release_log import PRIVATE, Held, Operation, sha256
from support.repositories import folder_repository


def pipeline() -> History:
    history = History("acme")
    for version in ("1.0", "1.1", "1.2"):
        history.add_version(version, {"acme.bin": b"bytes of " + version.encode(), f"only-{version}.bin": b"more"})
    for step, version in enumerate(("1.0", "1.1", "1.2")):
        history.push(version)
        history.promote("staging", note=f"step-{step}")
        if step < 2:
            history.promote("production")
    history.rollback("production", "1.0")
    return history


def put(tmp_path, history: History):
    repo = folder_repository(tmp_path / "repository")
    for key, data in history.objects():
        repo.raw.write(key, data)
    return repo


def test_a_good_pipeline_passes(tmp_path):
    line = release_log.check(put(tmp_path, pipeline()), "acme").check_settled()
    assert line.states[-1]["production"].version == "1.0"
    assert line.states[-1]["staging"].version == "1.2"
    assert len(line.entries) == 9
    assert release_log.read(line.repo, "unheard-of") is None


def chained(history: History, number: int, **changes) -> None:
    """Changes an entry, and mends the chain behind it."""
    texts = [json.loads(text) for text in history.texts]
    texts[number - 1] |= changes
    for i, entry in enumerate(texts):
        entry["previous"] = sha256(history.texts[i - 1]) if i else ""
        history.texts[i] = compact(entry)


FAULTS = {
    "gap": (lambda h: None, lambda raw: raw.delete(f"{PRIVATE}acme/history/000000000004.json"), "without [4]"),
    "tail": (lambda h: None, lambda raw: [raw.delete(f"{PRIVATE}acme/history/{n:012d}.json") for n in (8, 9)], "entries 1 to 7, the state says 9"),
    "too_many": (lambda h: None, lambda raw: raw.write(f"{PRIVATE}acme/history/000000000010.json", b"{}"), "the state says 9"),
    "changed": (lambda h: None, lambda raw: raw.write(f"{PRIVATE}acme/history/000000000004.json", raw.read(
        f"{PRIVATE}acme/history/000000000004.json").replace(b"alice", b"bobby")), "entry 5 breaks the chain"),
    "twice": (lambda h: chained(h, 5, id=f"{4:024x}"), None, "stands there twice"),
    "not_what_was_there": (lambda h: chained(h, 5, to=h.reference("1.0")), None, "where qa held"),
    "from_elsewhere": (lambda h: chained(h, 5, **{"from": h.reference("1.2")}), None, "where the rank held"),
    "never_stood_there": (lambda h: chained(h, 9, to=h.reference("1.2")), None, "never stood there"),
    "other_bytes": (lambda h: chained(h, 7, to={"version": "1.0", "digest": "0" * 64}), None, "has other bytes than before"),
    "state": (lambda h: h.standing["staging"].update(h.reference("1.0")), None, "its history says"),
    "state_by": (lambda h: h.standing["staging"].update(seq=5), None, "by entry 5"),
    "ways_back": (lambda h: h.earlier["qa"].pop(), None, "can go back to"),
    "document": (lambda h: h.documents["1.0"]["files"][0].update(size=1), None, "another digest than in the history"),
    "no_document": (lambda h: None, lambda raw: raw.delete(f"{PRIVATE}acme/versions/1.1.json"), "has no document"),
    "archive": (lambda h: h.files.update({"archive/1.1/acme.bin": b"bytes of 1.0"}), None, "has other bytes than its manifest"),
    "archive_missing": (lambda h: None, lambda raw: raw.delete("archive/1.1/acme.bin"), "is missing"),
    "key": (lambda h: None, lambda raw: raw.write("production/acme.bin", b"bytes of 1.1"), "has other bytes than 1.0's"),
    "key_missing": (lambda h: None, lambda raw: raw.delete("production/only-1.0.bin"), "missing: {'production/only-1.0.bin'}"),
    "key_stale": (lambda h: None, lambda raw: raw.write("production/only-1.1.bin", b"more"), "too many: {'production/only-1.1.bin'}"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found(fault, tmp_path):
    edit, spoil, told = FAULTS[fault]
    history = pipeline()
    edit(history)
    repo = put(tmp_path, history)
    if spoil:
        spoil(repo.raw)
    with pytest.raises(AssertionError) as found:
        release_log.check(repo, "acme").check_settled()
    assert told in str(found.value)


def approved(history: History) -> list[dict]:
    """Approved, promoted, and taken back; returns what the undo has to give back."""
    reference = history.reference("1.2")
    history.texts.append(compact(_entry(history, "approve", to=reference)))
    given = json.loads(history.texts[-1])
    approvals = [{**reference, **{key: given[key] for key in ("rank", "at", "by")}}]
    before = history.standing["production"]
    source = {"from": history.reference(before["version"])}
    history.texts.append(compact(_entry(history, "promote", to=reference, source="staging", **source)))
    taken = len(history.texts)
    back = {"from": reference, "to": source["from"], "undone": taken, "approvals": approvals}
    history.texts.append(compact(_entry(history, "undo", **back)))
    before["seq"] = taken + 1
    return approvals


def _entry(history: History, action: str, **more) -> dict:
    seq = len(history.texts) + 1
    return {"seq": seq, "previous": sha256(history.texts[-1]), "id": f"{seq:024x}", "action": action, "rank": "production",
            "at": f"2026-11-21T12:00:{seq:02}Z", "by": {"identity": "bob"}, **more}  # fmt: skip


def test_approvals_are_used_up_and_given_back(tmp_path):
    history = pipeline()
    approvals = approved(history)
    whole = history.state() | {"approvals": approvals}
    history.state = lambda: whole
    assert release_log.check(put(tmp_path / "good", history), "acme").approvals == approvals
    del whole["approvals"]
    with pytest.raises(AssertionError, match="are approved, by its history"):
        release_log.check(put(tmp_path / "lost", history), "acme")
    chained(history, len(history.texts), approvals=[])
    whole["last_entry"] = history.texts[-1].decode()
    with pytest.raises(AssertionError, match="it gives back"):
        release_log.check(put(tmp_path / "not-given-back", history), "acme")


def test_work_that_is_left_is_found(tmp_path):
    history = pipeline()
    state = history.state() | {"intents": [{"kind": "lay_out", "rank": "qa"}]}
    history.state = lambda: state
    with pytest.raises(AssertionError, match="work is left"):
        release_log.check(put(tmp_path, history), "acme").check_settled()


class Story:
    """Promotions of staging with notes, and what their processes were told, one after the other."""

    def __init__(self, tmp_path):
        history = History("acme")
        for n in range(4):
            history.add_version(f"1.{n}", {"acme.bin": b"bytes of 1.%d" % n})
            history.enter("push", "qa", history.reference(f"1.{n}"), note=f"push-{n}")
            history.enter("promote", "staging", history.reference(f"1.{n}"), note=f"promote-{n}", source="qa")
        self.line = release_log.check(put(tmp_path, history), "acme")
        self.operations = []
        for n in range(4):
            for kind, rank, seq in (("push", "qa", 2 * n + 1), ("promote", "staging", 2 * n + 2)):
                seen = {rank: self.line.states[seq][rank]}
                self.operations.append(
                    Operation(f"{kind}-{n}", kind, rank, f"1.{n}", "qa", began=seq, ended=seq + 0.5, status=0, outcome="done", seq=seq, seen=seen)
                )
        self.by_id = {op.id: op for op in self.operations}

    def read(self, seq: int, began: float, ended: float) -> Operation:
        op = Operation(f"read-{seq}-{began}", "status", began=began, ended=ended, status=0, seq=seq, seen=dict(self.line.states[seq]))
        self.operations.append(op)
        return op


def test_operations_that_fit_pass(tmp_path):
    story = Story(tmp_path)
    story.read(3, 3.6, 3.9)
    story.read(2, 2.9, 3.1)  # the third was being written
    story.read(3, 2.9, 3.1)
    story.read(8, 20, 21)
    story.line.check_operations(story.operations)


@pytest.mark.parametrize(("seq", "began", "ended"), [(2, 3.6, 3.9), (4, 3.6, 3.9), (7, 20, 21), (1, 2.6, 3.1)])
def test_a_read_of_what_was_not_current_is_found(seq, began, ended, tmp_path):
    story = Story(tmp_path)
    story.read(seq, began, ended)
    with pytest.raises(AssertionError, match="while it ran|before it began"):
        story.line.check_operations(story.operations)


def test_a_read_of_a_mixture_is_found(tmp_path):
    story = Story(tmp_path)
    story.read(3, 2.9, 3.1).seen["staging"] = story.line.states[4]["staging"]
    with pytest.raises(AssertionError, match="it saw"):
        story.line.check_operations(story.operations)


def test_an_order_against_real_time_is_found(tmp_path):
    story = Story(tmp_path)
    first, second = story.by_id["promote-1"], story.by_id["push-2"]
    first.began, first.ended = 6, 6.2
    second.began, second.ended = 5, 5.2
    with pytest.raises(AssertionError, match="before it began"):
        story.line.check_operations(story.operations)


LIES = {
    "done_and_not_there": (lambda s: s.operations.append(Operation("ghost", "promote", "staging", began=9, ended=10, status=0, outcome="done", seq=8)), "is not in the history"),
    "failed_and_there": (lambda s: setattr(s.by_id["promote-1"], "status", 1), "changed something"),
    "another_release": (lambda s: s.by_id["promote-1"].seen.update(staging=Held("1.0", "0")), "it said"),
    "another_number": (lambda s: setattr(s.by_id["promote-1"], "seq", 3), "its entry is"),
    "nobodys": (lambda s: s.operations.remove(s.by_id["push-0"]), "nobody did"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_each_lie_is_found(lie, tmp_path):
    story = Story(tmp_path)
    tell, told = LIES[lie]
    tell(story)
    with pytest.raises(AssertionError, match=told):
        story.line.check_operations(story.operations)


def test_a_step_that_happened_twice_is_found(tmp_path):
    story = Story(tmp_path)
    story.line.entries[3] = copy.deepcopy(story.line.entries[3]) | {"note": "promote-0"}
    with pytest.raises(AssertionError, match="happened 2 times"):
        story.line.check_entries_of(story.operations)
