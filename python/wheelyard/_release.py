"""`Pipeline`: releases that go from rank to rank in a bucket or folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from . import _core
from ._index import ProgressEvent, _event_sink
from ._store import Store, open_store

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._store import Settings

Path = str | os.PathLike[str]
Progress = Callable[[ProgressEvent], object]


@dataclass(frozen=True)
class CommandGate:
    """A command that has to end with status 0 before a release comes into a rank. It gets the files' paths."""

    name: str
    """For history and messages."""
    command: Sequence[str]
    """Run without a shell; the paths are added behind it."""
    timeout: float | timedelta = 3600
    """Seconds."""


@dataclass(frozen=True)
class RankRules:
    """What holds for one rank."""

    rank: str
    may_skip: Sequence[str] = ()
    """Identities that may bring releases here past ranks; "*" is anybody."""
    minimum_time: float | timedelta = 0
    """Seconds that a release has to stand in the rank before."""
    note: bool = False
    """A note has to be given."""
    approvals: int = 0
    """So many other identities than the promoter's have to approve the very digest."""
    commands: Sequence[CommandGate] = ()


@dataclass(frozen=True)
class ReleaseReference:
    """A version, and the digest of its manifest."""

    version: str
    digest: str


@dataclass(frozen=True)
class Caller:
    """Who did something, as well as it is known."""

    identity: str
    credential: str
    """What the store was asked with, as an access key id; "" for folders."""
    run: str
    """The CI run's URL; "" for none."""


@dataclass(frozen=True)
class ReleaseFile:
    """A file of a release."""

    name: str
    size: int
    sha256: str
    """Hexadecimal."""
    etag: str
    """Of its bytes in the archive; "" where it is not known."""
    key: str
    """Where its bytes are, as a key of the store; "" where it was not asked for."""


@dataclass(frozen=True)
class Manifest:
    """What a version of a name is, for ever."""

    name: str
    version: str
    digest: str
    """SHA-256 of all of it, hexadecimal: the same for the same name, version and bytes."""
    files: list[ReleaseFile]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class GateResult:
    """What a gate said of a step."""

    gate: str
    passed: bool
    detail: str
    """For a person."""


@dataclass(frozen=True)
class Step:
    """What a push, promotion, rollback or approval came to."""

    outcome: str
    """"done"; "unchanged" (it was so already: nothing was written); "superseded" (done, and somebody else has put another
    release there since)."""
    action: str
    """"push", "promote", "rollback" or "approve"."""
    name: str
    rank: str
    source: str | None
    """The rank that a promotion came out of."""
    previous: ReleaseReference | None
    """What the rank held before."""
    manifest: Manifest
    """What it holds now."""
    seq: int
    """The number of this step's entry in the history."""
    gates: list[GateResult]


@dataclass(frozen=True)
class Standing:
    """A release in a rank."""

    release: ReleaseReference
    seq: int
    """The entry that put it there."""
    since: datetime
    by: Caller


@dataclass(frozen=True)
class Approval:
    """Somebody says that a release may come into a rank."""

    rank: str
    release: ReleaseReference
    by: Caller
    at: datetime
    note: str


@dataclass(frozen=True)
class RankStatus:
    """What a rank holds."""

    rank: str
    standing: Standing | None
    """None: nothing."""
    settled: bool
    """The keys for other programs hold it too; else somebody is at it, or died at it."""
    behind: int | None
    """How many releases the rank before has had since it held this one; None where that is not known."""
    size: int
    """Bytes; 0 where they are not at hand."""
    files: int
    in_pipeline: bool
    """The rules know this rank."""
    approvals: list[Approval]

    @property
    def version(self) -> str | None:
        return self.standing.release.version if self.standing else None


@dataclass(frozen=True)
class UnfinishedWork:
    """Work that was begun: under way, or left by a process that died."""

    kind: str
    """"push", "lay_out" or "prune"."""
    rank: str
    release: ReleaseReference
    since: datetime
    by: Caller


