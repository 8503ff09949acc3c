"""Request headers as wheelyard takes them: attributes of an object, metadata, and what only S3 knows."""

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

METADATA_PREFIX = "x-amz-meta-"
#: Headers that wheelyard has arguments for.
_ATTRIBUTES = {
    "content-type": "content_type",
    "cache-control": "cache_control",
    "content-encoding": "content_encoding",
    "content-disposition": "content_disposition",
    "content-language": "content_language",
    "expires": "expires",
}
_DIRECTIVE = "x-amz-metadata-directive"


@dataclass
class Headers:
    """What a `headers` argument says; names are lower-case, metadata is without its prefix."""

    metadata: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    vendor: dict[str, str] = field(default_factory=dict)
    directive: str = ""

    @property
    def replaces(self) -> bool:
        """Whether a copy gets something of its own."""
        return bool(self.metadata or self.attributes) or self.replaces_all

    @property
    def replaces_all(self) -> bool:
        """Whether a copy takes over nothing but the content, as the caller's own directive says."""
        return self.directive == "REPLACE"


def parse(headers: Mapping[str, str] | None) -> Headers:
    """Raises TypeError and ValueError on what are no headers, or contradict one another."""
    parsed = Headers()
    seen: set[str] = set()
    for given, value in (headers or {}).items():
        if not isinstance(given, str) or not isinstance(value, (str, bytes)):
            raise TypeError(f"headers are str to str: the value of {given!r} is {type(value).__name__}")
        name = given.lower()
        if name in seen:
            raise ValueError(f"the header {given!r} is given twice, in upper and lower case")
        seen.add(name)
        _put(parsed, name, value.decode() if isinstance(value, bytes) else value)
    if parsed.directive == "COPY" and (parsed.metadata or parsed.attributes):
        raise ValueError(f"{_DIRECTIVE}: COPY contradicts the headers that replace something")
    return parsed


def _put(parsed: Headers, name: str, value: str) -> None:
    if name.startswith(METADATA_PREFIX):
        parsed.metadata[name[len(METADATA_PREFIX) :]] = value
    elif name in _ATTRIBUTES:
        parsed.attributes[_ATTRIBUTES[name]] = value
    elif name == _DIRECTIVE:
        parsed.directive = value.upper()
        if parsed.directive not in ("COPY", "REPLACE"):
            raise ValueError(f"{_DIRECTIVE} is COPY or REPLACE, not {value!r}")
    else:
        parsed.vendor[name] = value


def as_headers(metadata: Mapping[str, str]) -> dict[str, str]:
    """Metadata under the names of its headers."""
    return {METADATA_PREFIX + name: value for name, value in metadata.items()}


def put_arguments(headers: Headers, file: BinaryIO) -> dict[str, Any]:
    """What wheelyard takes for a write. Headers that tell of the body are held against the file, as they are set for each
    request or part on its own. Raises ValueError where it is another file than they tell of."""
    vendor = dict(headers.vendor)
    length, digest = vendor.pop("content-length", None), vendor.pop("content-md5", None)
    if length is not None and length != str(os.fstat(file.fileno()).st_size):
        raise ValueError(f"{file.name!r} is not of the size that content-length says")
    if digest is not None and digest != _md5(file):
        raise ValueError(f"{file.name!r} has not the digest that content-md5 says")
    return {**condition(vendor), **headers.attributes, "metadata": headers.metadata, "headers": vendor}


def condition(vendor: dict[str, str]) -> dict[str, str]:
    """Takes the conditions that S3 has for writes."""
    create, update = vendor.pop("if-none-match", None), vendor.pop("if-match", None)
    if create is not None:
        if create.strip() != "*" or update is not None:
            raise ValueError("of a write's conditions S3 knows if-none-match: * and if-match, one of them at a time")
        return {"mode": "create"}
    return {} if update is None else {"mode": "update", "etag": update.strip().strip('"')}


def _md5(file: BinaryIO) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    file.seek(0)
    return base64.b64encode(digest.digest()).decode()
