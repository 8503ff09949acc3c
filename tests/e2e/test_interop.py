"""What one of wheelyard, aws, rclone and boto3 has written, every other reads, lists, copies and checks: names, sizes around
the parts, headers, metadata and checksums.

What another program cannot do is shown by a run that Wheelyard has no part in, and stands here by name.
"""

import base64
import email.header
import gzip
import hashlib
import json
import subprocess
import types
import zlib

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ParamValidationError
from support.peers import Attributes, AwsPeer, Boto3Peer, PeerFailure, RclonePeer, WheelyardPeer, decoded
from support.repositories import Repository
from support.trees import PART, content, digest, read_bucket, read_tree, write_tree

PEERS = ("wheelyard", "aws", "rclone", "boto3")
SIZES = {"0": 0, "1": 1, "part-1": PART - 1, "part": PART, "part+1": PART + 1, "3parts+1": 3 * PART + 1}
#: Names that every one of these programs can write and read, on both servers.
NAMES = (
    "with a space", "plus+sign", "100%", "%41", "%2F", "a&b=c", "quote'and\"quote", "semi;colon,comma", "(round)[square]{curly}",
    "~tilde", "!bang$dollar", "#hash?question", "at@colon:", "*star", "back\\slash", "<angle>", "emoji-😀", "Zoë/ключ/鍵",
    "deep/er/and/deep er/x", ".hidden", "..dots", "trailing.", "new\nline", "tab\tin it", "e\u0301 decomposed", "\u200bzero width",
    "x" * 200,
)  # fmt: skip
ATTRIBUTES = Attributes(
    content_type="text/x-yard; charset=utf-8", content_encoding="gzip", content_disposition='attachment; filename="a b.txt"',
    content_language="en-GB", cache_control="max-age=60, private", metadata={"owner": "acme", "note": "a=b; c, \"d\""},
)  # fmt: skip


@pytest.fixture
def peers_of(wheelyard, tmp_path):
    """The programs by name, for a repository."""

    def make(repo):
        ours = WheelyardPeer(repo, tmp_path / "wheelyard", wheelyard)
        return {"wheelyard": ours} | {kind.name: kind(repo, tmp_path / kind.name) for kind in (AwsPeer, RclonePeer, Boto3Peer)}

    return make


def attributes_of(repo, key: str) -> Attributes:
    head = repo.raw.client.head_object(Bucket=repo.bucket, Key=key)
    names = ("ContentType", "ContentEncoding", "ContentDisposition", "ContentLanguage", "CacheControl")
    # rclone keeps what it knows of the file among the metadata.
    of_files = ("mtime", "atime", "btime", "uid", "gid", "mode")
    metadata = {name: decoded(value) for name, value in head["Metadata"].items() if name not in of_files}
    return Attributes(*(head.get(name, "") for name in names), metadata=metadata)


@pytest.mark.parametrize("writer", PEERS)
def test_what_one_has_written_all_read_list_copy_and_check(writer, peers_of, bucket_repo, tmp_path):
    peers = peers_of(bucket_repo)
    source = tmp_path / "source"
    sizes = {**{f"sizes/{name}": size for name, size in SIZES.items()}, **{f"names/{name}": 20 + i for i, name in enumerate(NAMES)}}
    digests = write_tree(source, sizes)
    encoded = tmp_path / "encoded"
    encoded.mkdir()
    (encoded / "page").write_bytes(gzip.compress(content("page", 4000)))
    (encoded / "large").write_bytes(gzip.compress(content("large", PART + 1), 0))
    encoded_digests = read_tree(encoded)

    peers[writer].write(source, "plain", Attributes())
    peers[writer].write(encoded, "encoded", ATTRIBUTES)
    assert read_bucket(bucket_repo.raw.client, bucket_repo.bucket) == {
        **{f"plain/{name}": value for name, value in digests.items()},
        **{f"encoded/{name}": value for name, value in encoded_digests.items()},
    }
    for name in encoded_digests:
        assert attributes_of(bucket_repo, f"encoded/{name}") == ATTRIBUTES, f"{writer} wrote {name} with other attributes"

    for name, peer in peers.items():
        assert peer.list("plain") == sizes, f"{name} lists what {writer} wrote"
        peer.read("plain", tmp_path / f"read by {name}")
        assert read_tree(tmp_path / f"read by {name}") == digests, f"{name} reads what {writer} wrote"
        peer.read("encoded", tmp_path / f"encoded read by {name}")
        assert read_tree(tmp_path / f"encoded read by {name}") == encoded_digests, f"{name} reads what {writer} wrote, encoded"
        peer.check(source, "plain")
        peer.copy("encoded", f"copies/{name}")
        for key, wanted in encoded_digests.items():
            copied = f"copies/{name}/{key}"
            assert digest(bucket_repo.raw.client.get_object(Bucket=bucket_repo.bucket, Key=copied)["Body"].read()) == wanted
            if (name, key) != ("aws", "large"):  # see test_what_aws_loses_without_us
                assert attributes_of(bucket_repo, copied) == ATTRIBUTES, f"{name} copies what {writer} wrote: {key}"


