"""Objects as files, and files as what is put."""

import gzip
import io
import os
import random
import threading
import tracemalloc

import pytest
import wheelyard
from conftest import Place

MIB = 1 << 20


@pytest.fixture(scope="module")
def big() -> bytes:
    return random.Random(1).randbytes(20 * MIB + 17)


def unfinished(place: Place) -> list:
    if place.kind == "folder":
        return []
    return place.raw.client.list_multipart_uploads(Bucket=place.bucket).get("Uploads", [])


def test_reading_straight_on(store: wheelyard.Store, big: bytes):
    store.put("k", big)
    with store.open("k") as file:
        assert isinstance(file, io.BufferedReader)
        assert b"".join(iter(lambda: file.read(100_003), b"")) == big
    with store.open("k", "rb") as file:
        assert file.read() == big


def test_seeking(store: wheelyard.Store, big: bytes):
    store.put("k", big)
    dice = random.Random(7)
    with store.open("k") as file:
        for _ in range(60):
            offset, count = dice.randrange(len(big) + 10), dice.choice([0, 1, 10, 70_000, MIB])
            file.seek(offset)
            assert file.read(count) == big[offset : offset + count]
            assert file.tell() == min(offset + count, max(offset, len(big)))
        assert file.seek(-5, os.SEEK_END) == len(big) - 5
        assert file.read() == big[-5:]
        with pytest.raises(ValueError):
            file.raw.seek(-1)


def test_a_reader_keeps_to_its_version(store: wheelyard.Store, big: bytes):
    store.put("k", big)
    with store.open("k") as file:
        assert file.read(10) == big[:10]
        store.put("k", b"other" * MIB)
        file.seek(10 * MIB)
        with pytest.raises(wheelyard.PreconditionFailedError):
            file.read(10)


def test_nothing_to_read(store: wheelyard.Store):
    store.put("empty", b"")
    with store.open("empty") as file:
        assert file.read() == b"" and file.read(1) == b""
    with pytest.raises(FileNotFoundError):
        store.open("none")


def test_text(store: wheelyard.Store):
    with store.open("t", "w", content_type="text/plain") as file:
        file.write("Zeile 1\nÄrger\n")
    assert store.get("t") == "Zeile 1\nÄrger\n".encode()
    with store.open("t", "r") as file:
        assert list(file) == ["Zeile 1\n", "Ärger\n"]
    with store.open("l", "w", encoding="latin-1") as file:
        file.write("Ä")
    assert store.get("l") == b"\xc4"


@pytest.mark.parametrize("size", [0, 1, 8 * MIB, 8 * MIB + 1, 20 * MIB + 17])
def test_writing(store: wheelyard.Store, place: Place, big: bytes, size: int):
    with store.open("dir/k", "wb", content_type="image/x-test") as file:
        for begin in range(0, size, 3 * MIB):
            file.write(big[begin : min(begin + 3 * MIB, size)])
        assert file.tell() == size
        assert not store.exists("dir/k"), "it is seen before close"
    assert store.get("dir/k") == big[:size]
    assert file.result.etag == store.head("dir/k").etag
    if place.kind != "folder":
        assert store.head("dir/k").content_type == "image/x-test"
    assert not unfinished(place)


@pytest.mark.parametrize("mode", ["wb", "w"])
def test_left_by_an_exception(store: wheelyard.Store, place: Place, mode: str):
    chunk = b"x" * MIB if mode == "wb" else "x" * MIB
    with pytest.raises(ZeroDivisionError), store.open("k", mode) as file:
        for _ in range(20):
            file.write(chunk)
        raise ZeroDivisionError
    assert file.closed and not store.exists("k") and not unfinished(place)
    with pytest.raises(ZeroDivisionError), store.open("k", mode) as file:
        file.write(chunk[:10])
        raise ZeroDivisionError
    assert not store.exists("k")


