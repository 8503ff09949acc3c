"""What the page of `s3` says of its classes, methods and arguments, on real servers."""

import concurrent.futures
import os
import pathlib

import pytest
import s3
import wheelyard
from support.servers import ACCESS_KEY, SECRET_KEY

METADATA = {"x-amz-meta-physics": "Kant", "x-amz-meta-carpal": "tunnel syndrome"}


@pytest.fixture
def example(tmp_path) -> str:
    path = tmp_path / "example"
    path.write_bytes(os.urandom(10_000))
    return str(path)


def raw(path) -> bytes:
    return pathlib.Path(path).read_bytes()


# Connections and names


def test_a_connection_takes_its_settings_by_place_and_by_name(place, example):
    by_place = s3.S3Connection(ACCESS_KEY, SECRET_KEY, place.bucket, place.endpoint, False)
    by_name = s3.S3Connection(
        tls=False, endpoint=place.endpoint, default_bucket=place.bucket, secret_access_key=SECRET_KEY, access_key_id=ACCESS_KEY
    )
    assert s3.RemoteStore(by_place).write(example, "key")
    assert s3.RemoteStore(connection=by_name).exists("key") == (True, {})


def test_the_defaults_of_a_connection():
    connection = s3.S3Connection("id", "secret")
    assert (connection.default_bucket, connection.endpoint, connection.tls) == (None, "s3.amazonaws.com", True)


def test_bucket_is_another_name_of_default_bucket(place, example):
    """The page's list of settings says `bucket`, its example `default_bucket`."""
    store = s3.RemoteStore(s3.S3Connection(ACCESS_KEY, SECRET_KEY, bucket=place.bucket, endpoint=place.endpoint, tls=False))
    assert store.write(example, "key") and place.keys() == ["key"]
    with pytest.raises(ValueError, match="differ"):
        s3.S3Connection(ACCESS_KEY, SECRET_KEY, "one", bucket="another")


@pytest.mark.parametrize("endpoint", ["http://localhost:9000", "localhost/path", "user:word@localhost", "", "localhost:0", "a b"])
def test_an_endpoint_is_a_host(endpoint):
    with pytest.raises(ValueError, match="endpoint") as refused:
        s3.S3Connection("id", "secret", endpoint=endpoint)
    assert "word" not in str(refused.value)


def test_keys_that_yaml_took_for_numbers_are_refused_without_being_shown():
    with pytest.raises(TypeError, match="secret_access_key has to be a str, not int") as refused:
        s3.S3Connection("id", 12345678)
    assert "12345678" not in str(refused.value)
    with pytest.raises(TypeError, match="tls"):
        s3.S3Connection("id", "secret", tls="False")


def test_tls_speaks_tls(minio, example, caplog):
    """MinIO speaks plain HTTP there, so the first word of TLS is all that it understands not."""
    assert minio.store(tls=True).write(example, "key") is False
    assert "https://" in caplog.text or "TLS" in caplog.text or "SSL" in caplog.text


def test_regions_of_endpoints():
    from wheelyard_compat.s3.endpoint import region_of

    assert {name: region_of(name) for name in (
        "s3.amazonaws.com", "s3-external-1.amazonaws.com", "s3-us-west-2.amazonaws.com", "s3.eu-central-1.amazonaws.com",
        "S3.EU-WEST-1.AMAZONAWS.COM:443", "s3.dualstack.ap-southeast-2.amazonaws.com", "s3-fips.us-gov-west-1.amazonaws.com",
        "s3-fips-us-gov-west-1.amazonaws.com", "s3.cn-north-1.amazonaws.com.cn", "localhost:9000", "storage.example.com",
        "s3-us-west-2.amazonaws.com.example.com", "s3-website-us-east-1.amazonaws.com", "[::1]:9000",
    )} == {
        "s3.amazonaws.com": "us-east-1", "s3-external-1.amazonaws.com": "us-east-1", "s3-us-west-2.amazonaws.com": "us-west-2",
        "s3.eu-central-1.amazonaws.com": "eu-central-1", "S3.EU-WEST-1.AMAZONAWS.COM:443": "eu-west-1",
        "s3.dualstack.ap-southeast-2.amazonaws.com": "ap-southeast-2", "s3-fips.us-gov-west-1.amazonaws.com": "us-gov-west-1",
        "s3-fips-us-gov-west-1.amazonaws.com": "us-gov-west-1", "s3.cn-north-1.amazonaws.com.cn": "cn-north-1",
        "localhost:9000": None, "storage.example.com": None, "s3-us-west-2.amazonaws.com.example.com": None,
        "s3-website-us-east-1.amazonaws.com": None, "[::1]:9000": None,
    }  # fmt: skip


