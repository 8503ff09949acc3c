"""The server acts and its answer is lost; or the request is lost and it never acts. A publisher looks which it was: it never
takes its own write for somebody else's, and never says "published" of what is not there."""

import hashlib

import pytest
from support import invariants

#: The writes of a publish: method, path, and whether they come only with a project's first file.
WRITES = {
    "artifact": ("PUT", r"\.whl$", False),
    "metadata": ("PUT", r"\.whl\.metadata$", False),
    "announcement": ("PUT", r"/\.wheelyard/new/", False),
    "page_created": ("PUT", r"/acme/index\.json$", True),
    "page_updated": ("PUT", r"/acme/index\.json$", False),
    "html_created": ("PUT", r"/acme/index\.html$", True),
    "html_updated": ("PUT", r"/acme/index\.html$", False),
    "root": ("PUT", r"/py/index\.json$", True),
    "root_html": ("PUT", r"/py/index\.html$", True),
}
CONDITIONAL = [name for name in WRITES if name != "announcement"]

FAULTS = {
    "answer_lost": lambda proxy, **where: proxy.lose_answer(times=1, **where),
    "answer_lost_twice": lambda proxy, **where: proxy.lose_answer(times=2, **where),
    "answer_lost_each_time": lambda proxy, **where: proxy.lose_answer(times=3, **where),
    "error_after_acting": lambda proxy, **where: proxy.fail_after_acting(times=1, **where),
    "error_after_acting_each_time": lambda proxy, **where: proxy.fail_after_acting(times=3, **where),
    "request_lost": lambda proxy, **where: proxy.refuse(times=1, **where),
    "request_lost_twice": lambda proxy, **where: proxy.refuse(times=2, **where),
    "error_without_acting": lambda proxy, **where: proxy.deny(500, "InternalError", times=2, **where),
    "lost_then_acted_then_lost": lambda proxy, **where: (proxy.refuse(times=1, **where), proxy.lose_answer(times=1, **where)),
    "conflict": lambda proxy, **where: proxy.deny(409, "ConditionalRequestConflict", times=1, **where),
    "lost_then_conflict": lambda proxy, **where: (
        proxy.lose_answer(times=1, **where), proxy.deny(409, "ConditionalRequestConflict", times=1, **where)),
}  # fmt: skip


class Publishing:
    """A publish through a proxy, of a project's first file or of its second."""

    def __init__(self, repo, wheelyard, wheels, fault_proxy, first: bool):
        self.repo, self.wheelyard = repo, wheelyard
        self.there = set()
        wheelyard("publish", wheels.wheel("other"), repo=repo)
        if not first:
            old = wheels.wheel("acme", "1.0")
            wheelyard("publish", old, repo=repo)
            self.there.add(old.name)
        self.path = wheels.wheel("acme", "1.1", requires_python=">=3.8")
        self.proxy = fault_proxy(repo.endpoint)

    def run(self, check=True):
        return self.wheelyard("publish", "--json", self.path, repo=self.repo.behind(self.proxy.url), check=check)

    def check_done(self) -> None:
        invariants.check_settled(self.repo, "acme", self.there | {self.path.name})
        view = invariants.check(self.repo, "acme")
        assert view.json[self.path.name] == hashlib.sha256(self.path.read_bytes()).hexdigest()
        self.wheelyard("verify", "--deep", repo=self.repo)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("write", WRITES)
def test_a_write_whose_outcome_is_not_told_is_resolved(write, fault, minio, wheelyard, wheels, fault_proxy):
    method, path, first = WRITES[write]
    publishing = Publishing(minio, wheelyard, wheels, fault_proxy, first)
    FAULTS[fault](publishing.proxy, method=method, path=path)
    if fault.endswith("each_time") and write not in CONDITIONAL:
        # All attempts are used up, and this write is no matter of who was first: an honest failure, and the next run ends it.
        failed = publishing.run(check=False).failed(1)
        assert failed.json["error"]["code"] == "unavailable"
        publishing.run()
        return publishing.check_done()
    done = publishing.run()
    assert [file["outcome"] for file in done.json["files"]] == ["published"]
    assert "error" not in done.stderr
    assert publishing.proxy.count(method, path) >= 2
    return publishing.check_done()


@pytest.mark.parametrize("fault", ["answer_lost", "answer_lost_each_time", "request_lost", "error_after_acting"])
@pytest.mark.parametrize("write", ["artifact", "announcement", "page_updated", "root"])
def test_the_same_on_versitygw(write, fault, versitygw, wheelyard, wheels, fault_proxy):
    test_a_write_whose_outcome_is_not_told_is_resolved(write, fault, versitygw, wheelyard, wheels, fault_proxy)


@pytest.mark.parametrize("write", [name for name in CONDITIONAL if not WRITES[name][2]])
def test_a_conflict_that_stays_is_a_lost_swap(write, minio, wheelyard, wheels, fault_proxy):
    """409 as often as a request is tried: then the page is read again; nothing says that somebody else's bytes hold a name."""
    method, path, first = WRITES[write]
    publishing = Publishing(minio, wheelyard, wheels, fault_proxy, first)
    publishing.proxy.deny(409, "ConditionalRequestConflict", method=method, path=path, times=3)
    done = publishing.run(check=False)
    assert "with other bytes" not in done.output
    if "_updated" in write:
        assert done.status == 0, done.output
    if done.status:
        done.failed(1)
        assert done.json["error"]["code"] == "unavailable", done.output
        publishing.run()
    publishing.check_done()


