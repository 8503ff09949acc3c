"""Threads, signals, forks."""

import http.server
import json
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable

import pytest
import wheelyard
from conftest import Place
from support.fault_proxy import FaultProxy
from support.wheels import make_wheel


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
    [thread.join() for thread in threads]
    assert failures == []


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
        proxy.delay(3.0, method="GET")
        store, counted = bucket.open(endpoint_url=proxy.url), 0
        waiter = threading.Thread(target=store.get, args=("k",))
        waiter.start()
        longest, last = 0.0, time.perf_counter()
        while waiter.is_alive():
            counted += 1
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
        assert counted > 1000 and longest < 2
    finally:
        proxy.stop()


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


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
    "store.upload_file(sys.argv[0], 'k')",
    "wheelyard.Pipeline(store, 'qa').names()",
    "wheelyard.Pipeline(store, 'qa').page(names=['app', 'lib'])",
])  # fmt: skip
def test_ctrl_c(minio: Place, tmp_path: pathlib.Path, work: str):
    """A server that does not answer holds nobody, whichever thread asks it."""
    store = minio.open()
    store.put("k", b"x")
    releases = wheelyard.Pipeline(store, "qa")
    for name in ("app", "lib"):
        (tmp_path / name).write_bytes(b"x")
        releases.push(tmp_path / name, version="1")
    proxy = FaultProxy(minio.server.endpoint)
    try:
        proxy.delay(120)
        program = textwrap.dedent(SCRIPT).format(work=work)
        settings = [proxy.url, minio.settings["access_key_id"], minio.settings["secret_access_key"], minio.url]
        (tmp_path / "program").write_text(program)
        process = subprocess.Popen([sys.executable, str(tmp_path / "program"), *settings, str(tmp_path / "t")], stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n"
        wait_until(lambda: proxy.requests)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        assert out == "interrupted\n" and process.returncode == 0
    finally:
        proxy.stop()


@pytest.mark.parametrize("handle, work", [
    ("wheelyard.Pipeline(sys.argv[4], 'qa', **settings)", "handle.status('app')"),
    ("wheelyard.Repository(sys.argv[4], **settings)", "handle.projects()"),
])  # fmt: skip
def test_ctrl_c_ends_the_calls_of_the_main_thread_only(minio: Place, tmp_path: pathlib.Path, handle: str, work: str):
    (tmp_path / "app").write_bytes(b"x")
    wheelyard.Pipeline(minio.open(), "qa").push(tmp_path / "app", version="1")
    proxy = FaultProxy(minio.server.endpoint)
    both = f"""
        handle, ended = {handle}, []
        def innocent():
            try:
                ended.append({work})
            except BaseException as failure:
                ended.append(failure)
        thread = threading.Thread(target=innocent)
        thread.start()
        try:
            {work}
        finally:
            print("waiting", thread.is_alive(), flush=True)
            thread.join()
            print(type(ended[0]).__name__, flush=True)"""
    try:
        proxy.delay(8, times=2)  # one for each of the two threads
        program = textwrap.dedent(SCRIPT).format(work=textwrap.indent(textwrap.dedent(both), " " * 4).strip())
        settings = [proxy.url, minio.settings["access_key_id"], minio.settings["secret_access_key"], minio.url]
        process = subprocess.Popen([sys.executable, "-c", program, *settings], stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n"
        wait_until(lambda: len(proxy.requests) == 2)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=90)
        result = "ReleaseStatus" if "status" in work else "list"
        assert out == f"waiting True\n{result}\ninterrupted\n" and process.returncode == 0
    finally:
        proxy.stop()


@pytest.mark.parametrize("what", ["pipeline", "repository"])
def test_a_callback_that_raises_ends_its_own_call_only(folder: Place, tmp_path: pathlib.Path, what: str):
    handle = wheelyard.Pipeline(folder.url, "qa") if what == "pipeline" else wheelyard.Repository(folder.url)
    if what == "pipeline":
        for name in "abc":
            (tmp_path / name).write_bytes(b"x")
            handle.push(tmp_path / name, version="1")
    else:
        handle.publish([make_wheel(tmp_path, name) for name in "abc"])
    failures: list[BaseException] = []
    done = threading.Event()

    def innocent() -> None:
        while not done.is_set():
            try:
                handle.verify(deep=True)
            except BaseException as failure:
                failures.append(failure)

    def fail(event: wheelyard.ProgressEvent) -> None:
        raise KeyError("mine")

    threads = [threading.Thread(target=innocent) for _ in range(2)]
    [thread.start() for thread in threads]
    for _ in range(100):
        with pytest.raises(KeyError, match="mine"):
            handle.verify(deep=True, progress=fail)
    done.set()
    [thread.join() for thread in threads]
    assert failures == []


class SlowCredentials(http.server.BaseHTTPRequestHandler):
    """A service of this machine's that takes its time. Its thread needs the GIL to answer."""

    seconds = 0.3
    asked: threading.Event

    def do_GET(self) -> None:
        self.asked.set()
        time.sleep(self.seconds)
        body = json.dumps({"AccessKeyId": "AKIDX", "SecretAccessKey": "s", "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def slow_credentials():
    class Handler(SlowCredentials):
        asked = threading.Event()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Handler, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_others_run_while_a_pipeline_looks_for_credentials(slow_credentials, folder: Place, tmp_path, monkeypatch):
    handler, url = slow_credentials
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{url}/credentials")
    begun = time.monotonic()
    pipeline = wheelyard.Pipeline("s3://bucket-x", "qa", endpoint_url="http://127.0.0.1:1", region="us-east-1")
    # Three attempts of two seconds, with a second between, are all there are.
    assert pipeline.ranks == ["qa"] and handler.asked.is_set() and time.monotonic() - begun < 7


def test_ctrl_c_while_a_pipeline_looks_for_credentials(slow_credentials, monkeypatch):
    handler, url = slow_credentials
    handler.seconds = 120
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)
    monkeypatch.setenv("AWS_METADATA_SERVICE_TIMEOUT", "120")  # the only service whose time can be set
    program = """
import wheelyard
try:
    wheelyard.Pipeline("s3://bucket-x", "qa", endpoint_url="http://127.0.0.1:1", region="us-east-1")
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert handler.asked.wait(60)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[0] == "interrupted\n"  # one attempt alone takes two minutes


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
