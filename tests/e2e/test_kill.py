"""kill -9 at any moment: a reader sees no fault, and whoever comes next leaves nothing behind.

Two ways: 200 kills at random moments of a run's real duration, on a folder and on MinIO; and on MinIO one kill at each single
request of a run, before the server has seen it and after it has acted on it.
"""

import concurrent.futures
import hashlib
import random
import re
import subprocess
import time

import pytest
from support import invariants
from support.aftermath import wait_for_the_end

KILLS = {"folder": 100, "minio": 100}
LANES = 5  #: projects of one repository, each with its own victims, at the same time


class Lane:
    """One project, and the story of what was done to it."""

    def __init__(self, repo, wheelyard, wheels, tmp_path, project: str, seed: int):
        self.repo, self.wheelyard, self.wheels = repo, wheelyard, wheels
        self.folder = tmp_path / project
        self.project = project
        self.random = random.Random(seed)
        self.number = 0
        self.sure: dict[str, str] = {}  #: acknowledged: digest by file name
        self.durations: dict[str, float] = {}
        self.paths: dict[str, object] = {}

    def fresh_wheel(self, version: str | None = None):
        self.number += 1
        path = self.wheels.wheel(
            self.project, version or f"1.{self.number}", requires_python=">=3.8", padding=self.random.choice((0, 300_000)),
            files={f"{self.project}_n.py": f"N = {self.number}"}, folder=self.folder / str(self.number),
        )  # fmt: skip
        self.paths[path.name] = path
        return path

    def publish(self, *paths) -> None:
        self.wheelyard("publish", *paths, repo=self.repo)
        self.sure |= {path.name: digest(path) for path in paths}

    def begin(self) -> None:
        """Some files to work on; and how long each kind of run takes here."""
        self.publish(*(self.fresh_wheel() for _ in range(4)))
        for kind in ("publish", "batch", "yank", "replace", "remove"):
            command, touched = self.command(kind)
            began = time.monotonic()
            self.wheelyard(*command, repo=self.repo)
            self.durations[kind] = time.monotonic() - began
            self.settle(touched)
        self.check_clean()

    def command(self, kind: str):
        """A run of that kind, and the file names that are in doubt once it has been killed."""
        if kind in ("publish", "batch"):
            paths = [self.fresh_wheel() for _ in range(3 if kind == "batch" else 1)]
            return ("publish", *paths), {path.name for path in paths}
        victim = self.random.choice(sorted(self.sure))
        if kind == "yank":
            return ("unyank" if victim in invariants.look(self.repo, self.project).yanked else "yank", victim), set()
        if kind == "replace":
            path = self.fresh_wheel(version=re.match(r"[^-]+-([^-]+)-", victim)[1])
            return ("publish", "--force", path), {victim}
        return ("remove", "--yes", victim), {victim}

    def kill_one(self) -> bool:
        """Starts a run and kills it; false where it was faster."""
        kind = self.random.choice(("publish", "publish", "batch", "yank", "replace", "remove"))
        command, touched = self.command(kind)
        acknowledged = {name: sha for name, sha in self.sure.items() if name not in touched}
        started = time.monotonic()
        process = self.wheelyard.start(*command, repo=self.repo)
        try:
            process.communicate(timeout=self.random.uniform(0, self.durations[kind] * 1.1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            wait_for_the_end(self.repo)
        killed = process.returncode == -9
        # The machine is not always as fast as when the lane began.
        self.durations[kind] = self.durations[kind] * 1.1 if killed else time.monotonic() - started
        assert killed or process.returncode == 0, command
        self.check_reader(acknowledged)
        if killed:
            self.heal(command)
        self.settle(touched)
        self.check_clean()
        return killed

    def check_reader(self, acknowledged: dict[str, str]) -> None:
        """Other lanes work in the same repository, nobody else in this project."""
        view = invariants.check(self.repo, self.project)
        assert acknowledged.items() <= view.json.items(), "what was acknowledged is not listed"
        assert acknowledged.items() <= view.html.items(), "what was acknowledged is not in index.html"

    def heal(self, command) -> None:
        """Whoever comes next: the same run again, a publish of another file, or a repair."""
        way = self.random.choice(("again", "other", "repair"))
        if way == "again" and command[0] != "remove":
            self.wheelyard(*command, repo=self.repo)
        elif way == "other":
            self.publish(self.fresh_wheel())
            # Whatever had been announced, and whatever removal had been begun, is ended now.
            state = self.repo.index(self.project)["_wheelyard"].get("withdrawn", {}).values()
            assert all(record["state"] == "withdrawn" for record in state)
            assert invariants.announcements(self.repo, f"{self.project}/") == []
            assert self.kinds_of_problems() <= {"unlisted", "orphan"}
            # A file that was sent and not announced is known to nobody but the run that sent it.
            if self.random.random() < 0.5 and command[0] == "publish":
                self.wheelyard(*command, repo=self.repo)
            else:
                self.repair()
        else:
            self.repair()

    def repair(self) -> None:
        there = self.repo.raw.keys(f"{self.project}/") + invariants.announcements(self.repo, f"{self.project}/")
        mended = self.wheelyard("verify", "--repair", self.project, repo=self.repo, check=False)
        if there:
            mended.ok()
        else:
            assert "no such project" in mended.failed(1).stderr

    def kinds_of_problems(self) -> set[str]:
        found = self.wheelyard("verify", "--json", self.project, repo=self.repo, check=False)
        assert found.status in (0, 1), found.output
        return {problem["kind"] for problem in found.json["problems"]}

    def settle(self, touched: set[str]) -> None:
        """Takes note of what became of the files that were in doubt."""
        listed = invariants.look(self.repo, self.project).json
        for name in touched:
            self.sure.pop(name, None)
            if name in listed:
                self.sure[name] = listed[name]

    def check_clean(self) -> None:
        if not self.sure and not self.repo.raw.exists(f"{self.project}/index.json"):
            assert self.repo.raw.keys(f"{self.project}/") + invariants.announcements(self.repo, f"{self.project}/") == []
            return
        invariants.check_settled(self.repo, self.project, set(self.sure))
        assert invariants.check(self.repo, self.project).json == self.sure
        self.wheelyard("verify", "--deep", self.project, repo=self.repo)


def digest(path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("kind", KILLS)
def test_kills_at_random_moments(kind, part, request, wheelyard, wheels, tmp_path):
    repo = request.getfixturevalue("folder_repo" if kind == "folder" else kind)
    wanted = KILLS[kind] // 4 // LANES

    def run(number: int) -> None:
        lane = Lane(repo, wheelyard, wheels, tmp_path, f"acme{number}", seed=1000 * part + number)
        lane.begin()
        killed = 0
        for _ in range(30 * wanted):
            killed += lane.kill_one()
            if killed == wanted:
                return
        raise AssertionError(f"only {killed} of {30 * wanted} runs were still alive when they were to be killed")

    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        list(pool.map(run, range(LANES)))
    assert invariants.leftovers(repo) == []
    assert invariants.announcements(repo) == []
    wheelyard("verify", "--deep", repo=repo)


def killed_at_request(lane: Lane, fault_proxy, command, number: int, acted: bool) -> subprocess.Popen:
    """The run, killed when its request of that number comes to the server, or when the server has acted on it."""
    proxy = fault_proxy(lane.repo.endpoint)
    behind = lane.repo.behind(proxy.url)
    process = proxy.kill_at(number, acted, lambda: lane.wheelyard.start(*command, repo=behind))[0]
    wait_for_the_end(behind)
    return process


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["first", "publish", "yank", "replace", "remove", "remove_last"])
def test_a_kill_at_each_request(kind, minio, wheelyard, wheels, tmp_path, fault_proxy):
    """`first`: of a project that was not there; `remove_last`: the project is left without a file."""

    def prepared(project: str, seed: int):
        lane = Lane(minio, wheelyard, wheels, tmp_path, project, seed)
        if kind != "first":
            lane.publish(*(lane.fresh_wheel() for _ in range(1 if kind == "remove_last" else 2)))
        return lane, *lane.command({"first": "publish", "remove_last": "remove"}.get(kind, kind))

    wheelyard("publish", wheels.wheel("other"), repo=minio)
    lane, command, _ = prepared("rehearsal", 0)
    proxy = fault_proxy(minio.endpoint)
    wheelyard(*command, repo=minio.behind(proxy.url))
    requests = proxy.count()
    assert requests >= 5

    def run(case: tuple[int, bool]) -> bool:
        number, acted = case
        lane, command, touched = prepared(f"acme{number}{'after' if acted else 'before'}", 2 * number + acted)
        acknowledged = {name: sha for name, sha in lane.sure.items() if name not in touched}
        process = killed_at_request(lane, fault_proxy, command, number, acted)
        assert process.returncode in (-9, 0)  # others' work in the root index makes a run longer or shorter
        lane.check_reader(acknowledged)
        lane.heal(command)
        lane.settle(touched)
        lane.check_clean()
        return process.returncode == -9

    cases = [(number, acted) for number in range(requests) for acted in (False, True)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        killed = sum(pool.map(run, cases))
    assert killed >= len(cases) * 0.7, f"{killed} of {len(cases)} were killed"
    # A project's next publisher has no business with the names of others in the root index.
    left = {p["kind"] for p in wheelyard("verify", "--json", repo=minio, check=False).json["problems"]}
    assert left <= ({"root_extra", "html_older"} if kind in ("first", "remove_last") else set())
    wheelyard("verify", "--repair", repo=minio)
    wheelyard("verify", "--deep", repo=minio)