@pytest.mark.parametrize("acted", [True, False], ids=["acted", "not_acted"])
@pytest.mark.parametrize("write", WRITES)
def test_a_server_that_stays_away_leaves_the_outcome_open(write, acted, minio, wheelyard, wheels, fault_proxy):
    method, path, first = WRITES[write]
    publishing = Publishing(minio, wheelyard, wheels, fault_proxy, first)
    publishing.proxy.strike(publishing.proxy.refuse, acted, method=method, path=path)
    failed = publishing.run(check=False).failed(1)
    error = failed.json["error"]
    assert error["code"] == "unavailable", failed.output
    assert error["hint"], failed.output
    if write in CONDITIONAL:
        assert "no answer tells whether it was written" in error["message"]
        assert "do the same again" in error["hint"]
    invariants.check(minio, "acme")
    publishing.proxy.heal()
    publishing.run()
    publishing.check_done()


@pytest.mark.parametrize("verb", ["yank", "remove", "replace"])
@pytest.mark.parametrize("fault", ["answer_lost", "answer_lost_each_time", "request_lost", "error_after_acting", "conflict"])
def test_yank_remove_and_replace_are_resolved_too(verb, fault, minio, wheelyard, wheels, fault_proxy, tmp_path):
    old, kept = wheels.wheel("acme", "1.0"), wheels.wheel("acme", "1.1")
    wheelyard("publish", old, kept, repo=minio)
    new = wheels.wheel("acme", "1.0", files={"acme_new.py": "NEW = 1"}, folder=tmp_path / "new")
    proxy = fault_proxy(minio.endpoint)
    for path in (r"/acme/index\.json$", r"/acme/index\.html$"):
        FAULTS[fault](proxy, method="PUT", path=path)
    proxy.lose_answer(method="POST|DELETE", times=2)
    command = {"yank": ("yank", old.name), "remove": ("remove", "--yes", old.name), "replace": ("publish", "--force", new)}
    wheelyard(*command[verb], repo=minio.behind(proxy.url))
    invariants.check_settled(minio, "acme", {kept.name} if verb == "remove" else {old.name, kept.name})
    view = invariants.check(minio, "acme")
    assert view.yanked == ({old.name} if verb == "yank" else set())
    if verb == "replace":
        assert view.json[old.name] == hashlib.sha256(new.read_bytes()).hexdigest()
    wheelyard("verify", "--deep", repo=minio)


def test_somebody_elses_write_in_between_is_no_success(minio, wheelyard, wheels, fault_proxy, tmp_path):
    """The request for the file is lost, and before it is tried again other bytes take its name: refused, not published."""
    publishing = Publishing(minio, wheelyard, wheels, fault_proxy, False)
    other = wheels.wheel("acme", "1.1", files={"acme_who.py": "N = 2"}, folder=tmp_path / "other")
    publishing.proxy.strike(lambda: wheelyard("publish", other, repo=minio), False, method="PUT", path=r"\.whl$")
    failed = publishing.run(check=False).failed(1)
    assert failed.json["error"]["code"] == "already_exists"
    assert "with other bytes" in failed.json["error"]["message"]
    view = invariants.check(minio, "acme")
    assert view.json[other.name] == hashlib.sha256(other.read_bytes()).hexdigest()


def test_a_slow_network_changes_nothing(bucket_repo, wheelyard, wheels, toxiproxy):
    path = wheels.wheel("acme", "1.0", padding=200_000)
    proxy = toxiproxy(bucket_repo.endpoint)
    proxy.add("latency", latency=150, jitter=50)
    proxy.add("slicer", stream="upstream", average_size=20_000, size_variation=5_000, delay=1000)
    wheelyard("publish", path, repo=bucket_repo.behind(proxy.url))
    invariants.check_settled(bucket_repo, "acme", {path.name})


@pytest.mark.parametrize(
    "toxic",
    [
        ("reset_peer", "downstream", {"timeout": 0}),
        ("reset_peer", "upstream", {"timeout": 30}),
        ("timeout", "downstream", {"timeout": 200}),
        ("limit_data", "downstream", {"bytes": 700}),
        ("limit_data", "upstream", {"bytes": 2500}),
    ],
    ids=lambda toxic: f"{toxic[0]}-{toxic[1]}",
)
def test_a_network_that_breaks_now_and_then_tells_no_lies(toxic, bucket_repo, wheelyard, wheels, toxiproxy):
    """Two in five connections are hit. A run may fail, with one clear error; what it calls published is listed."""
    kind, stream, attributes = toxic
    proxy = toxiproxy(bucket_repo.endpoint)
    proxy.add(kind, stream, toxicity=0.4, **attributes)
    made = [wheels.wheel("acme", f"1.{n}") for n in range(8)]
    for path in made:
        done = wheelyard("publish", path, repo=bucket_repo.behind(proxy.url), check=False)
        invariants.check(bucket_repo, "acme")
        if done.status == 0:
            assert path.name in bucket_repo.listed("acme")
            assert path.name in invariants.Links(bucket_repo.html("acme")).files
        else:
            done.failed(1)
            assert done.stderr.count("error: ") == 1
            assert "with other bytes" not in done.stderr
    for path in made:
        wheelyard("publish", path, repo=bucket_repo)
    invariants.check_settled(bucket_repo, "acme", {path.name for path in made})
    wheelyard("verify", "--deep", repo=bucket_repo)
