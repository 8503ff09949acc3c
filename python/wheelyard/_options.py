"""Keyword arguments that calls for stores and calls for transfers have in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict


class Settings(TypedDict, total=False):
    """Who and where; see `open_store`."""

    access_key_id: str | None
    secret_access_key: str | None
    session_token: str | None
    profile: str | None
    region: str | None
    endpoint_url: str | None
    anonymous: bool
    ca_bundle: str | None
    max_attempts: int | None
    retry_mode: str | None
    environment: Mapping[str, str] | None


class Attributes(TypedDict, total=False):
    """What is kept beside an object's bytes; see `Store.put`."""

    content_type: str | None
    cache_control: str | None
    content_encoding: str | None
    content_disposition: str | None
    content_language: str | None
    expires: str | datetime | None
    acl: str | None
    metadata: Mapping[str, str] | None
    checksum: str | None
    headers: Mapping[str, str] | None
