"""Trees and large files: `upload`, `download`, `sync`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from . import _core
from ._options import Attributes, Settings

if TYPE_CHECKING:
    from typing_extensions import Unpack

Path = str | os.PathLike[str]


@dataclass(frozen=True)
class TransferProgress:
    """How far the whole has come."""

    items_done: int
    """Failed and skipped ones too."""
    items_known: int
    bytes_done: int
    bytes_known: int
    all_known: bool
    """Listing has ended: the totals are final."""


@dataclass(frozen=True)
class TransferItem:
    """What one item of a transfer came to."""

    action: str
    """"upload", "download", "copy" or "remove"."""
    outcome: str
    """"done", "planned" (a dry run), "skipped" (`reason` says why) or "failed" (`error`)."""
    source: str
    """A URL or a path; "" for removals."""
    target: str
    size: int
    """Bytes."""
    etag: str | None
    """The target's, where it has one."""
    reason: str
    error: Exception | None


@dataclass(frozen=True)
class TransferReport:
    """What a transfer came to."""

    done: int
    skipped: int
    failed: int
    removed: int
    """By `sync`."""
    bytes: int
    """Moved, in done items."""
    failures: list[TransferItem] = field(default_factory=list)
    """The failed items, the first thousand."""


class TransferOptions(Settings, Attributes, total=False):
    """What `upload`, `download` and `sync` take, and the settings of `open_store`."""

    include: str | Iterable[str]
    """Of a tree, only what fits one of these shell patterns ("*" is anything, "/" too)."""
    exclude: str | Iterable[str]
    """But not what fits one of these."""
    filters: Iterable[tuple[Literal["include", "exclude"], str]]
    """Rules in order instead: the last that fits decides; without one, all is taken."""
    jobs: int
    """Requests at once; chosen by itself unless given."""
    part_size: int
    """Bytes; chosen by the object's size unless given."""
    limit_rate: int
    """Bytes a second over all."""
    resume: bool
    """Go on with what an earlier run left of a big object (the default)."""
    follow_symlinks: bool
    """Of local trees (the default); else links are passed over."""
    preserve: bool
    """Modification time and mode of files go along, in metadata, and come back."""
    dry_run: bool
    if_absent: bool
    """Items whose target is there are skipped."""
    if_match: str
    """A single item: only over a target (download: from a source) with this ETag."""
    guess_content_type: bool
    """By the file's name (the default)."""
    on_item: Callable[[TransferItem], object] | None
    """Called for every item, from any thread, one call at a time; what it raises ends the transfer."""


Progress = Callable[[TransferProgress], object]


def upload(
    source: Path,
    target: Path,
    *,
    recursive: bool = True,
    move: bool = False,
    progress: Progress | None = None,
    check: bool = True,
    **options: Unpack[TransferOptions],
) -> TransferReport:
    """Copies a file or (with `recursive`) a folder's tree to a store, many files and parts at once.

    `target`: "s3://bucket/key", or with "/" at its end the folder that it goes into. `move`: the source goes once the
    target is complete and checked. `progress` is called some times a second, from any thread; what it raises ends the
    transfer. `options`: `TransferOptions`. Ctrl-C ends it.

    A failed item does not stop the others. Then `check` raises the first one's error in the end; without, they are in
    the report's `failures`.
    """
    return _copy(source, target, recursive, move, progress, check, options)


def download(
    source: Path,
    target: Path,
    *,
    recursive: bool = True,
    move: bool = False,
    progress: Progress | None = None,
    check: bool = True,
    **options: Unpack[TransferOptions],
) -> TransferReport:
    """Copies an object, or (with `recursive`) what lies below a prefix, to a file or folder; else as `upload`.

    Files are written aside, checked, and renamed: what stands under its name is whole. Also from store to store.
    """
    return _copy(source, target, recursive, move, progress, check, options)


def sync(
    source: Path,
    target: Path,
    *,
    delete: bool = False,
    compare: Literal["size_and_time", "exact_time", "size_only", "checksum"] = "size_and_time",
    progress: Progress | None = None,
    check: bool = True,
    **options: Unpack[TransferOptions],
) -> TransferReport:
    """Copies what is new or different in a tree: folder to store, store to folder, store to store; else as `upload`.

    `delete`: removes from the target what the source has not. `compare`: "size_and_time": the same size and a target
    that is not older need no transfer; "exact_time": in downloads any difference of the times counts; "size_only";
    "checksum": the bytes, by the digests that the store keeps.
    """
    arguments, on_item = _arguments(options)
    report = _core.sync_trees(source, target, compare, delete, on_item, _progress_sink(progress), arguments)
    return make_report(report, check)


def _copy(
    source: Path,
    target: Path,
    recursive: bool,
    move: bool,
    progress: Progress | None,
    check: bool,
    options: TransferOptions,
) -> TransferReport:
    arguments, on_item = _arguments(options)
    report = _core.copy_items(source, target, recursive, move, on_item, _progress_sink(progress), arguments)
    return make_report(report, check)


def copy_file(
    store: _core.Store, key: str, path: Path, upload: bool, progress: Progress | None, options: dict[str, Any]
) -> list[TransferItem]:
    """One object and one file; the items that it came to, or the error."""
    items: list[TransferItem] = []
    report = _core.copy_file(
        store, key, path, upload, lambda *item: items.append(TransferItem(*item)), _progress_sink(progress), options
    )
    make_report(report, True)
    return items


def make_report(members: tuple[Any, ...], check: bool) -> TransferReport:
    done, skipped, failed, removed, moved, failures = members
    report = TransferReport(done, skipped, failed, removed, moved, [TransferItem(*item) for item in failures])
    if check:
        for failure in report.failures:
            if failure.error is not None:
                raise failure.error
    return report


def _arguments(options: Any) -> tuple[dict[str, Any], Callable[..., object] | None]:
    arguments = dict(options)
    include, exclude = arguments.pop("include", ()), arguments.pop("exclude", ())
    filters = arguments.pop("filters", None)
    rules: list[tuple[bool, str]] = []
    if filters is not None:
        if include or exclude:
            raise TypeError("give either filters or include and exclude")
        for kind, pattern in filters:
            if kind not in ("include", "exclude"):
                raise ValueError(f'a filter is ("include" or "exclude", pattern), not {kind!r}')
            rules.append((kind == "include", pattern))
    else:
        wanted = [include] if isinstance(include, str) else list(include)
        unwanted = [exclude] if isinstance(exclude, str) else list(exclude)
        if wanted:
            rules.append((False, "*"))
        rules += [(True, pattern) for pattern in wanted] + [(False, pattern) for pattern in unwanted]
    if rules:
        arguments["filters"] = rules
    on_item = arguments.pop("on_item", None)
    return arguments, None if on_item is None else lambda *item: on_item(TransferItem(*item))


def _progress_sink(progress: Progress | None) -> Callable[[int, int, int, int, bool], object] | None:
    if progress is None:
        return None
    return lambda *members: progress(TransferProgress(*members))
