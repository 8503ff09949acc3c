"""`Pipeline`: releases that go from rank to rank in a bucket or folder."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from . import _core
from ._index import ProgressEvent, _event_sink
from ._release_types import (
    Caller,
    DiffReport,
    DownloadedRelease,
    HistoryEntry,
    Manifest,
    PipelineVerifyReport,
    PruneReport,
    PrunedVersion,
    RankRules,
    ReleasePage,
    ReleaseProblem,
    ReleaseReference,
    ReleaseStatus,
    Step,
    UnfinishedWork,
    rules_members,
    to_count,
    to_difference,
    to_entry,
    to_manifest,
    to_rank_status,
    to_seconds,
    to_step,
)
from ._store import Store, open_store

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from ._options import Settings

Path = str | os.PathLike[str]
Progress = Callable[[ProgressEvent], object]


class Pipeline:
    """Releases in a bucket or folder, from rank to rank. Safe to use from many threads and from many machines at once.

    A release is a name with a version: one file or many. It is pushed into the first rank and promoted to the next; what was
    in the rank before is what comes, to the byte. Every step is in the history of its name and can be taken back.

    `store`: a URL or path (with `settings` as for `open_store`), or a Store. `ranks`: in order, the first one first: names, a
    text like "qa, staging, production", or RankRules for those that have gates. `keep`: releases that a rank can go back to.
    `identity`: who acts, for the history; "aws" asks AWS whom it takes the credentials for; whom the CI system's variables
    name, else user@host, unless given. `run`: the URL of the CI run, from the same variables unless given; a password in it
    is left out. `jobs`: requests at once. `from_config` opens the pipeline that a wheelyard.toml describes.

    What the rules forbid raises Refused, whose `refusal` says why; after any error nothing has been promoted. `progress`
    callbacks may come from any thread, one call at a time; what one raises ends the work and is raised.
    """

    def __init__(
        self,
        store: Path | Store,
        ranks: str | Iterable[str | RankRules],
        *,
        keep: int = 10,
        identity: str | None = None,
        run: str | None = None,
        jobs: int = 16,
        **settings: Unpack[Settings],
    ) -> None:
        if isinstance(store, Store):
            _refuse_settings(settings)
        else:
            store = open_store(store, **settings)
        _check_jobs(jobs)
        rules = ranks if isinstance(ranks, str) else [rules_members(rank) for rank in ranks]
        given = (_given("identity", identity), _given("run", run))
        self._core = _core.Pipeline(store, rules, to_count("keep", keep), *given, jobs)

    @classmethod
    def from_config(
        cls,
        store: Path | Store | None = None,
        *,
        ranks: str | Iterable[str] | None = None,
        config: Path | None = None,
        identity: str | None = None,
        run: str | None = None,
        jobs: int = 16,
        **settings: Unpack[Settings],
    ) -> Self:
        """The pipeline that `wheelyard release` works on here, with all rules of its wheelyard.toml (docs/wheelyard-toml.md).

        The file is `config`, else the one that WHEELYARD_CONFIG names, else the first wheelyard.toml in the current folder
        or above it, up to the folder with `.git`; without any, arguments and variables have to name store and ranks. Each
        value is the first of these that there is:

        - the store: `store`, WHEELYARD_RELEASE_STORE, the file's `store`, AWS_S3_BUCKET;
        - the ranks: `ranks` (a text like "qa, staging, production", or names), WHEELYARD_RELEASE_RANKS, the file's `ranks`,
          AWS_S3_RANKS; whoever names them, the file's rules hold for ranks of their names;
        - who acts: `identity`, WHEELYARD_IDENTITY, the file's `identity`, the CI system's variables, user@host. "aws" asks
          AWS, at the first step;
        - rules, and how many releases a rank can go back to: the file.

        `run`, `jobs`: as for a Pipeline. `settings`: as for `open_store`; its `environment` stands in for the variables
        named here, too (with a Store, what that was opened with). A gate's command runs in the file's folder with the
        process's own environment; what it writes goes to standard error.

        Warns (UserWarning) where the ranks are not the file's. Raises InvalidArgumentError where store or ranks are named
        nowhere, where a file that was named is not there or cannot be read, and for whatever in it is misspelled or cannot
        be right, with its line; else as `open_store`.
        """
        if isinstance(store, Store):
            _refuse_settings(settings)
            place: str | Store = store
        else:
            place = _path_text("store", store)
        _check_jobs(jobs)
        given = (_path_text("config", config), _given("identity", identity), _given("run", run))
        core, told = _core.Pipeline.from_config(place, _ranks_text(ranks), *given, jobs, dict(settings))
        for warning in told:
            warnings.warn(warning, stacklevel=2)
        pipeline = cls.__new__(cls)
        pipeline._core = core
        return pipeline

    @property
    def url(self) -> str:
        """Normalised, without secrets."""
        return self._core.url

    @property
    def ranks(self) -> list[str]:
        """In order, the first one first."""
        return self._core.ranks

    def __repr__(self) -> str:
        return f"<wheelyard.Pipeline {self.url} ({', '.join(self.ranks)})>"

    def push(
        self,
        files: Path | Iterable[Path],
        *,
        name: str | None = None,
        version: str | None = None,
        note: str = "",
        take_over: bool = False,
        progress: Progress | None = None,
    ) -> Step:
        """Puts a release into the first rank: all of its files or nothing.

        `name`: has to be given for many files; the file's own name for one. `version`: a random UUID unless given; it stands
        for the same bytes for ever. `take_over`: takes the version over from a push of other bytes that was begun on another
        machine and is certainly dead.

        Raises Refused ("version_taken", "being_pushed", "file_taken"), CorruptedError where a file changed meanwhile.
        """
        paths = [files] if isinstance(files, str | os.PathLike) else list(files)
        given = (_given("name", name), _given("version", version))
        return to_step(self._core.push(paths, *given, note, take_over, _event_sink(progress)))

    def promote(
        self,
        name: str,
        rank: str,
        *,
        version: str | None = None,
        from_rank: str | None = None,
        expect_digest: str | None = None,
        note: str = "",
        progress: Progress | None = None,
    ) -> Step:
        """Brings what the rank before holds into `rank`, pinned: exactly what was looked at, or nothing.

        `version`, `expect_digest`: what it has to hold (the manifest's digest or, of a release of one file, the file's).
        `from_rank`: another, earlier rank, where the rules let the caller skip.

        Raises Refused ("nothing_to_promote", "other_version", "skipped_rank", "gate", "unknown_rank", ...).
        """
        given = (_given("version", version), _given("from_rank", from_rank), _given("expect_digest", expect_digest))
        return to_step(self._core.promote(name, rank, *given, note, _event_sink(progress)))

    def rollback(
        self, name: str, rank: str, *, version: str | None = None, note: str = "", progress: Progress | None = None
    ) -> Step:
        """Puts what stood in `rank` before back, or `version`, which must have stood there.

        Raises Refused ("nothing_earlier", "pruned", ...).
        """
        return to_step(self._core.rollback(name, rank, _given("version", version), note, _event_sink(progress)))

    def approve(
        self, name: str, rank: str, *, version: str | None = None, from_rank: str | None = None, note: str = ""
    ) -> Step:
        """Says that what stands in the rank before, or in `from_rank`, may come into `rank`. `version`: what has to stand there.

        Raises Refused ("nothing_to_promote", "other_version", "unknown_rank", ...).
        """
        given = (_given("version", version), _given("from_rank", from_rank))
        return to_step(self._core.approve(name, rank, *given, note))

    def take_over(self, name: str) -> None:
        """Takes over what a released s3p has put into the ranks, before the name had a history or over the first rank since.

        Steps do the former by themselves. This is for buckets that such programs still write.
        """
        self._core.take_over(name)

    def names(self) -> list[str]:
        """Every name, sorted: those that have been pushed, and files that a released s3p has put into the ranks."""
        return self._core.names()

    def status(self, name: str) -> ReleaseStatus | None:
        """What every rank holds. None only where there is certainly no release of that name."""
        found = self._core.status(name)
        if found is None:
            return None
        status_name, seq, ranks, unfinished, adopted = found
        return ReleaseStatus(
            status_name,
            seq,
            [to_rank_status(rank) for rank in ranks],
            [
                UnfinishedWork(kind, rank, ReleaseReference(*release), since, Caller(*by))
                for kind, rank, release, since, by in unfinished
            ],
            adopted,
        )

    def held(self, name: str) -> dict[str, Manifest]:
        """The manifest of what each rank holds, its files with the keys of their bytes: all of one state.

        Ranks that hold nothing are left out.
        """
        return {rank: to_manifest(manifest) for rank, manifest in self._core.held(name).items()}

    def history(self, name: str, *, rank: str | None = None, limit: int = 0) -> list[HistoryEntry]:
        """What happened, the oldest first; of one rank, or the last `limit` entries.

        Raises Refused ("unknown_release", "unknown_rank"), CorruptedError where an entry is missing or was changed.
        """
        return [to_entry(entry) for entry in self._core.history(name, _given("rank", rank), to_count("limit", limit))]

    def download(
        self, name: str, rank: str, to: Path = ".", *, version: str | None = None, progress: Progress | None = None
    ) -> DownloadedRelease:
        """Fetches what a rank holds, checked against the manifest; files are replaced when all has come.

        `to`: a folder, made where it is missing, or for a release of one file the file's path. `version`: what the rank has
        to hold.
        """
        if not os.fspath(to):
            raise ValueError('to is empty: leave it out, or give ".", where you mean the current folder')
        given = _given("version", version)
        manifest, from_rank, seq, paths = self._core.download(name, rank, to, given, _event_sink(progress))
        return DownloadedRelease(to_manifest(manifest), from_rank, seq, paths)

    def diff(self, name: str, before: str, after: str, *, progress: Progress | None = None) -> DiffReport:
        """How two releases differ, down to the members of archives. Each is a rank, or "@VERSION"."""
        old, new, differences, notes = self._core.diff(name, before, after, _event_sink(progress))
        return DiffReport(to_manifest(old), to_manifest(new), [to_difference(found) for found in differences], notes)

    def prune(
        self,
        names: str | Iterable[str] | None = None,
        *,
        keep: int | None = None,
        older_than: float | timedelta | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> PruneReport:
        """Gives up archived bytes that no rank holds or can go back to. Without `names`: of all.

        `keep`: earlier releases of each rank. `older_than`: seconds, rounded up to whole ones; only
        what no rank has held for so long.
        """
        age = None if older_than is None else to_seconds("older_than", older_than)
        keep = None if keep is None else to_count("keep", keep)
        pruned, kept = self._core.prune(_list_of(names), keep, age, dry_run, _event_sink(progress))
        return PruneReport(
            [PrunedVersion(name, ReleaseReference(*release), size, files) for name, release, size, files in pruned], kept
        )

    def verify(
        self,
        names: str | Iterable[str] | None = None,
        *,
        deep: bool = False,
        repair: bool = False,
        progress: Progress | None = None,
    ) -> PipelineVerifyReport:
        """Holds ranks, archive and history against each other; `deep` reads all bytes. Without `names`: of all.

        `repair`: finishes or undoes what was interrupted, and mends what can be mended.
        """
        clean, known, entries, versions, files, bytes_read, problems = self._core.verify(
            _list_of(names), deep, repair, _event_sink(progress)
        )
        found = [ReleaseProblem(*problem) for problem in problems]
        return PipelineVerifyReport(clean, known, entries, versions, files, bytes_read, found)

    def page(
        self,
        key: str = "releases.html",
        *,
        folder: Path | None = None,
        names: str | Iterable[str] | None = None,
        title: str = "Releases",
        entries: int = 50,
        acl: str | None = None,
        progress: Progress | None = None,
    ) -> ReleasePage:
        """Writes a static page of what every rank holds, with the history: into the store, or below `folder`.

        `names`: of these only. `entries`: the latest of each history; 0: all. `acl`: a canned ACL, as "public-read".
        """
        if folder is not None and not os.fspath(folder):
            raise ValueError('folder is empty: give ".", where you mean the current folder')
        listed, latest = _list_of(names), to_count("entries", entries)
        return ReleasePage(*self._core.page(key, folder, listed, title, latest, _given("acl", acl), _event_sink(progress)))


def _refuse_settings(settings: Settings) -> None:
    if settings:
        raise TypeError(f"settings are for a URL, and not for a Store: {', '.join(settings)}")


def _check_jobs(jobs: int) -> None:
    if not 1 <= to_count("jobs", jobs) <= 256:
        raise ValueError(f"jobs is 1 to 256, not {jobs}")


def _ranks_text(ranks: str | Iterable[str] | None) -> str | None:
    """Names as variables have them, separated by commas."""
    if ranks is None or isinstance(ranks, str):
        return ranks
    names = list(ranks)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"ranks are names, whose rules are those of the wheelyard.toml, and not {name!r}")
        if "," in name:
            raise ValueError(f"the rank {name!r}: no name that is given here holds a comma")
    return ",".join(names)


def _path_text(argument: str, path: Path | None) -> str:
    """As `_given`, of a path or URL."""
    text = None if path is None else os.fspath(path)
    if isinstance(text, bytes):
        raise TypeError(f"{argument} is a text or a path, not {text!r}")
    return _given(argument, text)


def _given(argument: str, text: str | None) -> str:
    """A text for the core, where "" is none: so an empty one, of a variable that was never set, must not get there."""
    if text == "":
        raise ValueError(f"{argument} is empty: leave it out, or give None, where you mean none")
    return text or ""


def _list_of(names: str | Iterable[str] | None) -> list[str]:
    """For the core, where an empty list is all of them."""
    if names is None:
        return []
    listed = [names] if isinstance(names, str) else list(names)
    if not listed:
        raise ValueError("names is empty: leave it out, or give None, where you mean all of them")
    return listed