@dataclass(frozen=True)
class ReleaseStatus:
    """What every rank holds of a name."""

    name: str
    seq: int
    """The number of the last entry in its history."""
    ranks: list[RankStatus]
    """In the pipeline's order, then those that it does not know."""
    unfinished: list[UnfinishedWork]

    def __getitem__(self, rank: str) -> RankStatus:
        """Raises KeyError."""
        for status in self.ranks:
            if status.rank == rank:
                return status
        raise KeyError(rank)


@dataclass(frozen=True)
class HistoryEntry:
    """One line of a name's history."""

    seq: int
    """1, 2, 3 ..."""
    action: str
    """"push", "promote", "rollback", "undo", "adopt", "approve" or "prune"."""
    rank: str | None
    from_release: ReleaseReference | None
    """What the rank held before."""
    to_release: ReleaseReference | None
    source: str | None
    """The rank that a promotion came out of."""
    skipped: list[str]
    """Ranks that it left out."""
    undone: int | None
    """The entry that an "undo" took back."""
    pruned: list[ReleaseReference]
    at: datetime
    by: Caller
    note: str
    gates: list[GateResult]
    previous: str
    """SHA-256 of the entry before, as it is stored."""


@dataclass(frozen=True)
class DownloadedRelease:
    """What `download` wrote."""

    manifest: Manifest
    rank: str
    seq: int
    """Of the state that said so."""
    paths: list[str]
    """In the order of the manifest's files."""


@dataclass(frozen=True)
class Difference:
    """A file, or a file within an archive, that differs."""

    kind: str
    """"added", "removed" or "changed"."""
    file: str
    member: str | None
    """Within it; None for the file itself."""
    size_before: int
    size_after: int


@dataclass(frozen=True)
class DiffReport:
    """How two releases differ."""

    before: Manifest
    after: Manifest
    differences: list[Difference]
    notes: list[str]
    """Archives that could not be looked into, and why."""


@dataclass(frozen=True)
class PrunedVersion:
    """A version whose bytes were given up (or would be)."""

    name: str
    release: ReleaseReference
    size: int
    files: int


@dataclass(frozen=True)
class PruneReport:
    """What `prune` did."""

    pruned: list[PrunedVersion]
    kept: int
    """Versions."""


@dataclass(frozen=True)
class ReleaseProblem:
    """What `Pipeline.verify` found."""

    kind: str
    """"history_gap", "bytes_missing", "key_differs", ..."""
    name: str
    item: str
    """A rank, a version, an entry or a key."""
    detail: str
    """For a person."""
    state: str
    """"found", "repaired" or "cannot_repair"."""
    action: str
    """What was done, or what a person has to do."""


@dataclass(frozen=True)
class PipelineVerifyReport:
    """What `Pipeline.verify` came to."""

    clean: bool
    """Nothing is wrong now."""
    names: int
    entries: int
    versions: int
    files: int
    bytes_read: int
    problems: list[ReleaseProblem]


@dataclass(frozen=True)
class ReleasePage:
    """What `page` wrote."""

    place: str
    """A URL or a path."""
    size: int
    names: int
    entries: int
    unreadable: list[str]
    """Names whose state or history is broken: the page says so."""


