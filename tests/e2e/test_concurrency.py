"""Many processes at the same moment: nothing is lost, one name has one meaning, and no reader ever sees a fault."""

import hashlib
import random

from support import invariants
from support.watchers import Watchers

WRITERS = 64
CONTENDERS = 16


def test_64_processes_publish_64_wheels_of_one_project(repo, wheelyard, wheels):
    made = [wheels.wheel("acme", f"1.{n}", requires_python=">=3.8") for n in range(WRITERS)]
    results = wheelyard.together([("publish", path) for path in made], repo)
    assert [r.output for r in results if r.status != 0] == []
    names = {path.name for path in made}
    assert set(repo.listed("acme")) == names
    assert set(invariants.Links(repo.html("acme")).files) == names
    invariants.check_settled(repo, "acme", names)
    assert invariants.leftovers(repo) == []
    wheelyard("verify", "--deep", repo=repo)


def test_64_processes_publish_into_projects_of_their_own(repo, wheelyard, wheels):
    """Here it is the root index that all of them change."""
    names = [f"acme-{n}" for n in range(WRITERS)]
    made = [wheels.wheel(name, "1.0") for name in names]
    results = wheelyard.together([("publish", path) for path in made], repo)
    assert [r.output for r in results if r.status != 0] == []
    assert invariants.root_names(repo) == sorted(names)
    assert invariants.links_of_root(repo) == set(names)
    for name, path in zip(names, made, strict=True):
        invariants.check_settled(repo, name, {path.name})
    wheelyard("verify", repo=repo)


def test_requests_do_not_grow_with_the_number_of_publishers(bucket_repo, wheelyard, wheels):
    """A winner takes in everybody who has announced; each trying on its own would be hundreds of requests here."""
    wheelyard("publish", wheels.wheel("acme", "0.1"), repo=bucket_repo)
    made = [wheels.wheel("acme", f"1.{n}") for n in range(WRITERS)]
    results = wheelyard.together([("publish", "-v", path) for path in made], bucket_repo)
    for result in results:
        result.ok()
    requests = sum(len(r.stderr.splitlines()) for r in results) / WRITERS
    assert 3 <= requests <= 60, f"{requests} requests a publisher"


def test_16_processes_publish_one_name_with_different_bytes(repo, wheelyard, wheels, tmp_path):
    made = [
        wheels.wheel("acme", "1.0", files={"acme_who.py": f"N = {n}"}, folder=tmp_path / f"dist-{n}")
        for n in range(CONTENDERS)
    ]
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in made]
    assert len(set(digests)) == CONTENDERS
    results = wheelyard.together([("publish", path) for path in made], repo)
    winners = [n for n, result in enumerate(results) if result.status == 0]
    assert len(winners) == 1, [r.output for r in results]
    for n, result in enumerate(results):
        if n in winners:
            continue
        result.failed(1)
        assert "a file of that name with other bytes is" in result.stderr
        assert "--force" in result.stderr
        assert len(result.stderr.strip().splitlines()) <= 2, result.stderr
    [entry] = repo.index("acme")["files"]
    assert entry["hashes"]["sha256"] == digests[winners[0]]
    assert repo.raw.read(f"acme/{entry['filename']}") == made[winners[0]].read_bytes()
    invariants.check_settled(repo, "acme", {entry["filename"]})
    wheelyard("verify", "--deep", repo=repo)


def test_16_processes_publish_the_same_bytes(repo, wheelyard, wheels):
    path = wheels.wheel("acme", "1.0")
    results = wheelyard.together([("publish", path)] * CONTENDERS, repo)
    assert [r.output for r in results if r.status != 0] == []
    invariants.check(repo, "acme")
    # They share one announcement: whoever posts it when the winner has cleaned up leaves it for the next (docs/index-protocol.md).
    wheelyard("publish", path, repo=repo)
    invariants.check_settled(repo, "acme", {path.name})
    wheelyard("verify", "--deep", repo=repo)


class ProjectWatchers(Watchers):
    """Some readers of a project, past Wheelyard, from before the writers start until after they have ended."""

    def __init__(self, repo, project, count=3):
        super().__init__(count)
        self.repo, self.project = repo, project

    def look(self, _):
        invariants.check_among_writers(self.repo, self.project)


def test_publish_yank_remove_and_replace_all_at_once_under_readers(repo, wheelyard, wheels, tmp_path):
    chance = random.Random(4)
    expected, yanked, digests = set(), set(), {}
    with ProjectWatchers(repo, "acme") as watchers:
        for r in range(3):
            kept = [wheels.wheel("acme", f"{r}.1.{n}") for n in range(6)]
            doomed = [wheels.wheel("acme", f"{r}.2.{n}") for n in range(6)]
            changed = [wheels.wheel("acme", f"{r}.3.{n}") for n in range(4)]
            wheelyard("publish", *kept, *doomed, *changed, repo=repo)
            fresh = [wheels.wheel("acme", f"{r}.4.{n}") for n in range(8)]
            again = [
                wheels.wheel("acme", f"{r}.3.{n}", files={"acme_new.py": "NEW = 1"}, folder=tmp_path / "again")
                for n in range(4)
            ]
            commands = [("publish", path) for path in fresh]
            commands += [("yank", "--reason", "bad", path.name) for path in kept[:3]]
            commands += [("remove", "--yes", path.name) for path in doomed]
            commands += [("publish", "--force", path) for path in again]
            chance.shuffle(commands)
            results = wheelyard.together(commands, repo)
            assert [r.output for r in results if r.status != 0] == []
            expected |= {path.name for path in [*kept, *changed, *fresh]}
            yanked |= {path.name for path in kept[:3]}
            digests |= {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in again}
    assert watchers.looks > 0
    invariants.check_settled(repo, "acme", expected)
    view = invariants.look(repo, "acme")
    assert view.yanked == yanked
    assert invariants.Links(repo.html("acme")).yanked == yanked
    assert digests.items() <= view.json.items()
    wheelyard("verify", "--deep", repo=repo)


def test_removal_and_publication_of_one_name_at_once_end_in_a_whole_state(repo, wheelyard, wheels, tmp_path):
    """Removers and replacers of one and the same name: whatever order they fell in, what is listed is there."""
    first = wheels.wheel("acme", "1.0")
    other = wheels.wheel("acme", "2.0")
    wheelyard("publish", first, other, repo=repo)
    variants = [
        wheels.wheel("acme", "1.0", files={"acme_who.py": f"N = {n}"}, folder=tmp_path / f"dist-{n}") for n in range(6)
    ]
    commands = [("publish", "--force", path) for path in variants] + [("remove", "--yes", first.name)] * 4
    with ProjectWatchers(repo, "acme"):
        results = wheelyard.together(commands, repo)
    for result in results:
        assert result.status in (0, 1), result.output
        assert result.status == 0 or "error:" in result.stderr, result.output
    assert any(result.status == 0 for result in results[: len(variants)])
    view = invariants.check(repo, "acme")
    assert set(view.json) in ({other.name}, {first.name, other.name})
    invariants.check_settled(repo, "acme", set(view.json))
    wheelyard("verify", "--deep", repo=repo)
