"""The two kinds of failure: no answer, and an answer that says no. Every method under each of them."""

import logging
import os
import socket

import pytest
import s3
import wheelyard
from support.servers import SECRET_KEY

#: Every method but `exists`, and what it gives after a failure.
METHODS = {
    "write": (lambda store, folder, **_: store.write(str(folder / "example"), "key"), False),
    "read": (lambda store, folder, **_: store.read("key", str(folder / "target")), (False, {})),
    "delete": (lambda store, **_: store.delete("key"), False),
    "copy": (lambda store, **_: store.copy("key", "copy"), False),
    "copy with metadata": (lambda store, **_: store.copy("key", "copy", headers={"x-amz-meta-a": "b"}), False),
    "update_metadata": (lambda store, **_: store.update_metadata("key", {"x-amz-meta-a": "b"}), False),
}
every_method = pytest.mark.parametrize("method", METHODS)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "example").write_bytes(b"an example")
    (tmp_path / "target").write_bytes(b"what was there")
    return tmp_path


@pytest.fixture
def closed():
    """An address where nobody listens, and nobody else is given meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture
def one_attempt(monkeypatch):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def host(url: str) -> str:
    return url.removeprefix("http://")


def fails(method: str, store, folder, caplog, connection: bool) -> str:
    """Runs it, and holds result, log and disk against what the page says; the log's text."""
    call, expected = METHODS[method]
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    assert call(store=store, folder=folder) == expected
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [(record.name, record.levelname) for record in errors] == [("s3", "ERROR")]
    assert errors[0].getMessage().startswith(f"{method.split()[0]} failed: ")
    assert bool(errors[0].exc_info) == connection
    assert SECRET_KEY not in caplog.text and "Signature=" not in caplog.text
    assert (folder / "target").read_bytes() == b"what was there"
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == ["example", "target"]
    return caplog.text


# No answer


@every_method
def test_nobody_listens(method, minio, folder, caplog, one_attempt, closed):
    assert closed in fails(method, minio.store(endpoint=closed), folder, caplog, connection=True)


@every_method
def test_the_connection_breaks(method, minio, folder, caplog, fault_proxy, one_attempt):
    minio.put("key")
    proxy = fault_proxy(minio.server.endpoint)
    proxy.refuse()
    fails(method, minio.store(endpoint=host(proxy.url)), folder, caplog, connection=True)


def test_a_host_that_does_not_exist(minio, folder, caplog, one_attempt):
    fails("write", minio.store(endpoint="no-such-host.invalid:80"), folder, caplog, connection=True)


def test_exists_does_not_catch_connection_failures(minio, fault_proxy, caplog, one_attempt, closed):
    with pytest.raises(wheelyard.UnavailableError) as refused:
        minio.store(endpoint=closed).exists("key")
    assert isinstance(refused.value, OSError)  # as requests' exceptions were: an `except IOError` goes on working
    proxy = fault_proxy(minio.server.endpoint)
    proxy.refuse()
    with pytest.raises(wheelyard.UnavailableError):
        minio.store(endpoint=host(proxy.url)).exists("key")
    assert not [record for record in caplog.records if record.name == "s3"]
    assert SECRET_KEY not in str(refused.value)


def test_a_body_that_breaks_off(minio, folder, caplog, fault_proxy):
    minio.put("key", os.urandom(100_000))
    proxy = fault_proxy(minio.server.endpoint)
    proxy.truncate(method="GET")
    fails("read", minio.store(endpoint=host(proxy.url)), folder, caplog, connection=True)


def test_a_big_download_that_breaks_off_leaves_nothing(minio, folder, caplog, fault_proxy, one_attempt):
    minio.put("key", bytes(100 << 20))
    proxy = fault_proxy(minio.server.endpoint)
    proxy.truncate(method="GET", after=2)
    fails("read", minio.store(endpoint=host(proxy.url)), folder, caplog, connection=True)


def test_a_failure_that_passes_is_not_seen(minio, folder, fault_proxy):
    """What the released module reported at once is tried again."""
    proxy = fault_proxy(minio.server.endpoint)
    store = minio.store(endpoint=host(proxy.url))
    proxy.refuse(times=1)
    assert store.write(str(folder / "example"), "key")
    proxy.deny(503, "SlowDown", times=1)
    assert store.exists("key") == (True, {})


# An answer that says no


@every_method
def test_a_wrong_secret(method, place, folder, caplog):
    text = fails(method, place.store(secret_access_key="another secret"), folder, caplog, connection=False)
    assert "another secret" not in text


@every_method
def test_an_unknown_access_key(method, place, folder, caplog):
    fails(method, place.store(access_key_id="AKIANOBODY"), folder, caplog, connection=False)


@every_method
@pytest.mark.parametrize("status, code", [(403, "AccessDenied"), (500, "InternalError"), (503, "SlowDown"), (400, "Odd")])
def test_the_server_refuses(method, status, code, minio, folder, caplog, fault_proxy, one_attempt):
    minio.put("key")
    proxy = fault_proxy(minio.server.endpoint)
    proxy.deny(status, code)
    text = fails(method, minio.store(endpoint=host(proxy.url)), folder, caplog, connection=False)
    assert minio.bucket in text and (code in text or str(status) in text)


