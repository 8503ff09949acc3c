"""Only a 404 means absent. Whatever else comes where an index is read: the publish fails and changes no page, and `serve`
answers an error and never sends a private name to the upstream index."""

import urllib.error
import urllib.request

import pytest
from support import invariants
from support.aftermath import wait_for_the_end

OBJECT = {"ETag": '"0123"', "Last-Modified": "Sat, 21 Nov 2026 10:00:00 GMT", "Content-Type": "application/json"}
HUGE = {**OBJECT, "Content-Length": str(10**12)}

#: What goes wrong, as a function of the proxy and of what is to be hit.
FAULTS = {
    "denied": lambda proxy, **where: proxy.deny(403, "AccessDenied", **where),
    "denied_without_a_body": lambda proxy, **where: proxy.answer(403, **where),
    "method_not_allowed": lambda proxy, **where: proxy.deny(405, "MethodNotAllowed", **where),
    "gone": lambda proxy, **where: proxy.deny(410, "NoSuchKey", **where),
    "no_such_key_under_500": lambda proxy, **where: proxy.deny(500, "NoSuchKey", **where),
    "internal_error": lambda proxy, **where: proxy.deny(500, "InternalError", **where),
    "slow_down": lambda proxy, **where: proxy.deny(503, "SlowDown", **where),
    "redirected": lambda proxy, **where: proxy.answer(302, headers={"Location": "http://127.0.0.1:9/"}, **where),
    "broken": lambda proxy, **where: proxy.refuse(**where),
    "truncated": lambda proxy, **where: proxy.truncate(**where),
    "endless": lambda proxy, **where: proxy.endless(headers=OBJECT, **where),
    "endless_with_a_length": lambda proxy, **where: proxy.endless(headers=HUGE, **where),
    "another_page": lambda proxy, **where: proxy.answer(200, body=b"<html>sign in</html>", headers=OBJECT, **where),
    "empty": lambda proxy, **where: proxy.change(lambda body: b"", **where),
    "cut_short": lambda proxy, **where: proxy.change(lambda body: body[: len(body) // 2], **where),
    "not_utf8": lambda proxy, **where: proxy.change(lambda body: body.replace(b"a", b"\xff", 1), **where),
    "another_document": lambda proxy, **where: proxy.change(lambda body: b"{}", **where),
}
PROJECT_JSON = {"method": "GET", "path": r"/acme/index\.json"}
PROJECT_HTML = {"method": "GET", "path": r"/acme/index\.html"}
ROOT_JSON = {"method": "GET", "path": r"/py/index\.json"}
LISTING = {"method": "GET", "path": r"list-type=2"}


def contents(repo) -> dict[str, bytes]:
    wait_for_the_end(repo)
    return {key: repo.raw.read(key) for key in repo.raw.keys()}


def refused(wheelyard, repo, proxy, *command) -> str:
    """Runs it through the proxy: it fails with one clear error."""
    done = wheelyard(*command, repo=repo.behind(proxy.url), check=False).failed(1)
    lines = done.stderr.strip().splitlines()
    assert sum(line.startswith("error: ") for line in lines) == 1, done.stderr
    assert len(lines) <= 2, done.stderr
    assert repo.bucket in lines[0], done.stderr
    return done.stderr


def only_sent(before: dict, after: dict, path) -> None:
    """Nothing that was there has changed, and nothing has come but the file itself, announced or not."""
    assert {key: after.get(key) for key in before} == before
    own = (f"/{path.name}", f"/{path.name}.metadata")
    strangers = {key for key in after if key not in before and not key.endswith(own) and not key.startswith(".wheelyard/new/")}
    assert strangers == set()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("where", [PROJECT_JSON, LISTING], ids=["index.json", "listing"])
def test_a_project_that_cannot_be_read_is_not_changed(where, fault, minio, wheelyard, wheels, fault_proxy):
    if where is LISTING and fault == "not_utf8":
        pytest.skip("names in a listing are percent-encoded")
    first, second = wheels.wheel("acme", "1.0"), wheels.wheel("acme", "1.1")
    wheelyard("publish", first, repo=minio)
    before = contents(minio)
    proxy = fault_proxy(minio.endpoint)
    FAULTS[fault](proxy, **where)
    refused(wheelyard, minio, proxy, "publish", second)
    only_sent(before, contents(minio), second)
    for command in (("yank", first.name), ("remove", "--yes", first.name), ("publish", "--force", first)):
        if where is PROJECT_JSON:
            refused(wheelyard, minio, proxy, *command)
    only_sent(before, contents(minio), second)
    wheelyard("publish", second, repo=minio)
    invariants.check_settled(minio, "acme", {first.name, second.name})


@pytest.mark.parametrize("fault", FAULTS)
def test_a_root_index_that_cannot_be_read_is_not_changed(fault, minio, wheelyard, wheels, fault_proxy):
    first, second = wheels.wheel("other", "1.0"), wheels.wheel("acme", "1.1")
    wheelyard("publish", first, repo=minio)
    before = contents(minio)
    proxy = fault_proxy(minio.endpoint)
    FAULTS[fault](proxy, **ROOT_JSON)
    refused(wheelyard, minio, proxy, "publish", second)
    only_sent(before, contents(minio), second)
    wheelyard("publish", second, repo=minio)
    assert invariants.root_names(minio) == ["acme", "other"]
    invariants.check_settled(minio, "acme", {second.name})


@pytest.mark.parametrize("fault", ["denied", "internal_error", "broken", "truncated", "endless_with_a_length"])
def test_html_that_cannot_be_read_is_not_changed(fault, minio, wheelyard, wheels, fault_proxy):
    """index.json counts and has been written by then. The run fails, for HTML lacks the file; the next one ends its work."""
    first, second, third = (wheels.wheel("acme", f"1.{n}") for n in range(3))
    wheelyard("publish", first, repo=minio)
    before = minio.html("acme")
    proxy = fault_proxy(minio.endpoint)
    FAULTS[fault](proxy, **PROJECT_HTML)
    refused(wheelyard, minio, proxy, "publish", second)
    assert minio.html("acme") == before
    invariants.check(minio, "acme")
    wheelyard("publish", third, repo=minio)
    invariants.check_settled(minio, "acme", {first.name, second.name, third.name})


FOREIGN = b"""<!DOCTYPE html><html><body>
<a href="acme-1.0-py3-none-any.whl#sha256=%s">acme-1.0-py3-none-any.whl</a>
</body></html>
"""


@pytest.mark.parametrize(
    "fault", ["denied", "internal_error", "broken", "truncated", "endless", "endless_with_a_length", "empty", "another_document"]
)
@pytest.mark.parametrize("where", [PROJECT_HTML, LISTING], ids=["index.html", "listing"])
def test_a_foreign_index_that_cannot_be_read_is_not_taken_for_empty(where, fault, minio, wheelyard, wheels, fault_proxy):
    first, second = wheels.wheel("acme", "1.0"), wheels.wheel("acme", "1.1")
    minio.raw.write(f"acme/{first.name}", first.read_bytes())
    minio.raw.write("acme/index.html", FOREIGN % (b"0" * 64), "text/html")
    before = contents(minio)
    proxy = fault_proxy(minio.endpoint)
    FAULTS[fault](proxy, **where)
    refused(wheelyard, minio, proxy, "publish", second)
    after = contents(minio)
    assert {key: after.get(key) for key in before} == before
    assert "acme/index.json" not in after
    wheelyard("publish", second, repo=minio)
    assert set(minio.listed("acme")) == {first.name, second.name}


def test_without_list_bucket_nothing_is_taken_for_absent(bucket_repo, wheelyard, wheels, fault_proxy):
    """Amazon answers 403 for a key that is not there, where s3:ListBucket is not allowed."""
    path = wheels.wheel("acme", "1.0")
    proxy = fault_proxy(bucket_repo.endpoint)
    proxy.deny(**LISTING)
    proxy.hide_absence()
    assert "s3:ListBucket" in refused(wheelyard, bucket_repo, proxy, "publish", path)
    assert [key for key in bucket_repo.raw.keys() if key.endswith(("index.json", "index.html"))] == []
    for verb in ("serve", "list", "verify"):
        assert "s3:ListBucket" in refused(wheelyard, bucket_repo, proxy, verb)
    wheelyard("publish", path, repo=bucket_repo)
    with wheelyard.serve(bucket_repo.behind(proxy.url), "--upstream", "http://127.0.0.1:9/simple/") as served:
        assert status_of(f"{served.index_url}acme/") == 200
        assert status_of(f"{served.index_url}never-heard-of/") != 200


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def status_of(url: str) -> int:
    """The status itself, not what a redirect leads to."""
    try:
        with urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({})).open(url, timeout=240) as reply:
            reply.read()
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("fault", FAULTS)
def test_serve_answers_an_error_and_never_redirects_a_private_name(fault, minio, wheelyard, wheels, fault_proxy):
    wheelyard("publish", wheels.wheel("acme", "1.0"), repo=minio)
    proxy = fault_proxy(minio.endpoint)
    with wheelyard.serve(minio.behind(proxy.url), "--upstream", "http://127.0.0.1:9/simple/") as served:
        assert status_of(f"{served.index_url}other/") == 302
        FAULTS[fault](proxy, path="")
        assert status_of(f"{served.index_url}acme/") >= 500
        assert status_of(f"{served.index_url}unheard-of/") >= 500
        proxy.heal()
        assert status_of(f"{served.index_url}acme/") == 200
        assert status_of(f"{served.index_url}unheard-of/") == 302


@pytest.mark.parametrize("fault", ["denied", "broken"])
def test_exec_answers_an_error_and_never_redirects_a_private_name(fault, minio, wheelyard, wheels, fault_proxy):
    wheelyard("publish", wheels.wheel("acme", "1.0"), repo=minio)
    proxy = fault_proxy(minio.endpoint)
    FAULTS[fault](proxy, path=r"/acme/")
    script = 'curl -s -o /dev/null -w "%{http_code} %{redirect_url}" --noproxy "*" "${PIP_INDEX_URL%/}/acme/"'
    env = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    done = wheelyard.exec(minio.behind(proxy.url), "sh", "-c", script, env=env)
    assert done.stdout.strip().split()[0].startswith("5"), done.output
    assert "127.0.0.1:9/" not in done.stdout


def test_a_server_that_is_gone_is_no_empty_repository(minio, wheelyard, wheels, toxiproxy):
    path = wheels.wheel("acme", "1.0")
    wheelyard("publish", path, repo=minio)
    proxy = toxiproxy(minio.endpoint)
    with wheelyard.serve(minio.behind(proxy.url), "--upstream", "http://127.0.0.1:9/simple/") as served:
        proxy.set_enabled(False)
        assert status_of(f"{served.index_url}acme/") >= 500
        assert status_of(f"{served.index_url}other/") >= 500
    done = wheelyard("list", repo=minio.behind(proxy.url), check=False).failed(1)
    assert done.stdout == ""
    assert "error: " in done.stderr


@pytest.mark.parametrize("what", ["index.json", "index.html", "root", "folder"])
def test_a_folder_that_may_not_be_read_is_not_empty(what, folder_repo, wheelyard, wheels):
    """In a folder: a link that leads round in a circle stands for everything that can be seen and not be read."""
    first, second = wheels.wheel("acme", "1.0"), wheels.wheel("acme", "1.1")
    fresh = wheels.wheel("fresh", "1.0")
    wheelyard("publish", first, repo=folder_repo)
    spoilt = folder_repo.folder / {"root": "index.json", "folder": "acme"}.get(what, f"acme/{what}")
    kept = spoilt.with_name(f"kept-{spoilt.name}")
    spoilt.rename(kept)
    spoilt.symlink_to(spoilt.name)
    done = wheelyard("publish", fresh if what == "root" else second, repo=folder_repo, check=False).failed(1)
    assert done.stderr.count("error: ") == 1
    assert str(spoilt) in done.stderr
    spoilt.unlink()
    kept.rename(spoilt)
    wheelyard("publish", second, fresh, repo=folder_repo)
    invariants.check_settled(folder_repo, "acme", {first.name, second.name})
