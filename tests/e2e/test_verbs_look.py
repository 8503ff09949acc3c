"""ls, du, cat, stat, meta, presign, mb, rb: looking at objects and what hangs on them."""

import subprocess
import urllib.error
import urllib.request

import pytest
from support.objects import Verbs, events, summary

ODD_NAMES = ["a b+c%.txt", "100%25", "ü 🙂", "quo'te\"s", "semi;colon&amp", "[x]", "back\\slash", "-dash"]


@pytest.fixture
def verbs(wheelyard, repo) -> Verbs:
    return Verbs(wheelyard, repo)


@pytest.fixture
def bucket(wheelyard, bucket_repo) -> Verbs:
    return Verbs(wheelyard, bucket_repo)


def fill(repo, names=("a.txt", "logs/1.gz", "logs/2.gz", "logs/old/3.gz", "log-x", "z")):
    for name in names:
        repo.raw.write(name, name.encode())


def shown_names(result) -> list[str]:
    return [line.split(maxsplit=2)[-1] if "PRE" not in line else line.split("PRE  ")[1] for line in result.stdout.splitlines()]


def test_ls_shows_one_level(verbs, repo):
    fill(repo)
    done = verbs("ls", verbs.url())
    assert shown_names(done) == ["a.txt", "log-x", "logs/", "z"]
    size, name = done.stdout.splitlines()[0].split()[1:]
    assert (size, name) == ("5", "a.txt")
    assert done.stdout.startswith("20") and "Z " in done.stdout.splitlines()[0]
    assert shown_names(verbs("ls", verbs.url("logs/"))) == ["1.gz", "2.gz", "old/"]


def test_ls_recursive_human_summarize(verbs, repo):
    fill(repo)
    repo.raw.write("logs/big", b"x" * 2048)
    done = verbs("ls", "-R", "--human", "--summarize", verbs.url("logs/"))
    assert [name.rsplit("logs/")[-1] for name in (line.split()[-1] for line in done.stdout.splitlines()[:-2])] == ["1.gz", "2.gz", "big", "old/3.gz"]
    assert "2.0 KiB" in done.stdout
    assert done.stdout.splitlines()[-1] == "4 objects, 2.0 KiB"


def test_ls_events(verbs, repo):
    fill(repo)
    lines = events(verbs("ls", "--json", verbs.url()))
    assert [line["event"] for line in lines] == ["object", "object", "prefix", "object", "summary"]
    assert lines[0]["size"] == 5 and lines[0]["url"].endswith("/a.txt") and lines[0]["last_modified"].endswith("Z")
    assert lines[-1] == {"event": "summary", "objects": 3, "prefixes": 1, "bytes": 5 + 5 + 1}


def test_ls_of_a_pattern(verbs, repo):
    fill(repo, ("a1", "a2", "b1", "ab/1", "abc"))
    assert shown_names(verbs("ls", verbs.url("a?"))) == ["a1", "a2", "ab/"]
    assert shown_names(verbs("ls", verbs.url("[b]*"))) == ["b1"]


def test_ls_of_nothing(verbs, repo):
    fill(repo)
    assert "no key begins so" in verbs("ls", verbs.url("nothing"), check=False).failed(1).stderr
    error = events(verbs("ls", "--json", verbs.url("nothing"), check=False).failed(1))[0]["error"]
    assert error["code"] == "not_found" and error["hint"]


def test_ls_of_the_buckets(bucket, bucket_repo):
    assert bucket_repo.bucket in bucket("ls").stdout
    assert any(line.endswith("  " + bucket_repo.bucket) for line in bucket("ls", "s3://").stdout.splitlines())
    names = [line.get("name") for line in events(bucket("ls", "--json", "s3://"))]
    assert bucket_repo.bucket in names
    bucket("ls", "-R", "s3://", check=False).failed(2)


