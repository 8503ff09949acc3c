"""S3 in memory, for what the real servers cannot do: keys that a file system would not hold ("a//b", "/a", "a/../b", 1,024
bytes), and listings of a million objects that nobody has to put there first.

It takes signed requests only, and checks each signature by botocore's rules. Path style; one account.
"""

import base64
import bisect
import datetime
import hashlib
import itertools
import re
import threading
import urllib.parse
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from support.loopback import Handler, LoopbackServer
from support.servers import ACCESS_KEY, REGION, SECRET_KEY, S3Server

KEPT_HEADERS = (
    "content-type", "content-encoding", "content-disposition", "content-language", "cache-control", "expires",
)  # fmt: skip
WRITTEN = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


@dataclass
class StoredObject:
    body: bytes
    headers: dict[str, str]
    etag: str = ""
    checksums: dict[str, str] = field(default_factory=dict)  #: "x-amz-checksum-…" as the client sent it
    written: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))

    def __post_init__(self):
        self.etag = self.etag or hashlib.md5(self.body).hexdigest()

    @property
    def size(self) -> int:
        return len(self.body)


@dataclass
class ListedObject:
    """What only a listing knows of."""

    size: int
    etag: str = "0" * 32
    written: datetime.datetime = WRITTEN


class GeneratedKeys(Sequence):
    """That many keys, a thousand to a folder, in byte order; none of them is held."""

    def __init__(self, count: int, size: int = 1):
        self.count, self.size = count, size

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < self.count:
            raise IndexError(index)
        return f"{index // 1000:05d}/file-{index:07d}.bin"

    def info(self, _: str) -> ListedObject:
        return ListedObject(self.size)


class Refusal(Exception):
    def __init__(self, status: int, code: str):
        super().__init__(code)
        self.status, self.code = status, code


class Bucket:
    def __init__(self):
        self.objects: dict[str, StoredObject] = {}
        self.uploads: dict[str, tuple[str, dict, dict[int, StoredObject]]] = {}
        self.generated: GeneratedKeys | None = None

    def keys(self) -> Sequence:
        return self.generated or sorted(self.objects, key=str.encode)

    def info(self, key: str):
        return self.generated.info(key) if self.generated else self.objects[key]


class MemoryS3:
    """`buckets["name"].objects["key"]` is what is there; `requests` the (method, path) of each request."""

    def __init__(self):
        self.buckets: dict[str, Bucket] = {}
        self.requests: list[tuple[str, str]] = []
        self.lock = threading.RLock()
        owner = self

        class S3Handler(Handler):
            disable_nagle_algorithm = True
            wbufsize = -1

            def handle_any(self):
                Exchange(owner, self).run()

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815

            def handle_expect_100(self):
                done = super().handle_expect_100()
                self.wfile.flush()
                return done

        self.server = LoopbackServer(S3Handler)
        self.port = self.server.server_port

    @property
    def endpoint(self) -> str:
        return self.server.url

    @property
    def env(self) -> dict[str, str]:
        return S3Server("memory", self.port, None).env

    def client(self):
        return S3Server("memory", self.port, None).client()

    def bucket(self, name: str, generated: GeneratedKeys | None = None) -> Bucket:
        made = self.buckets.setdefault(name, Bucket())
        made.generated = generated
        return made

    def stop(self) -> None:
        self.server.stop()


