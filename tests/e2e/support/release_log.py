"""Reads a release pipeline past Wheelyard, by docs/release-protocol.md alone, and holds it against what that promises.

`read` takes what is in the store, `Line.check` demands one chained history whose replay (our own) is what the ranks hold,
`Line.check_settled` that the documented keys follow it, and `Line.check_operations` that what processes were told while
they ran fits that one line in real time (linearizability).
"""

import bisect
import concurrent.futures
import hashlib
import itertools
import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from support.invariants import read_if_there
from support.repositories import FolderAccess, Repository

PRIVATE = ".wheelyard/releases/"
ENTRY = re.compile(r"history/(\d{12})\.json$")
ACTIONS = {"push", "promote", "rollback", "undo", "adopt", "approve", "prune"}
MOVING = {"push", "promote", "rollback", "undo", "adopt"}


@dataclass(frozen=True)
class Held:
    """A release, as a rank holds it."""

    version: str
    digest: str


def held(document: dict | None) -> Held | None:
    return Held(document["version"], document["digest"]) if document else None


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def manifest_digest(name: str, version: str, files: dict[str, bytes]) -> str:
    """As anybody can compute it from the bytes."""
    listed = [{"name": file, "sha256": sha256(files[file]), "size": len(files[file])} for file in sorted(files, key=str.encode)]
    return digest_of({"files": listed, "name": name, "version": version})


