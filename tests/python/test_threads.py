"""Threads, signals, forks."""

import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest
import wheelyard
from conftest import Place
from support.fault_proxy import FaultProxy


def test_many_threads(store: wheelyard.Store):
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(20):
                key, data = f"{number}/{turn}", os.urandom(1000 * turn)
                store.put(key, data)
                assert store.get(key) == data
                assert store.head(key).size == len(data)
            assert len(list(store.list(f"{number}/"))) == 20
            store.delete_many(f"{number}/{turn}" for turn in range(20))
            with pytest.raises(wheelyard.NotFoundError):
                store.get(f"{number}/0")
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(24)]
    [thread.start() for thread in threads]
    [thread.join(90) for thread in threads]
    assert not failures and not any(thread.is_alive() for thread in threads)


def test_a_lister_shared_by_threads(store: wheelyard.Store):
    for number in range(60):
        store.put(f"{number:03}", b"")
    pages, seen = store.list_pages(page_size=5), []
    threads = [threading.Thread(target=lambda: seen.extend(info.key for page in pages for info in page.objects)) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(seen) == [f"{number:03}" for number in range(60)]


def test_others_run_while_one_waits(bucket: Place):
    """The GIL is free during I/O: a thread counts on while another waits for a slow answer."""
    proxy = FaultProxy(bucket.server.endpoint)
    try:
        bucket.open().put("k", b"x")
        proxy.delay(1.0, method="GET")
        store, counted = bucket.open(endpoint_url=proxy.url), 0
        waiter = threading.Thread(target=store.get, args=("k",))
        waiter.start()
        longest, last = 0.0, time.perf_counter()
        while waiter.is_alive():
            counted += 1
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
        assert counted > 1000 and longest < 0.5
    finally:
        proxy.stop()


SCRIPT = """
    import sys, threading, time, wheelyard
    settings = dict(endpoint_url=sys.argv[1], access_key_id=sys.argv[2], secret_access_key=sys.argv[3], region="us-east-1")
    store = wheelyard.open_store(sys.argv[4], **settings)
    print("ready", flush=True)
    try:
        {work}
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.parametrize("work", [
    "store.get('k')",
    "store.put('k', b'x' * 100)",
    "list(store.list())",
    "wheelyard.download(sys.argv[4] + '/', sys.argv[5], **settings)",
    "wheelyard.Repository(sys.argv[4], **settings).projects()",
    "store.open('k').read()",
])  # fmt: skip
def test_ctrl_c(minio: Place, tmp_path: pathlib.Path, work: str):
    """A server that does not answer holds nobody."""
    minio.open().put("k", b"x")
    proxy = FaultProxy(minio.server.endpoint)
    try:
        proxy.delay(20, times=50)
        program = textwrap.dedent(SCRIPT).format(work=work)
        settings = [proxy.url, minio.settings["access_key_id"], minio.settings["secret_access_key"], minio.url]
        process = subprocess.Popen([sys.executable, "-c", program, *settings, str(tmp_path / "t")], stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.5)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=15)
        assert out == "interrupted\n" and process.returncode == 0
        assert time.monotonic() - begun < 5
    finally:
        proxy.stop()


def test_fork(bucket: Place):
    """A store of before the fork works in the child, with connections of its own; the parent's go on."""
    store = bucket.open()
    store.put("k", b"parent")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if store.get("k") == b"parent":
                store.put("c", b"child")
                status = 0
        finally:
            os._exit(status)
    for _ in range(20):
        assert store.get("k") == b"parent"
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.get("c") == b"child"
