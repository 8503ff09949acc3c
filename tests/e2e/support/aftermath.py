"""What a server still does for a client that is gone: a test that asks what is there waits for the end of it first.

A client may have been killed, or have given up a request that the server was already at work on.

A connection whose client is gone stays half-closed (CLOSE_WAIT) as long as the server is at work on its request.
"""

import pathlib
import time
from urllib.parse import urlsplit

from support.repositories import Repository

CLOSE_WAIT = "08"  # include/net/tcp_states.h
FIN_WAIT1 = "04"  #: the client's side of it, whose end has not yet been handed to the server's

#: Proxies that stand before servers now, by URL: what each leads to. They add themselves, and pass on what they still hold.
between: dict[str, str] = {}


def half_closed(ports: set[int]) -> set[str]:
    """Connections to these ports whose clients are gone, as /proc/net/tcp names them (proc_net_tcp(5))."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            # It may have many thousand lines of connections that are over.
            lines = [line for line in pathlib.Path(table).read_text().splitlines() if f" {CLOSE_WAIT} " in line or f" {FIN_WAIT1} " in line]
        except FileNotFoundError:
            continue
        for ours, theirs, state in (line.split()[1:4] for line in lines):
            if state == CLOSE_WAIT and port_of(ours) in ports:
                found.add(f"{ours} {theirs}")
            elif state == FIN_WAIT1 and port_of(theirs) in ports:
                found.add(f"{theirs} {ours}")
    return found


def port_of(address: str) -> int:
    return int(address.rsplit(":", 1)[1], 16)


def stages_of(repo: Repository) -> list[set[int]]:
    """The ports on the way to a repository's server, the server's last: a proxy passes on what it holds, and only then does the
    server end it."""
    if not repo.server:
        return []
    server = repo.server.endpoint
    proxies = {proxy for proxy, upstream in list(between.items()) if upstream == server} | {repo.endpoint} - {None, server}
    return [{urlsplit(url).port for url in stage} for stage in (proxies, {server}) if stage]


def wait_for_the_end(repo: Repository, seconds: float = 120) -> None:
    """Until nothing is under way any more that had been asked for by clients which are gone by now. Others may be at work."""
    deadline = time.monotonic() + seconds
    for ports in stages_of(repo):
        left = half_closed(ports)
        while left:
            assert time.monotonic() < deadline, f"a server is still at work for the dead after {seconds:g} s: {left}"
            time.sleep(0.005)
            left &= half_closed(ports)
