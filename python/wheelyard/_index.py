"""`Repository`: a package index in a bucket or folder."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from . import _core
from .errors import NotFoundError

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._options import Settings

ENDINGS = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz")

Path = str | os.PathLike[str]


@dataclass(frozen=True)
class ProgressEvent:
    """A step of long work on an index."""

    kind: str
    """"started", "advanced", "finished" or "note"."""
    item: str
    """A file, a key, a project."""
    message: str
    """For a person; may be empty."""
    done: int
    """Items so far."""
    total: int
    """0 where it is unknown."""


@dataclass(frozen=True)
class PublishedFile:
    """What `publish` did with a file."""

    outcome: str
    """"published", "unchanged" (the same bytes were there), or "replaced" (by `force`)."""
    project: str
    filename: str
    version: str
    location: str
    """Where it is: "s3://bucket/acme/acme-1.0-py3-none-any.whl"."""
    sha256: str
    """Hexadecimal."""
    size: int
    """Bytes."""


@dataclass(frozen=True)
class PublishReport:
    """What `publish` did."""

    files: list[PublishedFile]
    projects: list[str]
    """Those whose index names the files now."""


@dataclass(frozen=True)
class SelectedFile:
    """A file that a specification meant."""

    project: str
    filename: str
    changed: bool
    """False: it was so already."""


@dataclass(frozen=True)
class IndexFile:
    """A file as a project's index lists it."""

    filename: str
    version: str | None
    size: int | None
    """Bytes; None in indexes that others made and that do not tell."""
    upload_time: datetime | None
    """Aware, in UTC."""
    requires_python: str | None
    yanked: bool
    yanked_reason: str | None
    hashes: dict[str, str]
    """By algorithm, hexadecimal."""
    has_metadata: bool
    """Its core metadata lies beside it (PEP 658)."""
    url: str
    """As the page gives it: relative to the page, or absolute."""


@dataclass(frozen=True)
class Problem:
    """What `verify` found."""

    kind: str
    """"missing", "unlisted", "size", "digest", ..."""
    project: str
    """"" for the root."""
    item: str
    """A file name or a key."""
    detail: str
    """For a person."""
    state: str
    """"found", "repaired", "would_repair" or "cannot_repair"."""
    action: str
    """What was done or would be."""


@dataclass(frozen=True)
class VerifyReport:
    """What `verify` came to."""

    clean: bool
    """Nothing is wrong now: no problem, or every one repaired."""
    projects: int
    files: int
    bytes_read: int
    problems: list[Problem]


@dataclass(frozen=True)
class PromotedFile:
    """What `promote` did with a file."""

    outcome: str
    """"promoted", or "unchanged" (the target had it)."""
    project: str
    filename: str
    version: str
    sha256: str
    """Hexadecimal."""
    size: int
    """Bytes."""
    yanked: bool
    needed_by: str | None
    """Of a dependency that was taken along: "acme 1.2"."""


@dataclass(frozen=True)
class LeftDependency:
    """A dependency that `promote` did not take along."""

    requirement: str
    needed_by: str
    held: str | None
    """The version with which the target satisfies it; None: neither index has the project."""


@dataclass(frozen=True)
class PromoteReport:
    """What `promote` did."""

    files: list[PromotedFile]
    """In the order in which they were listed."""
    projects: list[str]
    """Of what was asked for."""
    left: list[LeftDependency]
    warnings: list[str]


