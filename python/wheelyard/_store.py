"""`Store`: the library's store, with what Python adds to it."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

from . import _core
from ._files import ObjectTextWriter, ObjectWriter, open_object
from ._options import Attributes
from ._transfer import Progress, copy_file
from .errors import AlreadyExistsError

if TYPE_CHECKING:
    from typing_extensions import Unpack


class WriteOptions(Attributes, total=False):
    """Attributes, and how what is there is treated; see `Store.put`."""

    mode: Literal["overwrite", "create", "update"]
    etag: str | None


class Store(_core.Store):
    """One bucket or folder, or the part of it below a prefix. Made by `open_store`.

    Keys are relative to the URL; with "s3://bucket" they are the whole key, byte for byte: "a//b", "/a" and "../a" are
    keys. A store is safe to use from many threads; in a forked process it opens itself again.
    """

    def list(self, prefix: str = "", *, delimiter: str = "", start_after: str = "") -> Iterator[_core.ObjectInfo]:
        """The objects below `prefix`, in byte order of their keys, fetched by pages of 1,000 as they are asked for.

        `delimiter`: "/" leaves out what lies deeper; `list_pages` gives the common prefixes, too. `start_after`: only
        keys that sort after it, by bytes.
        """
        for page in self.list_pages(prefix, delimiter=delimiter, start_after=start_after):
            yield from page.objects

    @overload
    def open(
        self, key: str, mode: Literal["rb"] = "rb", *, headers: Mapping[str, str] | None = None
    ) -> io.BufferedReader: ...
    @overload
    def open(
        self,
        key: str,
        mode: Literal["wb", "xb"],
        *,
        part_size: int | None = None,
        etag: str | None = None,
        **options: Unpack[Attributes],
    ) -> ObjectWriter: ...
    @overload
    def open(
        self,
        key: str,
        mode: Literal["r", "rt"],
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> io.TextIOWrapper: ...
    @overload
    def open(
        self,
        key: str,
        mode: Literal["w", "wt", "x", "xt"],
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        part_size: int | None = None,
        etag: str | None = None,
        **options: Unpack[Attributes],
    ) -> ObjectTextWriter: ...
    def open(
        self,
        key: str,
        mode: str = "rb",
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        part_size: int | None = None,
        **options: Any,
    ) -> io.BufferedReader | io.BufferedWriter | io.TextIOWrapper:
        """The object as a file: "rb" and "r" read it, "wb" and "w" write it, "xb" and "x" where the key is free.

        Readers seek; they read ranges, ahead while reading goes straight on, all of the version that was there at the
        beginning (PreconditionFailedError once it was replaced). Writers send parts of `part_size` bytes (8 MiB; more
        after a thousand parts), four at once, so that memory stays below five parts. Nothing is seen of the object
        before `close`, and nothing at all where a `with` block is left by an exception, or `abort` is called. `etag`: only
        over the version that it names (else PreconditionFailedError). `options`: attributes as for `put`. Text is UTF-8
        unless `encoding` says otherwise.
        """
        return open_object(self, key, mode, encoding, errors, newline, part_size, options)

    def download_file(
        self,
        key: str,
        path: str | os.PathLike[str],
        *,
        progress: Progress | None = None,
        jobs: int | None = None,
        part_size: int | None = None,
        resume: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> _core.ObjectInfo:
        """Reads an object into a file: in parts at once where it is large, checked, written aside and renamed.

        `resume`: where a large one breaks off, what has come is left beside `path` for the next call to go on from.
        `headers`: the vendor's own request headers. Raises as `get`; on an error what was there before stays.
        """
        info = self.head(key)
        options: dict[str, Any] = {"if_match": info.etag, "jobs": jobs, "part_size": part_size, "resume": resume}
        options["headers"] = headers
        copy_file(self, key, path, False, progress, options)
        return info

    def upload_file(
        self,
        path: str | os.PathLike[str],
        key: str,
        *,
        progress: Progress | None = None,
        jobs: int | None = None,
        part_size: int | None = None,
        **options: Unpack[WriteOptions],
    ) -> _core.PutResult:
        """Puts a file: in parts at once where it is large, with checksums. `options` as for `put`."""
        arguments: dict[str, Any] = dict(options)
        mode, etag = arguments.pop("mode", "overwrite"), arguments.pop("etag", None)
        if mode == "update":
            arguments["if_match"] = etag
        elif mode == "create":
            arguments["if_absent"] = True
        elif mode != "overwrite":
            raise ValueError(f'mode takes "overwrite", "create" or "update", not {mode!r}')
        arguments.update(jobs=jobs, part_size=part_size)
        (item,) = copy_file(self, key, path, True, progress, arguments)
        if item.outcome == "skipped":
            raise AlreadyExistsError(
                f"cannot create {self.describe(key)}: an object with this name is there already",
                doing="create",
                target=self.describe(key),
                reason="an object with this name is there already",
            )
        return _core.PutResult(item.etag or "")


def open_store(
    url: str | os.PathLike[str],
    *,
    access_key_id: str | None = None,
    secret_access_key: str | None = None,
    session_token: str | None = None,
    profile: str | None = None,
    region: str | None = None,
    endpoint_url: str | None = None,
    anonymous: bool = False,
    ca_bundle: str | None = None,
    max_attempts: int | None = None,
    retry_mode: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Store:
    """Opens "s3://bucket/prefix", "file:///folder", a folder's path, or "memory:". Nothing is asked of a server yet.

    What is not given is found where boto3 finds it: `AWS_*` variables, then ~/.aws (docs/aws-settings.md).
    `anonymous`: requests are not signed. `ca_bundle`: a file or folder of certificates. `max_attempts`: of a request,
    in all. `retry_mode`: "standard", "adaptive" or "legacy". `environment`: variables that go ahead of the process's.

    Raises InvalidArgumentError for a URL, profile or setting that cannot be right.
    """
    return Store(
        url,
        access_key_id=access_key_id,
        secret_access_key=secret_access_key,
        session_token=session_token,
        profile=profile,
        region=region,
        endpoint_url=endpoint_url,
        anonymous=anonymous,
        ca_bundle=ca_bundle,
        max_attempts=max_attempts,
        retry_mode=retry_mode,
        environment=environment,
    )
