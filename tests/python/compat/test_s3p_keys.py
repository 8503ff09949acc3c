"""What S3Pipeline and S3Release have of boto 2's Bucket and Key: the same calls, arguments and results."""

import hashlib
import io
import os
import time
import urllib.error
import urllib.request
import uuid

import pytest
import wheelyard
from compat_support.pipelines import RANKS, seen, settings
from s3p import S3Pipeline, S3Release
from wheelyard_compat.s3p import Key, Prefix


@pytest.fixture
def bucket(place) -> S3Pipeline:
    return S3Pipeline(place.bucket, RANKS, **settings(place))


@pytest.fixture
def released(bucket) -> S3Release:
    """Version 1 in qa."""
    key = bucket.new_key("qa/my.tar.gz")
    key.set_metadata("version", "1")
    key.set_contents_from_string(b"released")
    return key


def names(entries) -> list[str]:
    return [entry.name for entry in entries]


def test_get_key_new_key_lookup_and_contains(bucket, place, released):
    place.put("notes/a.txt", b"text", ContentType="text/plain", Metadata={"owner": "anna"}, CacheControl="no-store")
    key = bucket.get_key("notes/a.txt")
    assert type(key) is Key and (key.name, key.key, key.bucket, key.size) == ("notes/a.txt", "notes/a.txt", bucket, 4)
    assert key.etag == f'"{hashlib.md5(b"text").hexdigest()}"' and key.md5 == hashlib.md5(b"text").hexdigest()
    assert (key.content_type, key.cache_control, key.get_metadata("owner"), key.metadata) == ("text/plain", "no-store", "anna", {"owner": "anna"})
    assert key.last_modified.endswith("GMT") and key.storage_class == "STANDARD" and key.exists()
    assert bucket.lookup("notes/a.txt").size == 4 and "notes/a.txt" in bucket and "qa/my.tar.gz" in bucket
    assert bucket.get_key("no") is bucket.lookup("no") is bucket.get_key("staging/my.tar.gz") is None
    assert "no" not in bucket and "staging/my.tar.gz" not in bucket and not bucket.new_key("no").exists()
    unasked = bucket.get_key("no", validate=False)
    assert (unasked.name, unasked.size, unasked.etag) == ("no", None, None)
    assert isinstance(bucket.get_key("qa/my.tar.gz"), S3Release) and bucket.get_key("qa/my.tar.gz").exists()
    for wrong, error in ((5, TypeError), (b"notes/a.txt", TypeError), ("", ValueError)):
        with pytest.raises(error, match="a key's name is"):
            bucket.get_key(wrong)
    with pytest.raises(wheelyard.PreconditionFailedError):
        bucket.get_key("notes/a.txt", headers={"If-Match": '"other"'})
    with pytest.raises(wheelyard.PreconditionFailedError):
        bucket.get_key("notes/a.txt", headers={"If-None-Match": key.etag})
    assert bucket.get_key("notes/a.txt", headers={"If-Match": key.etag}) is not None
    with pytest.raises(ValueError):
        bucket.new_key("")
    with pytest.raises(ValueError):
        Key(bucket).exists()


def test_a_bucket_that_somebody_else_makes_meanwhile_is_used(place, fault_proxy, tmp_path):
    name = f"new-{uuid.uuid4().hex}"
    place.buckets.append(name)
    proxy = fault_proxy(place.server.endpoint)

    def somebody_else(answer):
        place.server.client().create_bucket(Bucket=name)
        return answer

    proxy.change(somebody_else, path=r"/state\.json", times=1)  # once it is certain that there is none
    (tmp_path / "my.tar.gz").write_bytes(b"x")
    pipeline = S3Pipeline(name, RANKS, **{**settings(place), "endpoint_url": proxy.url})
    assert pipeline.promote(tmp_path / "my.tar.gz", "qa", "1").version == "1"


def test_only_404_is_none(bucket, place, fault_proxy):
    proxy = fault_proxy(place.server.endpoint)
    proxy.deny(403, "AccessDenied", path=r"a\.txt")
    denied = S3Pipeline(place.bucket, RANKS, **{**settings(place), "endpoint_url": proxy.url})
    with pytest.raises(wheelyard.PermissionDeniedError):
        denied.get_key("notes/a.txt")
    with pytest.raises(wheelyard.PermissionDeniedError):
        denied.get_key("qa/a.txt")
    with pytest.raises(wheelyard.NotFoundError, match="no bucket"):
        S3Pipeline("no-such-bucket-here", RANKS, **settings(place)).get_key("a")


