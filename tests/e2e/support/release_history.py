"""Makes a pipeline with a history of any length, without running anything: objects as docs/release-protocol.md has them."""

import datetime
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from support.release_log import PRIVATE, digest_of, sha256
from support.releases import RANKS

BEGIN = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
BY = {"identity": "alice", "run": "https://ci.example/run/1"}


def compact(document) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass
class History:
    """A name's pipeline under construction: `push`, `promote` and `rollback` make entries, `objects` are all of it."""

    name: str
    ranks: tuple[str, ...] = RANKS
    texts: list[bytes] = field(default_factory=list)
    standing: dict[str, dict] = field(default_factory=dict)
    earlier: dict[str, list[dict]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)  #: archived bytes, by key
    documents: dict[str, dict] = field(default_factory=dict)

    def add_version(self, version: str, files: dict[str, bytes]) -> dict:
        listed = [{"name": name, "sha256": sha256(files[name]), "size": len(files[name])} for name in sorted(files)]
        document = {"files": listed, "name": self.name, "version": version}
        document["digest"] = digest_of(document)
        self.documents[version] = document
        self.files |= {f"archive/{version}/{name}": data for name, data in files.items()}
        return document

    def reference(self, version: str) -> dict:
        return {"version": version, "digest": self.documents[version]["digest"]}

    def enter(self, action: str, rank: str, to: dict, **more) -> None:
        seq = len(self.texts) + 1
        at = (BEGIN + datetime.timedelta(seconds=seq)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        entry = {"seq": seq, "previous": sha256(self.texts[-1]) if self.texts else "", "id": f"{seq:024x}", "action": action,
                 "at": at, "by": BY, "rank": rank, "to": to, **more}  # fmt: skip
        before = self.standing.get(rank)
        if before:
            entry["from"] = {"version": before["version"], "digest": before["digest"]}
        self.texts.append(compact(entry))
        ways = self.earlier.setdefault(rank, [])
        versions = [way["version"] for way in ways]
        if action == "rollback" and to["version"] in versions:
            del ways[: versions.index(to["version"]) + 1]
        else:
            ways[:] = [way for way in ways if way["version"] not in (to["version"], (before or to)["version"])]
            if before and before["version"] != to["version"]:
                ways.insert(0, before)
            del ways[32:]
        self.standing[rank] = {**to, "seq": seq, "since": at, "by": BY}

    def push(self, version: str) -> None:
        self.enter("push", self.ranks[0], self.reference(version))

    def promote(self, rank: str, **more) -> None:
        source = self.ranks[self.ranks.index(rank) - 1]
        held = self.standing[source]
        self.enter("promote", rank, {"version": held["version"], "digest": held["digest"]}, source=source, **more)

    def rollback(self, rank: str, version: str) -> None:
        self.enter("rollback", rank, self.reference(version))

    def names_of(self, version: str) -> list[str]:
        return [file["name"] for file in self.documents[version]["files"]]

    def state(self) -> dict:
        last = len(self.texts)
        rows = {rank: {"current": standing, "document": compact(self.documents[standing["version"]]).decode(),
                       "earlier": self.earlier.get(rank, []), "laid_out": [{"version": standing["version"], "files": self.names_of(standing["version"])}]}
                for rank, standing in self.standing.items()}  # fmt: skip
        return {"format": 1, "name": self.name, "order": list(self.ranks), "ranks": rows, "seq": last, "recorded": last,
                "last_entry": self.texts[-1].decode()}  # fmt: skip

    def objects(self) -> Iterator[tuple[str, bytes]]:
        """Keys and bytes. The documented keys are there too, without the metadata that they have in a bucket."""
        yield from self.files.items()
        for rank, standing in self.standing.items():
            for file in self.documents[standing["version"]]["files"]:
                yield f"{rank}/{file['name']}", self.files[f"archive/{standing['version']}/{file['name']}"]
        for version, document in self.documents.items():
            yield f"{PRIVATE}{self.name}/versions/{version}.json", compact(document)
        for file in {file["name"] for document in self.documents.values() for file in document["files"]}:
            yield f".wheelyard/release-files/{file}.json", compact({"file": file, "release": self.name})
        for number, text in enumerate(self.texts, 1):
            yield f"{PRIVATE}{self.name}/history/{number:012d}.json", text
        yield f"{PRIVATE}{self.name}/state.json", compact(self.state())


def long_history(name: str, entries: int, size: int = 4000) -> History:
    """Two versions that follow each other through all ranks, so many entries long."""
    history = History(name)
    for version in ("1.0", "1.1"):
        history.add_version(version, {f"{name}.bin": random.Random(version).randbytes(size)})
    turn = 0
    while len(history.texts) < entries:
        version = ("1.0", "1.1")[turn % 2]
        turn += 1
        history.push(version)
        for rank in history.ranks[1:]:
            if len(history.texts) < entries:
                history.promote(rank)
    return history
