"""Objects that come as a stream or are large: sent in parts, several at once, in bounded memory."""

from __future__ import annotations

import tempfile
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ._core import FileRegion, PartedUpload, PutResult

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from . import _core

PART_SIZE = 8 << 20
WORKERS = 4  # parts on their way at once; with the one that is being filled, memory is five parts
SPOOLED = 8 << 20  # what stands in memory where the store has no parts; more goes into a temporary file
GROWS_AFTER = 1000  # parts; then each thousand is twice as large, so that 10,000 parts hold any object


class PartsWriter:
    """Takes bytes in order; nothing is seen of the object before `finish`. Not for several threads at once."""

    def __init__(self, store: _core.Store, key: str, part_size: int | None, options: dict[str, Any]) -> None:
        self._store, self._key, self._options = store, key, options
        limits = store.part_limits()
        self._has_parts = limits is not None
        self._part_size = max(part_size or PART_SIZE, limits[0] if limits else 1)
        self._largest = limits[1] if limits else self._part_size
        self._filling = bytearray()
        self._spool: tempfile.SpooledTemporaryFile[bytes] | None = None
        self._upload: PartedUpload | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._free = threading.Semaphore(WORKERS)
        self._sent: list[Future[None]] = []
        self._number = 0

    def write(self, data: Buffer) -> int:
        """Raises what the sending of an earlier part has met."""
        view = memoryview(data).cast("B")
        size = len(view)
        if not self._has_parts:
            if self._spool is None:
                self._spool = tempfile.SpooledTemporaryFile(max_size=SPOOLED)
            self._spool.write(view)
            return size
        while len(view):
            room = self._size_of_next() - len(self._filling)
            self._filling += view[:room]
            view = view[room:]
            if len(self._filling) >= self._size_of_next() and len(view):
                self._send_filled()
        return size

    def add(self, region: FileRegion) -> None:
        """A part that lies in a file; not to be mixed with `write`."""
        self._send(region)

    def finish(self) -> PutResult:
        """Makes the object. Where that fails, nothing is left behind."""
        try:
            if self._spool is not None:
                return self._put_spooled()
            if self._upload is None:
                return self._store.put(self._key, self._filling, **self._options)
            if self._filling:
                self._send_filled()
            for sent in self._sent:
                sent.result()
            return self._upload.complete()
        except BaseException:
            self.abort()
            raise
        finally:
            self._end()

    def abort(self) -> None:
        """Drops what was sent."""
        for sent in self._sent:
            sent.cancel()
        self._end()
        upload, self._upload = self._upload, None
        if upload is not None:
            upload.abort()

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
        if self._spool is not None:
            self._spool.close()
            self._spool = None
        self._filling = bytearray()

    def _size_of_next(self) -> int:
        doublings = max(0, self._number // GROWS_AFTER)
        return min(self._part_size << doublings, self._largest)

    def _send_filled(self) -> None:
        filled, self._filling = self._filling, bytearray()
        self._send(filled)

    def _send(self, body: bytearray | FileRegion) -> None:
        if self._upload is None or self._pool is None:
            self._upload = self._store.begin_parts(self._key, **self._options)
            self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="wheelyard-parts")
        self._free.acquire()
        self._number += 1
        self._sent.append(self._pool.submit(self._put_part, self._upload, self._number, body))
        # What has ended well is forgotten; what has failed is told to whoever writes.
        while self._sent and self._sent[0].done():
            self._sent.pop(0).result()

    def _put_part(self, upload: PartedUpload, number: int, body: bytearray | FileRegion) -> None:
        try:
            upload.put_part(number, body)
        finally:
            self._free.release()

    def _put_spooled(self) -> PutResult:
        assert self._spool is not None
        size = self._spool.tell()
        self._spool.rollover()
        self._spool.flush()
        return self._store.put(self._key, FileRegion(self._spool.fileno(), 0, size), **self._options)
