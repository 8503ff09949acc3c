"""What a server still does for a client that is dead: a test that asks what is there waits for the end of it first.

A connection whose client is gone stays half-closed (CLOSE_WAIT) as long as the server is at work on its request.
"""

import pathlib
import time
from urllib.parse import urlsplit

from support.repositories import Repository

CLOSE_WAIT = "08"  # include/net/tcp_states.h


def half_closed(port: int) -> set[str]:
    """Connections to this port whose clients are gone, as /proc/net/tcp names them (proc_net_tcp(5))."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = pathlib.Path(table).read_text().splitlines()[1:]
        except FileNotFoundError:
            continue
        for local, remote, state in (line.split()[1:4] for line in lines):
            if state == CLOSE_WAIT and int(local.rsplit(":", 1)[1], 16) == port:
                found.add(f"{local} {remote}")
    return found


def wait_for_the_end(repo: Repository, seconds: float = 30) -> None:
    """Until nothing is under way any more that had been asked for by clients which are gone by now. Others may be at work."""
    endpoints = [repo.endpoint, repo.server.endpoint] if repo.server else []
    deadline = time.monotonic() + seconds
    for endpoint in endpoints:  # a proxy passes on what it still holds, and only then does the server end it
        left = half_closed(urlsplit(endpoint).port)
        while left:
            assert time.monotonic() < deadline, f"{endpoint} is still at work for the dead after {seconds:g} s: {left}"
            time.sleep(0.005)
            left &= half_closed(urlsplit(endpoint).port)
