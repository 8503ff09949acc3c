"""What `Pipeline` reports, and the rules that it is given."""

from __future__ import annotations

import math
import numbers
import operator
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class CommandGate:
    """A command that has to end with status 0 before a release comes into a rank. It gets the files' paths."""

    name: str
    """For history and messages: none has no name, and no two of a rank have the same."""
    command: Sequence[str | os.PathLike[str]]
    """Run without a shell; the paths are added behind it."""
    timeout: float | timedelta = 3600
    """Seconds, rounded up to whole ones."""


@dataclass(frozen=True)
class RankRules:
    """What holds for one rank."""

    rank: str
    may_skip: Sequence[str] = ()
    """Identities that may bring releases here past ranks; "*" is anybody."""
    minimum_time: float | timedelta = 0
    """Seconds that a release has to stand in the rank before, rounded up to whole ones."""
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
        """The version that the rank holds; None: nothing."""
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
    adopted: bool
    """False where a released s3p alone has written it: the next step on it takes it over."""

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
class MemberTraits:
    """What a file within an archive is besides its bytes."""

    type: str
    """"file", "symbolic link", "hard link" or "device"."""
    mode: int | None
    """Permission bits of a file; None where the archive does not say."""
    target: str | None
    """Of a link."""


@dataclass(frozen=True)
class Difference:
    """A file, or a file within an archive, that differs."""

    kind: str
    """"added", "removed", "changed" or, of a file with the same bytes, "renamed"."""
    file: str
    member: str | None
    """Within it; None for the file itself."""
    size_before: int
    size_after: int
    file_before: str | None
    """What the file was called before, where that was otherwise."""
    member_before: str | None
    traits_before: MemberTraits | None
    """Of a member that is there before."""
    traits_after: MemberTraits | None


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


#: A hundred years, as in wheelyard.toml and on the command line.
_MOST_SECONDS = 100 * 365 * 24 * 3600
#: What a count of the core holds.
_MOST = 2**63 - 1


def to_seconds(what: str, span: float | timedelta) -> int:
    """Whole seconds for the core, rounded up: half a second must not become none, which would switch a guard off."""
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    if isinstance(seconds, bool) or not isinstance(seconds, numbers.Real):
        raise TypeError(f"{what} is a number of seconds or a timedelta, not {span!r}")
    if not 0 <= seconds <= _MOST_SECONDS:  # nan is neither
        raise ValueError(f"{what} is 0 to {_MOST_SECONDS} seconds, not {seconds}")
    return math.ceil(seconds)


def to_count(what: str, number: int) -> int:
    """A number of things for the core. Raises TypeError for what is no whole number, ValueError where it is out of bounds."""
    try:
        count = operator.index(number)
    except TypeError:
        raise TypeError(f"{what} is a whole number, not {number!r}") from None
    if not 0 <= count <= _MOST:
        raise ValueError(f"{what} is 0 to {_MOST}, not {count}")
    return count


def _text(what: str, text: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"{what} is a text, not {text!r}")
    return text


def _texts(what: str, texts: Sequence[str]) -> list[str]:
    if isinstance(texts, str):  # a sequence of its letters, too
        raise TypeError(f"{what} is a list of texts, not the text {texts!r}")
    return [_text(f"a part of {what}", text) for text in texts]


def _command_members(gate: CommandGate) -> tuple[str, list[str], int]:
    if not isinstance(gate, CommandGate):
        raise TypeError(f"commands are CommandGate, not {gate!r}")
    what = f"the command of the gate {gate.name!r}"
    if isinstance(gate.command, str | os.PathLike):
        raise TypeError(f"{what} is a list of texts, not {gate.command!r}")
    words = [os.fspath(word) if isinstance(word, os.PathLike) else word for word in gate.command]
    timeout = to_seconds(f"the timeout of the gate {gate.name!r}", gate.timeout)
    return (_text("a gate's name", gate.name), _texts(what, words), timeout)


def rules_members(rank: str | RankRules) -> tuple[Any, ...]:
    """A rank for the core: its name and its rules, all of the types that the core takes. Raises TypeError, ValueError."""
    if not isinstance(rank, str | RankRules):
        raise TypeError(f"a rank is a name or RankRules, not {rank!r}")
    rules = RankRules(rank) if isinstance(rank, str) else rank
    if not isinstance(rules.note, bool):
        raise TypeError(f"note is True or False, not {rules.note!r}")
    return (
        _text("a rank's name", rules.rank),
        _texts("may_skip", rules.may_skip),
        to_seconds("minimum_time", rules.minimum_time),
        rules.note,
        to_count("approvals", rules.approvals),
        [_command_members(gate) for gate in rules.commands],
    )


def to_reference(members: Any) -> ReleaseReference | None:
    """What the core tells of a release that there may be."""
    return None if members is None else ReleaseReference(*members)


def to_manifest(members: Any) -> Manifest:
    """What the core tells of a manifest."""
    name, version, digest, files = members
    return Manifest(name, version, digest, [ReleaseFile(*file) for file in files])


def to_difference(members: Any) -> Difference:
    """What the core tells of one difference."""
    kind, file, member, size_before, size_after, file_before, member_before, before, after = members
    return Difference(
        kind,
        file,
        member,
        size_before,
        size_after,
        file_before,
        member_before,
        before and MemberTraits(*before),
        after and MemberTraits(*after),
    )


def to_step(members: Any) -> Step:
    """What the core tells of a step."""
    outcome, action, name, rank, source, previous, manifest, seq, gates = members
    results = [GateResult(*gate) for gate in gates]
    return Step(outcome, action, name, rank, source, to_reference(previous), to_manifest(manifest), seq, results)


def to_rank_status(members: Any) -> RankStatus:
    """What the core tells of one rank."""
    rank, standing, settled, behind, size, files, in_pipeline, approvals = members
    if standing is not None:
        release, seq, since, by = standing
        standing = Standing(ReleaseReference(*release), seq, since, Caller(*by))
    given = [
        Approval(for_rank, ReleaseReference(*release), Caller(*by), at, note)
        for for_rank, release, by, at, note in approvals
    ]
    return RankStatus(rank, standing, settled, behind, size, files, in_pipeline, given)


def to_entry(members: Any) -> HistoryEntry:
    """What the core tells of one entry of a history."""
    seq, action, rank, old, new, source, skipped, undone, pruned, at, by, note, gates, previous = members
    return HistoryEntry(
        seq,
        action,
        rank,
        to_reference(old),
        to_reference(new),
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
