"""`Bucket`: a bucket with the calls of boto 2's `boto.s3.bucket.Bucket`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import wheelyard

from wheelyard_compat.s3p.contents import check_conditions, reading, refuse, writing
from wheelyard_compat.s3p.key import Key, Prefix

#: What Wheelyard keeps in a bucket for itself.
PRIVATE = ".wheelyard/"


class ResultSet(list[Key | Prefix]):
    """A page of a listing."""

    def __init__(self, items: Iterable[Key | Prefix] = (), **told: Any) -> None:
        super().__init__(items)
        self.is_truncated: bool = told.get("is_truncated", False)
        """Whether there is more."""
        self.marker: str = told.get("marker", "")
        self.next_marker: str | None = told.get("next_marker")
        """What to ask for next, as `marker`."""
        self.prefix: str = told.get("prefix", "")
        self.delimiter: str = told.get("delimiter", "")
        self.max_keys: int = told.get("max_keys", 0)


@dataclass(frozen=True)
class DeletedKey:
    """A key that `delete_keys` has deleted (or that was not there)."""

    key: str


@dataclass(frozen=True)
class FailedKey:
    """A key that could not be deleted."""

    key: str
    code: str
    message: str


@dataclass
class MultiDeleteResult:
    """What `delete_keys` came to."""

    bucket: Bucket
    deleted: list[DeletedKey] = field(default_factory=list)
    errors: list[FailedKey] = field(default_factory=list)


class Bucket:
    """A bucket: its keys, one at a time and in lists. Any number of threads may use one.

    `store` is the `wheelyard.Store` below it. `key_class` makes the keys. Failures are `wheelyard.Error`: only a 404 is read
    as "not there", and what is asked for and cannot be done raises NotImplementedError.
    """

    def __init__(
        self,
        store: wheelyard.Store,
        name: str,
        key_class: type[Key] = Key,
        open_store: Callable[[str], wheelyard.Store] | None = None,
    ) -> None:
        self.store = store
        self.name = name
        self.key_class = key_class
        self.open_store = open_store or (lambda other: wheelyard.open_store(f"s3://{other}"))
        """Opens another bucket of the same account, by its name."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.name}>"

    def __iter__(self) -> Iterator[Key]:
        """All keys."""
        return (key for key in self.list() if isinstance(key, Key))

    def __contains__(self, key_name: str) -> bool:
        return self.get_key(key_name) is not None

    def set_key_class(self, key_class: type[Key]) -> None:
        """What makes the keys from now on."""
        self.key_class = key_class

    def make_key(self, key_name: str) -> Key:
        """The object for a name: where all keys are made."""
        return self.key_class(self, key_name)

    def new_key(self, key_name: str | None = None) -> Key:
        """A key to write to. Nothing is asked of the server."""
        if key_name == "":
            raise ValueError("a key needs a name")
        return self.key_class(self, None) if key_name is None else self.make_key(key_name)

    def get_key(
        self,
        key_name: str,
        headers: Mapping[str, str] | None = None,
        version_id: str | None = None,
        response_headers: Mapping[str, str] | None = None,
        validate: bool = True,
    ) -> Key | None:
        """The key, with all that is known of it; None only where the server says that it is not there.

        `validate=False`: without asking the server. `headers`: conditions, If-Match and If-None-Match.
        """
        refuse(version_id=version_id, response_headers=response_headers)
        if not isinstance(key_name, str):
            raise TypeError(f"a key's name is a text, not {key_name!r}")
        if not key_name:
            raise ValueError("a key's name is not empty")
        key = self.make_key(key_name)
        if not validate:
            if headers:
                raise ValueError("headers are for the server, which validate=False does not ask")
            return key
        asked = reading(headers)
        unknown = set(asked) - {"if_match", "if_none_match"}
        if unknown:
            raise NotImplementedError(f"get_key takes If-Match and If-None-Match, not {', '.join(sorted(unknown))}")
        if not self.load(key):
            return None
        check_conditions(asked, (key.etag or "").strip('"'), f"get {self.describe(key_name)}")
        return key

    def lookup(self, key_name: str, headers: Mapping[str, str] | None = None) -> Key | None:
        """As `get_key`."""
        return self.get_key(key_name, headers)

    def load(self, key: Key) -> bool:
        """Asks the server about a key; False where it is not there."""
        assert key.name
        try:
            key.take_info(self.store.head(key.name))
        except wheelyard.NotFoundError as error:
            if self.is_bucket_missing(error):
                raise
            return False
        return True

    def is_bucket_missing(self, error: wheelyard.NotFoundError) -> bool:
        """Whether there is no bucket, now that something was not found. Without a server there is none to be missing."""
        return bool(error.http_status) and not self.store.bucket_exists()

    def list(
        self,
        prefix: str = "",
        delimiter: str = "",
        marker: str = "",
        headers: Mapping[str, str] | None = None,
        encoding_type: str | None = None,
    ) -> Iterator[Key | Prefix]:
        """The keys that begin with `prefix` and sort after `marker`, fetched by thousands as they are asked for.

        With a `delimiter`, what lies deeper is one Prefix for each next part. Keys from a listing know their size, ETag and
        time; `get_key` tells the rest.
        """
        refuse(headers=headers)  # encoding_type is between boto and the server: keys are given as they are
        for page in self.store.list_pages(prefix, delimiter=delimiter, start_after=marker):
            yield from self._shown(page, prefix, marker)

    def _shown(self, page: wheelyard.ListPage, prefix: str, marker: str) -> Iterator[Key | Prefix]:
        for info in page.objects:
            if prefix.startswith(PRIVATE) or not info.key.startswith(PRIVATE):
                key = self.make_key(info.key)
                key.take_info(info, listed=True)
                yield key
        for name in page.prefixes:
            if name > marker and (prefix.startswith(PRIVATE) or not name.startswith(PRIVATE)):
                yield Prefix(self, name)

    def get_all_keys(
        self,
        headers: Mapping[str, str] | None = None,
        *,
        max_keys: int = 1000,
        prefix: str = "",
        marker: str = "",
        delimiter: str = "",
    ) -> ResultSet:
        """One page of `list`; its `is_truncated` tells whether there is more, after `next_marker`."""
        if not 0 <= max_keys <= 1000:
            raise ValueError(f"max_keys is 0 to 1000, not {max_keys}")
        found: list[Key | Prefix] = []
        truncated = False
        if max_keys:
            for entry in self.list(prefix, delimiter, marker, headers):
                if len(found) == max_keys:
                    truncated = True
                    break
                found.append(entry)
        last = max((entry.name or "" for entry in found), default=None)
        return ResultSet(
            found,
            is_truncated=truncated,
            marker=marker,
            next_marker=last if truncated else None,
            prefix=prefix,
            delimiter=delimiter,
            max_keys=max_keys,
        )

    def delete_key(
        self,
        key_name: str,
        headers: Mapping[str, str] | None = None,
        version_id: str | None = None,
        mfa_token: object = None,
    ) -> Key:
        """What is not there is no error."""
        refuse(headers=headers, version_id=version_id, mfa_token=mfa_token)
        self.check_deletable(key_name)
        self.store.delete(key_name)
        return self.make_key(key_name)

    def delete_keys(
        self,
        keys: Iterable[str | Key | Prefix],
        quiet: bool = False,
        mfa_token: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> MultiDeleteResult:
        """Many at once; what could not be deleted is in `errors` of the result. `quiet`: `deleted` stays empty."""
        refuse(headers=headers, mfa_token=mfa_token)
        result = MultiDeleteResult(self)
        names = []
        for entry in keys:
            name = entry if isinstance(entry, str) else entry.name or ""
            try:
                self.check_deletable(name)
                names.append(name)
            except wheelyard.Error as error:
                result.errors.append(FailedKey(name, error.code, str(error)))
        for begin in range(0, len(names), 1000):
            self._delete_some(names[begin : begin + 1000], result)
        if quiet:
            result.deleted.clear()
        return result

    def _delete_some(self, names: Sequence[str], result: MultiDeleteResult) -> None:
        try:
            self.store.delete_many(names)
            result.deleted += map(DeletedKey, names)
        except wheelyard.Error:  # which of them, one request each tells
            for name in names:
                try:
                    self.store.delete(name)
                    result.deleted.append(DeletedKey(name))
                except wheelyard.Error as error:
                    result.errors.append(FailedKey(name, error.server_code or error.code, str(error)))

    def copy_key(
        self,
        new_key_name: str,
        src_bucket_name: str,
        src_key_name: str,
        metadata: Mapping[str, str] | None = None,
        src_version_id: str | None = None,
        storage_class: str = "STANDARD",
        preserve_acl: bool = False,
        encrypt_key: bool = False,
        headers: Mapping[str, str] | None = None,
        query_args: str | None = None,
    ) -> Key:
        """Copies on the server and returns the new key. `metadata` replaces what the source has; None keeps it."""
        refuse(src_version_id=src_version_id, preserve_acl=preserve_acl, query_args=query_args)
        self.check_writable(new_key_name)
        source = self.other(src_bucket_name, validate=False)
        source.check_name(src_key_name)
        given = writing(headers, None, False, encrypt_key)
        vendor = dict(given.vendor)
        if storage_class and storage_class != "STANDARD":
            vendor["x-amz-storage-class"] = storage_class
        options: dict[str, Any] = {"headers": vendor}
        from_store = source.store
        place, etag = source.bytes_of(src_key_name)
        if metadata is not None or given.attributes or given.metadata:
            new = Key(self, new_key_name)
            info = from_store.head(place)
            new.take_info(info)
            etag = info.etag
            if metadata is not None:
                new.metadata = {}
                new.update_metadata(metadata)
            attributes = {**new._attributes(None), **given.attributes}
            options.update(**attributes, metadata={**new.metadata, **given.metadata}, replace=True)
        if etag:
            options["if_match"] = etag
        same = from_store.url == self.store.url
        self.store.copy(place, new_key_name, source_store=None if same else from_store, **options)
        return self.make_key(new_key_name)

    def rewrite(self, key: Key, headers: Mapping[str, str] | None = None) -> None:
        """Stores a key's attributes and metadata as they are in it, by a copy onto itself."""
        assert key.name
        self.check_writable(key.name)
        given = writing(headers, None, False, False)
        self.store.copy(
            key.name,
            key.name,
            if_match=(key.etag or "").strip('"') or None,
            replace=True,
            **{**key._attributes(None), **given.attributes},
            metadata={**key.metadata, **given.metadata},
            headers=dict(given.vendor),
        )

    def set_canned_acl(
        self,
        acl_str: str,
        key_name: str = "",
        headers: Mapping[str, str] | None = None,
        version_id: str | None = None,
    ) -> None:
        """A canned ACL for a key, by a copy onto itself. The bucket's own is not changed from here."""
        refuse(version_id=version_id)
        if not key_name:
            raise NotImplementedError("the ACL of a bucket is not set from here: name a key")
        key = Key(self, key_name)
        key.take_info(self.store.head(key_name))
        self.rewrite(key, {**(headers or {}), "x-amz-acl": acl_str})

    set_acl = set_canned_acl

    def get_location(self) -> str:
        """The bucket's region; "" for the first one, us-east-1, as S3 tells it, and where there is none."""
        region = self.store.bucket_location()
        return "" if region == "us-east-1" else region

    def generate_url(
        self,
        expires_in: float,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        force_http: bool = False,
        response_headers: Mapping[str, str] | None = None,
        expires_in_absolute: bool = False,
        *,
        key: str = "",
    ) -> str:
        """A URL for the key `key`; see `Key.generate_url`."""
        if not key:
            raise NotImplementedError("a URL for the bucket itself is not here: name a key, as in generate_url(60, key=name)")
        return Key(self, key).generate_url(
            expires_in,
            method,
            headers,
            force_http=force_http,
            response_headers=response_headers,
            expires_in_absolute=expires_in_absolute,
        )

    def delete(self, headers: Mapping[str, str] | None = None) -> None:
        """Removes the bucket, which has to be empty."""
        refuse(headers=headers)
        self.store.remove_bucket()

    def other(self, name: str, validate: bool = False) -> Bucket:
        """Another bucket of the same account; itself under its own name. `validate`: raises where it is not there."""
        if name == self.name:
            return self
        found = Bucket(self.open_store(name), name, open_store=self.open_store)
        if validate and not found.store.bucket_exists():
            raise wheelyard.NotFoundError(
                f"cannot use the bucket {name!r}: there is none of that name", hint="make it first, or look at the name"
            )
        return found

    def describe(self, key_name: str) -> str:
        """For messages: "s3://bucket/key"."""
        return self.store.describe(key_name)

    # What a subclass may forbid or direct elsewhere.

    def check_name(self, key_name: str) -> None:
        """Raises for a key that is not for programs."""
        if not key_name:
            raise ValueError("a key needs a name")
        if key_name.startswith(PRIVATE):
            raise wheelyard.InvalidArgumentError(
                f"cannot use {self.describe(key_name)}: what begins with {PRIVATE} is Wheelyard's own"
            )

    def check_writable(self, key_name: str) -> None:
        """Raises for a key that is not to be written."""
        self.check_name(key_name)

    def check_deletable(self, key_name: str) -> None:
        """Raises for a key that is not to be deleted."""
        self.check_name(key_name)

    def bytes_of(self, key_name: str) -> tuple[str, str | None]:
        """Where a key's bytes are, and their ETag where only they will do."""
        return key_name, None
