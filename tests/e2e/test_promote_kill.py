"""kill -9 of a promotion at any moment: the target holds all of it or nothing once whoever comes next has been there, and a reader
never finds a release without what it needs."""

import concurrent.futures
import random
import subprocess
import time

import pytest
from support import invariants
from support.aftermath import wait_for_the_end
from support.promotions import Pair, beside, check_same, listed

BIG = 3_000_000
WHOLE = {"acme": {"acme-1.2-py3-none-any.whl", "acme-1.2.tar.gz"}, "lib": {"lib-1.0-py3-none-any.whl"}, "base": {"base-3.0-py3-none-any.whl"}}
COMMAND = ("--with-dependencies", "acme==1.2")


def stock(wheelyard, wheels, repo) -> None:
    wheelyard(
        "publish", wheels.wheel("acme", "1.2", requires_dist=["lib"], padding=BIG), wheels.sdist("acme", "1.2"),
        wheels.wheel("lib", "1.0", requires_dist=["base"]), wheels.wheel("base", "3.0"), wheels.wheel("other", "1.0"), repo=repo,
    )  # fmt: skip


def contents(repo) -> dict[str, set[str]]:
    return {project: names for project in WHOLE if (names := listed(repo, project))}


def check_reader(repo) -> None:
    """Right after the kill: what is listed is there, and stands on what it needs."""
    for project in WHOLE:
        invariants.check(repo, project)
    there = contents(repo)
    if "acme" in there:
        assert there["acme"] == WHOLE["acme"] and there.get("lib") == WHOLE["lib"]
    if "lib" in there:
        assert there.get("base") == WHOLE["base"]


def heal(pair: Pair, wheelyard, rng) -> None:
    """Whoever comes next."""
    way = rng.choice(("again", "other", "repair"))
    if way == "again":
        pair.promote(wheelyard, *COMMAND)
        assert contents(pair.prod) == WHOLE
    elif way == "other":
        done = pair.promote(wheelyard, "--json", "other")
        assert done.json["warnings"] == []
    else:
        wheelyard("verify", "--repair", repo=pair.prod)
    assert pair.prod.raw.keys(".wheelyard/") == []
    there = contents(pair.prod)
    assert there in ({}, WHOLE), there
    wheelyard("verify", "--deep", repo=pair.prod)
    artifacts = {key for key in pair.prod.raw.keys() if key.endswith((".whl", ".gz")) and not key.startswith("other/")}
    assert artifacts == {f"{project}/{name}" for project, names in there.items() for name in names}
    pair.promote(wheelyard, *COMMAND)
    for project, names in WHOLE.items():
        check_same(pair, project, names)


@pytest.mark.slow
def test_a_kill_at_each_request(minio, wheelyard, wheels, fault_proxy):
    stock(wheelyard, wheels, minio)
    proxy = fault_proxy(minio.endpoint)
    rehearsal = Pair(minio, beside(minio, "rehearsal"))
    rehearsal.behind(proxy.url).promote(wheelyard, *COMMAND)
    requests = proxy.count()
    assert requests > 40
    moments = sorted(random.Random(11).sample(range(8, requests), min(30, requests - 8)))

    def run(case: tuple[int, bool]) -> bool:
        number, acted = case
        pair = Pair(minio, beside(minio, f"t{number}{'after' if acted else 'before'}"))
        between = fault_proxy(minio.endpoint)
        process, _, _ = between.kill_at(number, acted, lambda: pair.behind(between.url).start(wheelyard, *COMMAND))
        wait_for_the_end(pair.prod.behind(between.url))
        check_reader(pair.prod)
        heal(pair, wheelyard, random.Random(2 * number + acted))
        return process.returncode == -9

    cases = [(number, acted) for number in moments for acted in (False, True)]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        killed = sum(pool.map(run, cases))
    assert killed >= len(cases) * 0.7, f"{killed} of {len(cases)} were killed"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["folder", "minio"])
def test_kills_at_random_moments(kind, request, wheelyard, wheels):
    repo = request.getfixturevalue("folder_repo" if kind == "folder" else "minio")
    stock(wheelyard, wheels, repo)
    began = time.monotonic()
    Pair(repo, beside(repo, "rehearsal")).promote(wheelyard, *COMMAND)
    duration = [time.monotonic() - began]

    def run(number: int) -> bool:
        rng = random.Random(number)
        pair = Pair(repo, beside(repo, f"t{number}"))
        began = time.monotonic()
        process = pair.start(wheelyard, *COMMAND)
        try:
            process.communicate(timeout=rng.uniform(0, duration[0] * 1.1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        # The machine is not always as fast as at the rehearsal.
        duration[0] = duration[0] * 1.1 if process.returncode else time.monotonic() - began
        assert process.returncode in (-9, 0)
        wait_for_the_end(repo)
        check_reader(pair.prod)
        heal(pair, wheelyard, rng)
        return process.returncode == -9

    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        killed = sum(pool.map(run, range(40)))
    for number in range(40, 400):
        killed += killed < 10 and run(number)
    assert killed >= 10, f"only {killed} were still alive when they were to be killed"