def test_list_and_get_all_keys(bucket, place, released):
    for key in ("a/1", "a/2", "a/b/3", "c"):
        place.put(key, key.encode())
    assert names(bucket) == names(bucket.list()) == ["a/1", "a/2", "a/b/3", "archive/1/my.tar.gz", "c", "qa/my.tar.gz"]
    assert names(bucket.list("a/")) == ["a/1", "a/2", "a/b/3"]
    assert names(bucket.list(prefix="a/", delimiter="/")) == ["a/1", "a/2", "a/b/"]
    assert names(bucket.list(delimiter="/")) == ["c", "a/", "archive/", "qa/"]
    assert [type(entry) for entry in bucket.list("a/", "/")] == [Key, Key, Prefix]
    assert names(bucket.list(marker="a/2")) == ["a/b/3", "archive/1/my.tar.gz", "c", "qa/my.tar.gz"]
    listed = next(iter(bucket.list("a/")))
    assert listed.size == 3 and listed.etag == f'"{hashlib.md5(b"a/1").hexdigest()}"' and listed.last_modified[10] == "T"
    assert listed.get_contents_as_string() == b"a/1"
    page = bucket.get_all_keys(prefix="a/", max_keys=2)
    assert (names(page), page.is_truncated, page.next_marker, page.max_keys) == (["a/1", "a/2"], True, "a/2", 2)
    page = bucket.get_all_keys(prefix="a/", marker=page.next_marker)
    assert (names(page), page.is_truncated, page.next_marker) == (["a/b/3"], False, None)
    assert bucket.get_all_keys(max_keys=0) == []
    assert any(name.startswith(".wheelyard/") for name in place.keys())  # is there, and not shown


def test_contents_in_and_out(bucket, tmp_path):
    key, data = bucket.new_key("data.bin"), os.urandom(300_000)
    (tmp_path / "in.json").write_bytes(data)
    assert key.set_contents_from_filename(tmp_path / "in.json") == len(data)
    assert (key.size, key.md5, key.etag) == (len(data), hashlib.md5(data).hexdigest(), f'"{hashlib.md5(data).hexdigest()}"')
    assert bucket.get_key("data.bin").content_type == "application/json"  # guessed by the file's name
    assert key.get_contents_as_string() == data
    with open(tmp_path / "out", "wb") as file:
        key.get_contents_to_file(file)
    assert (tmp_path / "out").read_bytes() == data
    key = bucket.get_key("data.bin")
    key.get_contents_to_filename(tmp_path / "named")
    assert (tmp_path / "named").read_bytes() == data and abs(os.stat(tmp_path / "named").st_mtime - time.time()) < 100
    assert time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(os.stat(tmp_path / "named").st_mtime)) == key.last_modified
    target = io.BytesIO()
    key.get_file(target, headers={"Range": "bytes=10-19"})
    assert target.getvalue() == data[10:20] and key.get_contents_as_string(headers={"Range": "bytes=299990-"}) == data[-10:]
    assert key.read(5) + key.read(5) == data[:10] and key.read() == data[10:]  # read to its end, it begins anew
    assert b"".join(key) == data
    key.open()
    key.close()
    text = bucket.new_key("text")
    assert text.set_contents_from_string("grüße") == 7 and text.get_contents_as_string(encoding="utf-8") == "grüße"
    with pytest.raises(ValueError):
        key.open("w")
    with pytest.raises(wheelyard.NotFoundError):
        bucket.new_key("none").get_contents_to_filename(tmp_path / "none")
    assert not list(tmp_path.glob("none*"))


