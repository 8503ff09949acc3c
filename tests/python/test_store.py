"""The store: what goes in comes out, and what goes wrong is said by its kind."""

import datetime
import mmap
import pickle
import urllib.request

import pytest
import wheelyard
from conftest import Place


def test_put_get_head(store: wheelyard.Store, place: Place):
    result = store.put("a/b.txt", b"hello")
    assert store.get("a/b.txt") == b"hello" == place.raw.read("a/b.txt")
    info = store.head("a/b.txt")
    assert (info.key, info.size, info.etag) == ("a/b.txt", 5, result.etag)
    assert info.last_modified.tzinfo is datetime.timezone.utc
    assert abs(info.last_modified - datetime.datetime.now(datetime.timezone.utc)) < datetime.timedelta(minutes=1)
    body, told = store.get_with_info("a/b.txt", offset=1, length=3)
    assert (body, told.size, told.key) == (b"ell", 5, "a/b.txt")


@pytest.mark.parametrize("size", [0, 1, 65536, 65537, 3_000_000])
def test_sizes(store: wheelyard.Store, size: int):
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    store.put("k", data)
    assert store.get("k") == data


def test_memory_of_every_kind(store: wheelyard.Store, tmp_path):
    path = tmp_path / "mapped"
    path.write_bytes(b"0123456789")
    with path.open("rb") as file:
        kinds = [bytearray(b"0123456789"), memoryview(b"x0123456789")[1:], mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)]
        for number, data in enumerate(kinds):
            store.put(f"k{number}", data)
            assert store.get(f"k{number}") == b"0123456789"
    with pytest.raises(TypeError):
        store.put("k", "text")
    with pytest.raises(BufferError):
        store.put("k", memoryview(b"0123456789")[::2])


def test_get_into(store: wheelyard.Store):
    store.put("k", b"0123456789")
    target = bytearray(4)
    assert store.get_into("k", target, offset=3) == 4
    assert target == b"3456"
    assert store.get_into("k", target, offset=8) == 2
    with pytest.raises(BufferError):
        store.get_into("k", b"read-only")


def test_prefix(place: Place):
    place.open().put("top", b"1")
    inner = place.open("in/side")
    inner.put("x/y", b"2")
    assert place.raw.read("in/side/x/y") == b"2"
    assert [info.key for info in inner.list()] == ["x/y"]
    assert [page.prefixes for page in inner.list_pages(delimiter="/")] == [["x/"]]
    assert [info.key for info in inner.list(start_after="x/y")] == []
    assert inner.head("x/y").key == "x/y"
    assert inner.describe("x/y").endswith("in/side/x/y")


def test_listing_is_lazy_and_ordered(store: wheelyard.Store):
    keys = [f"{n:04}" for n in range(25)]
    for key in keys:
        store.put(key, b"")
    assert [info.key for info in store.list()] == keys
    pages = store.list_pages(page_size=10)
    assert [len(page.objects) for page in pages] == [10, 10, 5]
    assert next(store.list_pages(page_size=10, start_after="0013")).objects[0].key == "0014"


def test_modes(store: wheelyard.Store):
    first = store.put("k", b"1", mode="create")
    with pytest.raises(wheelyard.AlreadyExistsError) as taken:
        store.put("k", b"2", mode="create")
    assert isinstance(taken.value, FileExistsError) and taken.value.code == "already_exists"
    second = store.put("k", b"2", mode="update", etag=first.etag)
    with pytest.raises(wheelyard.PreconditionFailedError):
        store.put("k", b"3", mode="update", etag=first.etag)
    assert store.get("k", if_match=second.etag) == b"2"
    with pytest.raises(wheelyard.PreconditionFailedError):
        store.get("k", if_match=first.etag)
    with pytest.raises(wheelyard.PreconditionFailedError) as unchanged:
        store.get("k", if_none_match=second.etag)
    assert unchanged.value.http_status == 304
    for wrong in ({"mode": "update"}, {"etag": "x"}, {"mode": "never"}):
        with pytest.raises(ValueError):
            store.put("k", b"", **wrong)


def test_absence_is_only_404(store: wheelyard.Store, place: Place):
    store.put("k", b"")
    assert store.exists("k") and not store.exists("other")
    with pytest.raises(wheelyard.NotFoundError) as absent:
        store.get("other")
    assert isinstance(absent.value, FileNotFoundError)
    assert (absent.value.code, absent.value.doing) == ("not_found", "read")
    again = pickle.loads(pickle.dumps(absent.value))
    assert type(again) is wheelyard.NotFoundError and vars(again) == vars(absent.value) and str(again) == str(absent.value)
    if place.kind != "folder":
        assert absent.value.http_status == 404
        with pytest.raises(wheelyard.Error):
            place.open(secret_access_key="wrong").exists("k")


def test_bad_credentials(bucket: Place):
    with pytest.raises((wheelyard.UnauthenticatedError, wheelyard.PermissionDeniedError)) as refused:
        bucket.open(secret_access_key="not-the-secret").get("k")
    assert isinstance(refused.value, PermissionError)
    assert "not-the-secret" not in f"{refused.value} {vars(refused.value)}"


def test_unreachable(bucket: Place):
    with pytest.raises(wheelyard.UnavailableError) as failure:
        bucket.open(endpoint_url="http://127.0.0.1:9", max_attempts=1).get("k")
    assert isinstance(failure.value, OSError) and failure.value.hint


def test_attributes(bucket: Place):
    store = bucket.open()
    store.put("k", b"x", content_type="text/csv", cache_control="no-cache", content_encoding="identity", metadata={"who": "me"})
    info = store.head("k")
    assert (info.content_type, info.cache_control, info.metadata) == ("text/csv", "no-cache", {"who": "me"})
    seen = bucket.raw.head("k")
    assert (seen["ContentType"], seen["Metadata"]) == ("text/csv", {"who": "me"})


def test_wrong_arguments(store: wheelyard.Store):
    for wrong in ({"colour": "red"}, {"content_type": 1}, {"metadata": "x"}, {"metadata": {"a": 1}}):
        with pytest.raises(TypeError):
            store.put("k", b"", **wrong)
    with pytest.raises(ValueError):
        store.put("k", b"", checksum="adler")
    with pytest.raises(TypeError):
        store.delete_many("abc")
    assert not store.exists("k")
    with pytest.raises(wheelyard.InvalidArgumentError) as refused:
        wheelyard.open_store("gopher://x")
    assert isinstance(refused.value, ValueError)
    with pytest.raises(TypeError):
        wheelyard.Store("memory:", colour="red")


def test_delete(store: wheelyard.Store):
    for key in "abcd":
        store.put(key, b"")
    store.delete("a")
    store.delete("a")
    store.delete_many(key for key in "bc")
    assert [info.key for info in store.list()] == ["d"]


def test_copy(store: wheelyard.Store):
    store.put("a", b"1")
    result = store.copy("a", "b")
    assert store.get("b") == b"1" and store.head("b").etag == result.etag
    with pytest.raises(wheelyard.NotFoundError):
        store.copy("none", "c")


def test_presign(bucket: Place):
    store = bucket.open("p")
    store.put("a b+c", b"signed")
    url = store.presign("a b+c", expires=datetime.timedelta(minutes=5))
    assert urllib.request.urlopen(url, timeout=10).read() == b"signed"


def test_folder_has_no_urls(folder: Place):
    with pytest.raises(wheelyard.UnsupportedError):
        folder.open().presign("k")