def digest_of(manifest: dict) -> str:
    plain = {"files": [{part: file[part] for part in ("name", "sha256", "size")} for file in manifest["files"]],
             "name": manifest["name"], "version": manifest["version"]}  # fmt: skip
    return sha256(json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


@dataclass
class Operation:
    """What one process did and was told. Times are of the monotonic clock: before its start, and after its end."""

    id: str  #: its --note, by which its entry is found
    kind: str  #: push, promote, rollback, prune, download, status
    rank: str = ""
    version: str = ""  #: that was asked for; "": any
    source: str = ""
    began: float = 0
    ended: float = 0
    status: int | None = None  #: of its end; None or below 0: it was killed
    outcome: str = ""  #: done, unchanged, superseded
    seq: int = 0  #: as it reported
    seen: dict[str, Held | None] = field(default_factory=dict)  #: what it reported of ranks, or the bytes it was given
    text: str = ""  #: all that it printed
    report: dict = field(default_factory=dict)  #: its JSON

    def __str__(self) -> str:
        return f"{self.id} ({self.kind} {self.version} {self.rank}: {self.status} {self.outcome} seq {self.seq})"


@dataclass
class Line:
    """A name's state and its history."""

    repo: Repository
    name: str
    state: dict
    texts: dict[int, bytes]  #: entries that have their objects
    versions: dict[str, dict]
    entries: list[dict] = field(default_factory=list)  #: all, the first one first
    states: list[dict[str, Held | None]] = field(default_factory=list)  #: what the ranks held after so many entries
    puts: list[dict[str, int]] = field(default_factory=list)  #: by which entry
    ways: list[dict[str, tuple[Held, ...]]] = field(default_factory=list)  #: what a rank could go back to, the latest first
    stood: list[dict[str, set[str]]] = field(default_factory=list)  #: versions that a rank had held by then

    # What holds at every instant, whoever is at work.

    def check(self, trusted: set[Held] | None = None) -> "Line":
        """The bytes of `trusted` releases are not read again; it gains those that were."""
        self.check_chain()
        self.replay()
        self.check_state()
        self.check_bytes(trusted if trusted is not None else set())
        return self

    def check_chain(self) -> None:
        """One line without gaps: entries 1 to n, each naming the digest of the one before. Only the last may still lack its
        object: the state holds it."""
        n = self.state["seq"]
        numbers = sorted(self.texts)
        assert numbers in (list(range(1, n + 1)), list(range(1, n))), f"{self.name}: entries {gaps(numbers)}, the state says {n}"
        assert self.state["recorded"] <= len(numbers), f"{self.name}: recorded {self.state['recorded']} of {numbers}"
        last = self.state["last_entry"].encode()
        if n:
            assert self.texts.get(n, last) == last, f"{self.name}: entry {n} is not the one that the state holds"
            self.texts.setdefault(n, last)
        else:
            assert not last
        self.entries = [json.loads(self.texts[number]) for number in range(1, n + 1)]
        before = b""
        for number, entry in enumerate(self.entries, 1):
            assert entry["seq"] == number, f"{self.name}: object {number} holds entry {entry['seq']}"
            assert entry.get("previous", "") == (sha256(before) if before else ""), f"{self.name}: entry {number} breaks the chain"
            assert entry["action"] in ACTIONS, entry
            before = self.texts[number]
        ids = [entry["id"] for entry in self.entries]
        assert len(set(ids)) == len(ids), f"{self.name}: an entry stands there twice"

    def replay(self) -> None:
        """What each rank held after each entry, by our own reading of the entries; none may follow from what was not so."""
        now: dict[str, Held | None] = {}
        by: dict[str, int] = {}
        self.states, self.puts, self.ways, self.stood = [{}], [{}], [{}], [{}]
        stood: dict[str, set[Held]] = {}
        digests: dict[str, str] = {}
        pruned: set[str] = set()
        earlier: dict[str, list[Held]] = {}
        approvals: list[dict] = []
        used: dict[int, list[dict]] = {}
        for entry in self.entries:
            seq, action, rank = entry["seq"], entry["action"], entry.get("rank", "")
            what = f"{self.name}: entry {seq}, {action} {rank}"
            came, went = held(entry.get("to")), held(entry.get("from"))
            if came:
                assert digests.setdefault(came.version, came.digest) == came.digest, f"{what}: {came.version} has other bytes than before"
                assert action == "approve" or came.version not in pruned, f"{what}: {came.version} was pruned"
            if action in MOVING:
                assert went == now.get(rank), f"{what}: from {went}, where the rank held {now.get(rank)}"
            if action == "push":
                assert rank == self.state["order"][0], f"{what}: not the first rank"
            elif action == "promote":
                assert came == now.get(entry["source"]), f"{what}: {came}, where {entry['source']} held {now.get(entry['source'])}"
                order = self.state["order"]
                assert order.index(entry["source"]) < order.index(rank), f"{what}: out of {entry['source']}"
                between = order[order.index(entry["source"]) + 1 : order.index(rank)]
                assert entry.get("skipped", []) == between, f"{what}: {between} were left out"
            elif action == "rollback":
                assert came in stood.get(rank, set()), f"{what}: {came} never stood there"
            elif action == "undo":
                undone = entry["undone"]
                taken_back = self.entries[undone - 1]
                assert taken_back["rank"] == rank and by.get(rank) == undone, f"{what}: of {undone}, which does not stand there"
                assert came == self.states[undone - 1].get(rank), f"{what}: not what was there before {undone}"
            elif action == "prune":
                victims = {Held(v["version"], v["digest"]) for v in entry["pruned"]}
                assert victims, f"{what}: of nothing"
                assert not victims & set(now.values()), f"{what}: of what a rank holds"
                pruned |= {victim.version for victim in victims}
                for releases in earlier.values():
                    releases[:] = [release for release in releases if release not in victims]
            if action == "approve":
                approvals.append({**entry["to"], "rank": rank, "at": entry["at"], "by": entry["by"], **({"note": entry["note"]} if "note" in entry else {})})
            elif action == "promote":
                used[seq] = [one for one in approvals if one["rank"] == rank and held(one) == came]
                approvals = [one for one in approvals if one not in used[seq]]
            elif action == "undo":
                assert entry.get("approvals", []) == used.get(entry["undone"], []), f"{what}: it gives back {entry.get('approvals')}"
                there = {(one["rank"], held(one), one["by"]["identity"]) for one in approvals}
                approvals += [one for one in entry.get("approvals", []) if (one["rank"], held(one), one["by"]["identity"]) not in there]
            approvals = approvals[-100:]
            if action in MOVING:
                assert came or action == "undo", f"{what}: nothing came"
                now[rank] = came
                by[rank] = seq
                if action == "undo":
                    earlier[rank] = [way for way in self.ways[entry["undone"] - 1].get(rank, ()) if way.version not in pruned]
                else:
                    self.follow_earlier(earlier.setdefault(rank, []), action, went, came)
                if came:
                    stood.setdefault(rank, set()).add(came)
            self.states.append(dict(now))
            self.puts.append(dict(by))
            self.ways.append({rank: tuple(releases) for rank, releases in earlier.items()})
            self.stood.append({rank: {release.version for release in releases} for rank, releases in stood.items()})
        self.pruned = pruned
        self.approvals = approvals

    @staticmethod
    def follow_earlier(ways: list[Held], action: str, went: Held | None, came: Held | None) -> None:
        """What a rank can go back to, the latest first. What was rolled back from is no way back."""
        if action == "rollback" and came in ways:
            del ways[: ways.index(came) + 1]
            return
        ways[:] = [release for release in ways if release not in (went, came)]
        if went and went != came:
            ways.insert(0, went)

    def check_state(self) -> None:
        """The state says of each rank what the replay gives, and by which entry."""
        for rank in {*self.state["ranks"], *self.states[-1]}:
            written = self.state["ranks"].get(rank) or {}
            said = written.get("current")
            want = self.states[-1].get(rank)
            assert held(said) == want, f"{self.name}: {rank} holds {said}, its history says {want}"
            if want:
                assert said["seq"] == self.puts[-1][rank], f"{self.name}: {rank} by entry {said['seq']}, its history says {self.puts[-1][rank]}"
            ways = [held(standing) for standing in written.get("earlier", [])]
            kept = list(self.ways[-1].get(rank, ())[:32])
            assert ways == kept, f"{self.name}: {rank} can go back to {ways}, its history says {kept}"
        approvals = self.state.get("approvals", [])
        assert approvals == self.approvals, f"{self.name}: {approvals} are approved, by its history {self.approvals}"

    def check_bytes(self, trusted: set[Held]) -> None:
        """Every version that the history names, and that was not pruned, has its document, whose digest is the history's, and
        bytes whose digests are the document's."""
        named = {came for entry in self.entries if (came := held(entry.get("to")))}
        for release in named:
            document = self.versions.get(release.version)
            assert document, f"{self.name}: {release.version} has no document"
            assert digest_of(document) == document["digest"] == release.digest, f"{self.name}: {release.version} has another digest than in the history"
            assert not document.get("pruned") or release.version in self.pruned, f"{self.name}: {release.version} is gone, and no entry says so"
        wanted = [release for release in named if release.version not in self.pruned and release not in trusted]
        wanted_files = [(release, file) for release in wanted for file in self.versions[release.version]["files"]]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for fault in pool.map(lambda item: self.fault_of(*item), wanted_files):
                assert not fault, fault
        trusted.update(wanted)

    def fault_of(self, release: Held, file: dict) -> str | None:
        key = file.get("key") or f"archive/{release.version}/{file['name']}"
        data = read_if_there(self.repo, key)
        if data is None:
            return f"{self.name}: {key} is missing"
        if (len(data), sha256(data)) != (file["size"], file["sha256"]):
            return f"{self.name}: {key} has other bytes than its manifest says"
        return None

    # What holds once nobody is at work.

    def check_settled(self, others: tuple["Line", ...] = ()) -> "Line":
        """No work is left, and the documented keys are exactly what the ranks hold: those of `others` are theirs."""
        # Those that were helped only keep late copies in mind.
        left = [intent for intent in self.state.get("intents", []) if not intent.get("helped")]
        assert not left, f"{self.name}: work is left: {left}"
        self.check_documented_keys(others)
        self.check_pruned()
        return self

    def check_pruned(self) -> None:
        """Of what was pruned nothing is left."""
        gone = {f"archive/{version}/{file['name']}" for version in self.pruned for file in self.versions[version]["files"]}
        there = {key for version in self.pruned for key in self.repo.raw.keys(f"archive/{version}/")} & gone
        assert not there, f"{self.name}: pruned, and there: {there}"

    def check_documented_keys(self, others: tuple["Line", ...] | None = None, without: Collection[str] = ()) -> None:
        """Where the others are not given, keys count as this name's by how the names of their files begin."""
        for rank in {*self.state["order"], *self.state["ranks"]} - set(without):
            mine = self.documented(rank)
            there = set(self.repo.raw.keys(f"{rank}/" if others is not None else f"{rank}/{self.name}"))
            there -= {key for other in others or () for key in other.documented(rank)}
            assert there == set(mine), f"{self.name}, {rank}: too many: {there - set(mine)}; missing: {set(mine) - there}"
            for key, (file, version) in mine.items():
                assert sha256(self.repo.raw.read(key)) == file["sha256"], f"{key} has other bytes than {version}'s"
                if not isinstance(self.repo.raw, FolderAccess):
                    metadata = self.repo.raw.head(key)["Metadata"]
                    assert metadata.get("version") == version, f"{key}: {metadata}, where {version} stands"

    def documented(self, rank: str) -> dict[str, tuple[dict, str]]:
        """The keys that a rank's release has, with its file and version."""
        release = self.states[-1].get(rank)
        if not release:
            return {}
        files = self.versions[release.version]["files"]
        return {f"{rank}/{file['name']}": (file, release.version) for file in files}

    # What the processes were told.

    def check_operations(self, operations: list[Operation]) -> None:
        """Each step that reported success is in the history once, as it reported; each that was refused is not, or was taken
        back. The history's order respects real time: what ended before another began comes first. Each read fits a state
        that was current at a moment while it ran."""
        self.check_entries_of(operations)
        self.check_real_time(operations)

    def check_entries_of(self, operations: list[Operation]) -> None:
        by_note: dict[str, list[dict]] = {}
        for entry in self.entries:
            if entry["action"] not in ("undo", "prune"):
                by_note.setdefault(entry.get("note", ""), []).append(entry)
        undone = {entry["undone"] for entry in self.entries if entry["action"] == "undo"}
        known = {op.id for op in operations}
        assert set(by_note) - known == set(), f"nobody did {set(by_note) - known}"
        for op in operations:
            mine = by_note.get(op.id, [])
            assert len(mine) <= 1, f"{op} happened {len(mine)} times: {[e['seq'] for e in mine]}"
            standing = [entry for entry in mine if entry["seq"] not in undone]
            if op.kind == "prune":
                continue
            if op.status == 0 and op.outcome in ("done", "superseded"):
                assert len(standing) == 1, f"{op} is not in the history"
                entry = standing[0]
                assert (entry["seq"], entry["action"], entry["rank"]) == (op.seq, op.kind, op.rank), f"{op}: its entry is {entry}"
                assert held(entry["to"]) == op.seen[op.rank], f"{op}: it said {op.seen}, its entry {entry['to']}"
                assert not op.version or entry["to"]["version"] == op.version, f"{op}: its entry is {entry}"
            elif op.status is not None and op.status >= 0:
                assert not standing, f"{op} changed something: entry {standing}"

    def by_note(self) -> dict[str, int]:
        """The entries of operations, by their notes."""
        return {entry["note"]: entry["seq"] for entry in self.entries if entry.get("note") and entry["action"] != "undo"}

    def windows(self, operations: list[Operation]) -> dict[str, tuple[int, int]]:
        """For each operation the states that could be current while it ran: not older than what somebody had been told of
        before it began, and without what had not begun when it ended."""
        by_note = self.by_note()
        told = sorted((op.ended, op.seq) for op in operations if op.status == 0 and op.kind != "prune")
        begun = sorted(((op.began, by_note[op.id]) for op in operations if op.id in by_note), reverse=True)
        latest = list(itertools.accumulate((seq for _, seq in told), max, initial=0))
        first = list(itertools.accumulate((seq - 1 for _, seq in begun), min, initial=len(self.entries)))
        told_times, begun_times = [moment for moment, _ in told], [-moment for moment, _ in begun]
        return {
            op.id: (latest[bisect.bisect_left(told_times, op.began)], first[bisect.bisect_left(begun_times, -op.ended)])
            for op in operations
        }

    def check_real_time(self, operations: list[Operation]) -> None:
        windows = self.windows(operations)
        by_note = self.by_note()
        for op in operations:
            low, high = windows[op.id]
            if op.id in by_note:
                assert low < by_note[op.id], f"{op}: entry {by_note[op.id]}, where {low} had been told of before it began"
                if op.status is not None and op.status >= 0:
                    assert by_note[op.id] <= high, f"{op}: entry {by_note[op.id]}, where it had ended before {high + 1} was begun"
            elif op.status == 0 and op.kind != "prune":
                assert low <= op.seq <= high, f"{op}: only the states {low} to {high} were current while it ran"
                for rank, release in op.seen.items():
                    stood = self.states[op.seq].get(rank)
                    assert stood == release, f"{op}: it saw {release} in {rank}, where {stood} stood"

    def check_refused(self, operations: list[Operation], could_be: Callable[[Operation, range], bool]) -> int:
        """Whatever was refused was so: `could_be` says whether an operation could be refused where these states were current
        while it ran. How many there are."""
        windows = self.windows(operations)
        refused = [op for op in operations if op.status in (1, 2)]
        for op in refused:
            low, high = windows[op.id]
            assert could_be(op, range(low, high + 1)), f"{op}: it was not so, from {low} to {high}: {op.text}"
        return len(refused)


def gaps(numbers: list[int]) -> str:
    missing = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
    return f"1 to {max(numbers, default=0)} without {missing}" if missing else f"1 to {len(numbers)}"


def read(repo: Repository, name: str) -> Line | None:
    """None where there is certainly no such name. The state is read before the entries: nobody takes any away."""
    text = read_if_there(repo, f"{PRIVATE}{name}/state.json")
    if text is None:
        return None
    state = json.loads(text)
    keys = repo.raw.keys(f"{PRIVATE}{name}/")
    texts, versions = {}, {}
    wanted = [key for key in keys if ENTRY.search(key) or "/versions/" in key]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for key, data in zip(wanted, pool.map(repo.raw.read, wanted), strict=True):
            if found := ENTRY.search(key):
                texts[int(found[1])] = data
            else:
                document = json.loads(data)
                versions[document["version"]] = document
    return Line(repo, name, state, texts, versions)


def check(repo: Repository, name: str, trusted: set[Held] | None = None) -> Line:
    line = read(repo, name)
    assert line, f"{name} has no state"
    return line.check(trusted)
