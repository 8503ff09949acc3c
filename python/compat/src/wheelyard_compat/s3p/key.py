"""`Key`: one object of a bucket, with the calls of boto 2's `boto.s3.key.Key`."""

from __future__ import annotations

import contextlib
import email.utils
import io
import mimetypes
import os
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import urlsplit, urlunsplit

import wheelyard

from wheelyard_compat.s3.headers import METADATA_PREFIX, condition
from wheelyard_compat.s3p.contents import (
    CHUNK,
    Callback,
    Reporter,
    Source,
    base64md5,
    check_conditions,
    check_md5,
    compute_md5,
    left_in,
    reading,
    refuse,
    writing,
)

if TYPE_CHECKING:
    from wheelyard_compat.s3p.bucket import Bucket

#: What set_metadata takes for an attribute of the object.
_FIELDS = {
    "cache-control": "cache_control",
    "content-disposition": "content_disposition",
    "content-encoding": "content_encoding",
    "content-language": "content_language",
    "content-type": "content_type",
    "expires": "expires",
}


class Key:
    """One object of a bucket. Made by `Bucket.get_key` and `Bucket.new_key`; nothing is asked of the server before a method is.

    bucket, name (also: key)
        Where it is.
    size, etag, last_modified, storage_class, version_id
        As the server told them last, None before. `etag` has its quotes; `last_modified` is a text, an HTTP date from
        `get_key` and an ISO date from a listing.
    md5, base64md5
        Of the bytes, where they are known: after a write, and where the ETag is a digest of them.
    metadata
        The user's, without the prefix.
    content_type, content_encoding, content_disposition, content_language, cache_control, expires
        Of the object, or to be sent with the next write.
    """

    DefaultContentType = "application/octet-stream"
    BufferSize = 8192

    def __init__(self, bucket: Bucket | None = None, name: str | None = None) -> None:
        self.bucket = bucket
        self.name = name
        self.metadata: dict[str, str] = {}
        self.content_type = self.DefaultContentType
        self.content_encoding: str | None = None
        self.content_disposition: str | None = None
        self.content_language: str | None = None
        self.cache_control: str | None = None
        self.expires: str | None = None
        self.size: int | None = None
        self.etag: str | None = None
        self.last_modified: str | None = None
        self.storage_class = "STANDARD"
        self.version_id: str | None = None
        self.md5: str | None = None
        self._reader: IO[bytes] | None = None

    @property
    def key(self) -> str | None:
        return self.name

    @key.setter
    def key(self, name: str | None) -> None:
        self.name = name

    @property
    def base64md5(self) -> str | None:
        return None if self.md5 is None else base64md5(self.md5)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.bucket.name if self.bucket else None},{self.name}>"

    # What is known of it.

    def take_info(self, info: wheelyard.ObjectInfo, *, listed: bool = False) -> None:
        """Takes over what the server told. A listing knows no more than size, ETag, time and class."""
        self.size = info.size
        self.etag = f'"{info.etag}"'
        self.md5 = info.etag if len(info.etag) == 32 and _is_hexadecimal(info.etag) else None
        self.storage_class = info.storage_class or "STANDARD"
        if listed:
            self.last_modified = info.last_modified.strftime("%Y-%m-%dT%H:%M:%S.000Z")
            return
        self.last_modified = http_date(info.last_modified)
        self.metadata = dict(info.metadata)
        self.content_type = info.content_type or self.DefaultContentType
        for name in ("content_encoding", "content_disposition", "content_language", "cache_control", "expires"):
            setattr(self, name, getattr(info, name))
        self.version_id = info.headers.get("x-amz-version-id")

    def exists(self, headers: Mapping[str, str] | None = None) -> bool:
        """False only where the server says that it is not there."""
        return self._place()[0].lookup(self._place()[1], headers) is not None

    def get_metadata(self, name: str) -> str | None:
        return self.metadata.get(name.lower())

    def set_metadata(self, name: str, value: str) -> None:
        """For the next write. Content-Type and its like become attributes of the object. Names are lower-case in S3."""
        if name.lower() in _FIELDS:
            setattr(self, _FIELDS[name.lower()], value)
        else:
            self.metadata[name.lower()] = value

    def update_metadata(self, d: Mapping[str, str]) -> None:
        for name, value in d.items():
            self.set_metadata(name, value)

    def set_remote_metadata(
        self,
        metadata_plus: Mapping[str, str],
        metadata_minus: Mapping[str, object] | list[str],
        preserve_acl: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Changes what is stored, by a copy onto itself: adds `metadata_plus`, takes the names of `metadata_minus` away."""
        refuse(preserve_acl=preserve_acl)
        bucket, name = self._place()
        self.take_info(bucket.store.head(name))
        for gone in metadata_minus:
            if gone.lower() in _FIELDS:
                setattr(self, _FIELDS[gone.lower()], None)
            else:
                self.metadata.pop(gone.lower(), None)
        self.update_metadata(metadata_plus)
        bucket.rewrite(self, headers)

    def change_storage_class(
        self, new_storage_class: str, dst_bucket: str | None = None, validate_dst_bucket: bool = True
    ) -> Key:
        """A copy of the class, onto itself or, under the same name, into another bucket."""
        bucket, name = self._place()
        target = bucket if dst_bucket is None else bucket.other(dst_bucket, validate_dst_bucket)
        return target.copy_key(name, bucket.name, name, storage_class=new_storage_class)

    # Reading.

    def open_read(self, headers: Mapping[str, str] | None = None) -> None:
        """Opens it for `read` and iteration; all of it is of one version."""
        if self._reader is None:
            bucket, name = self._place()
            bucket.check_name(name)
            self._reader = self._open_contents(headers)

    def open(self, mode: str = "r", headers: Mapping[str, str] | None = None) -> None:
        """`mode`: "r". To write, use one of the methods that set the contents."""
        if mode != "r":
            raise ValueError(f'a key is opened with mode "r", not {mode!r}; set_contents_from_… write')
        self.open_read(headers)

    def close(self, fast: bool = False) -> None:
        """`fast` or not: nothing more is read from the server."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def read(self, size: int = 0) -> bytes:
        """The next `size` bytes, or all that is left. Closes it at its end."""
        self.open_read()
        assert self._reader is not None
        data = self._reader.read(size or -1)
        if not data or size == 0:
            self.close()
        return data

    def __iter__(self) -> Iterator[bytes]:
        """Pieces of `BufferSize` bytes."""
        while piece := self.read(self.BufferSize):
            yield piece

    def get_file(
        self,
        fp: IO[bytes],
        headers: Mapping[str, str] | None = None,
        cb: Callback | None = None,
        num_cb: int = 10,
        torrent: bool = False,
        version_id: str | None = None,
        override_num_retries: int | None = None,
        response_headers: Mapping[str, str] | None = None,
    ) -> None:
        """Writes the contents into a file that is open. `cb(transmitted, total)` is called about `num_cb` times.

        `headers`: a Range, conditions, and what only S3 knows.
        """
        refuse(
            torrent=torrent,
            version_id=version_id,
            override_num_retries=override_num_retries,
            response_headers=response_headers,
        )
        asked = reading(headers)
        if "offset" in asked:
            data, info = self._range(asked)
            report = Reporter(cb, num_cb, len(data))
            fp.write(data)
            report(len(data))
            return
        with contextlib.closing(self._open_contents(headers)) as reader:
            report, done = Reporter(cb, num_cb, self.size or 0), 0
            while piece := reader.read(CHUNK if num_cb >= 0 else self.BufferSize):
                fp.write(piece)
                done += len(piece)
                report(done)

    def get_contents_to_file(
        self,
        fp: IO[bytes],
        headers: Mapping[str, str] | None = None,
        cb: Callback | None = None,
        num_cb: int = 10,
        torrent: bool = False,
        version_id: str | None = None,
        res_download_handler: object = None,
        response_headers: Mapping[str, str] | None = None,
    ) -> None:
        """As `get_file`."""
        refuse(res_download_handler=res_download_handler)
        self.get_file(fp, headers, cb, num_cb, torrent, version_id, None, response_headers)

    def get_contents_to_filename(
        self,
        filename: str | os.PathLike[str],
        headers: Mapping[str, str] | None = None,
        cb: Callback | None = None,
        num_cb: int = 10,
        torrent: bool = False,
        version_id: str | None = None,
        res_download_handler: object = None,
        response_headers: Mapping[str, str] | None = None,
    ) -> None:
        """Into a file of that name, which gets the object's time. It is replaced when all has come, and else left as it was."""
        refuse(res_download_handler=res_download_handler)
        aside = f"{os.fspath(filename)}.{os.getpid()}-{time.monotonic_ns()}.part"
        try:
            with open(aside, "xb") as file:
                self.get_file(file, headers, cb, num_cb, torrent, version_id, None, response_headers)
            modified = self._modified()
            if modified is not None:
                os.utime(aside, (modified, modified))
            os.replace(aside, filename)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(aside)
            raise

    def get_contents_as_string(
        self,
        headers: Mapping[str, str] | None = None,
        cb: Callback | None = None,
        num_cb: int = 10,
        torrent: bool = False,
        version_id: str | None = None,
        response_headers: Mapping[str, str] | None = None,
        encoding: str | None = None,
    ) -> Any:
        """The bytes or, with an `encoding`, the text."""
        file = io.BytesIO()
        self.get_file(file, headers, cb, num_cb, torrent, version_id, None, response_headers)
        return file.getvalue() if encoding is None else file.getvalue().decode(encoding)

    def _open_contents(self, headers: Mapping[str, str] | None) -> IO[bytes]:
        """A reader of all bytes, with what is known of the object brought up to date."""
        bucket, name = self._place()
        asked = reading(headers)
        info = bucket.store.head(name)
        check_conditions(asked, info.etag, f"read {bucket.store.describe(name)}")
        self.take_info(info)
        return bucket.store.open(name, "rb", headers=asked.get("headers"))

    def _range(self, asked: dict[str, Any]) -> tuple[bytes, wheelyard.ObjectInfo]:
        bucket, name = self._place()
        data, info = bucket.store.get_with_info(name, **asked)
        self.take_info(info)
        return data, info

    def _modified(self) -> float | None:
        if self.last_modified is None:
            return None
        return email.utils.parsedate_to_datetime(self.last_modified).timestamp()

    # Writing.

    def set_contents_from_stream(
        self,
        fp: IO[bytes],
        headers: Mapping[str, str] | None = None,
        replace: bool = True,
        cb: Callback | None = None,
        num_cb: int = 10,
        policy: str | None = None,
        reduced_redundancy: bool = False,
        query_args: str | None = None,
        size: int | None = None,
    ) -> int | None:
        """From what can be read only once and does not tell its size; else as `set_contents_from_file`."""
        return self.set_contents_from_file(
            fp, headers, replace, cb, num_cb, policy, None, reduced_redundancy, query_args, False, size
        )

    def set_contents_from_file(
        self,
        fp: IO[bytes],
        headers: Mapping[str, str] | None = None,
        replace: bool = True,
        cb: Callback | None = None,
        num_cb: int = 10,
        policy: str | None = None,
        md5: tuple[str, str] | None = None,
        reduced_redundancy: bool = False,
        query_args: str | None = None,
        encrypt_key: bool = False,
        size: int | None = None,
        rewind: bool = False,
    ) -> int | None:
        """Stores what is left of a file that is open in binary mode, or its next `size` bytes; `rewind`: from its beginning.

        All of it or nothing; in parts, and in bounded memory, where it is large. `replace=False`: only where nothing is there;
        None is returned then, else the number of bytes. `policy`: a canned ACL. `md5`: as `compute_md5` gives it, to be held
        against the bytes first. `metadata`, `content_type` and the like are sent along; `headers` go ahead.
        """
        refuse(query_args=query_args)
        if rewind:
            fp.seek(0)
        bucket, name = self._place()
        bucket.check_writable(name)
        if md5 is not None:
            check_md5(md5, compute_md5(fp, size)[0], name)
        given = writing(headers, policy, reduced_redundancy, encrypt_key)
        vendor = dict(given.vendor)
        for told, value in (("content-length", size), ("content-md5", None)):
            if vendor.pop(told, str(value)) != str(value):
                raise ValueError(f"say {told} by the argument {'size' if told == 'content-length' else 'md5'}")
        left = left_in(fp)
        total = size if left is None else left if size is None else min(size, left)
        source = Source(fp, size, Reporter(cb, num_cb, total or 0))
        options: dict[str, Any] = {**self._attributes(fp), **given.attributes, **condition(vendor)}
        if not replace:
            options["mode"] = "create"
        options.update(metadata={**self.metadata, **given.metadata}, headers=vendor)
        try:
            stored = bucket.store.put(name, cast(BinaryIO, source), **options)
        except wheelyard.AlreadyExistsError:
            if replace:
                raise
            return None
        self.metadata, self.content_type = options["metadata"], options["content_type"]
        self.size, self.etag, self.md5 = source.count, f'"{stored.etag}"', source.md5
        return source.count

    def set_contents_from_filename(
        self,
        filename: str | os.PathLike[str],
        headers: Mapping[str, str] | None = None,
        replace: bool = True,
        cb: Callback | None = None,
        num_cb: int = 10,
        policy: str | None = None,
        md5: tuple[str, str] | None = None,
        reduced_redundancy: bool = False,
        encrypt_key: bool = False,
    ) -> int | None:
        """As `set_contents_from_file`. The content type is guessed by the file's name, unless one is set."""
        with open(filename, "rb") as file:
            return self.set_contents_from_file(
                file, headers, replace, cb, num_cb, policy, md5, reduced_redundancy, None, encrypt_key
            )

    def set_contents_from_string(
        self,
        string_data: str | bytes,
        headers: Mapping[str, str] | None = None,
        replace: bool = True,
        cb: Callback | None = None,
        num_cb: int = 10,
        policy: str | None = None,
        md5: tuple[str, str] | None = None,
        reduced_redundancy: bool = False,
        encrypt_key: bool = False,
    ) -> int | None:
        """As `set_contents_from_file`; text is stored as UTF-8."""
        data = string_data.encode() if isinstance(string_data, str) else string_data
        return self.set_contents_from_file(
            io.BytesIO(data), headers, replace, cb, num_cb, policy, md5, reduced_redundancy, None, encrypt_key
        )

    def send_file(
        self,
        fp: IO[bytes],
        headers: Mapping[str, str] | None = None,
        cb: Callback | None = None,
        num_cb: int = 10,
        query_args: str | None = None,
        chunked_transfer: bool = False,
        size: int | None = None,
    ) -> int | None:
        """As `set_contents_from_file`; in which form it is sent, is not the caller's to choose."""
        refuse(chunked_transfer=chunked_transfer)
        return self.set_contents_from_file(fp, headers, True, cb, num_cb, query_args=query_args, size=size)

    @staticmethod
    def compute_md5(fp: IO[bytes], size: int | None = None) -> tuple[str, str, int]:
        """The digest as hexadecimal and in Base64, and the number of bytes; the file stands where it stood."""
        return compute_md5(fp, size)

    def _attributes(self, fp: object) -> dict[str, Any]:
        """What stands beside the bytes."""
        content_type = self.content_type
        path = getattr(fp, "name", None)
        if content_type == self.DefaultContentType and isinstance(path, str | os.PathLike):
            content_type = mimetypes.guess_type(path)[0] or self.DefaultContentType
        kept = {name: getattr(self, name) for name in _FIELDS.values() if getattr(self, name)}
        return {**kept, "content_type": content_type}

    # The rest.

    def delete(self, headers: Mapping[str, str] | None = None) -> Key:
        """What is not there is no error."""
        bucket, name = self._place()
        return bucket.delete_key(name, headers)

    def copy(
        self,
        dst_bucket: Bucket | str,
        dst_key: str,
        metadata: Mapping[str, str] | None = None,
        reduced_redundancy: bool = False,
        preserve_acl: bool = False,
        encrypt_key: bool = False,
        validate_dst_bucket: bool = True,
    ) -> Key:
        """Copies on the server; returns the new key. `metadata` replaces what the source has, None keeps it.

        `dst_bucket`: a name or a Bucket. `validate_dst_bucket`: raises where there is none of that name.
        """
        bucket, name = self._place()
        target = bucket.other(dst_bucket, validate_dst_bucket) if isinstance(dst_bucket, str) else dst_bucket
        storage_class = "REDUCED_REDUNDANCY" if reduced_redundancy else self.storage_class
        return target.copy_key(dst_key, bucket.name, name, metadata, None, storage_class, preserve_acl, encrypt_key)

    def set_acl(self, acl_str: str, headers: Mapping[str, str] | None = None) -> None:
        """A canned ACL, as "public-read". Done by a copy onto itself: the store has no other way."""
        bucket, name = self._place()
        bucket.set_canned_acl(acl_str, name, headers)

    set_canned_acl = set_acl

    def make_public(self, headers: Mapping[str, str] | None = None) -> None:
        self.set_acl("public-read", headers)

    def generate_url(
        self,
        expires_in: float,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        query_auth: bool = True,
        force_http: bool = False,
        response_headers: Mapping[str, str] | None = None,
        expires_in_absolute: bool = False,
        version_id: str | None = None,
        policy: str | None = None,
        reduced_redundancy: bool = False,
        encrypt_key: bool = False,
    ) -> str:
        """A URL that works without credentials for `expires_in` seconds: a secret. Nothing is asked of the server.

        `expires_in_absolute`: it is a time since 1970 instead. `query_auth=False`: an unsigned URL, for what everybody may
        read. `headers`: what whoever uses it has to send; `response_headers`: what the answer is to have. `force_http`:
        without TLS.
        """
        refuse(version_id=version_id)
        bucket, name = self._place()
        sent = writing(headers, policy, reduced_redundancy, encrypt_key)
        request = {field.replace("_", "-"): value for field, value in sent.attributes.items()} | dict(sent.vendor)
        request.update({METADATA_PREFIX + field: value for field, value in sent.metadata.items()})
        answer = {field.lower().removeprefix("response-"): value for field, value in (response_headers or {}).items()}
        seconds = expires_in - time.time() if expires_in_absolute else expires_in
        url = bucket.store.presign(name, method=method, expires=seconds, response_headers=answer, request_headers=request)
        parts = urlsplit(url)
        return urlunsplit(
            (
                "http" if force_http else parts.scheme,
                parts.netloc,
                parts.path,
                parts.query if query_auth else "",
                "",
            )
        )

    def _place(self) -> tuple[Bucket, str]:
        if self.bucket is None or not self.name:
            raise ValueError("this key has no bucket or no name: make it by Bucket.new_key(name)")
        return self.bucket, self.name


class Prefix:
    """What keys have in common before the delimiter, in a listing."""

    def __init__(self, bucket: Bucket, name: str) -> None:
        self.bucket, self.name = bucket, name

    def __repr__(self) -> str:
        return f"<Prefix: {self.bucket.name},{self.name}>"


def http_date(when: datetime) -> str:
    return email.utils.format_datetime(when.astimezone(timezone.utc), usegmt=True)


def _is_hexadecimal(text: str) -> bool:
    return all(character in "0123456789abcdef" for character in text)