def test_files_and_streams(bucket):
    key, file = bucket.new_key("part"), io.BytesIO(b"0123456789")
    file.seek(2)
    assert key.set_contents_from_file(file, size=3) == 3 and key.get_contents_as_string() == b"234" and file.tell() == 5
    assert key.set_contents_from_file(file, rewind=True) == 10
    assert Key.compute_md5(io.BytesIO(b"abcd"), size=3) == (hashlib.md5(b"abc").hexdigest(), "kAFQmDzST7DWlj99KOF/cg==", 3)
    md5 = key.compute_md5(file := io.BytesIO(b"abc"))
    assert key.set_contents_from_file(file, md5=md5[:2]) == 3 and md5[0] == hashlib.md5(b"abc").hexdigest() and key.base64md5 == md5[1]
    with pytest.raises(ValueError, match="MD5"):
        key.set_contents_from_string("other", md5=md5[:2])
    assert key.get_contents_as_string() == b"abc"

    class Stream:  # what can only be read
        def __init__(self):
            self.left = [b"some ", b"bytes"]

        def read(self, size=-1):
            return self.left.pop(0) if self.left else b""

    assert key.set_contents_from_stream(Stream()) == 10 and key.get_contents_as_string() == b"some bytes"
    assert key.send_file(io.BytesIO(b"sent")) == 4 and key.get_contents_as_string() == b"sent"
    with pytest.raises(TypeError):
        key.set_contents_from_file(io.StringIO("text"))


def test_replace_false_leaves_what_is_there(bucket):
    key = bucket.new_key("once")
    assert key.set_contents_from_string("first", replace=False) == 5
    assert key.set_contents_from_string("second", replace=False) is None
    assert key.get_contents_as_string() == b"first"


@pytest.mark.parametrize("name", ["notes/a.txt", "qa/my.tar.gz"])
def test_reads_under_conditions(bucket, place, released, name):
    place.put("notes/a.txt", b"released")
    key = bucket.get_key(name)
    for holding in ({"If-Match": key.etag}, {"If-Match": "*"}, {"If-None-Match": '"other"'}):
        assert key.get_contents_as_string(headers=holding) == b"released"
    for broken, status in (({"If-Match": '"other"'}, 412), ({"If-None-Match": key.etag}, 304), ({"If-None-Match": "*"}, 304)):
        for read in (key.get_contents_as_string, lambda headers: bucket.get_key(name, headers=headers)):
            with pytest.raises(wheelyard.PreconditionFailedError, match=key.etag.strip('"')) as refused:
                read(headers=broken)
            assert refused.value.http_status == status


def test_callbacks(bucket):
    key, told = bucket.new_key("big"), []
    data = os.urandom(5 << 20)
    key.set_contents_from_string(data, cb=lambda *numbers: told.append(numbers), num_cb=10)
    assert told[0] == (0, len(data)) and told[-1] == (len(data), len(data)) and 3 < len(told) <= 12
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    told.clear()
    key.get_contents_to_file(io.BytesIO(), cb=lambda *numbers: told.append(numbers), num_cb=4)
    assert told[0] == (0, len(data)) and told[-1] == (len(data), len(data)) and len(told) <= 6

    def fail(done, total):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        bucket.new_key("never").set_contents_from_string(data, cb=fail)
    assert not bucket.new_key("never").exists()


def test_metadata(bucket, place):
    key = bucket.new_key("described")
    key.set_metadata("Owner", "anna")
    key.update_metadata({"team": "blue", "Content-Type": "text/x-log", "Cache-Control": "no-cache"})
    key.set_contents_from_string("x", headers={"x-amz-meta-extra": "e", "Content-Language": "de"})
    head = place.head("described")
    assert head["Metadata"] == {"owner": "anna", "team": "blue", "extra": "e"}
    assert (head["ContentType"], head["CacheControl"], head["ContentLanguage"]) == ("text/x-log", "no-cache", "de")
    key = bucket.get_key("described")
    key.set_remote_metadata({"state": "new", "Content-Type": "text/plain"}, ["team"])
    head = place.head("described")
    assert head["Metadata"] == {"owner": "anna", "extra": "e", "state": "new"} and head["ContentType"] == "text/plain"
    assert head["CacheControl"] == "no-cache" and place.read("described") == b"x"


