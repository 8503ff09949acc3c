"""The waiting that tests with killed clients rest on: it ends when the server has ended, and not before."""

import socket
import threading
import time

import pytest
from support.aftermath import wait_for_the_end
from support.loopback import Handler, LoopbackServer
from support.repositories import folder_repository


@pytest.fixture
def slow(folder_repo):
    """A repository on a server whose work takes as long as the test wants: (repository, event that ends the work)."""
    release = threading.Event()

    class Slow(Handler):
        def do_GET(self):  # noqa: N802
            started.release()
            release.wait(30)
            ended.append(self.path)
            self.send_response(204)
            self.end_headers()

    started, ended = threading.Semaphore(0), []
    server = LoopbackServer(Slow)
    folder_repo.endpoint, folder_repo.server = server.url, server
    server.endpoint = server.url

    def ask_and_die() -> None:
        with socket.create_connection(("127.0.0.1", server.server_port)) as client:
            client.sendall(b"GET /work HTTP/1.1\r\nHost: it\r\n\r\n")
            assert started.acquire(timeout=30)

    ask_and_die()
    yield folder_repo, release, ended
    release.set()
    server.stop()


def test_it_waits_for_work_whose_client_is_gone(slow):
    repo, release, ended = slow
    assert ended == []
    threading.Timer(0.3, release.set).start()
    wait_for_the_end(repo)
    assert ended == ["/work"]


def test_it_waits_for_what_a_proxy_still_holds_too(slow, fault_proxy):
    repo, release, ended = slow
    release.set()
    wait_for_the_end(repo)
    proxy = fault_proxy(repo.endpoint)
    proxy.delay(0.5)
    with socket.create_connection(("127.0.0.1", proxy.server.server_port)) as client:
        client.sendall(b"GET /late HTTP/1.1\r\nHost: it\r\n\r\n")
    while not proxy.requests:
        time.sleep(0.001)
    wait_for_the_end(repo)
    assert ended == ["/work", "/late"]


def test_work_without_end_is_told(slow):
    repo, _, _ = slow
    with pytest.raises(AssertionError, match="still at work for the dead after 0.1 s"):
        wait_for_the_end(repo, seconds=0.1)


def test_a_folder_has_no_server_to_wait_for(tmp_path):
    wait_for_the_end(folder_repository(tmp_path / "repository"))
