"""32 processes, 500 operations on one pipeline: its history is one line without gaps, what each rank holds is what the
history says, and whatever a process was told was so at a moment while it ran."""

import concurrent.futures
import json
import random

import pytest
from support import release_log
from support.invariants import read_if_there
from support.release_log import Held, Operation, sha256
from support.releases import Recorder, Releases, make_release
from support.watchers import Watchers

PROCESSES = 32
OPERATIONS = 500
KINDS = {"push": 18, "promote": 36, "rollback": 12, "download": 14, "status": 20}


class StateWatchers(Watchers):
    """Look at the store itself all the while: at no instant may it show what must not be."""

    pause = 0.03

    def __init__(self, repo, name: str, count=2):
        super().__init__(count)
        self.repo, self.name = repo, name
        self.known: set[Held] = set()

    def look(self, latest: int | None) -> int:
        """A state that is there has whole bytes behind each rank, and each entry but the last in an object of its own."""
        text = read_if_there(self.repo, f"{release_log.PRIVATE}{self.name}/state.json")
        if text is None:
            assert not latest, "the state was there, and is not"
            return 0
        state = json.loads(text)
        assert state["seq"] >= (latest or 0), f"entry {state['seq']} after {latest}"
        for number in {state["seq"] - 1, state["recorded"]} - {-1, 0}:
            assert read_if_there(self.repo, f"{release_log.PRIVATE}{self.name}/history/{number:012d}.json"), f"entry {number} is not there"
        for rank, written in state["ranks"].items():
            release = release_log.held(written.get("current"))
            if release is None or release in self.known:
                continue
            document = json.loads(read_if_there(self.repo, f"{release_log.PRIVATE}{self.name}/versions/{release.version}.json") or "null")
            assert document, f"{rank} holds {release}, which has no document"
            assert release_log.digest_of(document) == release.digest
            for file in document["files"]:
                data = read_if_there(self.repo, f"archive/{release.version}/{file['name']}")
                assert data is not None, f"{rank} holds {release}, whose {file['name']} is not there"
                assert sha256(data) == file["sha256"]
            self.known.add(release)
        return state["seq"]


class Stock:
    """The versions that are pushed; their files have partly the same names. Of some there are rivals with other bytes."""

    def __init__(self, folder, count=12):
        self.versions = [f"1.{n}" for n in range(count)]
        self.files = {}
        for n, version in enumerate(self.versions):
            names = ["acme.bin", *(f"part-{k}.bin" for k in range(n % 4)), *([f"only-{version}.bin"] if n % 3 == 0 else [])]
            self.files[version] = [make_release(folder / version / "a", version, names)]
            if n % 3 == 1:
                self.files[version].append(make_release(folder / version / "b", version, names, salt="rival"))

    def is_contested(self, version: str) -> bool:
        return len(self.files[version]) > 1


def plan(count: int, stock: Stock, chance: random.Random, ranks) -> list[tuple[Operation, list]]:
    """What is to be done, in the order in which it is begun."""
    planned = []
    for number in range(count):
        # The first ones have something to work on.
        kind = "push" if number < 3 else chance.choices(list(KINDS), list(KINDS.values()))[0]
        op = Operation(f"op-{number:03d}", kind)
        files = []
        # Versions come up one after the other; older ones are pushed again now and then.
        reached = 1 + number * len(stock.versions) // count
        recent = stock.versions[max(0, reached - 4) : reached]
        if kind == "push":
            op.version = chance.choice(recent)
            files = chance.choice(stock.files[op.version])
        elif kind == "promote":
            op.rank = chance.choice(ranks[1:])
            op.version = chance.choice(["", "", *recent])
        elif kind == "rollback":
            op.rank = chance.choice(ranks)
            op.version = chance.choice(["", "", *recent])
        elif kind == "download":
            op.rank = chance.choice(ranks)
        planned.append((op, files))
    return planned


def could_be_refused(stock: Stock, line: release_log.Line):
    """Whether an operation could be refused, where these states were current while it ran."""

    def why(op: Operation, window: range) -> bool:
        at = [line.states[seq] for seq in window]
        if op.kind == "push":
            return stock.is_contested(op.version)
        # What it had looked at is no more what stands there: nothing is promoted or taken back unseen.
        if op.kind in ("promote", "rollback") and len({state.get(op.source or op.rank) for state in at}) > 1:
            return True
        if op.kind == "promote":
            return any(state.get(op.source) is None or op.version not in ("", state[op.source].version) for state in at)
        if op.kind == "rollback":
            wanted = [line.ways[seq].get(op.rank, ()) for seq in window]
            if not op.version:
                return any(not ways for ways in wanted)
            return any(op.version not in line.stood[seq].get(op.rank, ()) for seq in window)
        return any(state.get(op.rank) is None for state in at)

    return why