def test_the_region_of_the_endpoint_is_signed_for(minio, fault_proxy, example):
    """Where the region is known (here: given, as with Amazon's endpoints), the first request carries it."""
    proxy = fault_proxy(minio.server.endpoint)
    proxy.answer(404)
    minio.store(endpoint=proxy.url.removeprefix("http://"), region="eu-west-9").exists("key")
    headers = {name.lower(): value for name, value in proxy.requests[0].headers.items()}
    assert "/eu-west-9/s3/aws4_request" in headers["authorization"]


def test_urls_have_the_bucket_in_their_path(minio, fault_proxy, example):
    proxy = fault_proxy(minio.server.endpoint)
    assert minio.store(endpoint=proxy.url.removeprefix("http://")).write(example, "a key/with ü")
    assert {sent.path.split("?")[0] for sent in proxy.requests} == {f"/{minio.bucket}/a%20key/with%20%C3%BC"}


def test_settings_of_the_machine_do_not_count(minio, example, home, monkeypatch):
    (home / ".aws").mkdir(parents=True)
    (home / ".aws/credentials").write_text("[default]\naws_access_key_id = other\naws_secret_access_key = other\n")
    (home / ".aws/config").write_text("[default]\nendpoint_url = http://127.0.0.1:1\nregion = eu-west-1\n")
    for name, value in {
        "AWS_PROFILE": "none-of-this-name", "AWS_ACCESS_KEY_ID": "other", "AWS_SECRET_ACCESS_KEY": "other",
        "AWS_SESSION_TOKEN": "other", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_REGION": "eu-west-1", "AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    store = minio.store()
    assert store.write(example, "key") and store.exists("key") == (True, {})


def test_names(place, example):
    other = place.make_bucket(place.bucket + "-2")
    store = place.store()
    assert store.write(example, "plain")
    assert store.write(example, s3.S3Name("named"))
    assert store.write(example, s3.S3Name(key="elsewhere", bucket=other))
    assert place.keys() == ["named", "plain"] and place.keys(other) == ["elsewhere"]
    assert s3.S3Name("key").bucket is None and s3.S3Name("key", "bucket").key == "key"
    assert str(s3.S3Name("key", "bucket")) == "bucket/key"


def test_leading_slashes_of_a_key_are_dropped(place, fault_proxy, example, tmp_path):
    """The servers drop them as well, so what is sent is looked at."""
    proxy = fault_proxy(place.server.endpoint)
    store = place.store(endpoint=proxy.url.removeprefix("http://"))
    assert store.write(example, "/a/b")
    assert store.write(example, "//c")
    assert place.keys() == ["a/b", "c"]
    assert store.exists("///a/b")[0] and store.read("/c", str(tmp_path / "c"))[0]
    assert store.copy("/c", "/d") and store.update_metadata("/d", METADATA) and store.delete("/a/b")
    assert place.keys() == ["c", "d"]
    assert {sent.path.split("?")[0] for sent in proxy.requests} == {f"/{place.bucket}/{key}" for key in ("a/b", "c", "d")}
    assert {sent.headers.get("x-amz-copy-source", "/c").split("/")[-1] for sent in proxy.requests} == {"c", "d"}
    assert "//" not in "".join(sent.headers.get("x-amz-copy-source", "") for sent in proxy.requests)


@pytest.mark.parametrize("key", ["a b", "a+b", "100%", "ü/é", "q?r=1", "#", "😀", "&<>'\"", "~.-_"])
def test_keys_are_taken_as_they_are(place, example, key, tmp_path):
    store = place.store()
    assert store.write(example, key)
    assert place.keys() == [key]
    assert store.read(key, str(tmp_path / "back")) == (True, {}) and raw(tmp_path / "back") == raw(example)
    assert store.copy(key, "copy of " + key.replace("/", "_")) and store.delete(key)
    assert place.keys() == ["copy of " + key.replace("/", "_")]


def test_without_any_bucket_every_method_raises_value_error(minio, example):
    store = minio.store(default_bucket=None)
    for name in ("key", s3.S3Name("key"), s3.S3Name("key", bucket=None)):
        for call in (
            lambda name=name: store.write(example, name),
            lambda name=name: store.read(name, example + "-back"),
            lambda name=name: store.exists(name),
            lambda name=name: store.delete(name),
            lambda name=name: store.update_metadata(name, METADATA),
            lambda name=name: store.copy(name, s3.S3Name("key", minio.bucket)),
            lambda name=name: store.copy(s3.S3Name("key", minio.bucket), name),
        ):
            with pytest.raises(ValueError, match="bucket"):
                call()
    assert store.write(example, s3.S3Name("key", bucket=minio.bucket))
    for wrong in (None, 3, b"key", pathlib.Path("key")):
        with pytest.raises(TypeError, match="remote name"):
            minio.store().exists(wrong)


# Methods


def test_write_then_exists_then_read_then_delete(place, example, tmp_path):
    store, back = place.store(), tmp_path / "back"
    assert store.exists("key") == (False, {})
    assert store.write(local_name=example, remote_name="key", headers=METADATA) is True
    assert place.read("key") == raw(example)
    assert store.exists(remote_name="key") == (True, METADATA)
    assert store.read(remote_name="key", local_name=str(back)) == (True, METADATA)
    assert raw(back) == raw(example)
    assert store.delete(remote_name="key") is True
    assert store.exists("key") == (False, {})


def test_deleting_what_is_not_there_succeeds(place):
    assert place.store().delete("never there") is True


def test_an_empty_file(place, tmp_path):
    (tmp_path / "empty").touch()
    store = place.store()
    assert store.write(str(tmp_path / "empty"), "empty") and place.read("empty") == b""
    assert store.read("empty", str(tmp_path / "back")) == (True, {}) and raw(tmp_path / "back") == b""


def test_read_replaces_a_file_at_once_and_leaves_nothing_else(place, example, tmp_path):
    place.put("key", b"new", Metadata={"a": "b"})
    (tmp_path / "there").write_bytes(b"old content")
    held_open = (tmp_path / "there").open("rb")
    assert place.store().read("key", str(tmp_path / "there")) == (True, {"x-amz-meta-a": "b"})
    assert raw(tmp_path / "there") == b"new"
    assert held_open.read() == b"old content"  # another file was renamed over it
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["example", "there"]


def test_local_names_may_be_what_open_takes(place, example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = place.store()
    assert store.write("example", "relative") and store.write(pathlib.Path(example), "path")
    assert store.read("path", "relative back")[0] and store.read("path", tmp_path / "back ü")[0]
    assert raw("relative back") == raw("back ü") == raw(example)


def test_metadata_are_the_response_headers_with_the_prefix(place):
    place.put("key", ContentType="text/plain", CacheControl="no-cache", Metadata={"state": "x", "two-words": "a b"})
    assert place.store().exists("key") == (True, {"x-amz-meta-state": "x", "x-amz-meta-two-words": "a b"})


def test_metadata_given_with_capitals_is_the_same_metadata(place, example):
    store = place.store()
    assert store.write(example, "key", headers={"X-Amz-Meta-State": "x", "Content-TYPE": "text/plain"})
    assert store.exists("key") == (True, {"x-amz-meta-state": "x"})
    assert place.head("key")["ContentType"] == "text/plain"


def test_metadata_that_is_no_ascii(place, example):
    store = place.store()
    given = {"x-amz-meta-author": "Zoë Łukasz 😀"}
    assert store.write(example, "key", headers=given)
    assert store.exists("key") == (True, given)


def test_headers_that_are_no_metadata(place, example):
    headers = {
        "Content-Type": "text/html", "Cache-Control": "max-age=60", "Content-Disposition": 'attachment; filename="a b"',
        "Content-Encoding": "identity", "Content-Language": "de", "Expires": "Thu, 01 Dec 2033 16:00:00 GMT",
    }  # fmt: skip
    store = place.store()
    assert store.write(example, "key", headers={**headers, **METADATA})
    head = place.head("key")["ResponseMetadata"]["HTTPHeaders"]
    assert {name.lower(): value for name, value in headers.items()}.items() <= head.items()
    assert store.exists("key") == (True, METADATA)


def test_headers_that_only_s3_knows_are_sent(minio, fault_proxy, example):
    proxy = fault_proxy(minio.server.endpoint)
    store = minio.store(endpoint=proxy.url.removeprefix("http://"))
    given = {"x-amz-acl": "public-read", "x-amz-storage-class": "STANDARD", "x-amz-tagging": "a=b"}
    assert store.write(example, "key", headers=given)
    assert store.copy("key", "copy", headers={"x-amz-acl": "private"})
    puts = [{k.lower(): v for k, v in sent.headers.items()} for sent in proxy.requests if sent.method == "PUT"]
    assert given.items() <= puts[0].items()
    assert puts[1]["x-amz-acl"] == "private" and puts[1].get("x-amz-metadata-directive", "COPY") == "COPY"
    tags = minio.client.get_object_tagging(Bucket=minio.bucket, Key="key")["TagSet"]
    assert tags == [{"Key": "a", "Value": "b"}]


@pytest.mark.parametrize("headers", [
    {"x-amz-no-such-thing": "x"}, {"x-amz-meta-n": 3}, {"x-amz-meta-a": "1", "X-AMZ-META-A": "2"}, {3: "x"}, "no dict",
    {"x-amz-meta-a": "two\nlines"}, {"content-length": "3"}, {"content-md5": "AAAA"}, {"x-amz-metadata-directive": "MOVE"},
])  # fmt: skip
def test_headers_that_cannot_be_right_fail_the_write(minio, example, headers, caplog):
    assert minio.store().write(example, "key", headers=headers) is False
    assert minio.keys() == []
    assert "write failed" in caplog.text


def test_headers_of_the_bytes_are_held_against_the_file(place, example):
    import base64
    import hashlib

    digest = base64.b64encode(hashlib.md5(raw(example)).digest()).decode()
    assert place.store().write(example, "key", headers={"Content-MD5": digest, "Content-Length": "10000"})
    assert place.read("key") == raw(example)


def test_conditional_headers_of_a_write(place, example, tmp_path, caplog):
    store = place.store()
    (tmp_path / "other").write_text("other")
    assert store.write(example, "key", headers={"If-None-Match": "*"})
    assert store.write(str(tmp_path / "other"), "key", headers={"If-None-Match": "*"}) is False
    assert place.read("key") == raw(example)
    etag = place.head("key")["ETag"]
    assert store.write(str(tmp_path / "other"), "key", headers={"If-Match": etag})
    assert store.write(example, "key", headers={"If-Match": etag}) is False
    assert place.read("key") == b"other"


def test_copy_without_metadata_headers_copies_the_metadata(place, example):
    store = place.store()
    place.put("key", Metadata={"a": "b"}, ContentType="text/plain")
    assert store.copy(remote_source="key", remote_destination="copy") is True
    assert store.exists("copy") == (True, {"x-amz-meta-a": "b"})
    assert place.head("copy")["ContentType"] == "text/plain" and place.read("copy") == b"content"


def test_copy_with_metadata_headers_replaces_all_metadata(place):
    store = place.store()
    place.put("key", Metadata={"a": "b", "c": "d"}, ContentType="text/plain", CacheControl="no-cache")
    assert store.copy("key", "copy", headers=METADATA)
    assert store.exists("copy") == (True, METADATA)
    assert store.exists("key") == (True, {"x-amz-meta-a": "b", "x-amz-meta-c": "d"})
    head = place.head("copy")
    assert (head["ContentType"], head["CacheControl"]) == ("text/plain", "no-cache")


def test_copy_with_a_content_type_keeps_the_metadata(place):
    place.put("key", Metadata={"a": "b"}, ContentType="text/plain", CacheControl="no-cache")
    assert place.store().copy("key", "copy", headers={"content-type": "text/html"})
    head = place.head("copy")
    assert (head["Metadata"], head["ContentType"], head["CacheControl"]) == ({"a": "b"}, "text/html", "no-cache")


def test_a_directive_of_the_callers_own_is_followed(place, caplog):
    place.put("key", Metadata={"a": "b"}, ContentType="text/plain", CacheControl="no-cache")
    store = place.store()
    assert store.copy("key", "copy", headers={"x-amz-metadata-directive": "REPLACE", "Content-Type": "text/html"})
    head = place.head("copy")
    assert (head["Metadata"], head["ContentType"], head.get("CacheControl")) == ({}, "text/html", None)
    assert store.copy("key", "copy", headers={"x-amz-metadata-directive": "COPY"})
    assert place.head("copy")["Metadata"] == {"a": "b"}
    assert store.copy("key", "copy", headers={"x-amz-metadata-directive": "COPY", **METADATA}) is False


def test_copy_between_buckets(place):
    other = place.make_bucket(place.bucket + "-2")
    place.put("key", b"across", Metadata={"a": "b"})
    store = place.store()
    assert store.copy("key", s3.S3Name("there", other))
    assert place.read("there", other) == b"across"
    assert store.copy(s3.S3Name("there", bucket=other), "back", headers=METADATA)
    assert store.exists("back") == (True, METADATA)


def test_update_metadata_replaces_it_and_keeps_the_rest(place):
    place.put("key", b"kept", Metadata={"a": "b"}, ContentType="text/plain", ContentLanguage="de")
    store = place.store()
    assert store.update_metadata(remote_name="key", headers=METADATA) is True
    assert store.exists("key") == (True, METADATA)
    head = place.head("key")
    assert (head["ContentType"], head["ContentLanguage"]) == ("text/plain", "de") and place.read("key") == b"kept"
    assert store.update_metadata("key", {"Content-Type": "text/html"})
    assert store.exists("key") == (True, METADATA) and place.head("key")["ContentType"] == "text/html"


def test_a_file_that_changes_while_it_is_copied_is_looked_at_again(minio, fault_proxy):
    """The copy takes the content type of the version that it copies."""
    proxy = fault_proxy(minio.server.endpoint)
    minio.put("key", b"old", ContentType="text/plain")
    proxy.strike(lambda: minio.put("key", b"new", ContentType="text/html"), acted=False, method="PUT")
    assert minio.store(endpoint=proxy.url.removeprefix("http://")).update_metadata("key", METADATA)
    head = minio.head("key")
    assert minio.read("key") == b"new"
    assert (head["ContentType"], head["Metadata"]) == ("text/html", {k[11:]: v for k, v in METADATA.items()})


def test_a_file_that_is_replaced_while_it_is_read_is_read_again(minio, fault_proxy, tmp_path):
    proxy = fault_proxy(minio.server.endpoint)
    minio.put("key", b"old", Metadata={"version": "1"})
    proxy.strike(lambda: minio.put("key", b"new one", Metadata={"version": "2"}), acted=False, method="GET")
    store = minio.store(endpoint=proxy.url.removeprefix("http://"))
    assert store.read("key", str(tmp_path / "target")) == (True, {"x-amz-meta-version": "2"})
    assert raw(tmp_path / "target") == b"new one"


def test_a_big_file_goes_in_parts(minio, fault_proxy, tmp_path):
    big = tmp_path / "big"
    size = 123 + 100 * 1024 * 1024
    with big.open("wb") as file:
        for _ in range(size // (1 << 20)):
            file.write(os.urandom(1 << 10) * (1 << 10))
        file.write(b"x" * (size % (1 << 20)))
    store = minio.store()
    assert store.write(str(big), "big", headers={**METADATA, "Content-Type": "text/plain"})
    head = minio.head("big")
    assert "-" in head["ETag"] and head["ContentLength"] == size and head["ContentType"] == "text/plain"
    assert store.read("big", str(tmp_path / "back")) == (True, METADATA)
    assert raw(tmp_path / "back") == raw(big)
    assert store.update_metadata("big", {"x-amz-meta-a": "b"}) and store.exists("big") == (True, {"x-amz-meta-a": "b"})


def test_many_threads_share_a_store(place, tmp_path):
    store = place.store()

    def work(number: int) -> None:
        name = f"file-{number % 40}-{number}"
        (tmp_path / name).write_text(name)
        headers = {"x-amz-meta-number": str(number)}
        assert store.write(str(tmp_path / name), name, headers=headers)
        assert store.exists(name) == (True, headers)
        assert store.read(name, str(tmp_path / f"{name}-back")) == (True, headers)
        assert (tmp_path / f"{name}-back").read_text() == name
        assert store.copy(name, name + "-copy") and store.update_metadata(name, {"x-amz-meta-done": "yes"})
        assert store.delete(name) and store.exists(name) == (False, {})

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(120)))
    assert len(place.keys()) == 120


def test_reads_into_one_file_from_many_threads_are_never_mixed(minio, tmp_path):
    bodies = {f"k{n}": bytes([n]) * 300_000 for n in range(8)}
    for key, body in bodies.items():
        minio.put(key, body)
    store, target = minio.store(), tmp_path / "target"
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert all(ok for ok, _ in pool.map(lambda key: store.read(key, str(target)), list(bodies) * 5))
    assert raw(target) in bodies.values()
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["target"]


def test_the_secret_shows_in_no_repr():
    connection = s3.S3Connection("AKIDEXAMPLE", "the-secret-key", "bucket")
    assert "the-secret-key" not in repr(connection) + str(connection) + repr(s3.RemoteStore(connection))
    assert isinstance(connection.store("bucket"), wheelyard.Store)
    assert "the-secret-key" not in repr(connection.store("bucket"))