def test_copies(bucket, place, released):
    place.put("source", b"s", ContentType="text/plain", Metadata={"a": "1"})
    copied = bucket.get_key("source").copy(bucket.name, "kept")
    assert copied.name == "kept" and place.head("kept")["Metadata"] == {"a": "1"} and place.head("kept")["ContentType"] == "text/plain"
    bucket.copy_key("changed", bucket.name, "source", metadata={"b": "2"})
    assert place.head("changed")["Metadata"] == {"b": "2"} and place.head("changed")["ContentType"] == "text/plain"
    bucket.copy_key("none", bucket.name, "source", metadata={})
    assert place.head("none")["Metadata"] == {} and place.read("none") == b"s"
    other = place.make_bucket(place.bucket[:50].rstrip("-") + "-other")
    released.copy(other, "from-release")
    assert place.read("from-release", other) == b"released"
    bucket.copy_key("back", other, "from-release")
    assert place.read("back") == b"released"
    with pytest.raises(wheelyard.NotFoundError):
        bucket.get_key("source").copy("no-such-bucket-here", "x")
    with pytest.raises(wheelyard.NotFoundError):
        bucket.copy_key("x", bucket.name, "no-such-key")


def test_a_copy_is_of_one_version(minio, fault_proxy):
    """What was looked at for its metadata is what is copied, or nothing."""
    minio.put("source", b"old", Metadata={"a": "1"})
    proxy = fault_proxy(minio.server.endpoint)
    proxy.strike(lambda: minio.put("source", b"new"), acted=False, method="PUT", path="/target")
    bucket = S3Pipeline(minio.bucket, RANKS, **{**settings(minio), "endpoint_url": proxy.url})
    with pytest.raises(wheelyard.PreconditionFailedError):
        bucket.copy_key("target", minio.bucket, "source", metadata={"b": "2"})
    assert minio.read("source") == b"new" and minio.keys() == ["source"]


def test_deleting(bucket, place):
    for key in ("a", "b", "c", "d"):
        place.put(key)
    assert bucket.delete_key("a").name == "a" and bucket.get_key("b").delete().name == "b"
    bucket.delete_key("a")  # not there: no error
    result = bucket.delete_keys(["c", bucket.new_key("d"), "none", "qa/my.tar.gz", ".wheelyard/x"])
    assert [deleted.key for deleted in result.deleted] == ["c", "d", "none"] and place.keys() == []
    assert [(error.key, error.code) for error in result.errors] == [("qa/my.tar.gz", "invalid_argument"), (".wheelyard/x", "invalid_argument")]
    assert bucket.delete_keys(["c"], quiet=True).deleted == []
    assert isinstance(bucket.get_location(), str)
    bucket.delete()
    with pytest.raises(wheelyard.NotFoundError):
        bucket.get_key("a")
    place.make_bucket(place.bucket)
    place.buckets.pop()


def test_urls(bucket, place):
    place.put("a b", b"url", ContentType="text/plain")
    key = bucket.get_key("a b")

    def fetch(url: str, **options):
        with urllib.request.urlopen(urllib.request.Request(url, **options), timeout=20) as answer:
            return answer.read(), answer.headers

    for url in (key.generate_url(60), bucket.generate_url(60, key="a b"), key.generate_url(time.time() + 60, expires_in_absolute=True)):
        assert "Signature" in url and fetch(url)[0] == b"url"
    body, headers = fetch(key.generate_url(60, response_headers={"response-content-type": "text/x-other"}))
    assert body == b"url" and headers["Content-Type"] == "text/x-other"
    put = key.generate_url(60, method="PUT", headers={"Content-Type": "text/x-put"})
    fetch(put, data=b"put", method="PUT", headers={"Content-Type": "text/x-put"})
    assert place.read("a b") == b"put" and place.head("a b")["ContentType"] == "text/x-put"
    unsigned = key.generate_url(60, query_auth=False)
    assert "?" not in unsigned and unsigned.endswith("a%20b") and key.generate_url(60, force_http=True).startswith("http://")
    with pytest.raises(urllib.error.HTTPError):
        fetch(unsigned)


