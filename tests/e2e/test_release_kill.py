"""kill -9 during push, promote, rollback and prune: at random moments of their real duration, and at each single request.
After the next command the history is one line, the ranks hold what it says, and nothing is half done."""

import concurrent.futures
import random
import threading
import time

import pytest
from support import release_log
from support.aftermath import wait_for_the_end
from support.release_log import Operation
from support.releases import Recorder, Releases, make_release
from support.runner import Result

KILLS = {"folder": 80, "minio": 70, "minio_slow": 50}
LANES = 5  #: names in one bucket, each with its own victims, at the same time
KINDS = {"push": 4, "promote": 5, "rollback": 3, "prune": 2}
MANY = 3  #: files of a larger release


class Lane:
    """One name, and the story of what was done to it."""

    def __init__(self, releases: Releases, folder, name: str, seed: int, many: bool | None = None):
        self.releases, self.name = releases, name
        self.folder = folder / name
        self.folder.mkdir()
        self.random = random.Random(seed)
        self.recorder = Recorder(releases, name, self.folder)
        self.many = many
        self.number = self.versions = 0
        self.trusted: set[release_log.Held] = set()
        self.durations: dict[str, float] = {}

    def operation(self, kind: str, rank: str = "", version: str = "") -> Operation:
        self.number += 1
        return Operation(f"{self.name}-{self.number}", kind, rank, version)

    def fresh_files(self, version: str, salt: str = "") -> list:
        """Names that all versions share, and some that only this one has."""
        many = self.random.random() < 0.4 if self.many is None else self.many
        names = [f"{self.name}.bin", *(f"{self.name}-{n}.bin" for n in range(MANY if many else 0))]
        if self.random.random() < 0.4:
            names.append(f"{self.name}-only-{version}.bin")
        return make_release(self.folder / f"{version}{salt}", version, names, size=30_000, salt=salt)

    def fresh(self, kind: str) -> tuple[Operation, list]:
        """Something to do, which mostly goes well."""
        if kind == "push":
            self.versions += 1
            version = f"{self.name}-{self.versions}"
            return self.operation("push", version=version), self.fresh_files(version)
        if kind == "promote":
            return self.operation("promote", self.random.choice(self.releases.ranks[1:])), []
        if kind == "rollback":
            return self.operation("rollback", self.random.choice(self.releases.ranks)), []
        return self.operation("prune"), []

    def done(self, kind: str, rank: str = "") -> None:
        op, files = self.fresh(kind)
        op.rank = rank or op.rank
        assert self.recorder.run(op, files).status == 0, op.text

    def begin(self) -> "Lane":
        """Three releases, all in production; and how long each kind of step takes here."""
        for _ in range(3):
            self.done("push")
            self.done("promote", "staging")
            self.done("promote", "production")
        for kind, rank in (("push", ""), ("promote", "staging"), ("rollback", "staging"), ("prune", "")):
            began = time.monotonic()
            self.done(kind, rank)
            self.durations[kind] = time.monotonic() - began
        self.check()
        return self

    def kill_one(self) -> bool:
        """Starts something and kills it; false where it was faster."""
        kind = self.random.choices(list(KINDS), list(KINDS.values()))[0]
        op, files = self.fresh(kind)
        killed = self.recorder.run_and_kill(op, files, self.random.uniform(0, self.durations[kind] * 1.1))
        assert killed or op.status == 0 or op.report["error"]["refusal"], op.text
        if killed or op.status == 0:
            # The machine is not always as fast as when the lane began.
            self.durations[kind] = self.durations[kind] * 1.1 if killed else op.ended - op.began
        self.look()
        if killed:
            wait_for_the_end(self.releases.repo)
            self.heal(op, files)
            self.check()
        return killed

    def look(self) -> release_log.Line:
        """As the dead have left it: nothing may be half done for whoever reads through us."""
        line = release_log.check(self.releases.repo, self.name, self.trusted)
        line.check_operations(self.recorder.operations)
        return line

    def heal(self, op: Operation, files: list) -> None:
        """Whoever comes next: the same again, something else, other bytes under the version, or a repair."""
        way = self.random.choice(("again", "other", "rival", "repair"))
        if way == "again":
            again = self.operation(op.kind, op.rank, op.version)
            self.recorder.run(again, files)
            # What had been done is no promotion of what is not there now.
            assert again.status == 0 or op.kind in ("promote", "rollback"), again.text
        elif way == "rival" and op.kind == "push":
            there = any(entry.get("note") == op.id for entry in self.look().entries)
            rival = self.recorder.run(self.operation("push", version=op.version), self.fresh_files(op.version, "rival"))
            # The server may have been at work for the dead until just now.
            there_now = any(entry.get("note") == op.id for entry in self.look().entries)
            assert rival.status == 1 if there else rival.status == 0 or there_now, rival.text
        elif way == "repair":
            self.releases("verify", self.name, "--repair")
        else:
            self.done("push")

    def check(self) -> None:
        """After the next command. A copy that the server still carried out for the dead may come late: then the state says that
        the rank is not settled."""
        line = self.look()
        line.check_pruned()
        deadline = time.monotonic() + 2
        while True:
            try:
                return line.check_documented_keys()
            except AssertionError:
                if time.monotonic() > deadline:
                    line = self.look()
                    unsettled = {intent["rank"] for intent in line.state.get("intents", []) if intent["kind"] == "lay_out"}
                    return line.check_documented_keys(without=unsettled)
                time.sleep(0.1)


