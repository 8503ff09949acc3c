"""Objects as files: what `Store.open` gives."""

from __future__ import annotations

import io
import os
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from ._parts import PartsWriter

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Buffer

    from . import _core
    from ._core import ObjectInfo, PutResult

BUFFER_SIZE = 128 << 10  # bytes of the buffer in front of a reader or writer
FIRST_BLOCK = 256 << 10  # bytes that are asked for at least
LARGEST_BLOCK = 8 << 20  # what that grows to while reading goes straight on

_pool: ThreadPoolExecutor | None = None


def _read_ahead_pool() -> ThreadPoolExecutor:
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(8, thread_name_prefix="wheelyard-ahead")
    return _pool


def _forget_pool() -> None:
    """In a forked process: the threads are not there."""
    global _pool
    _pool = None


os.register_at_fork(after_in_child=_forget_pool)


class ObjectReader(io.RawIOBase):
    """Reads ranges of an object, the next one ahead of its time while reading goes straight on.

    All of them are of the version that was there at the beginning: PreconditionFailedError once it was replaced.
    """

    def __init__(self, store: _core.Store, key: str, headers: dict[str, str] | None) -> None:
        super().__init__()
        self._store, self._key, self._headers = store, key, headers
        self.info: ObjectInfo = store.head(key)
        self._position = 0
        self._block = memoryview(b"")
        self._block_at = 0
        self._next_size = FIRST_BLOCK
        self._ahead: tuple[int, Future[bytes]] | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.info.size}
        if whence not in base:
            raise ValueError(f"seek takes whence 0, 1 or 2, not {whence}")
        target = base[whence] + offset
        if target < 0:
            raise ValueError(f"cannot seek to {target}: it is before the object's begin")
        self._position = target
        return target

    def readinto(self, buffer: Buffer, /) -> int:
        self._check_open()
        view = memoryview(buffer).cast("B")
        count = min(len(view), self.info.size - self._position)
        if count <= 0:
            return 0
        inside = self._position - self._block_at
        if not 0 <= inside < len(self._block):
            self._take_block(count)
            inside = 0
        count = min(count, len(self._block) - inside)
        view[:count] = self._block[inside : inside + count]
        self._position += count
        return count

    def readall(self) -> bytes:
        self._check_open()
        if self._position == 0 and self.info.size > 0:
            data = self._store.get(self._key, if_match=self.info.etag, headers=self._headers)
        elif self._position < self.info.size:
            data = self._fetch(self._position, self.info.size - self._position)
        else:
            data = b""
        self._position += len(data)
        return data

    def close(self) -> None:
        self._block = memoryview(b"")
        self._ahead = None
        super().close()

    def _take_block(self, wanted: int) -> None:
        """Makes the block that begins at the position."""
        straight_on = self._position == self._block_at + len(self._block)
        self._next_size = min(self._next_size * 2, LARGEST_BLOCK) if straight_on else FIRST_BLOCK
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] == self._position:
            data = ahead[1].result()
        else:
            data = self._fetch(self._position, max(wanted, self._next_size))
        self._block, self._block_at = memoryview(data), self._position
        after = self._position + len(data)
        if straight_on and self._position > 0 and after < self.info.size:
            self._ahead = (after, _read_ahead_pool().submit(self._fetch, after, self._next_size))

    def _fetch(self, offset: int, length: int) -> bytes:
        length = min(length, self.info.size - offset)
        return self._store.get(self._key, offset=offset, length=length, if_match=self.info.etag, headers=self._headers)

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file.")


class _Parts(io.RawIOBase):
    """The unbuffered side of ObjectWriter."""

    def __init__(self, parts: PartsWriter) -> None:
        super().__init__()
        self.parts = parts

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        return self.parts.write(data)


class ObjectWriter(io.BufferedWriter):
    """Sends what is written in parts; the object is made by `close`. Left by an exception, or given up without
    `close`, nothing of it is ever seen."""

    _result: PutResult | None = None

    def __init__(self, store: _core.Store, key: str, part_size: int | None, options: dict[str, Any]) -> None:
        self._parts = PartsWriter(store, key, part_size, options)
        self._written = 0
        super().__init__(_Parts(self._parts), BUFFER_SIZE)

    @property
    def result(self) -> PutResult | None:
        """What the store acknowledged; None before `close`."""
        return self._result

    def tell(self) -> int:
        return self._written

    def write(self, data: Buffer, /) -> int:
        count = super().write(data)
        self._written += count
        return count

    def close(self) -> None:
        if self.closed:
            return
        try:
            self.flush()
        except BaseException:
            self.abort()
            raise
        try:
            self._result = self._parts.finish()
        finally:
            super().close()

    def abort(self) -> None:
        """Drops what was written, and closes."""
        if self.closed:
            return
        try:
            self._parts.abort()
        finally:
            self._drop_buffer()

    def _drop_buffer(self) -> None:
        # What is left in the buffer goes nowhere.
        setattr(self.raw, "write", lambda data: memoryview(data).nbytes)
        super().close()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def __del__(self) -> None:
        if not self.closed:
            warnings.warn(f"unclosed {self!r}: nothing was stored", ResourceWarning, source=self, stacklevel=2)
            self.abort()


class ObjectTextWriter(io.TextIOWrapper):
    """ObjectWriter for text."""

    def close(self) -> None:
        if self.closed:
            return
        try:
            super().close()
        except BaseException:
            cast(ObjectWriter, self.buffer).abort()
            raise

    def abort(self) -> None:
        """Drops what was written, and closes."""
        cast(ObjectWriter, self.buffer).abort()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def __del__(self) -> None:
        if not self.closed:
            warnings.warn(f"unclosed {self!r}: nothing was stored", ResourceWarning, source=self, stacklevel=2)
            self.abort()


def open_object(
    store: _core.Store,
    key: str,
    mode: str,
    encoding: str | None,
    errors: str | None,
    newline: str | None,
    part_size: int | None,
    options: dict[str, Any],
) -> io.BufferedReader | ObjectWriter | io.TextIOWrapper:
    """What `Store.open` does."""
    if mode not in ("r", "rb", "rt", "w", "wb", "wt", "x", "xb", "xt"):
        raise ValueError(f"open takes mode \"rb\", \"wb\", \"xb\", \"r\", \"w\" or \"x\", not {mode!r}")
    text = "b" not in mode
    if not text and (encoding or errors or newline):
        raise ValueError("binary mode takes no encoding, errors and newline")
    if text:
        encoding = encoding or "utf-8"
    if mode.startswith("r"):
        headers = options.pop("headers", None)
        if options:
            raise TypeError(f"reading takes no {', '.join(options)}")
        reader: io.BufferedReader = io.BufferedReader(ObjectReader(store, key, headers), BUFFER_SIZE)
        return io.TextIOWrapper(reader, encoding, errors, newline) if text else reader
    if mode.startswith("x"):
        options["mode"] = "create"
    elif options.get("etag"):
        options["mode"] = "update"
    writer = ObjectWriter(store, key, part_size, options)
    return ObjectTextWriter(writer, encoding, errors, newline) if text else writer