class Exchange:
    """One request and its answer."""

    def __init__(self, owner: MemoryS3, client: Handler):
        self.owner, self.client = owner, client
        self.method = client.command
        self.headers = {name.lower(): value for name, value in client.headers.items()}
        raw_path, _, self.query_text = client.path.partition("?")
        self.query = dict(urllib.parse.parse_qsl(self.query_text, keep_blank_values=True))
        bucket, _, key = raw_path[1:].partition("/")
        self.bucket_name, self.key = bucket, urllib.parse.unquote(key)

    def run(self) -> None:
        body = self.read_body()
        with self.owner.lock:
            self.owner.requests.append((self.method, self.client.path))
            try:
                self.check_signature()
                self.check_body(body)
                self.answer(body)
            except Refusal as refusal:
                text = f"<Error><Code>{refusal.code}</Code><Message>{refusal.code}</Message></Error>"
                self.reply(refusal.status, text.encode(), {"Content-Type": "application/xml"})
        self.send()

    # --- what comes in ---

    def read_body(self) -> bytes:
        data = self.client.rfile.read(int(self.headers.get("content-length", 0)))
        if "aws-chunked" not in self.headers.get("content-encoding", ""):
            return data
        kept = [part.strip() for part in self.headers["content-encoding"].split(",") if part.strip() != "aws-chunked"]
        self.headers["content-encoding"] = ",".join(kept)
        parts, position = [], 0
        while True:
            line_end = data.index(b"\r\n", position)
            size = int(data[position:line_end].split(b";")[0], 16)
            position = line_end + 2
            if size == 0:
                break
            parts.append(data[position : position + size])
            position += size + 2
        for line in data[position:].decode().split("\r\n"):
            name, colon, value = line.partition(":")
            if colon:
                self.headers[name.lower()] = value.strip()
        return b"".join(parts)

    def check_signature(self) -> None:
        authorization = self.headers.get("authorization", "")
        found = re.search(r"Credential=([^/]+)/.*SignedHeaders=([^,]+), ?Signature=(\w+)", authorization)
        if not found:
            raise Refusal(403, "AccessDenied")
        request = AWSRequest(self.method, f"http://{self.client.headers['Host']}{self.client.path}")
        for name in found[2].split(";"):
            if name != "host":
                request.headers[name] = self.client.headers.get(name, "")
        request.context["timestamp"] = self.headers["x-amz-date"]
        signer = S3SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", REGION)
        text = signer.string_to_sign(request, signer.canonical_request(request))
        if found[1] != ACCESS_KEY or signer.signature(text, request) != found[3]:
            raise Refusal(403, "SignatureDoesNotMatch")

    def check_body(self, body: bytes) -> None:
        stated = self.headers.get("x-amz-content-sha256", "")
        if re.fullmatch("[0-9a-f]{64}", stated) and hashlib.sha256(body).hexdigest() != stated:
            raise Refusal(400, "XAmzContentSHA256Mismatch")
        digests = {
            "content-md5": lambda: hashlib.md5(body).digest(),
            "x-amz-checksum-crc32": lambda: zlib.crc32(body).to_bytes(4, "big"),
            "x-amz-checksum-sha256": lambda: hashlib.sha256(body).digest(),
            "x-amz-checksum-sha1": lambda: hashlib.sha1(body).digest(),
        }
        if "uploadId" in self.query and self.method == "POST":
            return  # the checksum of the whole object
        for name, digest in digests.items():
            if name in self.headers and base64.b64encode(digest()).decode() != self.headers[name]:
                raise Refusal(400, "BadDigest")

    # --- what is done ---

    def answer(self, body: bytes) -> None:
        if not self.bucket_name:
            return self.answer_xml("ListAllMyBucketsResult", "<Buckets/>")
        if not self.key and self.method == "PUT":
            self.owner.bucket(self.bucket_name)
            return self.reply(200)
        if self.bucket_name not in self.owner.buckets:
            raise Refusal(404, "NoSuchBucket")
        self.bucket = self.owner.buckets[self.bucket_name]
        if not self.key:
            return self.answer_bucket(body)
        if "uploadId" in self.query or "uploads" in self.query:
            return self.answer_upload(body)
        return getattr(self, f"do_{self.method.lower()}")(body)

    def answer_bucket(self, body: bytes) -> None:
        if self.method == "HEAD":
            return self.reply(200, headers={"x-amz-bucket-region": REGION})
        if "delete" in self.query:
            for key in re.findall(r"<Key>(.*?)</Key>", body.decode(), re.DOTALL):
                self.bucket.objects.pop(unescape(key), None)
            return self.answer_xml("DeleteResult", "")
        if "location" in self.query:
            return self.answer_xml("LocationConstraint", "")
        if "versioning" in self.query:
            return self.answer_xml("VersioningConfiguration", "")
        if "uploads" in self.query:
            prefix = self.query.get("prefix", "")
            text = "".join(
                f"<Upload><Key>{self.name(key)}</Key><UploadId>{number}</UploadId>"
                f"<Initiated>{WRITTEN:%Y-%m-%dT%H:%M:%S.000Z}</Initiated></Upload>"
                for number, (key, *_) in self.bucket.uploads.items()
                if key.startswith(prefix)
            )
            return self.answer_xml("ListMultipartUploadsResult", self.encoding() + "<IsTruncated>false</IsTruncated>" + text)
        if self.method == "GET":
            return self.answer_list()
        raise Refusal(405, "MethodNotAllowed")

    def encoding(self) -> str:
        return "<EncodingType>url</EncodingType>" if self.query.get("encoding-type") == "url" else ""

    def name(self, key: str) -> str:
        return urllib.parse.quote(key, safe="/") if self.query.get("encoding-type") == "url" else escape(key)

    def answer_list(self) -> None:
        prefix, delimiter = self.query.get("prefix", ""), self.query.get("delimiter", "")
        token = urllib.parse.unquote(self.query.get("continuation-token", ""))
        after = token or self.query.get("start-after") or self.query.get("marker") or ""
        most = int(self.query.get("max-keys", 1000))
        keys = self.bucket.keys()
        first = max(bisect.bisect_right(keys, after.encode(), key=str.encode), bisect.bisect_left(keys, prefix.encode(), key=str.encode))
        found, prefixes, last, more = [], [], after, False
        for index in itertools.count(first):
            if index >= len(keys) or not (key := keys[index]).startswith(prefix):
                break
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            common = key[: cut + len(delimiter)] if cut >= 0 else None
            if common and (common == after or (prefixes and prefixes[-1] == common)):
                last = key if common != after else last
                continue
            if len(found) + len(prefixes) == most:
                more = True
                break
            if common:
                prefixes.append(common)
            else:
                info = self.bucket.info(key)
                found.append(
                    f"<Contents><Key>{self.name(key)}</Key><LastModified>{info.written:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
                    f"<ETag>&quot;{info.etag}&quot;</ETag><Size>{info.size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
                )
            last = key
        token = f"<NextContinuationToken>{urllib.parse.quote(last)}</NextContinuationToken>" if more else ""
        token += f"<NextMarker>{self.name(last)}</NextMarker>" if more else ""
        self.answer_xml(
            "ListBucketResult",
            f"<Name>{self.bucket_name}</Name><Prefix>{self.name(prefix)}</Prefix>{self.encoding()}"
            f"<KeyCount>{len(found) + len(prefixes)}</KeyCount><MaxKeys>{most}</MaxKeys>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}" + "".join(found)
            + "".join(f"<CommonPrefixes><Prefix>{self.name(one)}</Prefix></CommonPrefixes>" for one in prefixes),
        )  # fmt: skip

    def answer_upload(self, body: bytes) -> None:
        number = self.query.get("uploadId")
        if number is None:
            number = uuid.uuid4().hex
            self.bucket.uploads[number] = (self.key, self.kept_headers(), {})
            text = f"<Bucket>{self.bucket_name}</Bucket><Key>{escape(self.key)}</Key><UploadId>{number}</UploadId>"
            return self.answer_xml("InitiateMultipartUploadResult", text)
        if number not in self.bucket.uploads:
            raise Refusal(404, "NoSuchUpload")
        _, headers, parts = self.bucket.uploads[number]
        if self.method == "DELETE":
            del self.bucket.uploads[number]
            return self.reply(204)
        if self.method == "PUT":
            source = self.copy_source()
            if source and (span := re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("x-amz-copy-source-range", ""))):
                source = StoredObject(source.body[int(span[1]) : int(span[2]) + 1], {})
            part = parts[int(self.query["partNumber"])] = source or StoredObject(body, {}, checksums=self.checksums())
            if source:
                return self.answer_xml("CopyPartResult", f"<ETag>&quot;{part.etag}&quot;</ETag>")
            return self.reply(200, headers={"ETag": f'"{part.etag}"', **part.checksums})
        if self.method == "GET":
            text = "".join(
                f"<Part><PartNumber>{n}</PartNumber><ETag>&quot;{part.etag}&quot;</ETag><Size>{part.size}</Size></Part>"
                for n, part in sorted(parts.items())
            )
            return self.answer_xml("ListPartsResult", "<IsTruncated>false</IsTruncated>" + text)
        wanted = [int(n) for n in re.findall(r"<PartNumber>(\d+)</PartNumber>", body.decode())]
        if any(n not in parts for n in wanted):
            raise Refusal(400, "InvalidPart")
        self.check_conditions()
        digests = hashlib.md5(b"".join(bytes.fromhex(parts[n].etag) for n in wanted)).hexdigest()
        made = StoredObject(b"".join(parts[n].body for n in wanted), headers, f"{digests}-{len(wanted)}")
        self.bucket.objects[self.key] = made
        del self.bucket.uploads[number]
        return self.answer_xml("CompleteMultipartUploadResult", f"<ETag>&quot;{made.etag}&quot;</ETag>")

    def kept_headers(self) -> dict[str, str]:
        return {n: v for n, v in self.headers.items() if v and (n in KEPT_HEADERS or n.startswith("x-amz-meta-"))}

    def checksums(self) -> dict[str, str]:
        return {n: v for n, v in self.headers.items() if re.fullmatch(r"x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)", n)}

    def check_conditions(self) -> None:
        there = self.bucket.objects.get(self.key)
        if self.headers.get("if-none-match") == "*" and there:
            raise Refusal(412, "PreconditionFailed")
        if (wanted := self.headers.get("if-match")) and self.method in ("PUT", "POST"):
            if not there:
                raise Refusal(404, "NoSuchKey")
            if wanted.strip('"') != there.etag:
                raise Refusal(412, "PreconditionFailed")

    def copy_source(self) -> StoredObject | None:
        text = self.headers.get("x-amz-copy-source")
        if text is None:
            return None
        bucket, _, key = urllib.parse.unquote(text.split("?versionId")[0]).removeprefix("/").partition("/")
        source = self.owner.buckets[bucket].objects.get(key) if bucket in self.owner.buckets else None
        if source is None:
            raise Refusal(404, "NoSuchKey")
        if (wanted := self.headers.get("x-amz-copy-source-if-match")) and wanted.strip('"') != source.etag:
            raise Refusal(412, "PreconditionFailed")
        return source

    def do_put(self, body: bytes) -> None:
        if len(self.key.encode()) > 1024:
            raise Refusal(400, "KeyTooLongError")
        self.check_conditions()
        if source := self.copy_source():
            replaced = self.headers.get("x-amz-metadata-directive", "COPY") == "REPLACE"
            made = StoredObject(source.body, self.kept_headers() if replaced else source.headers, "", source.checksums)
            self.bucket.objects[self.key] = made
            text = f"<ETag>&quot;{made.etag}&quot;</ETag><LastModified>{made.written:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
            return self.answer_xml("CopyObjectResult", text)
        made = self.bucket.objects[self.key] = StoredObject(body, self.kept_headers(), checksums=self.checksums())
        return self.reply(200, headers={"ETag": f'"{made.etag}"', **made.checksums})

    def do_delete(self, _: bytes) -> None:
        self.bucket.objects.pop(self.key, None)
        self.reply(204)

    def do_get(self, _: bytes) -> None:
        there = self.bucket.objects.get(self.key)
        if there is None:
            raise Refusal(404, "NoSuchKey")
        if (wanted := self.headers.get("if-match")) and wanted.strip('"') != there.etag:
            raise Refusal(412, "PreconditionFailed")
        headers = {
            "ETag": f'"{there.etag}"', "Last-Modified": f"{there.written:%a, %d %b %Y %H:%M:%S GMT}", "Accept-Ranges": "bytes",
            **({} if "range" in self.headers else there.checksums), **there.headers,
        }  # fmt: skip
        headers.setdefault("content-type", "binary/octet-stream")
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range", ""))
        if not span:
            return self.reply(200, there.body, headers)
        first, last = int(span[1]), min(int(span[2] or there.size - 1), there.size - 1)
        if first > last:
            raise Refusal(416, "InvalidRange")
        headers["Content-Range"] = f"bytes {first}-{last}/{there.size}"
        return self.reply(206, there.body[first : last + 1], headers)

    do_head = do_get

    # --- what goes out ---

    def answer_xml(self, name: str, content: str) -> None:
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{content}</{name}>'
        self.reply(200, text.encode(), {"Content-Type": "application/xml"})

    def reply(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.answered = status, body, headers or {}

    def send(self) -> None:
        status, body, headers = self.answered
        self.client.send_response_only(status)
        self.client.send_header("x-amz-request-id", "MEMORY")
        for name, value in headers.items():
            self.client.send_header(name, value)
        if status != 204:
            self.client.send_header("Content-Length", str(len(body)))
        self.client.end_headers()
        if self.method != "HEAD":
            self.client.wfile.write(body)
        self.client.wfile.flush()


def unescape(text: str) -> str:
    numbered = re.sub(r"&#(x[0-9a-fA-F]+|\d+);", lambda m: chr(int("0" + m[1], 16) if m[1][0] == "x" else int(m[1])), text)
    return numbered.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&apos;", "'").replace("&amp;", "&")