@pytest.mark.parametrize("method", ["read", "copy", "copy with metadata", "update_metadata"])
def test_a_file_that_is_not_there(method, place, folder, caplog):
    fails(method, place.store(), folder, caplog, connection=False)


@every_method
def test_a_bucket_that_is_not_there(method, place, folder, caplog):
    missing = place.bucket + "-missing"
    assert missing in fails(method, place.store(default_bucket=missing), folder, caplog, connection=False)


@pytest.mark.parametrize("bucket", ["a/b", "Upper", "..", "x", "name@host", "a?b", "under_score"])
def test_what_can_be_no_bucket(bucket, minio, folder, caplog):
    for method in METHODS:
        fails(method, minio.store(default_bucket=bucket), folder, caplog, connection=False)
    with pytest.raises(s3.RemoteStoreError):
        minio.store(default_bucket=bucket).exists("key")


def test_what_can_be_no_key(minio, folder, caplog):
    store = minio.store()
    for key in ("", "/", "k" * 1025, "NUL\0"):
        assert store.write(str(folder / "example"), key) is False
        with pytest.raises(s3.RemoteStoreError):
            store.exists(key)
    assert minio.keys() == []


def test_exists_knows_no_from_do_not_know(place, minio, fault_proxy, one_attempt):
    """404 is absence, of the file or its bucket. Whatever else the server says is RemoteStoreError."""
    assert place.store().exists("key") == (False, {})
    assert place.store(default_bucket=place.bucket + "-missing").exists("key") == (False, {})
    with pytest.raises(s3.RemoteStoreError) as refused:
        place.store(secret_access_key="another secret").exists("key")
    assert "another secret" not in str(refused.value)
    assert isinstance(refused.value.__cause__, wheelyard.Error) and refused.value.__cause__.http_status == 403
    for status, code in ((403, "AccessDenied"), (500, "InternalError"), (503, "SlowDown"), (400, "Odd")):
        proxy = fault_proxy(minio.server.endpoint)
        proxy.deny(status, code)
        with pytest.raises(s3.RemoteStoreError, match="exists"):
            minio.store(endpoint=host(proxy.url)).exists("key")


def test_without_the_permission_to_list_absence_is_not_told(minio, fault_proxy):
    """Amazon answers 403 for a file that is not there, unless s3:ListBucket is allowed: the page's policy lacks it."""
    proxy = fault_proxy(minio.server.endpoint)
    proxy.hide_absence()
    with pytest.raises(s3.RemoteStoreError, match="ListBucket"):
        minio.store(endpoint=host(proxy.url)).exists("key")


# This machine


def test_a_file_that_cannot_be_read(minio, folder, caplog):
    store = minio.store()
    for name in ("missing", "."):
        caplog.clear()
        assert store.write(str(folder / name), "key") is False
        assert "write failed" in caplog.text
    assert minio.keys() == []


def test_a_folder_that_cannot_be_written(minio, folder, caplog):
    minio.put("key")
    store = minio.store()
    for target in (folder / "missing/target", folder, "/proc/target", folder / "example/target"):
        caplog.clear()
        assert store.read("key", str(target)) == (False, {})
        assert "read failed" in caplog.text
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == ["example", "target"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_a_disk_that_is_full(minio, folder, caplog):
    """A file system of 64 KiB would need root; a quota on this process's files does as well."""
    import resource

    minio.put("key", os.urandom(300_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    store = minio.store()
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        assert store.read("key", str(folder / "target")) == (False, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "read failed" in caplog.text
    assert (folder / "target").read_bytes() == b"what was there"
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == ["example", "target"]


def test_an_upload_in_parts_that_fails_leaves_none(minio, folder, caplog, fault_proxy, one_attempt):
    with (folder / "example").open("wb") as file:
        file.truncate(120 << 20)
    proxy = fault_proxy(minio.server.endpoint)
    proxy.deny(403, "AccessDenied", method="PUT", path="partNumber=3")
    fails("write", minio.store(endpoint=host(proxy.url)), folder, caplog, connection=False)
    assert minio.keys() == [] and minio.unfinished_uploads() == []


def test_a_logger_of_the_programs_own_gets_the_failures(minio, folder):
    """logging.basicConfig() is enough to see them, as it was; and so is a handler on the logger "s3"."""
    records = []

    class Keep(logging.Handler):
        def emit(self, record):
            records.append(record)

    handler = Keep()
    logging.getLogger("s3").addHandler(handler)
    try:
        assert minio.store().read("missing", str(folder / "target")) == (False, {})
    finally:
        logging.getLogger("s3").removeHandler(handler)
    assert [record.levelname for record in records] == ["ERROR"] and logging.getLogger("s3").propagate


def test_a_silent_server_ends_in_time(minio, folder, caplog, one_attempt):
    """One that takes the connection and closes it without a word."""
    import threading

    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve():
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        endpoint = f"127.0.0.1:{server.getsockname()[1]}"
        fails("write", minio.store(endpoint=endpoint), folder, caplog, connection=True)