class Repository:
    """A package index at a store's URL. Safe to use from many threads and from many machines at once.

    `settings`: as for `open_store`. `progress` callbacks may come from any thread, one call at a time; what one raises
    ends the work and is raised.
    """

    def __init__(self, url: Path, **settings: Unpack[Settings]) -> None:
        self._core = _core.Repository(url, **settings)

    @property
    def url(self) -> str:
        """Normalised, without secrets."""
        return self._core.url

    def __repr__(self) -> str:
        return f"<wheelyard.Repository {self.url}>"

    def publish(
        self,
        files: Path | Iterable[Path],
        *,
        force: bool = False,
        dry_run: bool = False,
        refuse_existing: bool = False,
        acl: str | None = None,
        jobs: int = 4,
        progress: Callable[[ProgressEvent], object] | None = None,
    ) -> PublishReport:
        """Publishes wheels and sdists: paths, folders that hold some, or globs. Each is read whole and checked first.

        `force`: replaces a file of the same name that has other bytes. `dry_run`: sends nothing. `refuse_existing`: any
        file that is there already refuses all. `acl`: a canned ACL for what is written. `jobs`: files at once.

        Raises NotFoundError for what names no file, CorruptedError or InvalidArgumentError for a bad file (nothing is
        sent then), AlreadyExistsError where other bytes hold a name.
        """
        paths = find_distributions([files] if isinstance(files, str | os.PathLike) else files)
        done, projects = self._core.publish(
            paths, force, dry_run, refuse_existing, acl or "", jobs, _event_sink(progress)
        )
        return PublishReport([PublishedFile(*file) for file in done], projects)

    def projects(self) -> list[str]:
        """The projects' names, normalised and sorted."""
        return self._core.projects()

    def files(self, project: str) -> list[IndexFile]:
        """What the project's index lists, by version. Raises NotFoundError where there is no such project."""
        return [IndexFile(*file) for file in self._core.files(project)]

    def yank(
        self, spec: str | Iterable[str], reason: str = "", *, dry_run: bool = False, acl: str | None = None
    ) -> list[SelectedFile]:
        """Marks files that installers should pass over (PEP 592).

        `spec`: "name", "name==1.2" or any PEP 440 specifier, or a file name; or several. Raises NotFoundError where it
        selects nothing.
        """
        return [SelectedFile(*file) for file in self._core.yank(_list_of(spec), True, reason, dry_run, acl or "")]

    def unyank(self, spec: str | Iterable[str], *, dry_run: bool = False, acl: str | None = None) -> list[SelectedFile]:
        """Takes the mark away again."""
        return [SelectedFile(*file) for file in self._core.yank(_list_of(spec), False, "", dry_run, acl or "")]

    def remove(self, spec: str | Iterable[str], *, dry_run: bool = False, acl: str | None = None) -> list[SelectedFile]:
        """Unlists files and deletes them. `spec` as for `yank`."""
        return [SelectedFile(*file) for file in self._core.remove(_list_of(spec), dry_run, acl or "")]

    def promote(
        self,
        spec: str | Iterable[str],
        to: Repository,
        *,
        with_dependencies: bool = False,
        python_versions: str | Iterable[str] = (),
        platforms: str | Iterable[str] = (),
        yanked: bool = False,
        dry_run: bool = False,
        acl: str | None = None,
        jobs: int = 4,
        progress: Callable[[ProgressEvent], object] | None = None,
    ) -> PromoteReport:
        """Moves releases from this index to another one, the same bytes: all that is named, or nothing of it.

        `spec`: as for `yank`, and with extras ("acme[server]==1.2"). `with_dependencies`: takes along what they need and
        this index alone holds, where its marker may hold; on these Pythons ("3.11") and platforms ("linux", "macos",
        "windows"), or anywhere. `yanked`: yanked files too, which are refused else.

        Raises NotFoundError where a spec selects nothing, AlreadyExistsError where the target holds other bytes under a
        file's name, CorruptedError where the bytes here are not what the index lists.
        """
        files, projects, left, warnings = self._core.promote(
            to._core, _list_of(spec), with_dependencies, _list_of(python_versions), _list_of(platforms), yanked, dry_run,
            acl or "", jobs, _event_sink(progress),
        )  # fmt: skip
        return PromoteReport(
            [PromotedFile(*file) for file in files], projects, [LeftDependency(*one) for one in left], warnings
        )

    def verify(
        self,
        projects: str | Iterable[str] = (),
        *,
        repair: bool = False,
        deep: bool = False,
        dry_run: bool = False,
        acl: str | None = None,
        jobs: int = 8,
        progress: Callable[[ProgressEvent], object] | None = None,
    ) -> VerifyReport:
        """Compares the index with what lies in the store; `projects`: none for all.

        `deep`: reads every file and compares its digest. `repair`: mends what can be mended; with `dry_run` only says
        how.
        """
        clean, count, files, bytes_read, problems = self._core.verify(
            _list_of(projects), deep, repair, dry_run, acl or "", jobs, _event_sink(progress)
        )
        return VerifyReport(clean, count, files, bytes_read, [Problem(*problem) for problem in problems])


def find_distributions(arguments: Iterable[Path]) -> list[str]:
    """The files that paths, folders and globs name, each once, in the order given."""
    found: dict[str, None] = {}
    for argument in arguments:
        text = os.fspath(argument)
        if os.path.isdir(text):
            inside = sorted(entry.path for entry in os.scandir(text) if entry.is_file())
            paths = [path for path in inside if path.endswith(ENDINGS)]
        elif os.path.lexists(text):
            paths = [text]
        else:
            paths = sorted(glob.glob(text))
        if not paths:
            raise NotFoundError(
                f"cannot find files to publish in {text}: nothing is there",
                doing="find files to publish in",
                target=text,
                reason="nothing is there",
                hint="name wheels (.whl) and sdists (.tar.gz), a folder that holds some, or a glob such as 'dist/*'",
            )
        found.update(dict.fromkeys(paths))
    return list(found)


def _list_of(texts: str | Iterable[str]) -> list[str]:
    return [texts] if isinstance(texts, str) else list(texts)


def _event_sink(
    progress: Callable[[ProgressEvent], object] | None,
) -> Callable[[str, str, str, int, int], object] | None:
    if progress is None:
        return None
    return lambda kind, item, message, done, total: progress(ProgressEvent(kind, item, message, done, total))
