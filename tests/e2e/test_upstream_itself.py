"""A redirect to oneself never ends: `serve` does not take its own address for the upstream index."""

import http.client
import time

from support.process import free_port


def location(port: int, path: str) -> str | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=240)
    connection.request("GET", path)
    return connection.getresponse().getheader("Location")


def location_when_up(port: int, path: str) -> str | None:
    until = time.monotonic() + 240
    while True:
        try:
            return location(port, path)
        except ConnectionRefusedError:
            assert time.monotonic() < until, "serve did not come up"
            time.sleep(0.05)


def test_pip_configured_for_this_server(wheelyard, folder_repo):
    port = free_port()
    configured = {"PIP_INDEX_URL": f"http://localhost:{port}/simple/", "UV_DEFAULT_INDEX": "https://index.example/simple"}
    server = wheelyard.start("serve", "--port", str(port), repo=folder_repo, env=configured)
    try:
        assert location_when_up(port, "/simple/other/") == "https://index.example/simple/other/"
    finally:
        server.terminate()
        server.wait(timeout=240)


def test_given_on_the_command_line(wheelyard, folder_repo):
    port = free_port()
    done = wheelyard("serve", "--port", str(port), "--upstream", f"http://127.0.0.1:{port}/simple", repo=folder_repo, check=False)
    assert done.status == 1
    assert "it is this server itself" in done.stderr
