"""What `put` does with a file."""

from __future__ import annotations

import io
import os
import stat
from typing import TYPE_CHECKING, Any

from ._core import FileRegion, PutResult
from ._parts import PART_SIZE, PartsWriter

if TYPE_CHECKING:
    from . import _core

IN_PARTS_ABOVE = 64 << 20  # bytes: a file that is larger goes in parts, several at once
READ_SIZE = 1 << 20


def put_stream(store: _core.Store, key: str, data: Any, **options: Any) -> PutResult:
    """Puts a binary file from where it stands to its end."""
    if not hasattr(data, "read"):
        raise TypeError(f"put takes bytes or a binary file, not {type(data).__name__}")
    if isinstance(data, io.BytesIO):
        with data.getbuffer()[data.tell() :] as rest:
            result = store.put(key, rest, **options)
        data.seek(0, os.SEEK_END)
        return result
    place = regular_file(data)
    if place is not None:
        result = put_region(store, key, *place, options)
        data.seek(0, os.SEEK_END)
        return result
    writer = PartsWriter(store, key, None, options)
    try:
        while chunk := data.read(READ_SIZE):
            if isinstance(chunk, str):
                raise TypeError("put takes a binary file: open it with mode 'rb'")
            writer.write(chunk)
    except BaseException:
        writer.abort()
        raise
    return writer.finish()


def regular_file(file: Any) -> tuple[int, int, int] | None:
    """Descriptor, position and bytes from there on, of what `open` gives for a regular file; else None."""
    if not isinstance(file, (io.FileIO, io.BufferedReader, io.BufferedRandom)):
        return None  # its descriptor, if it has one, may show other bytes than `read` does: gzip.GzipFile
    if not isinstance(file, io.FileIO) and type(file.raw) is not io.FileIO:
        return None
    if isinstance(file, io.BufferedRandom):
        file.flush()
    state = os.fstat(file.fileno())
    if not stat.S_ISREG(state.st_mode):
        return None
    position = file.tell()
    return file.fileno(), position, max(0, state.st_size - position)


def put_region(
    store: _core.Store, key: str, descriptor: int, offset: int, size: int, options: dict[str, Any]
) -> PutResult:
    """Part of a regular file, in one put or in parts."""
    limits = store.part_limits()
    if limits is None or size <= IN_PARTS_ABOVE:
        return store.put(key, FileRegion(descriptor, offset, size), **options)
    smallest, _, most = limits
    part_size = max(PART_SIZE, smallest, -(-size // most))
    writer = PartsWriter(store, key, part_size, options)
    try:
        for begin in range(0, size, part_size):
            writer.add(FileRegion(descriptor, offset + begin, min(part_size, size - begin)))
    except BaseException:
        writer.abort()
        raise
    return writer.finish()