class Pipeline:
    """Releases in a bucket or folder, from rank to rank. Safe to use from many threads and from many machines at once.

    A release is a name with a version: one file or many. It is pushed into the first rank and promoted to the next; what was
    in the rank before is what comes, to the byte. Every step is in the history of its name and can be taken back.

    `store`: a URL or path (with `settings` as for `open_store`), or a Store. `ranks`: in order, the first one first: names, a
    text like "qa, staging, production", or RankRules for those that have gates. `keep`: releases that a rank can go back to.
    `identity`: who acts, for the history; whom the CI system's variables name, else user@host, unless given. `run`: the URL
    of the CI run, from the same variables unless given. `jobs`: requests at once.

    What the rules forbid raises Refused, whose `refusal` says why; after any error nothing has been promoted. `progress`
    callbacks may come from any thread, one call at a time; what one raises ends the work and is raised.
    """

    def __init__(
        self,
        store: Path | Store,
        ranks: str | Iterable[str | RankRules],
        *,
        keep: int = 10,
        identity: str = "",
        run: str = "",
        jobs: int = 16,
        **settings: Unpack[Settings],
    ) -> None:
        if isinstance(store, Store):
            if settings:
                raise TypeError(f"settings are for a URL, and not for a Store: {', '.join(settings)}")
        else:
            store = open_store(store, **settings)
        if not 1 <= jobs <= 256:
            raise ValueError(f"jobs is 1 to 256, not {jobs}")
        if keep < 0:
            raise ValueError(f"keep is 0 or more, not {keep}")
        rules = ranks if isinstance(ranks, str) else [_rules_members(rank) for rank in ranks]
        self._core = _core.Pipeline(store, rules, keep, identity, run, jobs)

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
        name: str = "",
        version: str = "",
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
        return _step(self._core.push(paths, name, version, note, take_over, _event_sink(progress)))

    def promote(
        self,
        name: str,
        rank: str,
        *,
        version: str = "",
        from_rank: str = "",
        expect_digest: str = "",
        note: str = "",
        progress: Progress | None = None,
    ) -> Step:
        """Brings what the rank before holds into `rank`, pinned: exactly what was looked at, or nothing.

        `version`, `expect_digest`: what it has to hold (the manifest's digest or, of a release of one file, the file's).
        `from_rank`: another, earlier rank, where the rules let the caller skip.

        Raises Refused ("nothing_to_promote", "other_version", "skipped_rank", "gate", "unknown_rank", ...).
        """
        return _step(
            self._core.promote(name, rank, version, from_rank, expect_digest, note, _event_sink(progress))
        )

    def rollback(
        self, name: str, rank: str, *, version: str = "", note: str = "", progress: Progress | None = None
    ) -> Step:
        """Puts what stood in `rank` before back, or `version`, which must have stood there.

        Raises Refused ("nothing_earlier", "pruned", ...).
        """
        return _step(self._core.rollback(name, rank, version, note, _event_sink(progress)))

    def approve(self, name: str, rank: str, *, version: str = "", note: str = "") -> Step:
        """Says that what stands in the rank before (or `version`) may come into `rank`."""
        return _step(self._core.approve(name, rank, version, note))

    def take_over(self, name: str) -> None:
        """Takes over what a released s3p has put into the ranks, before the name had a history or over the first rank since.

        Steps do the former by themselves. This is for buckets that such programs still write.
        """
        self._core.take_over(name)

    def names(self) -> list[str]:
        """Every name that has been pushed, sorted."""
        return self._core.names()

    def status(self, name: str) -> ReleaseStatus | None:
        """What every rank holds. None only where there is certainly no release of that name."""
        found = self._core.status(name)
        if found is None:
            return None
        status_name, seq, ranks, unfinished = found
        return ReleaseStatus(
            status_name,
            seq,
            [_rank_status(rank) for rank in ranks],
            [
                UnfinishedWork(kind, rank, ReleaseReference(*release), since, Caller(*by))
                for kind, rank, release, since, by in unfinished
            ],
        )

    def held(self, name: str) -> dict[str, Manifest]:
        """The manifest of what each rank holds, its files with the keys of their bytes: all of one state.

        Ranks that hold nothing are left out.
        """
        return {rank: _manifest(manifest) for rank, manifest in self._core.held(name).items()}

    def history(self, name: str, *, rank: str = "", limit: int = 0) -> list[HistoryEntry]:
        """What happened, the oldest first; of one rank, or the last `limit` entries.

        Raises Refused ("unknown_release"), CorruptedError where an entry is missing or was changed.
        """
        return [_entry(entry) for entry in self._core.history(name, rank, limit)]

    def download(
        self, name: str, rank: str, to: Path = ".", *, version: str = "", progress: Progress | None = None
    ) -> DownloadedRelease:
        """Fetches what a rank holds, checked against the manifest; files are replaced when all has come.

        `to`: a folder, made where it is missing, or for a release of one file the file's path. `version`: what the rank has
        to hold.
        """
        manifest, from_rank, seq, paths = self._core.download(name, rank, to, version, _event_sink(progress))
        return DownloadedRelease(_manifest(manifest), from_rank, seq, paths)

    def diff(self, name: str, before: str, after: str, *, progress: Progress | None = None) -> DiffReport:
        """How two releases differ, down to the members of archives. Each is a rank, or "@VERSION"."""
        old, new, differences, notes = self._core.diff(name, before, after, _event_sink(progress))
        return DiffReport(_manifest(old), _manifest(new), [Difference(*found) for found in differences], notes)

    def prune(
        self,
        names: str | Iterable[str] = (),
        *,
        keep: int | None = None,
        older_than: float | timedelta | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> PruneReport:
        """Gives up archived bytes that no rank holds or can go back to. Without `names`: of all.

        `keep`: earlier releases of each rank. `older_than`: seconds; only what no rank has held for so long.
        """
        age = None if older_than is None else _seconds(older_than)
        pruned, kept = self._core.prune(_list_of(names), keep, age, dry_run, _event_sink(progress))
        return PruneReport(
            [PrunedVersion(name, ReleaseReference(*release), size, files) for name, release, size, files in pruned], kept
        )

    def verify(
        self,
        names: str | Iterable[str] = (),
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
        names: str | Iterable[str] = (),
        title: str = "Releases",
        entries: int = 50,
        acl: str | None = None,
        progress: Progress | None = None,
    ) -> ReleasePage:
        """Writes a static page of what every rank holds, with the history: into the store, or below `folder`.

        `names`: of these only. `entries`: the latest of each history; 0: all. `acl`: a canned ACL, as "public-read".
        """
        return ReleasePage(
            *self._core.page(key, folder, _list_of(names), title, entries, acl or "", _event_sink(progress))
        )


def _seconds(span: float | timedelta) -> int:
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    if seconds < 0:
        raise ValueError(f"a span of time is 0 or more seconds, not {seconds}")
    return int(seconds)


def _list_of(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _rules_members(rank: str | RankRules) -> tuple[Any, ...]:
    rules = RankRules(rank) if isinstance(rank, str) else rank
    commands = [(gate.name, list(gate.command), _seconds(gate.timeout)) for gate in rules.commands]
    return (rules.rank, list(rules.may_skip), _seconds(rules.minimum_time), rules.note, rules.approvals, commands)


def _reference(members: Any) -> ReleaseReference | None:
    return None if members is None else ReleaseReference(*members)


def _manifest(members: Any) -> Manifest:
    name, version, digest, files = members
    return Manifest(name, version, digest, [ReleaseFile(*file) for file in files])


def _step(members: Any) -> Step:
    outcome, action, name, rank, source, previous, manifest, seq, gates = members
    results = [GateResult(*gate) for gate in gates]
    return Step(outcome, action, name, rank, source, _reference(previous), _manifest(manifest), seq, results)


def _rank_status(members: Any) -> RankStatus:
    rank, standing, settled, behind, size, files, in_pipeline, approvals = members
    if standing is not None:
        release, seq, since, by = standing
        standing = Standing(ReleaseReference(*release), seq, since, Caller(*by))
    given = [
        Approval(for_rank, ReleaseReference(*release), Caller(*by), at, note)
        for for_rank, release, by, at, note in approvals
    ]
    return RankStatus(rank, standing, settled, behind, size, files, in_pipeline, given)


def _entry(members: Any) -> HistoryEntry:
    seq, action, rank, old, new, source, skipped, undone, pruned, at, by, note, gates, previous = members
    return HistoryEntry(
        seq,
        action,
        rank,
        _reference(old),
        _reference(new),
        source,
        skipped,
        undone,
        [ReleaseReference(*release) for release in pruned],
        at,
        Caller(*by),
        note,
        [GateResult(*gate) for gate in gates],
        previous,
    )
