"""docs/host-statically.md as it is written: a folder repository behind nginx, with nothing of ours running."""

import os
import pathlib
import re
import shutil
import urllib.error
import urllib.request

import pytest
from support.process import ROOT, Program, clean_environment, free_port
from support.repositories import folder_repository
from support.stock import RESOLVED, WANTED, stock

JSON = "application/vnd.pypi.simple.v1+json"


def snippets() -> list[str]:
    page = (ROOT / "docs/host-statically.md").read_text()
    return re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)


@pytest.fixture
def hosted(wheelyard, tmp_path):
    """hosted(snippet) is the index URL; the page's /srv and port are replaced, nothing else."""
    stock(wheelyard, folder_repository(tmp_path / "srv/wheels"), tmp_path / "dist")
    started = []

    def start(snippet: str) -> str:
        port = free_port()
        assert "root /srv;" in snippet and "127.0.0.1:8080" in snippet
        snippet = snippet.replace("root /srv;", f"root {tmp_path}/srv;").replace("127.0.0.1:8080", f"127.0.0.1:{port}")
        user = "user root;" if os.getuid() == 0 else ""
        config = tmp_path / f"nginx-{port}.conf"
        temporary = "".join(
            f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        config.write_text(
            f"daemon off; pid {tmp_path}/nginx-{port}.pid; error_log {tmp_path}/error.log; {user}\n"
            f"events {{}}\nhttp {{ access_log {tmp_path}/access.log; {temporary}\n"
            f"include /etc/nginx/mime.types; default_type application/octet-stream;\n{snippet}\n}}\n"
        )
        env = clean_environment(tmp_path / "nginx-home")
        nginx = shutil.which("nginx", path=env["PATH"] + ":/usr/sbin:/sbin")
        program = Program([nginx, "-c", config, "-e", tmp_path / "error.log"], tmp_path / "nginx.log", env)
        started.append(program)
        program.wait_for_port(port, "nginx")
        return f"http://127.0.0.1:{port}/wheels/"

    yield start
    for program in started:
        program.stop()


def fetch(url: str, accept: str = "*/*"):
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), timeout=240) as reply:
        return reply.headers, reply.read()


@pytest.mark.parametrize("number", [0, 1])
def test_the_pages_text_works_as_it_is(number, hosted, pip, pip_debian, uv, tmp_path):
    url = hosted(snippets()[number])
    for client in (pip, pip_debian, uv):
        done = client.install(WANTED, "locals==1.0+cu121.build7", "epochs", "odd-name", index_url=url)
        expected = {**RESOLVED, "locals": "1.0+cu121.build7", "epochs": "1!1.0", "odd-name": "1.0"}
        assert {project: done.installed.get(project) for project in expected} == expected
    access = pathlib.Path(tmp_path / "access.log").read_text()
    assert "acme-2.0-py3-none-any.whl.metadata" in access
    (tmp_path / "srv/wheels/.wheelyard/new").mkdir(parents=True, exist_ok=True)
    (tmp_path / "srv/wheels/.wheelyard/new/private").write_text("x")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetch(f"{url}.wheelyard/new/private")


def test_json_pages_are_chosen_by_accept(hosted, pip, uv):
    url = hosted(snippets()[1])
    for page in ("", "acme/"):
        headers, body = fetch(url + page, f"{JSON}, text/html;q=0.1")
        assert (headers["Content-Type"], headers["Vary"], headers["Cache-Control"]) == (JSON, "Accept", "no-cache")
        assert body.startswith(b"{")
        headers, body = fetch(url + page)
        assert (headers["Content-Type"], headers["Vary"], headers["Cache-Control"]) == ("text/html", "Accept", "no-cache")
        assert body.startswith(b"<!DOCTYPE html>")
    for file in ("acme/acme-1.1-py3-none-any.whl", "acme/acme-1.1-py3-none-any.whl.metadata", "from-source/from_source-1.0.tar.gz"):
        assert "immutable" in fetch(url + file)[0]["Cache-Control"]
    for client, option in ((pip, "--uploaded-prior-to"), (uv, "--exclude-newer")):
        assert client.install("acme-dep", index_url=url, options=[option, "2999-01-01T00:00:00Z"]).installed
        client.install("acme-dep", index_url=url, options=[option, "2001-01-01T00:00:00Z"], check=False).result.failed()
