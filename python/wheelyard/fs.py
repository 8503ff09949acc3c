"""An fsspec file system over any store: pandas, pyarrow, dask and others read and write through it.

    import fsspec, pandas

    fs = fsspec.filesystem("wheelyard", url="s3://bucket/prefix", region="eu-west-1")
    fs.ls("reports")
    pandas.read_csv("wheelyard://reports/today.csv", storage_options={"root": "s3://bucket/prefix"})

Paths are relative to the store's URL: `url`, or where fsspec has another meaning for that word, `root`. Needs fsspec: pip install wheelyard[fs].
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from fsspec.callbacks import DEFAULT_CALLBACK, NoOpCallback
from fsspec.spec import AbstractBufferedFile, AbstractFileSystem
from fsspec.utils import isfilelike

from ._core import ObjectInfo
from ._options import Settings
from ._parts import PartsWriter
from ._store import Store
from .errors import AlreadyExistsError, NotFoundError

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["WheelyardFile", "WheelyardFileSystem"]

T = TypeVar("T")
R = TypeVar("R")

_APPEND_CHUNK = 8 << 20


class WheelyardFileSystem(AbstractFileSystem):
    """A store as a file system; `settings` as for `wheelyard.open_store`, `jobs`: requests at once in bulk calls.

    Folders are what keys have before a "/": one is there as long as something is below it, and `mkdir` does nothing.
    Nothing is cached. Errors are wheelyard's own, which are FileNotFoundError, FileExistsError, PermissionError and
    OSError as well; only what is certainly absent is FileNotFoundError.
    """

    protocol = "wheelyard"
    root_marker = ""

    def __init__(
        self,
        url: str | os.PathLike[str] | None = None,
        *,
        root: str | os.PathLike[str] | None = None,
        jobs: int = 16,
        **settings: Unpack[Settings],
    ) -> None:
        place = url if root is None else root
        if place is None or (url is not None and root is not None):
            raise TypeError("give the store's URL as url or root, and once")
        options: dict[str, Any] = dict(settings)
        own = {name: options.pop(name) for name in Settings.__annotations__ if name in options}
        super().__init__(**options)
        self.jobs = jobs
        self.store = Store(os.fspath(place), **own)
        self._bulk = threading.local()

    @property
    def fsid(self) -> str:
        """Names the store."""
        return f"wheelyard-{self.store.url}"

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(each) for each in path]
        text = os.fspath(path)
        for mark in ("wheelyard://", "wheelyard::"):
            text = text.removeprefix(mark)
        return text.strip("/")

    # What is there

    def ls(self, path: str, detail: bool = True, **kwargs: Any) -> list[Any]:
        """What a folder holds, or the file itself. Raises FileNotFoundError."""
        path = self._strip_protocol(path)
        prefix = path + "/" if path else ""
        found: list[dict[str, Any]] = []
        seen = False
        for page in self.store.list_pages(prefix, delimiter="/"):
            seen = seen or bool(page.objects or page.prefixes)
            found += [_folder(name) for name in page.prefixes]
            found += [_entry(info) for info in page.objects if not info.key.endswith("/")]
        if not seen and path:
            found = [_entry(self.store.head(path))]
        found.sort(key=lambda entry: str(entry["name"]))
        return found if detail else [entry["name"] for entry in found]

    def info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        """Name, size (bytes), type, and for files etag and last_modified. Raises FileNotFoundError."""
        path = self._strip_protocol(path)
        if not path:
            return _folder("")
        try:
            return _entry(self.store.head(path))
        except NotFoundError:
            if self._is_folder(path):
                return _folder(path)
            raise

    def exists(self, path: str, **kwargs: Any) -> bool:
        """False only where it is certainly absent; every other failure is raised."""
        try:
            self.info(path)
            return True
        except FileNotFoundError:
            return False

    def isdir(self, path: str) -> bool:
        """Whether something is below it."""
        path = self._strip_protocol(path)
        return not path or self._is_folder(path)

    def isfile(self, path: str) -> bool:
        """Whether an object has that name."""
        path = self._strip_protocol(path)
        return bool(path) and self.store.exists(path)

    def find(
        self, path: str, maxdepth: int | None = None, withdirs: bool = False, detail: bool = False, **kwargs: Any
    ) -> Any:
        """All files below a path, in one listing."""
        path = self._strip_protocol(path)
        if maxdepth is not None:
            return super().find(path, maxdepth=maxdepth, withdirs=withdirs, detail=detail, **kwargs)
        below = path + "/" if path else ""
        found: dict[str, dict[str, Any]] = {}
        for info in self.store.list(below + str(kwargs.get("prefix", ""))):
            if withdirs:
                for folder in _folders_between(below, info.key):
                    found.setdefault(folder, _folder(folder))
            if not info.key.endswith("/"):
                found[info.key] = _entry(info)
        if found and withdirs and path:
            found[path] = _folder(path)
        if not found and self.isfile(path):
            found[path] = self.info(path)
        names = sorted(found)
        return {name: found[name] for name in names} if detail else names

    def modified(self, path: str) -> datetime:
        """When the file was last changed: aware, in UTC."""
        return self.store.head(self._strip_protocol(path)).last_modified

    created = modified

    def ukey(self, path: str) -> str:
        """The file's ETag: changes whenever it does."""
        return self.store.head(self._strip_protocol(path)).etag

    def checksum(self, path: str) -> str:
        """The same."""
        return self.ukey(path)

    def sign(self, path: str, expiration: int = 100, **kwargs: Any) -> str:
        """A URL that works without credentials for `expiration` seconds: a secret."""
        return self.store.presign(self._strip_protocol(path), expires=expiration, **kwargs)

    # Reading

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **kwargs: Any) -> bytes:
        """The file's bytes, or those from `start` to before `end`, as slices count."""
        path = self._strip_protocol(path)
        if (start is not None and start < 0) or (end is not None and end < 0):
            begin, stop, _ = slice(start, end).indices(self.store.head(path).size)
        else:
            begin, stop = start or 0, end if end is not None else -1
        if stop == -1:
            return self.store.get(path, offset=begin)
        return self.store.get(path, offset=begin, length=stop - begin) if stop > begin else b""

    def cat(self, path: Any, recursive: bool = False, on_error: str = "raise", **kwargs: Any) -> Any:
        """One file's bytes, or those of many by path, read at once."""
        paths = self.expand_path(path, recursive=recursive, **kwargs)
        single = isinstance(path, str) and len(paths) == 1 and paths[0] == self._strip_protocol(path)
        if recursive:
            paths = [each for each in paths if self.isfile(each)]

        def read(each: str) -> bytes | Exception:
            try:
                return self.cat_file(each)
            except Exception as failure:
                if on_error == "raise":
                    raise
                return failure

        if single:
            return read(paths[0])
        read_all = zip(paths, self._map(read, paths), strict=True)
        return {each: data for each, data in read_all if on_error != "omit" or not isinstance(data, Exception)}

    def cat_ranges(
        self,
        paths: list[str],
        starts: Any,
        ends: Any,
        max_gap: int | None = None,
        on_error: str = "return",
        **kwargs: Any,
    ) -> list[bytes | Exception]:
        """Ranges of files, read at once."""
        if max_gap is not None:
            raise NotImplementedError("max_gap")
        begins = list(starts) if isinstance(starts, Iterable) else [starts] * len(paths)
        stops = list(ends) if isinstance(ends, Iterable) else [ends] * len(paths)
        if not len(begins) == len(stops) == len(paths):
            raise ValueError("paths, starts and ends have to be of one length")

        def read(number: int) -> bytes | Exception:
            try:
                return self.cat_file(paths[number], begins[number], stops[number])
            except Exception as failure:
                if on_error == "raise":
                    raise
                return failure

        return self._map(read, range(len(paths)))

    def get(self, rpath: Any, lpath: Any, recursive: bool = False, callback: Any = DEFAULT_CALLBACK, **kwargs: Any) -> None:
        """Copies files here, several at once; else as fsspec has it."""
        with self._at_once():
            super().get(rpath, lpath, recursive=recursive, callback=callback, **kwargs)

    def get_file(
        self, rpath: str, lpath: Any = None, callback: Any = DEFAULT_CALLBACK, outfile: Any = None, **kwargs: Any
    ) -> None:
        """Copies one file here: checked, written aside and renamed; into a file object as it comes."""
        if outfile is not None or isfilelike(lpath):
            super().get_file(rpath, lpath, callback=callback, outfile=outfile, **kwargs)
        else:
            self._do(callback, lambda: self._download(self._strip_protocol(rpath), os.fspath(lpath), callback))

    # Writing

    def put(self, lpath: Any, rpath: Any, recursive: bool = False, callback: Any = DEFAULT_CALLBACK, **kwargs: Any) -> None:
        """Copies files to the store, several at once; else as fsspec has it."""
        with self._at_once():
            super().put(lpath, rpath, recursive=recursive, callback=callback, **kwargs)

    def put_file(
        self, lpath: Any, rpath: str, callback: Any = DEFAULT_CALLBACK, mode: str = "overwrite", **kwargs: Any
    ) -> None:
        """Copies one file to the store. `mode`: "overwrite" or "create"; `kwargs` as for `Store.put`."""
        if not os.path.isdir(lpath):
            options = {**kwargs, "mode": mode}
            self._do(callback, lambda: self._upload(os.fspath(lpath), self._strip_protocol(rpath), callback, options))

    def pipe_file(self, path: str, value: Any, mode: str = "overwrite", **kwargs: Any) -> None:
        """Writes bytes. `mode`: "overwrite" or "create"; `kwargs` as for `Store.put`."""
        self.store.put(self._strip_protocol(path), value, **{**kwargs, "mode": mode})

    def touch(self, path: str, truncate: bool = True, **kwargs: Any) -> None:
        """Makes an empty file; one that is there is emptied, or with truncate=False left as it is."""
        path = self._strip_protocol(path)
        if truncate:
            self.store.put(path, b"", **kwargs)
        else:
            with contextlib.suppress(AlreadyExistsError):
                self.store.put(path, b"", **{**kwargs, "mode": "create"})

    def cp_file(self, path1: str, path2: str, **kwargs: Any) -> None:
        """Copies within the store, on the server's side."""
        path1, path2 = self._strip_protocol(path1), self._strip_protocol(path2)
        try:
            self.store.copy(path1, path2, **kwargs)
        except NotFoundError:
            if not self._is_folder(path1):
                raise

    def rm_file(self, path: str) -> None:
        """Removes one file. Raises FileNotFoundError."""
        path = self._strip_protocol(path)
        self.store.head(path)
        self.store.delete(path)

    _rm = rm_file

    def rm(self, path: Any, recursive: bool = False, maxdepth: int | None = None) -> None:
        """Removes files, and with `recursive` what is below folders. Raises FileNotFoundError."""
        if recursive and maxdepth is not None:
            self.store.delete_many(filter(self.isfile, self.expand_path(path, recursive=True, maxdepth=maxdepth)))
            return
        paths = self.expand_path(path)
        if not recursive:
            for each in paths:
                if self.isfile(each):
                    continue
                number = errno.EISDIR if self.isdir(each) else errno.ENOENT
                raise OSError(number, os.strerror(number), each)  # IsADirectoryError or FileNotFoundError
            self.store.delete_many(paths)
            return
        for each in paths:
            below = [info.key for info in self.store.list(each + "/" if each else "")]
            if self.isfile(each):
                below.append(each)
            if not below and each:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), each)
            self.store.delete_many(below)

    def mkdir(self, path: str, create_parents: bool = True, **kwargs: Any) -> None:
        """Does nothing: a folder is there as soon as something is in it."""

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Does nothing, too, but to raise FileExistsError where one is there already and `exist_ok` is False."""
        if not exist_ok and self.exists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)

    def rmdir(self, path: str) -> None:
        """Raises FileNotFoundError, or OSError as long as something is in the folder."""
        path = self._strip_protocol(path)
        if not self.isdir(path):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if any(not info.key.endswith("/") for info in self.store.list(path + "/")):
            raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), path)
        self.store.delete(path + "/")

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        autocommit: bool = True,
        cache_options: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> WheelyardFile:
        path = self._strip_protocol(path)
        if mode == "xb" and self.store.exists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        return WheelyardFile(
            self, path, mode, block_size or "default", autocommit=autocommit, cache_options=cache_options, **kwargs
        )

    # Within

    def _is_folder(self, path: str) -> bool:
        page = next(iter(self.store.list_pages(path + "/", page_size=1)), None)
        return page is not None and bool(page.objects)

    def _download(self, key: str, path: str, callback: Any) -> None:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        try:
            info = self.store.download_file(key, path)
        except NotFoundError:
            if not self._is_folder(key):
                raise
            os.makedirs(path, exist_ok=True)
            return
        callback.set_size(info.size)
        callback.absolute_update(info.size)

    def _upload(self, path: str, key: str, callback: Any, options: dict[str, Any]) -> None:
        size = os.path.getsize(path)
        self.store.upload_file(path, key, **options)
        callback.set_size(size)
        callback.absolute_update(size)

    def _map(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        with ThreadPoolExecutor(self.jobs, thread_name_prefix="wheelyard-fs") as pool:
            return list(pool.map(work, items))

    @contextlib.contextmanager
    def _at_once(self) -> Iterator[None]:
        """Work that is begun inside by `_do` runs on threads; it has ended, and failed, at the end of the block."""
        if getattr(self._bulk, "pool", None) is not None:
            yield
            return
        with ThreadPoolExecutor(self.jobs, thread_name_prefix="wheelyard-fs") as pool:
            self._bulk.pool, self._bulk.begun = pool, []
            try:
                yield
                for begun in self._bulk.begun:
                    begun.result()
            except BaseException:
                for begun in self._bulk.begun:
                    begun.cancel()
                raise
            finally:
                self._bulk.pool = self._bulk.begun = None

    def _do(self, callback: Any, work: Callable[[], None]) -> None:
        """At once, or on a thread of `_at_once`: not where a callback wants to see each file, one after the other."""
        pool = getattr(self._bulk, "pool", None)
        if pool is None or type(callback) is not NoOpCallback:
            work()
        else:
            self._bulk.begun.append(pool.submit(work))


class WheelyardFile(AbstractBufferedFile):
    """A file of WheelyardFileSystem. Nothing is seen of what is written before `close` (or a transaction's end), and
    nothing at all where a `with` block is left by an exception. Reads are of the version that was there first."""

    _parts: PartsWriter | None = None

    def _fetch_range(self, start: int, end: int) -> bytes:
        end = min(end, self.size)
        if start >= end:
            return b""
        data: bytes = self.fs.store.get(self.path, offset=start, length=end - start, if_match=self.details["etag"])
        return data

    def _initiate_upload(self) -> None:
        options = dict(self.kwargs)
        if self.mode == "xb":
            options["mode"] = "create"
        old: ObjectInfo | None = None
        if self.mode == "ab":
            with contextlib.suppress(NotFoundError):
                old = self.fs.store.head(self.path)
            options.update({"mode": "update", "etag": old.etag} if old else {"mode": "create"})
        self._parts = PartsWriter(self.fs.store, self.path, None, options)
        if old is not None:
            for begin in range(0, old.size, _APPEND_CHUNK):
                self._parts.write(
                    self.fs.store.get(self.path, offset=begin, length=_APPEND_CHUNK, if_match=old.etag)
                )

    def _upload_chunk(self, final: bool = False) -> bool:
        assert self._parts is not None
        with self.buffer.getbuffer() as view:
            self._parts.write(view)
        if final and self.autocommit:
            self.commit()
        return True

    def commit(self) -> None:
        """Makes the file of what was written."""
        parts, self._parts = self._parts, None
        if parts is not None:
            parts.finish()

    def discard(self) -> None:
        """Drops what was written."""
        parts, self._parts = self._parts, None
        if parts is not None:
            parts.abort()

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        if kind is not None and self.mode != "rb":
            self.discard()
            self.closed = True
        else:
            self.close()

    def __del__(self) -> None:
        if not self.closed:
            if self.mode == "rb":
                self.close()
            else:
                self.discard()
                self.closed = True


def _entry(info: ObjectInfo) -> dict[str, Any]:
    return {
        "name": info.key,
        "size": info.size,
        "type": "file",
        "etag": info.etag,
        "last_modified": info.last_modified,
        "mtime": info.last_modified.timestamp(),
    }


def _folder(name: str) -> dict[str, Any]:
    return {"name": name.rstrip("/"), "size": 0, "type": "directory"}


def _folders_between(below: str, key: str) -> Iterator[str]:
    """ "a/b" and "a/b/c" between "a/" and "a/b/c/file"."""
    end = key.find("/", len(below))
    while end != -1:
        yield key[:end]
        end = key.find("/", end + 1)