def test_releases_by_the_calls_of_keys(bucket, place, released, tmp_path):
    assert seen(place) == {"qa/my.tar.gz": b"released", "archive/1/my.tar.gz": b"released"}
    assert (released.version, released.size, released.md5) == ("1", 8, hashlib.md5(b"released").hexdigest())
    (tmp_path / "new").write_bytes(b"from a file")
    key = bucket.new_key("qa/my.tar.gz")
    assert key.set_contents_from_filename(tmp_path / "new", headers={"x-amz-meta-version": "2"}) == 11
    assert key.version == bucket.get_key("qa/my.tar.gz").version == "2" and seen(place)["archive/1/my.tar.gz"] == b"released"
    assert [entry.action for entry in bucket.history("my.tar.gz")] == ["push", "push"]
    assert key.set_contents_from_string("not written", replace=False) is None
    key = bucket.get_key("qa/my.tar.gz")
    assert key.set_contents_from_string("a uuid") == 6 and len(key.version) == 36
    with pytest.raises(wheelyard.Refused):
        again = bucket.new_key("qa/my.tar.gz")
        again.set_metadata("version", "1")
        again.set_contents_from_string("other bytes")
    assert "X-Amz-Signature" in key.generate_url(60)


def test_what_a_pipeline_does_not_let_happen(bucket, place, released):
    before = seen(place)
    other = bucket.new_key("notes")
    other.set_contents_from_string("x")
    staging = bucket.new_key("staging/my.tar.gz")
    for attempt in (
        lambda: staging.set_contents_from_string("by hand"),
        lambda: bucket.delete_key("qa/my.tar.gz"),
        lambda: released.delete(),
        lambda: bucket.delete_key("archive/1/my.tar.gz"),
        lambda: bucket.new_key("archive/9/my.tar.gz").set_contents_from_string("x"),
        lambda: bucket.copy_key("production/my.tar.gz", bucket.name, "notes"),
        lambda: other.copy(bucket, "qa/my.tar.gz"),
        lambda: released.set_remote_metadata({"version": "9"}, []),
        lambda: released.make_public(),
        lambda: bucket.new_key(".wheelyard/x").set_contents_from_string("x"),
        lambda: bucket.delete_key(".wheelyard/releases/my.tar.gz/state.json"),
    ):
        with pytest.raises(wheelyard.InvalidArgumentError):
            attempt()
    for attempt in (
        lambda: released.set_metadata("owner", "anna"),
        lambda: released.set_contents_from_string("x", policy="public-read"),
        lambda: released.set_contents_from_string("x", headers={"Content-Type": "text/plain"}),
        lambda: other.get_contents_as_string(torrent=True),
        lambda: other.get_contents_as_string(version_id="1"),
        lambda: bucket.get_key("notes", version_id="1"),
        lambda: bucket.copy_key("x", bucket.name, "notes", preserve_acl=True),
        lambda: bucket.set_canned_acl("private"),
        lambda: bucket.generate_url(60),
    ):
        with pytest.raises(NotImplementedError):
            attempt()
    assert seen(place) == before | {"notes": b"x"}


def test_acls_and_storage_classes_are_sent(minio, fault_proxy):
    proxy = fault_proxy(minio.server.endpoint)
    bucket = S3Pipeline(minio.bucket, RANKS, **{**settings(minio), "endpoint_url": proxy.url})
    key = bucket.new_key("open")
    key.set_contents_from_string("x", policy="public-read", reduced_redundancy=True)
    sent = [request.headers for request in proxy.requests if request.method == "PUT"][-1]
    assert (sent["x-amz-acl"], sent["x-amz-storage-class"]) == ("public-read", "REDUCED_REDUNDANCY")
    key.set_metadata("kept", "1")
    key.set_contents_from_string("x")
    bucket.get_key("open").make_public()
    sent = [request.headers for request in proxy.requests if request.method == "PUT"][-1]
    assert sent["x-amz-acl"] == "public-read" and "x-amz-copy-source" in sent and minio.head("open")["Metadata"] == {"kept": "1"}
    bucket.get_key("open").change_storage_class("REDUCED_REDUNDANCY")
    sent = [request.headers for request in proxy.requests if request.method == "PUT"][-1]
    assert sent["x-amz-storage-class"] == "REDUCED_REDUNDANCY" and minio.head("open")["Metadata"] == {"kept": "1"}
    key.set_acl("private")
    key.set_contents_from_string("x", encrypt_key=False)
    assert minio.read("open") == b"x"