def test_given_up_without_close(store: wheelyard.Store, place: Place):
    for mode, text in (("wb", b"x"), ("w", "x")):
        file = store.open("k", mode)
        file.write(text * 10 * MIB)
        with pytest.warns(ResourceWarning):
            del file
    assert not store.exists("k") and not unfinished(place)


def test_modes_of_writing(store: wheelyard.Store):
    etag = store.put("k", b"1").etag
    with pytest.raises(wheelyard.AlreadyExistsError), store.open("k", "xb") as file:
        file.write(b"2")
    with pytest.raises(wheelyard.AlreadyExistsError), store.open("k", "xb") as file:
        file.write(b"2" * 20 * MIB)
    with store.open("k", "wb", etag=etag) as file:
        file.write(b"3")
    with pytest.raises(wheelyard.PreconditionFailedError), store.open("k", "w", etag=etag) as file:
        file.write("4")
    assert store.get("k") == b"3"
    for wrong in ("a", "r+", "bw", ""):
        with pytest.raises(ValueError):
            store.open("k", wrong)


def test_writing_takes_little_memory(bucket: Place):
    store, chunk = bucket.open(), b"x" * MIB
    tracemalloc.start()
    with store.open("k", "wb") as file:
        for _ in range(100):
            file.write(chunk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert store.head("k").size == 100 * MIB
    assert peak < 64 * MIB


class Stream:
    """A file without a size: what a socket or a pipe gives."""

    def __init__(self, data: bytes, fail_at: int | None = None):
        self.file, self.fail_at = io.BytesIO(data), fail_at

    def read(self, size: int = -1) -> bytes:
        if self.fail_at is not None and self.file.tell() >= self.fail_at:
            raise ZeroDivisionError
        return self.file.read(size)


@pytest.mark.parametrize("size", [0, 5, 20 * MIB + 17])
def test_put_of_files(store: wheelyard.Store, place: Place, tmp_path, big: bytes, size: int):
    path = tmp_path / "data"
    path.write_bytes(b"skipped" + big[:size])
    with path.open("rb") as file:
        file.read(7)
        store.put("file", file)
        assert file.read() == b""
    with path.open("rb", buffering=0) as file:
        file.seek(7)
        store.put("raw", file)
    memory = io.BytesIO(b"skipped" + big[:size])
    memory.seek(7)
    store.put("memory", memory)
    store.put("stream", Stream(big[:size]))
    packed = tmp_path / "data.gz"
    packed.write_bytes(gzip.compress(big[:size], 1))
    with gzip.open(packed) as file:
        store.put("unpacked", file)
    for key in ("file", "raw", "memory", "stream", "unpacked"):
        assert store.get(key) == big[:size], key
    assert not unfinished(place)


def test_a_file_larger_than_one_put(bucket: Place, tmp_path, monkeypatch, big: bytes):
    monkeypatch.setattr("wheelyard._bodies.IN_PARTS_ABOVE", 1 * MIB)
    path = tmp_path / "data"
    path.write_bytes(big)
    store = bucket.open()
    with path.open("rb") as file:
        etag = store.put("k", file).etag
    assert etag.endswith("-3") and store.get("k") == big


def test_a_stream_that_fails(store: wheelyard.Store, place: Place, big: bytes):
    with pytest.raises(ZeroDivisionError):
        store.put("k", Stream(big, fail_at=18 * MIB))
    with pytest.raises(TypeError):
        store.put("k", io.StringIO("text"))
    assert not store.exists("k") and not unfinished(place)


def test_files_of_many_threads(store: wheelyard.Store, big: bytes):
    store.put("k", big)
    failures = []

    def work(number: int) -> None:
        try:
            with store.open("k") as file:
                file.seek(number * MIB)
                assert file.read(MIB) == big[number * MIB : (number + 1) * MIB]
            with store.open(f"w{number}", "wb") as file:
                file.write(big[: 9 * MIB])
            assert store.head(f"w{number}").size == 9 * MIB
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not failures