def test_unfinished_uploads_are_listed_and_aborted(wheelyard, versitygw):
    """Not on MinIO, which lists the unfinished uploads of one whole key only."""
    bucket = Verbs(wheelyard, versitygw)
    client, name = versitygw.raw.client, versitygw.bucket
    for key in ("py/one", "py/two"):
        client.create_multipart_upload(Bucket=name, Key=key)
    done = bucket("ls", "--incomplete", bucket.url())
    assert len(done.stdout.splitlines()) == 2 and "rm --incomplete" in done.stderr
    assert [line["event"] for line in events(bucket("ls", "--json", "--incomplete", bucket.url()))] == ["upload", "upload", "summary"]
    bucket("rm", "--incomplete", f"s3://{name}", check=False).failed(2)
    assert summary(bucket("rm", "--incomplete", "-r", "--older-than", "1h", "--json", bucket.url()))["removed"] == 0
    assert "would remove" in bucket("rm", "--incomplete", "-r", "--dry-run", bucket.url()).stdout
    assert summary(bucket("rm", "--incomplete", "--json", bucket.url("one")))["removed"] == 1
    assert summary(bucket("rm", "--incomplete", "-r", "--json", bucket.url()))["removed"] == 1
    assert bucket("ls", "--incomplete", bucket.url()).stdout == ""


def test_an_unfinished_upload_of_one_key(bucket, bucket_repo):
    bucket_repo.raw.client.create_multipart_upload(Bucket=bucket_repo.bucket, Key="py/one")
    assert summary(bucket("rm", "--incomplete", "--json", bucket.url("one")))["removed"] == 1
    assert bucket("ls", "--incomplete", bucket.url("one")).stdout == ""


def test_du(verbs, repo):
    fill(repo)
    count = {line["url"].rstrip("/").rsplit("/", 1)[-1]: line["objects"] for line in events(verbs("du", "--json", "--depth", "2", verbs.url())) if line["event"] == "usage"}
    assert count["old"] == 1 and count["logs"] == 3
    assert summary(verbs("du", "--json", verbs.url())) == {"event": "summary", "objects": 6, "prefixes": 0, "bytes": 42}
    text = verbs("du", "--human", verbs.url()).stdout
    assert text.split()[:3] == ["42", "B", "6"]
    lines = verbs("du", "--depth", "1", verbs.url()).stdout.splitlines()
    assert len(lines) == 2 and lines[0].rstrip("/").endswith("/logs")
    verbs("du", verbs.url("nothing"), check=False).failed(1)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names(verbs, repo, name):
    repo.raw.write(name, b"odd")
    assert verbs("cat", verbs.url(name)).stdout == "odd"
    assert [line["key"] for line in events(verbs("ls", "--json", verbs.url(name[:1]))) if line["event"] == "object"][0].endswith(name)
    assert events(verbs("stat", "--json", verbs.url(name)))[0]["size"] == 3


@pytest.mark.parametrize("key", ["/lead", "a//b", "x/"])
def test_keys_that_only_a_bucket_has(wheelyard, minio, key):
    minio.raw.client.put_object(Bucket=minio.bucket, Key=key, Body=b"odd") if key == "x/" else None
    verbs = Verbs(wheelyard, minio)
    if key != "x/":  # MinIO refuses such names; what is sent is what was typed
        done = verbs("cat", f"s3://{minio.bucket}/{key}", check=False).failed(1)
        assert f"s3://{minio.bucket}/{key}" in done.stderr
        return
    assert verbs("cat", f"s3://{minio.bucket}/{key}").stdout == "odd"


def test_cat_of_several_and_ranges(verbs, repo):
    repo.raw.write("one", b"0123456789")
    repo.raw.write("two", b"abc")
    assert verbs("cat", verbs.url("one"), verbs.url("two")).stdout == "0123456789abc"
    assert verbs("cat", "--range", "2-4", verbs.url("one")).stdout == "234"
    assert verbs("cat", "--range", "8-", verbs.url("one")).stdout == "89"
    assert verbs("cat", "--range", "-3", verbs.url("one")).stdout == "789"
    assert verbs("cat", "--range", "-99", verbs.url("one")).stdout == "0123456789"
    assert verbs("cat", "--range", "99-", verbs.url("one"), check=False).failed(1).stdout == ""
    for wrong in ("x", "-", "5-2", "1", "-0", "1-x"):
        verbs("cat", "--range", wrong, verbs.url("one"), check=False).failed(2)


