"""The six things that can be done with files in S3."""

import errno
import logging
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import wheelyard

from wheelyard_compat.s3.connection import RemoteName, S3Connection
from wheelyard_compat.s3.headers import Headers, as_headers, parse, put_arguments

_log = logging.getLogger("s3")
_NO_HEADERS: Mapping[str, str] = {}
#: A file that is replaced between being looked at and being read or copied is looked at again, so often in all.
_ATTEMPTS = 5
#: What a file has besides metadata, and keeps when a copy changes something else.
_KEPT = ("content_type", "cache_control", "content_encoding", "content_disposition", "content_language", "expires")

LocalName = str | os.PathLike[str]
Result = TypeVar("Result")


class RemoteStoreError(Exception):
    """The server answered, and not with what was asked for. `__cause__` is the `wheelyard.Error` with the particulars."""


class RemoteStore:
    """Files in S3, by name: a key in the connection's default bucket, or an `S3Name`.

    There are two kinds of failure: no answer (no connection, a time-out), and an answer that says no. All methods but
    `exists` catch and log both, at level ERROR of the logger "s3", and return whether it went well; so do files on this
    machine that cannot be read or written. A name without a bucket raises ValueError, and what is no name TypeError, from
    every method.

    Any number of threads may use one.
    """

    def __init__(self, connection: S3Connection) -> None:
        self.connection = connection

    def copy(
        self, remote_source: RemoteName, remote_destination: RemoteName, headers: Mapping[str, str] = _NO_HEADERS
    ) -> bool:
        """Copies on the server. Metadata headers replace all metadata of the source, and without any it is copied.

        Other headers that are given (content type, ACL, storage class, …) are the copy's; a content type and the like
        that are not given stay the source's.
        """
        source, destination = self.connection.locate(remote_source), self.connection.locate(remote_destination)
        return self._succeeds("copy", lambda: self._copy(source, destination, parse(headers)))

    def delete(self, remote_name: RemoteName) -> bool:
        """Deletes. True also where it is not there: S3 does not tell the two apart."""
        bucket, key = self.connection.locate(remote_name)
        return self._succeeds("delete", lambda: self.connection.store(bucket).delete(key))

    def exists(self, remote_name: RemoteName) -> tuple[bool, dict[str, str]]:
        """Whether it is there, and its metadata (none if it is not).

        Raises RemoteStoreError where the answer is neither yes nor no, as for want of permission, and wheelyard's
        UnavailableError (an OSError) where there is no answer.
        """
        bucket, key = self.connection.locate(remote_name)
        try:
            return True, as_headers(self.connection.store(bucket).head(key).metadata)
        except wheelyard.NotFoundError:
            return False, {}
        except wheelyard.Error as error:
            if _is_connection_failure(error):
                raise
            raise RemoteStoreError(f"exists failed: {_describe(error)}") from error

    def read(self, remote_name: RemoteName, local_name: LocalName) -> tuple[bool, dict[str, str]]:
        """Downloads. `local_name` is replaced when all has come; after a failure it is as it was.

        Returns whether it went well, and the file's metadata (none if it did not).
        """
        bucket, key = self.connection.locate(remote_name)
        info = self._attempt("read", lambda: self._read(bucket, key, local_name))
        return (False, {}) if info is None else (True, as_headers(info.metadata))

    def update_metadata(self, remote_name: RemoteName, headers: Mapping[str, str]) -> bool:
        """Replaces the metadata, by a copy onto itself: see `copy`."""
        place = self.connection.locate(remote_name)
        return self._succeeds("update_metadata", lambda: self._copy(place, place, parse(headers)))

    def write(self, local_name: LocalName, remote_name: RemoteName, headers: Mapping[str, str] = _NO_HEADERS) -> bool:
        """Uploads, in parts where the file is large."""
        bucket, key = self.connection.locate(remote_name)
        return self._succeeds("write", lambda: self._write(local_name, bucket, key, parse(headers)))

    def _write(self, local_name: LocalName, bucket: str, key: str, headers: Headers) -> None:
        store = self.connection.store(bucket)
        with open(local_name, "rb") as file:
            store.put(key, file, **put_arguments(headers, file))

    def _read(self, bucket: str, key: str, local_name: LocalName) -> wheelyard.ObjectInfo:
        store, folder = self.connection.store(bucket), os.path.dirname(os.path.abspath(local_name))
        # wheelyard makes folders that are missing, and open() does not.
        if not os.path.isdir(folder):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), folder)
        if os.path.isdir(local_name):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(local_name))
        return _of_one_version(lambda: store.download_file(key, local_name, resume=False))

    def _copy(self, source: tuple[str, str], destination: tuple[str, str], headers: Headers) -> None:
        origin, target = self.connection.store(source[0]), self.connection.store(destination[0])

        def copy() -> None:
            info = origin.head(source[1])
            kept: dict[str, Any] = {} if headers.replaces_all else {name: getattr(info, name) or None for name in _KEPT}
            kept["metadata"] = headers.metadata or ({} if headers.replaces_all else info.metadata)
            changed: dict[str, Any] = {**kept, **headers.attributes, "headers": headers.vendor}
            target.copy(source[1], destination[1], source_store=origin, if_match=info.etag, replace=True, **changed)

        if headers.replaces:
            _of_one_version(copy)
        else:
            target.copy(source[1], destination[1], source_store=origin, headers=headers.vendor)

    def _succeeds(self, doing: str, work: Callable[[], object]) -> bool:
        return self._attempt(doing, lambda: (work(),)) is not None

    def _attempt(self, doing: str, work: Callable[[], Result]) -> Result | None:
        """What `work` gives; None after a failure, which is logged."""
        try:
            return work()
        except wheelyard.Error as error:
            _log.error("%s failed: %s", doing, _describe(error), exc_info=_is_connection_failure(error))
        except Exception as error:  # as it was: the caller asks the result, and catches nothing
            _log.error("%s failed: %s", doing, error, exc_info=True)
        return None


def _of_one_version(work: Callable[[], Result]) -> Result:
    """Looks at a file and then does something with it; again, where it was replaced in between."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return work()
        except wheelyard.PreconditionFailedError:
            pass
    return work()


def _is_connection_failure(error: wheelyard.Error) -> bool:
    """No answer, or one that broke off."""
    return isinstance(error, wheelyard.UnavailableError) and error.http_status < 400


def _describe(error: wheelyard.Error) -> str:
    return f"{error} ({error.hint})" if error.hint else str(error)
