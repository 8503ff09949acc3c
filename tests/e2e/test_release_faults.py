"""Servers that refuse, break or lose answers in the middle of a step: what could not be read is never taken for absent, no
step happens twice, and no release that is half there reads as promoted."""

import concurrent.futures

import pytest
from support import release_log
from support.aftermath import wait_for_the_end
from support.release_log import Operation
from support.releases import Recorder, Releases, make_release, tells_that_it_stands

MANY = 3

#: What happens to one request, as a function of the proxy and of which request is hit (`after` others).
FAULTS = {
    "answer_lost": lambda proxy, after: proxy.lose_answer(times=1, after=after),
    "error_after_acting": lambda proxy, after: proxy.fail_after_acting(times=1, after=after),
    "request_lost": lambda proxy, after: proxy.refuse(times=1, after=after),
    "error_once": lambda proxy, after: proxy.deny(500, "InternalError", times=1, after=after),
    "conflict": lambda proxy, after: proxy.deny(409, "ConditionalRequestConflict", times=1, after=after),
    "denied": lambda proxy, after: proxy.deny(403, "AccessDenied", times=1, after=after),
    "denied_from_then_on": lambda proxy, after: proxy.deny(403, "AccessDenied", after=after),
    "errors_from_then_on": lambda proxy, after: proxy.deny(500, "InternalError", after=after),
    "gone_from_then_on": lambda proxy, after: proxy.refuse(after=after),
    "answers_lost_from_then_on": lambda proxy, after: proxy.lose_answer(times=None, after=after),
}
#: Those that a client overcomes by trying again.
PASSING = {"answer_lost", "error_after_acting", "request_lost", "error_once"}
STEPS = ["first", "push", "promote_other_names", "rollback"]
CASES = [(step, fault) for step in STEPS for fault in FAULTS]
CASES += [("promote_many", fault) for fault in ("answer_lost", "denied", "denied_from_then_on", "gone_from_then_on")]
#: On one server only: it is not asked any more, and what takes most of the time is the waiting between attempts.
ON_MINIO_ONLY = {"errors_from_then_on"}
CASES = [("minio", *case) for case in CASES] + [("versitygw", *case) for case in CASES if case[1] not in ON_MINIO_ONLY]


class Case:
    """A name with some releases behind it, and a step that is to be taken."""

    def __init__(self, releases: Releases, folder, name: str, step: str):
        self.releases, self.name, self.step = releases, name, step
        self.folder = folder / name
        self.recorder = Recorder(releases, name, self.folder)
        self.number = 0
        many = step == "promote_many"
        if step != "first":
            for version in ("1.0", "1.1"):
                self.push(version, many)
                self.do("promote", rank="staging")
            self.push("1.2", many, other_names=step == "promote_other_names")
        self.before = release_log.check(releases.repo, name).states[-1] if step != "first" else {}
        self.op, self.files = self.next_step()

    def files_of(self, version: str, many: bool, other_names: bool) -> list:
        names = [f"{self.name}-{n}.bin" for n in range(MANY)] if many else [f"{self.name}.bin"]
        if other_names:
            names = [f"{self.name}-renamed.bin"]
        return make_release(self.folder / version, version, names)

    def push(self, version: str, many=False, other_names=False) -> None:
        op = self.operation("push", version=version)
        assert self.recorder.run(op, self.files_of(version, many, other_names)).status == 0, op.text

    def do(self, kind: str, rank: str) -> None:
        op = self.operation(kind, rank=rank)
        assert self.recorder.run(op).status == 0, op.text

    def operation(self, kind: str, rank: str = "", version: str = "") -> Operation:
        self.number += 1
        return Operation(f"{self.name}-{self.number}", kind, rank, version)

    def next_step(self) -> tuple[Operation, list]:
        if self.step in ("first", "push"):
            return self.operation("push", version="2.0"), self.files_of("2.0", False, False)
        return self.operation("rollback" if self.step == "rollback" else "promote", rank="staging"), []

    def take(self, proxy) -> Operation:
        """The step, by way of the proxy."""
        through = Recorder(self.releases.behind(proxy.url), self.name, self.folder)
        through.run(self.op, self.files)
        wait_for_the_end(through.releases.repo)
        self.recorder.operations.append(self.op)
        return self.op

    def look(self) -> release_log.Line | None:
        line = release_log.read(self.releases.repo, self.name)
        if line is None:
            assert self.step == "first", "the state is gone"
            return None
        return line.check()

    def check_after_failure(self) -> None:
        """The rank is as it was, or the step was taken back, or it stands and the message says that it is not finished."""
        op = self.op
        assert op.status == 1, op.text
        error = op.report["error"]
        assert error["message"]
        assert error["code"] != "not_found", op.text
        assert "no release" not in error["message"], op.text
        line = self.look()
        if line is None:
            return
        stands = self.stands(line)
        if stands:
            assert tells_that_it_stands(op.text), f"it stands, and nothing tells: {op.text}"
        else:
            for rank, release in self.before.items():
                assert line.states[-1].get(rank) == release, f"{rank} has changed: {op.text}"

    def stands(self, line: release_log.Line) -> bool:
        undone = {entry["undone"] for entry in line.entries if entry["action"] == "undo"}
        mine = [entry for entry in line.entries if entry.get("note") == self.op.id]
        assert len(mine) <= 1, f"{self.op} happened {len(mine)} times"
        return bool(mine) and mine[0]["seq"] not in undone

    def check_after_next(self) -> None:
        """Whoever comes next ends what was begun, and everything is as the history says."""
        op = self.operation("push", version="3.0")
        assert self.recorder.run(op, self.files_of("3.0", False, False)).status == 0, op.text
        line = self.look()
        line.check_documented_keys()
        unfinished = [failed for failed in self.recorder.operations if failed.status == 1 and failed.id in line.by_note()]
        for failed in unfinished:
            failed.status = None  # it said that it did not know, or was not finished
        line.check_operations(self.recorder.operations)


@pytest.mark.slow
@pytest.mark.parametrize(("server", "step", "fault"), CASES)
def test_a_fault_at_each_request(server, step, fault, request, wheelyard, tmp_path, fault_proxy):
    repo = request.getfixturevalue(server)
    releases = Releases(wheelyard, repo)
    rehearsal = Case(releases, tmp_path, "rehearsal", step)
    proxy = fault_proxy(repo.endpoint)
    assert rehearsal.take(proxy).status == 0, rehearsal.op.text
    requests = proxy.count()
    assert requests >= 5

    def run(number: int) -> Case:
        case = Case(releases, tmp_path, f"acme{number}at", step)
        proxy = fault_proxy(repo.endpoint)
        FAULTS[fault](proxy, number)
        case.take(proxy)
        if fault in PASSING:
            assert case.op.status == 0, f"request {number}: {case.op.text}"
        if case.op.status == 0:
            assert case.look()
            assert case.stands(case.look())
        else:
            case.check_after_failure()
        case.check_after_next()
        return case

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        cases = list(pool.map(run, range(requests)))
    releases("verify", "--repair")
    assert releases("verify", "--deep").json["problems"] == []
    lines = [release_log.check(repo, case.name) for case in [rehearsal, *cases]]
    for line in lines:
        line.check_settled(tuple(other for other in lines if other is not line))
