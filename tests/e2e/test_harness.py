"""The harness itself: what the other tests rest on."""

import http.client
import pathlib
import socket
import time
import urllib.error
import urllib.request

import botocore.exceptions
import pytest
from support.clients import CLIENTS
from support.process import free_port
from support.runner import Wheelyard


def plain_index(folder, *files):
    """A simple index in HTML, written by hand."""
    for file in files:
        project = folder / file.name.split("-")[0]
        project.mkdir(parents=True, exist_ok=True)
        (project / file.name).write_bytes(file.read_bytes())
        page = project / "index.html"
        page.write_text((page.read_text() if page.exists() else "<!DOCTYPE html>\n") + f'<a href="{file.name}">{file.name}</a>\n')
    return folder


def test_a_bucket_is_fresh_and_honours_conditional_puts(bucket_repo):
    raw = bucket_repo.raw
    assert raw.keys() == []
    raw.write("acme/index.json", b"{}", "application/json")
    assert raw.read("acme/index.json") == b"{}"
    assert raw.head("acme/index.json")["ContentType"] == "application/json"
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        raw.client.put_object(Bucket=raw.bucket, Key=raw.prefix + "acme/index.json", Body=b"x", IfNoneMatch="*")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    raw.delete("acme/index.json")
    assert not raw.exists("acme/index.json")


@pytest.mark.parametrize("name", CLIENTS)
def test_each_client_installs_from_a_static_index(name, nginx, wheels, tmp_path):
    index = plain_index(tmp_path / "index", wheels.wheel("acme", "1.0"), wheels.wheel("acme", "1.1"))
    done = CLIENTS[name](tmp_path / "clients").install("acme", index_url=nginx(index).url + "/")
    assert done.installed == {"acme": "1.1"}
    assert done.environment.run("import acme; print(acme.VERSION)") == "1.1"


def test_an_sdist_builds_with_nothing_else(pip, nginx, wheels, tmp_path):
    index = plain_index(tmp_path / "index", wheels.sdist("acme", "2.0"))
    assert pip.install("acme", index_url=nginx(index).url + "/").installed == {"acme": "2.0"}


def test_a_fault_proxy_passes_signed_requests_and_loses_one_answer(bucket_repo, fault_proxy):
    proxy = fault_proxy(bucket_repo.endpoint)
    client = bucket_repo.server.client()
    session = bucket_repo.server.client(proxy.url, max_attempts=0)
    session.put_object(Bucket=bucket_repo.bucket, Key="a", Body=b"whole")
    proxy.lose_answer("PUT", "/b$")
    with pytest.raises(botocore.exceptions.BotoCoreError):
        session.put_object(Bucket=bucket_repo.bucket, Key="b", Body=b"whole")
    assert client.get_object(Bucket=bucket_repo.bucket, Key="b")["Body"].read() == b"whole"
    proxy.deny(method="GET", path="/a$", times=1)
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        session.get_object(Bucket=bucket_repo.bucket, Key="a")
    assert session.get_object(Bucket=bucket_repo.bucket, Key="a")["Body"].read() == b"whole"
    assert proxy.count("PUT") == 2


def test_toxiproxy_cuts_and_heals(nginx, tmp_path, toxiproxy):
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "page.html").write_text("page")
    proxy = toxiproxy(nginx(tmp_path / "www").url)
    assert urllib.request.urlopen(f"{proxy.url}/page.html", timeout=60).read() == b"page"
    proxy.add("limit_data", bytes=0)
    with pytest.raises((OSError, urllib.error.URLError)):
        urllib.request.urlopen(f"{proxy.url}/page.html", timeout=60).read()
    proxy.heal()
    assert urllib.request.urlopen(f"{proxy.url}/page.html", timeout=60).read() == b"page"


def test_a_free_port_stays_free_for_the_server_that_is_to_have_it():
    port = free_port()
    with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
        stranger.bind(("127.0.0.1", port))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    with socket.create_server(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)):
        pass


def test_a_fault_proxy_answers_nothing_as_long_as_somebody_waits(nginx, tmp_path, fault_proxy):
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "page").write_text("page")
    proxy = fault_proxy(nginx(tmp_path / "www").url)
    proxy.hang(times=1)
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(f"{proxy.url}/page", timeout=0.3)
    while not proxy.requests:
        time.sleep(0.01)
    assert urllib.request.urlopen(f"{proxy.url}/page", timeout=60).read() == b"page"
    assert [request.status for request in proxy.requests] == [None, 200]


def test_an_endless_answer_is_left(nginx, tmp_path, fault_proxy, monkeypatch):
    (tmp_path / "www").mkdir()
    proxy = fault_proxy(nginx(tmp_path / "www").url)
    monkeypatch.setattr("support.fault_proxy.ENDLESS", 0.2)
    proxy.endless(path="/left$")
    with urllib.request.urlopen(f"{proxy.url}/left", timeout=60) as answer:
        answer.read(100_000)
    proxy.endless(path="/read$")
    with pytest.raises(http.client.IncompleteRead), urllib.request.urlopen(f"{proxy.url}/read", timeout=60) as answer:
        answer.read()
    assert proxy.outlasted == ["/read"]
    proxy.outlasted.clear()  # or the fixture would complain


def test_what_a_test_has_begun_ends_with_it_and_leaves_nothing_outside_of_its_folder(tmp_path):
    wheelyard = Wheelyard(tmp_path)
    environment = wheelyard.environment()
    assert pathlib.Path(environment["TMPDIR"]).is_relative_to(tmp_path)
    begun = wheelyard.spawn(["sh", "-c", "mktemp; exec sleep 300"], environment)
    assert pathlib.Path(begun.stdout.readline().strip()).is_relative_to(tmp_path)
    wheelyard.stop_all()
    assert begun.poll() == -9
