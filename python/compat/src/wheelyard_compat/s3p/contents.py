"""Bytes on their way in and out of keys: progress, digests, parts of a file, and what request headers ask for."""

import base64
import hashlib
import io
import os
from collections.abc import Callable, Mapping
from typing import IO, Any

import wheelyard

from wheelyard_compat.s3.headers import Headers, parse

#: cb(transmitted, total), as boto calls it.
Callback = Callable[[int, int], object]
CHUNK = 1 << 20


def refuse(**arguments: object) -> None:
    """For what boto has and this has not: nothing that is asked for is passed over in silence."""
    for name, value in arguments.items():
        if value:
            raise NotImplementedError(f"{name} is not here: see the page docs/moving-from-s3p.md")


class Reporter:
    """Calls `cb` at the beginning, at the end, and so often between that it is about `num_cb` times in all; at every step
    where that is negative."""

    def __init__(self, cb: Callback | None, num_cb: int, total: int) -> None:
        self._cb, self._total = cb, total
        self._step = 0 if num_cb < 0 else max(total // max(num_cb - 2, 1), 1)
        self._told = -1
        self(0)

    def __call__(self, done: int) -> None:
        if self._cb is None or done == self._told:
            return
        if self._told < 0 or done >= self._total or done - self._told >= self._step:
            self._told = done
            self._cb(done, self._total)


class Source(io.RawIOBase):
    """What is left of a file, or its next `size` bytes: digested and counted as they are read."""

    def __init__(self, fp: IO[bytes], size: int | None, report: Callable[[int], None]) -> None:
        super().__init__()
        self._fp, self._left, self._report = fp, size, report
        self._digest = hashlib.md5(usedforsecurity=False)
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        wanted = len(view) if self._left is None else min(len(view), self._left)
        data = self._fp.read(wanted) if wanted else b""
        if isinstance(data, str):
            raise TypeError("the file gives text: open it in binary mode")
        view[: len(data)] = data
        self._digest.update(data)
        self.count += len(data)
        if self._left is not None:
            self._left -= len(data)
        self._report(self.count)
        return len(data)

    @property
    def md5(self) -> str:
        return self._digest.hexdigest()


def left_in(fp: IO[bytes]) -> int | None:
    """Bytes from where the file stands to its end; None where it does not tell."""
    try:
        position = fp.tell()
        end = fp.seek(0, os.SEEK_END)
        fp.seek(position)
    except (AttributeError, OSError):
        return None
    return max(end - position, 0)


def compute_md5(fp: IO[bytes], size: int | None = None) -> tuple[str, str, int]:
    """Hexadecimal, in Base64, and the number of bytes; the file stands where it stood."""
    position = fp.tell()
    source = Source(fp, size, lambda done: None)
    while source.read(CHUNK):
        pass
    fp.seek(position)
    return source.md5, base64md5(source.md5), source.count


def base64md5(md5: str) -> str:
    return base64.b64encode(bytes.fromhex(md5)).decode()


def check_md5(md5: tuple[str, str], found: str, name: str) -> None:
    if md5[0].lower() != found or md5[1] != base64md5(found):
        raise ValueError(f"the bytes for {name!r} have the MD5 digest {found}, not {md5[0]}")


def reading(headers: Mapping[str, str] | None) -> dict[str, Any]:
    """Request headers of a read as wheelyard's arguments. Raises ValueError on a range that it cannot ask for."""
    asked = parse(headers)
    vendor = dict(asked.vendor)
    arguments: dict[str, Any] = {}
    for name, argument in (("if-match", "if_match"), ("if-none-match", "if_none_match")):
        if name in vendor:
            arguments[argument] = vendor.pop(name).strip().strip('"')
    if "range" in vendor:
        arguments.update(_range(vendor.pop("range")))
    if vendor:
        arguments["headers"] = vendor
    return arguments


def check_conditions(asked: Mapping[str, Any], etag: str, doing: str) -> None:
    """Holds the conditions of `reading` against an ETag; `doing`: what cannot be done where one of them does not hold."""
    for condition, holds in (("if_match", True), ("if_none_match", False)):
        if condition in asked and (asked[condition] in (etag, "*")) != holds:
            raise wheelyard.PreconditionFailedError(
                f"cannot {doing}: its ETag is {etag}", http_status=412 if holds else 304
            )


def _range(text: str) -> dict[str, int]:
    first, dash, last = text.removeprefix("bytes=").partition("-")
    if not text.startswith("bytes=") or not dash or not first.isdecimal() or not (last == "" or last.isdecimal()):
        raise ValueError(f"a range reads bytes=FIRST-LAST or bytes=FIRST-, not {text!r}")
    if last and int(last) < int(first):
        raise ValueError(f"the range {text!r} ends before it begins")
    return {"offset": int(first)} | ({"length": int(last) - int(first) + 1} if last else {})


def check_version(version: str | None) -> None:
    """An empty version, of a variable that was never set, is refused: it would be taken for none."""
    if version == "":
        raise ValueError("version is empty: leave it out, or give None, where you mean none")


def writing(
    headers: Mapping[str, str] | None, policy: str | None, reduced_redundancy: bool, encrypt_key: bool
) -> Headers:
    """Request headers of a write, with what boto has arguments for."""
    given = dict(headers or {})
    if policy:
        given["x-amz-acl"] = policy
    if reduced_redundancy:
        given["x-amz-storage-class"] = "REDUCED_REDUNDANCY"
    if encrypt_key:
        given["x-amz-server-side-encryption"] = "AES256"
    return parse(given)
