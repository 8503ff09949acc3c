"""`Store`: the library's store, with what Python adds to it."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from . import _core


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
    given: dict[str, Any] = {
        "access_key_id": access_key_id,
        "secret_access_key": secret_access_key,
        "session_token": session_token,
        "profile": profile,
        "region": region,
        "endpoint_url": endpoint_url,
        "anonymous": anonymous,
        "ca_bundle": ca_bundle,
        "max_attempts": max_attempts,
        "retry_mode": retry_mode,
        "environment": environment,
    }
    return Store(url, **{name: value for name, value in given.items() if value is not None})