def test_cat_tells_what_is_missing_and_goes_on(verbs, repo):
    repo.raw.write("two", b"abc")
    done = verbs("cat", verbs.url("none"), verbs.url("two"), check=False).failed(1)
    assert done.stdout == "abc" and "none" in done.stderr
    verbs("cat", "--json", verbs.url("two"), check=False).failed(2)
    verbs("cat", verbs.url() if repo.kind == "folder" else f"s3://{repo.bucket}", check=False).failed(2)
    verbs("cat", "-", check=False).failed(2)


def test_cat_to_a_reader_that_goes_away(verbs, repo, wheelyard):
    repo.raw.write("big", b"x" * (8 << 20))
    command = f"'{wheelyard.program}' cat '{verbs.url('big')}' | head -c 10; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], env=wheelyard.environment(repo), capture_output=True, text=True, check=True)
    assert done.stdout == "xxxxxxxxxx141\n" and done.stderr == ""


def test_cat_goes_on_where_a_body_broke(wheelyard, bucket_repo, fault_proxy):
    data = bytes(range(256)) * 8192
    bucket_repo.raw.write("big", data)
    proxy = fault_proxy(bucket_repo.endpoint)
    proxy.truncate("GET", "/big", times=1)
    done = subprocess.run(
        wheelyard.command("cat", f"{bucket_repo.url}/big"), env=wheelyard.environment(bucket_repo.behind(proxy.url)),
        capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout == data
    assert proxy.count("GET", "/big") == 2


def test_stat_of_an_object(bucket, bucket_repo):
    bucket_repo.raw.client.put_object(
        Bucket=bucket_repo.bucket, Key="py/x", Body=b"12345", ContentType="a/b", CacheControl="max-age=3",
        ContentDisposition="attachment", ContentLanguage="en", Metadata={"owner": "anna"},
    )  # fmt: skip
    text = bucket("stat", bucket.url("x")).stdout
    for line in ("size:                5", "content-type:        a/b", "cache-control:       max-age=3", "metadata owner:      anna"):
        assert line in text.splitlines(), text
    assert bucket("head", bucket.url("x")).stdout == text
    event = events(bucket("stat", "--json", bucket.url("x")))[0]
    assert event["headers"]["content-disposition"] == "attachment" and event["headers"]["content-language"] == "en"
    assert event["metadata"] == {"owner": "anna"} and event["etag"]


def test_stat_of_what_is_not_there(bucket, bucket_repo):
    bucket_repo.raw.write("x", b"1")
    done = bucket("stat", bucket.url("none"), bucket.url("x"), check=False).failed(1)
    assert "wheelyard ls" in done.stderr and "size:                1" in done.stdout
    assert events(bucket("stat", "--json", bucket.url("none"), check=False).failed(1))[0]["error"]["code"] == "not_found"
    assert "region" in bucket("stat", f"s3://{bucket_repo.bucket}").stdout
    assert "no such bucket" in bucket("stat", "s3://nobody-has-this-bucket", check=False).failed(1).stderr


def test_meta_set_keeps_all_else(bucket, bucket_repo):
    raw = bucket_repo.raw
    raw.client.put_object(
        Bucket=bucket_repo.bucket, Key="py/x", Body=b"12345", ContentType="a/b", CacheControl="max-age=3",
        ContentEncoding="gzip", Metadata={"owner": "anna", "stage": "draft"},
    )  # fmt: skip
    bucket("meta", "set", bucket.url("x"), "stage=final", "place=Zürich", "--remove", "owner", "--content-language", "en")
    head = raw.head("x")
    assert head["ContentType"] == "a/b" and head["CacheControl"] == "max-age=3"
    assert head["ContentEncoding"] == "gzip" and head["ContentLanguage"] == "en"
    assert bucket("meta", "get", bucket.url("x")).stdout == "place=Zürich\nstage=final\n"
    assert bucket("meta", "get", bucket.url("x"), "stage").stdout == "final\n"
    assert raw.read("x") == b"12345"
    shown = bucket("meta", "set", "--json", bucket.url("x"), "--cache-control=", "--metadata", "a=b=c").json
    # versitygw keeps what a copy does not name.
    assert "cache-control" not in shown["headers"] or bucket_repo.kind == "versitygw"
    assert shown["metadata"]["a"] == "b=c"
    assert "none of that name" in bucket("meta", "get", bucket.url("x"), "owner", check=False).failed(1).stderr


def test_meta_set_meets_a_change(bucket, bucket_repo, fault_proxy):
    bucket_repo.raw.write("x", b"1")
    proxy = fault_proxy(bucket_repo.endpoint)
    # Between looking and copying, somebody else writes.
    proxy.strike(lambda: bucket_repo.raw.write("x", b"22"), acted=False, method="PUT", path="/x$", times=1)
    through = Verbs(bucket.wheelyard, bucket_repo.behind(proxy.url))
    done = through("meta", "set", bucket.url("x"), "k=v", check=False).failed(1)
    assert "changed" in done.stderr
    assert bucket_repo.raw.read("x") == b"22"


@pytest.mark.parametrize("words", [["get"], ["put", "URL"], ["set", "URL"], ["set", "URL", "x"], ["get", "URL", "--remove", "k"], ["set", "FILE", "k=v"]])
def test_meta_wrong_command_lines(bucket, words):
    bucket("meta", *[{"URL": bucket.url("x"), "FILE": "/tmp/x"}.get(word, word) for word in words], check=False).failed(2)


def test_presign(bucket, bucket_repo):
    bucket_repo.raw.write("a b+%.txt", b"hello")
    signed = bucket("presign", bucket.url("a b+%.txt"), "--response-content-type", "x/y", "--expires", "90s").stdout.strip()
    assert "X-Amz-Expires=90" in signed
    with urllib.request.urlopen(signed) as answer:
        assert answer.read() == b"hello" and answer.headers["Content-Type"] == "x/y"
    document = bucket("presign", "--json", "--method", "PUT", bucket.url("new")).json
    assert document["method"] == "PUT" and document["expires"].endswith("Z")
    with urllib.request.urlopen(urllib.request.Request(document["url"], data=b"put", method="PUT")):
        assert bucket_repo.raw.read("new") == b"put"
    gone = bucket("presign", "--method", "DELETE", bucket.url("new")).stdout.strip()
    with urllib.request.urlopen(urllib.request.Request(gone, method="DELETE")):
        assert not bucket_repo.raw.exists("new")
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(signed.replace("90", "91"))


def test_presign_refuses(bucket, wheelyard, tmp_path):
    bucket("presign", "--expires", "8d", bucket.url("x"), check=False).failed(1)
    bucket("presign", "--expires", "x", bucket.url("x"), check=False).failed(2)
    bucket("presign", "--method", "PUT", "--response-content-type", "x/y", bucket.url("x"), check=False).failed(2)
    bucket("presign", "--content-type", "x/y", bucket.url("x"), check=False).failed(2)
    assert "cannot do it" in wheelyard("presign", tmp_path / "x", check=False).failed(1).stderr


def test_buckets_are_made_and_removed(bucket, bucket_repo):
    name = bucket_repo.bucket + "-n"
    assert bucket("mb", f"s3://{name}").stdout == f"made s3://{name}\n"
    assert name in bucket("ls").stdout
    assert "already" in bucket("mb", f"s3://{name}", check=False).failed(1).stderr
    bucket_repo.raw.client.put_object(Bucket=name, Key="a/b", Body=b"1")
    assert "--force" in bucket("rb", f"s3://{name}", check=False).failed(1).stderr
    lines = events(bucket("rb", "--json", "--force", f"s3://{name}"))
    assert [line["event"] for line in lines] == ["item", "bucket_removed"]
    assert name not in bucket("ls").stdout
    assert "no bucket" in bucket("rb", f"s3://{name}", check=False).failed(1).stderr
    bucket("mb", f"s3://{name}/key", check=False).failed(2)
    bucket("mb", "/tmp/x", check=False).failed(2)


def test_anonymous(bucket, bucket_repo):
    bucket_repo.raw.write("x", b"1")
    denied = bucket("cat", "--no-sign-request", bucket.url("x"), check=False).failed(1)
    assert "403" in denied.stderr
    if bucket_repo.kind == "minio":
        policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/*"}]}'
        bucket_repo.raw.client.put_bucket_policy(Bucket=bucket_repo.bucket, Policy=policy % bucket_repo.bucket)
        nobody = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_EC2_METADATA_DISABLED": "true"}
        assert bucket("cat", "--no-sign-request", bucket.url("x"), env=nobody).stdout == "1"