def check_all_settled(releases: Releases, lanes: list[Lane]) -> None:
    """A last command; then all is as the histories say, to the last byte."""
    releases("verify", "--repair")
    for lane in lanes:
        lane.trusted.clear()
    lines = [lane.look() for lane in lanes]
    for line in lines:
        line.check_settled(tuple(other for other in lines if other is not line))
    assert releases("verify", "--deep").json["problems"] == []


@pytest.mark.slow
@pytest.mark.parametrize("where", KILLS)
def test_kills_at_random_moments(where, request, wheelyard, tmp_path, toxiproxy):
    """`minio_slow`: each answer takes a while, so that kills land between all steps."""
    repo = request.getfixturevalue("folder_repo" if where == "folder" else "minio")
    if where == "minio_slow":
        proxy = toxiproxy(repo.endpoint)
        proxy.add("latency", latency=15, jitter=10)
        repo = repo.behind(proxy.url)
    releases = Releases(wheelyard, repo)
    count = threading.Lock()
    left = [KILLS[where]]

    def run(number: int) -> Lane:
        lane = Lane(releases, tmp_path, f"lane{number}", seed=number).begin()
        for _ in range(4 * KILLS[where]):
            if left[0] <= 0:
                break
            if lane.kill_one():
                with count:
                    left[0] -= 1
        return lane

    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        lanes = list(pool.map(run, range(LANES)))
    assert left[0] <= 0, f"{left[0]} of {KILLS[where]} runs ended before they were to be killed"
    check_all_settled(releases, lanes)


def killed_at_request(lane: Lane, fault_proxy, op: Operation, files: list, number: int, acted: bool) -> bool:
    """The step, killed when its request of that number comes to the server, or when the server has acted on it."""
    proxy = fault_proxy(lane.releases.repo.endpoint)
    arguments = lane.recorder.arguments(op, files)
    op.began = time.monotonic()
    behind = lane.releases.behind(proxy.url)
    process, out, err = proxy.kill_at(number, acted, lambda: behind.start(*arguments))
    wait_for_the_end(behind.repo)
    op.ended = time.monotonic()
    lane.recorder.note(op, Result(process.args, process.returncode, out, err))
    return process.returncode == -9


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "many"), [("first", False), ("push", True), ("promote", True), ("rollback", False), ("prune", False)]
)
def test_a_kill_at_each_request(kind, many, minio, wheelyard, tmp_path, fault_proxy):
    """`first`: the first push of a name."""
    releases = Releases(wheelyard, minio)

    def prepared(name: str):
        lane = Lane(releases, tmp_path, name, 7, many)  # the same chances for all: each makes the same requests
        if kind != "first":
            for _ in range(3):
                lane.done("push")
                lane.done("promote", "staging")
            lane.done("push")
        op, files = lane.fresh("push" if kind == "first" else kind)
        op.rank = "staging" if kind in ("promote", "rollback") else ""
        return lane, op, files

    lane, op, files = prepared("rehearsal")
    proxy = fault_proxy(minio.endpoint)
    rehearsal = Recorder(releases.behind(proxy.url), lane.name, lane.folder)
    assert rehearsal.run(op, files).status == 0, op.text
    lane.recorder.operations += rehearsal.operations
    requests = proxy.count()
    assert requests >= 5

    def run(case: tuple[int, bool]) -> tuple[Lane, bool]:
        number, acted = case
        lane, op, files = prepared(f"acme{number}{'after' if acted else 'before'}")
        lane.random = random.Random(2 * number + acted)
        killed = killed_at_request(lane, fault_proxy, op, files, number, acted)
        assert killed or op.status == 0, op.text
        if release_log.read(minio, lane.name) is None:
            assert kind == "first"
            assert releases("status", lane.name, check=False).failed(1).json["error"]["refusal"] == "unknown_release"
            lane.done("push")
        else:
            lane.look()
            lane.heal(op, files)
        lane.check()
        return lane, killed

    cases = [(number, acted) for number in range(requests) for acted in (False, True)]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        results = list(pool.map(run, cases))
    killed = sum(killed for _, killed in results)
    assert killed >= len(cases) * 0.8, f"{killed} of {len(cases)} were killed"
    check_all_settled(releases, [lane, *(lane for lane, _ in results)])
