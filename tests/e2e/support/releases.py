"""Runs `wheelyard release`, and notes what it was told."""

import pathlib
import random
import subprocess
import time

from support.release_log import Held, Operation, manifest_digest
from support.repositories import Repository
from support.runner import Result, Wheelyard

RANKS = ("qa", "staging", "production")


#: How a step that failed tells that it stands, or may stand.
OPEN = ("the step itself is taken", "nor could all be put back", "no answer tells")


def tells_that_it_stands(text: str) -> bool:
    return any(words in text for words in OPEN)


class Releases:
    """A pipeline in a repository: releases("promote", "acme", "staging") must succeed; its Result."""

    def __init__(self, wheelyard: Wheelyard, repo: Repository, ranks: tuple[str, ...] = RANKS, env: dict | None = None):
        self.wheelyard, self.repo, self.ranks = wheelyard, repo, ranks
        self.env = wheelyard.environment(repo, env)

    def behind(self, url: str) -> "Releases":
        return Releases(self.wheelyard, self.repo.behind(url), self.ranks)

    def command(self, verb: str, *arguments, form: tuple[str, ...] = ("--json",)) -> list[str]:
        where = ["--store", self.repo.url, "--ranks", ",".join(self.ranks)]
        return [str(part) for part in (self.wheelyard.program, "release", verb, *form, *where, *arguments)]

    def __call__(self, verb: str, *arguments, check=True, timeout=400) -> Result:
        return self.wheelyard.run(self.command(verb, *arguments), self.env, check, timeout=timeout)

    def text(self, verb: str, *arguments) -> Result:
        """As people see it, not as --json."""
        return self.wheelyard.run(self.command(verb, *arguments, form=()), self.env)

    def start(self, verb: str, *arguments) -> subprocess.Popen:
        return self.wheelyard.spawn(self.command(verb, *arguments), self.env)


class Recorder:
    """Runs operations on one name and notes each: what was asked, when it ran, what it was told."""

    def __init__(self, releases: Releases, name: str, folder: pathlib.Path):
        self.releases, self.name, self.folder = releases, name, folder
        self.operations: list[Operation] = []

    def arguments(self, op: Operation, files: list[pathlib.Path] = ()) -> list:
        before = {rank: self.releases.ranks[i - 1] for i, rank in enumerate(self.releases.ranks)}
        match op.kind:
            case "push":
                op.rank = self.releases.ranks[0]
                return ["push", *files, "--name", self.name, "--version", op.version, "--note", op.id]
            case "promote":
                op.source = before[op.rank]
                return ["promote", f"{self.name}@{op.version}" if op.version else self.name, op.rank, "--note", op.id]
            case "rollback":
                return ["rollback", self.name, op.rank, "--note", op.id, *(["--to", op.version] if op.version else [])]
            case "prune":
                return ["prune", self.name, "--keep", "1"]
            case "download":
                self.target(op).mkdir()  # a path that is not there would be the file's own, where a release has one
                return ["download", self.name, op.rank, "--to", self.target(op)]
            case "status":
                return ["status", self.name]
        raise ValueError(op.kind)

    def target(self, op: Operation) -> pathlib.Path:
        return self.folder / f"download-{op.id}"

    def run(self, op: Operation, files: list[pathlib.Path] = ()) -> Operation:
        arguments = self.arguments(op, files)
        op.began = time.monotonic()
        result = self.releases(*arguments, check=False)
        op.ended = time.monotonic()
        return self.note(op, result)

    def run_and_kill(self, op: Operation, files: list[pathlib.Path], seconds: float) -> bool:
        """Kills it after so long; false where it was faster."""
        arguments = self.arguments(op, files)
        op.began = time.monotonic()
        process = self.releases.start(*arguments)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
        op.ended = time.monotonic()
        self.note(op, Result(process.args, process.returncode, out, err))
        return process.returncode < 0

    def note(self, op: Operation, result: Result) -> Operation:
        op.status, op.text = result.status, result.output
        op.report = result.json if result.stdout and result.status >= 0 else {}
        if result.status == 0 and op.kind != "prune":
            report = op.report
            op.seq, op.outcome = report["seq"], report.get("outcome", "")
            if op.kind == "status":
                op.seen = {row["rank"]: Held(row["version"], row["digest"]) if row.get("version") else None for row in report["ranks"]}
            elif op.kind == "download":
                files = {path.name: path.read_bytes() for path in self.target(op).iterdir()}
                op.seen = {op.rank: Held(report["version"], manifest_digest(self.name, report["version"], files))}
            else:
                op.seen = {op.rank: Held(report["version"], report["digest"])}
        self.operations.append(op)
        return op


def make_release(folder: pathlib.Path, version: str, names: list[str], size: int = 4000, salt: str = "") -> list[pathlib.Path]:
    """Files that no other version (or salt) has."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in names:
        paths.append(folder / name)
        paths[-1].write_bytes(random.Random(f"{version} {name} {salt}").randbytes(size))
    return paths
