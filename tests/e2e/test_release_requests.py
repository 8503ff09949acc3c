"""What a promotion asks of the server, counted between the two: few requests, however long the history is."""

import pathlib

import pytest
from support import release_log
from support.release_history import long_history
from support.releases import Releases, make_release

FEW = 6
LONG = 10_000


def counted(releases: Releases, fault_proxy, *command) -> int:
    proxy = fault_proxy(releases.repo.endpoint)
    done = releases.behind(proxy.url)(*command)
    assert done.json["outcome"] == "done"
    return proxy.count()


def store(wheelyard, repo, history, folder: pathlib.Path) -> None:
    """All of a made history into the bucket, at once."""
    for key, data in history.objects():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    wheelyard("cp", "--recursive", "--quiet", f"{folder}/", f"{repo.url}/", env=repo.env)


def test_a_promotion_of_one_file(bucket_repo, wheelyard, tmp_path, fault_proxy):
    releases = Releases(wheelyard, bucket_repo)
    for number, size in (("1.0", 10), ("1.1", 20_000_000), ("1.2", 30)):
        releases("push", *make_release(tmp_path / number, number, ["acme.bin"], size), "--name", "acme", "--version", number)
        for rank in releases.ranks[1:]:
            assert counted(releases, fault_proxy, "promote", "acme", rank) <= FEW
    assert counted(releases, fault_proxy, "rollback", "acme", "production") <= FEW + 1


def test_nothing_to_do_is_one_request(bucket_repo, wheelyard, tmp_path, fault_proxy):
    releases = Releases(wheelyard, bucket_repo)
    releases("push", *make_release(tmp_path, "1.0", ["acme.bin"]), "--name", "acme", "--version", "1.0")
    releases("promote", "acme", "staging")
    proxy = fault_proxy(bucket_repo.endpoint)
    again = releases.behind(proxy.url)("promote", "acme", "staging").json
    assert again["outcome"] == "unchanged"
    assert again["seq"] == 2
    assert proxy.count() == 1
    assert proxy.count("PUT|POST|DELETE") == 0


def test_a_promotion_of_many_files(bucket_repo, wheelyard, tmp_path, fault_proxy):
    releases = Releases(wheelyard, bucket_repo)
    files = make_release(tmp_path, "1.0", [f"file-{n:03d}.bin" for n in range(200)], size=100)
    releases("push", *files, "--name", "acme", "--version", "1.0")
    assert counted(releases, fault_proxy, "promote", "acme", "staging") <= len(files) + FEW
    release_log.check(bucket_repo, "acme").check_settled()


@pytest.mark.slow
def test_a_long_history_makes_no_step_longer(minio, wheelyard, tmp_path, fault_proxy):
    counts = {}
    for name, entries in (("short", 10), ("long", LONG)):
        store(wheelyard, minio, long_history(name, entries), tmp_path / name)
        releases = Releases(wheelyard, minio)
        releases("push", *make_release(tmp_path / f"{name}-2.0", "2.0", [f"{name}.bin"]), "--name", name, "--version", f"{name}-2.0")
        steps = [("promote", name, "staging"), ("promote", name, "production"), ("rollback", name, "production")]
        counts[name] = [counted(releases, fault_proxy, *step) for step in steps]
        proxy = fault_proxy(minio.endpoint)
        releases.behind(proxy.url)("status", name)
        releases.behind(proxy.url)("download", name, "production", "--to", tmp_path / f"{name}-down")
        counts[name].append(proxy.count())
    assert counts["long"] == counts["short"]
    assert max(counts["long"][:2]) <= FEW
    line = release_log.check(minio, "long")
    assert len(line.entries) == LONG + 4
    assert releases("verify", "long").json["problems"] == []