def test_500_operations_of_32_processes_are_one_line(repo, wheelyard, tmp_path):
    releases = Releases(wheelyard, repo)
    stock = Stock(tmp_path / "stock")
    recorder = Recorder(releases, "acme", tmp_path)
    planned = plan(OPERATIONS, stock, random.Random(1), releases.ranks)
    with StateWatchers(repo, "acme") as watchers, concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(lambda item: recorder.run(*item), planned))
    assert watchers.looks > 0
    operations = recorder.operations
    strange = [op for op in operations if op.status != 0 and not (op.status in (1, 2) and op.report["error"]["refusal"])]
    assert strange == [], strange[0].text

    line = release_log.check(repo, "acme")
    line.check_operations(operations)
    refused = line.check_refused(operations, could_be_refused(stock, line))
    line.check_settled()
    done = [op for op in operations if op.status == 0]
    assert len(done) >= 0.3 * OPERATIONS, f"{refused} of {OPERATIONS} were refused"
    for kind in KINDS:
        assert sum(op.kind == kind for op in done) >= 3, f"few of {kind} went well"
    assert not any(entry["action"] == "undo" for entry in line.entries), "something was taken back, and nothing was broken"
    assert releases("verify", "--deep").json["problems"] == []


@pytest.mark.parametrize("after", [0, 1])
def test_copies_that_come_late_do_not_stay(after, bucket_repo, wheelyard, tmp_path, fault_proxy):
    """1.1 is on its way into staging's documented keys, and before its copies come 1.2 is promoted there whole: whoever is last
    at work looks again. 1.1 has a file that 1.2 lacks."""
    releases = Releases(wheelyard, bucket_repo)
    recorder = Recorder(releases, "acme", tmp_path)
    files = {n: make_release(tmp_path / n, n, ["acme.bin", *(["only-1.1.bin"] if n == "1.1" else [])]) for n in ("1.0", "1.1", "1.2")}

    def do(kind: str, version: str, rank: str = "", by: Recorder = recorder) -> Operation:
        op = by.run(Operation(f"{kind}-{version}", kind, rank, version), files[version])
        assert op.status == 0, op.text
        return op

    def overtake(body: bytes) -> bytes:
        do("push", "1.2")
        do("promote", "1.2", "staging")
        return body

    do("push", "1.0")
    do("promote", "1.0", "staging")
    do("push", "1.1")
    proxy = fault_proxy(bucket_repo.endpoint)
    proxy.damage(overtake, method="PUT", path=r"/staging/", times=1, after=after)
    slower = Recorder(releases.behind(proxy.url), "acme", tmp_path)
    do("promote", "1.1", "staging", by=slower)
    line = release_log.check(bucket_repo, "acme").check_settled()
    assert line.states[-1]["staging"].version == "1.2"
    line.check_operations(recorder.operations + slower.operations)


@pytest.mark.parametrize("kind", ["push", "promote", "rollback"])
def test_a_swap_whose_answer_is_lost_and_that_others_went_on_from(kind, bucket_repo, wheelyard, tmp_path, fault_proxy):
    """Its entry is the last one no more when it is looked for: the step was taken, once, and says so."""
    releases = Releases(wheelyard, bucket_repo)
    recorder = Recorder(releases, "acme", tmp_path)
    files = {n: make_release(tmp_path / n, n, ["acme.bin"]) for n in ("1.0", "1.1", "1.2", "1.3")}

    def do(kind: str, version: str, rank: str = "") -> None:
        op = recorder.run(Operation(f"{kind}-{version}-{rank}", kind, rank, version), files[version])
        assert op.status == 0, op.text

    for version in ("1.0", "1.1"):
        do("push", version)
        do("promote", version, "staging")
    do("push", "1.2")
    proxy = fault_proxy(bucket_repo.endpoint)
    others = ("promote", "1.3", "staging") if kind == "push" else ("push", "1.3")
    # A push swaps its intent in first.
    proxy.strike(lambda: do(*others), True, "PUT", r"/acme/state\.json$", after=int(kind == "push"))
    op = {
        "push": Operation("lost", "push", version="1.3"),
        "promote": Operation("lost", "promote", "staging", "1.2"),
        "rollback": Operation("lost", "rollback", "staging"),
    }[kind]
    lost = Recorder(releases.behind(proxy.url), "acme", tmp_path).run(op, files["1.3"])
    assert (lost.status, lost.outcome) == (0, "done"), lost.text
    line = release_log.check(bucket_repo, "acme").check_settled()
    line.check_operations([*recorder.operations, lost])
    assert line.entries[-2]["note"] == "lost"