def test_what_aws_loses_without_us(minio, peers_of, tmp_path):
    """aws (version 1) copies what is larger than a part without its attributes; here what boto3 has written."""
    folder = tmp_path / "source"
    write_tree(folder, {"large": PART + 1})
    peers = peers_of(minio)
    peers["boto3"].write(folder, "encoded", ATTRIBUTES)
    peers["aws"].copy("encoded", "copy")
    assert attributes_of(minio, "copy/large") == Attributes(content_type="binary/octet-stream")


def test_metadata_that_is_not_ascii(bucket_repo, peers_of, wheelyard, tmp_path):
    """boto3 and aws refuse to send it, and get it from Amazon in the encoded words of RFC 2047; so that is what Wheelyard writes,
    what it reads, and what a boto3 user who encodes it writes."""
    client, bucket = bucket_repo.raw.client, bucket_repo.bucket
    values = {"name": "Zoë Müller", "emoji": "😀" * 40, "plain": "as it is", "mixed": "a ключ b"}
    path = tmp_path / "file"
    path.write_bytes(b"x")
    wheelyard("cp", path, f"s3://{bucket}/ours", *(f"--metadata={k}={v}" for k, v in values.items()), env=bucket_repo.env)
    raw = client.head_object(Bucket=bucket, Key="ours")["Metadata"]
    assert {name: decoded(value) for name, value in raw.items()} == values
    assert all(value.isascii() for value in raw.values())
    assert wheelyard("stat", "--json", f"s3://{bucket}/ours", env=bucket_repo.env).json["metadata"] == values

    theirs = {name: email.header.Header(value, "utf-8").encode(maxlinelen=0) for name, value in values.items()}
    client.put_object(Bucket=bucket, Key="theirs", Body=b"x", Metadata=theirs)
    assert wheelyard("stat", "--json", f"s3://{bucket}/theirs", env=bucket_repo.env).json["metadata"] == values
    wheelyard("cp", f"s3://{bucket}/theirs", f"s3://{bucket}/copy", env=bucket_repo.env)
    assert client.head_object(Bucket=bucket, Key="copy")["Metadata"] == theirs

    with pytest.raises(ParamValidationError, match="Non ascii characters found in S3 metadata"):
        client.put_object(Bucket=bucket, Key="refused", Body=b"x", Metadata=values)
    with pytest.raises(PeerFailure, match="Non ascii characters found in S3 metadata"):
        peers_of(bucket_repo)["aws"].s3("cp", path, f"s3://{bucket}/refused", "--metadata", json.dumps(values))


@pytest.mark.parametrize("size", [0, 1, PART + 1], ids=["empty", "byte", "parts"])
def test_checksums_are_the_same_to_all(bucket_repo, wheelyard, tmp_path, size):
    """Sent by Wheelyard and read by boto3, and the other way round; in parts they are digests of digests."""
    client, bucket = bucket_repo.raw.client, bucket_repo.bucket
    data = content("checked", size)
    path = tmp_path / "file"
    path.write_bytes(data)
    parts = [data[at : at + PART] for at in range(0, size, PART)]
    digests = {
        "CRC32": lambda b: zlib.crc32(b).to_bytes(4, "big"),
        "SHA1": lambda b: hashlib.sha1(b).digest(),
        "SHA256": lambda b: hashlib.sha256(b).digest(),
    }
    for algorithm, of in digests.items():
        whole = base64.b64encode(of(data)).decode()
        composite = base64.b64encode(of(b"".join(map(of, parts)))).decode() + f"-{len(parts)}"
        ours, theirs = f"ours-{algorithm}", f"theirs-{algorithm}"
        options = (f"--part-size={PART}", f"--checksum-algorithm={algorithm}")
        wheelyard("cp", *options, path, f"s3://{bucket}/{ours}", env=bucket_repo.env)
        config = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART)
        client.upload_file(str(path), bucket, theirs, ExtraArgs={"ChecksumAlgorithm": algorithm}, Config=config)
        for key in (ours, theirs):
            told = client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")[f"Checksum{algorithm}"]
            assert told in ({whole, composite} if len(parts) > 1 else {whole}), key
            shown = wheelyard("stat", "--json", f"s3://{bucket}/{key}", env=bucket_repo.env).json["checksums"]
            assert [c["algorithm"].upper().replace("-", "") for c in shown] == [algorithm], key
            assert [c["value"] + (f"-{c['parts']}" if c["parts"] else "") for c in shown] == [told], key
            wheelyard("cp", f"s3://{bucket}/{key}", tmp_path / key, env=bucket_repo.env)
            assert (tmp_path / key).read_bytes() == data


#: MinIO and versitygw refuse most of these, or make others of them; Amazon takes them all.
ODD_KEYS = (
    "a//b", "a/b", "//", "/lead", "//lead", "a/./b", "a/../b", "../up", "..", ".", "./here", "dir/", "dir/x", "dir//", "x" * 1024,
    "é" * 512, "\x01\x02control", "\x7fdelete", "carriage\rreturn", "line\nfeed", " lead and trail ", "a b+c%20d%2Fe%", "😀//😀/..",
    "?query=1&b", "#fragment", "trail?", "\u0085next\u2028line", "s3://bucket/key", "a;b:c@d", "quote\"'`", "*", "[a-z]", "\\", "%00",
)  # fmt: skip


def test_keys_that_only_amazon_takes(odd, wheelyard, tmp_path):
    """Wheelyard and boto3, each with what the other has written; the server checks signatures by botocore's rules."""
    bucket, client = odd.buckets["odd-keys"], odd.client()
    for number, key in enumerate(ODD_KEYS):
        if key.endswith("/"):  # to cp that is a folder to put things into
            client.put_object(Bucket="odd-keys", Key=key, Body=f"{number}".encode())
            continue
        command = [wheelyard.program, "cp", "--quiet", "-", f"s3://odd-keys/{key}"]
        done = subprocess.run(command, input=f"{number}".encode(), env=wheelyard.environment(env=odd.env), capture_output=True, check=False)
        assert done.returncode == 0, f"{key!r}: {done.stderr}"
        assert client.get_object(Bucket="odd-keys", Key=key)["Body"].read() == f"{number}".encode()
    assert set(bucket.objects) == set(ODD_KEYS)

    listed = [json.loads(line) for line in wheelyard("ls", "-R", "--json", "s3://odd-keys", env=odd.env).stdout.split("\n") if line]
    assert [line["key"] for line in listed if line["event"] == "object"] == sorted(ODD_KEYS, key=str.encode)
    copies = odd.bucket("odd-copies")
    wheelyard("cp", "--recursive", "--quiet", "s3://odd-keys/", "s3://odd-copies/", env=odd.env)
    assert {key: there.body for key, there in copies.objects.items()} == {key: f"{n}".encode() for n, key in enumerate(ODD_KEYS)}
    for number, key in enumerate(ODD_KEYS):
        if not key.endswith("/"):
            assert wheelyard("cat", f"s3://odd-keys/{key}", env=odd.env).stdout == f"{number}", repr(key)
    wheelyard("rm", "--recursive", "--quiet", "s3://odd-keys/", env=odd.env)
    assert bucket.objects == {}


def test_what_others_make_of_odd_keys_without_us(odd, tmp_path):
    """aws lists them all; rclone takes "." and ".." for parts of a path and leaves such keys out."""
    client = odd.client()
    wanted = {key: len(key.encode()) for key in ODD_KEYS if len(key.encode()) < 1000}
    for key in wanted:
        client.put_object(Bucket="odd-keys", Key="t/" + key, Body=key.encode())
    repo = Repository("memory", "s3://odd-keys", odd.env, types.SimpleNamespace(client=client), odd.endpoint, "odd-keys")
    assert AwsPeer(repo, tmp_path / "aws").list("t") == wanted
    missing = set(wanted) - set(RclonePeer(repo, tmp_path / "rclone").list("t"))
    assert missing == {key for key in wanted if {".", ".."} & set(key.split("/"))}
