"""Promoting a release: Wheelyard beside the same steps written with boto3."""

import json
import pathlib
import tempfile
from collections import Counter
from collections.abc import Iterator

from support.audit import AuditLog
from support.release_history import long_history
from support.repositories import Repository, bucket_repository
from support.servers import S3Server, start_minio

from measure.context import Context, Run, median
from measure.report import Goal, Table

BOTO3 = "boto3==1.44.5"
FILES = 200
SIZE = 8 << 10
RANKS = "qa,staging,production"
NAME = "file-000"  #: of releases; its history is of a file of that name, as the first one is called


class Bench:
    def __init__(self, context: Context):
        self.context = context
        self.python = context.tool(BOTO3) / "python"
        self.script = pathlib.Path(__file__).with_name("release_client.py")
        self.number = 0
        place = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None
        self.folder = pathlib.Path(context.stack.enter_context(tempfile.TemporaryDirectory(prefix="wheelyard-bench-", dir=place)))
        self.server = context.keep(start_minio(self.folder / "server"))

    def bucket(self, server: S3Server | None = None) -> Repository:
        self.number += 1
        return bucket_repository(server or self.server, f"release-{self.number}", prefix="")

    def ours(self, repo: Repository, *command) -> Run:
        verb, *rest = command
        where = ["--store", f"s3://{repo.bucket}", "--ranks", RANKS, "--json"]
        return self.context.run([self.context.wheelyard, "release", verb, *where, *rest], self.context.env(repo))

    def boto3(self, repo: Repository, target: str, files: int, threads: int = 1, times: int = 1) -> Run:
        source = {"staging": "qa", "production": "staging"}[target]
        command = [self.python, "-I", self.script, repo.bucket, source, target, files, threads, times]
        return self.context.run(command, self.context.env(repo))

    def make_files(self, version: str, count: int) -> list[pathlib.Path]:
        folder = self.context.fresh("files")
        paths = [folder / f"file-{number:03d}.bin" for number in range(count)]
        for path in paths:
            path.write_bytes(f"{version} {path.name} ".encode() * (SIZE // 20))
        return paths

    def push(self, repo: Repository, version: str, count: int, name=NAME) -> None:
        self.ours(repo, "push", *self.make_files(version, count), "--name", name, "--version", version)

    def put(self, repo: Repository, version: str, count: int) -> None:
        for path in self.make_files(version, count):
            repo.raw.client.put_object(Bucket=repo.bucket, Key=f"qa/{path.name}", Body=path.read_bytes(), Metadata={"version": version})

    def put_history(self, repo: Repository, entries: int) -> None:
        folder = self.context.fresh("history")
        for key, data in long_history(NAME, entries).objects():
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        target = f"s3://{repo.bucket}/"
        self.context.run([self.context.wheelyard, "cp", "--recursive", "--quiet", f"{folder}/", target], self.context.env(repo))


def measure(context: Context) -> Iterator[Table]:
    bench = Bench(context)
    yield from one_file(bench)
    yield from many_files(bench)
    yield from counted(bench)


def one_file(bench: Bench) -> Iterator[Table]:
    """Each time another version, to staging; the clients take turns."""
    rounds = 4 if bench.context.quick else 20
    table = Table("One promotion of one file, a process each", ["client", "CPU ms", "wall ms", "CPU × ours", "wall × ours"])
    lengths = (10, 1_000 if bench.context.quick else 10_000)
    repos = {entries: bench.bucket() for entries in lengths}
    for entries, repo in repos.items():
        bench.put_history(repo, entries)
    peer = bench.bucket()
    taken: dict[object, list[Run]] = {key: [] for key in (*lengths, "boto3")}
    for number in range(rounds + 1):
        for entries, repo in repos.items():
            bench.push(repo, f"2.{number}", 1)
            taken[entries].append(bench.ours(repo, "promote", NAME, "staging"))
        bench.put(peer, f"2.{number}", 1)
        taken["boto3"].append(bench.boto3(peer, "staging", 1))
    cpu = {key: median(run.cpu for run in runs[1:]) * 1000 for key, runs in taken.items()}
    wall = {key: median(run.wall for run in runs[1:]) * 1000 for key, runs in taken.items()}
    first, last = lengths
    for key in taken:
        label = "boto3: look, look, copy" if key == "boto3" else f"wheelyard, after {key:,} entries"
        table.add(label, cpu[key], wall[key], cpu[key] / cpu[first], wall[key] / wall[first])
    loop = json.loads(bench.boto3(peer, "staging", 1, 1, 10 if bench.context.quick else 100).output.splitlines()[-1])
    table.add("boto3, one of 100 in one process", loop["cpu"] * 1000, loop["wall"] * 1000, loop["cpu"] * 1000 / cpu[first],
              loop["wall"] * 1000 / wall[first])  # fmt: skip
    table.goals.append(Goal("CPU of a promotion, boto3's ÷ ours", cpu["boto3"] / cpu[first], 10, at_least=True))
    table.goals.append(Goal(f"CPU of a promotion after {last:,} entries ÷ after {first}", cpu[last] / cpu[first], 1.1))
    table.goals.append(Goal(f"wall of a promotion after {last:,} entries ÷ after {first}", wall[last] / wall[first], 1.2))
    yield table


def many_files(bench: Bench) -> Iterator[Table]:
    rounds = 2 if bench.context.quick else 7
    files = 50 if bench.context.quick else FILES
    table = Table(f"One promotion of a release of {files} files", ["client", "CPU ms", "wall ms", "CPU × ours", "wall × ours"])
    repo, peers = bench.bucket(), {threads: bench.bucket() for threads in (1, 16)}
    taken: dict[str, list[Run]] = {"wheelyard": []} | {label(threads): [] for threads in peers}
    for number in range(rounds + 1):
        bench.push(repo, f"1.{number}", files)
        taken["wheelyard"].append(bench.ours(repo, "promote", NAME, "staging"))
        for threads, peer in peers.items():
            bench.put(peer, f"1.{number}", files)
            taken[label(threads)].append(bench.boto3(peer, "staging", files, threads))
    cpu = {client: median(run.cpu for run in runs[1:]) * 1000 for client, runs in taken.items()}
    wall = {client: median(run.wall for run in runs[1:]) * 1000 for client, runs in taken.items()}
    for client in taken:
        table.add(client, cpu[client], wall[client], cpu[client] / cpu["wheelyard"], wall[client] / wall["wheelyard"])
    table.goals.append(Goal(f"wall of promoting {files} files, boto3's ÷ ours", wall[label(1)] / wall["wheelyard"], 5, at_least=True))
    yield table


def label(threads: int) -> str:
    return "boto3, one after the other" if threads == 1 else f"boto3, {threads} threads"


def counted(bench: Bench) -> Iterator[Table]:
    """By the server's own log, on a server that keeps one."""
    log = bench.context.keep(AuditLog())
    server = bench.context.keep(start_minio(bench.folder / "logged", more=log.env))
    table = Table("Requests of a promotion, by MinIO's own log", ["promotion", "requests", "of them"])
    files = 50 if bench.context.quick else FILES
    lengths = (10, 1_000 if bench.context.quick else 10_000)

    def count(what: str, run, *arguments, **options) -> int:
        log.settled()
        run(*arguments, **options)
        calls = Counter(log.settled())
        table.add(what, calls.total(), ", ".join(f"{calls[name]} {name}" for name in sorted(calls)))
        return calls.total()

    for entries in lengths:
        repo = bench.bucket(server)
        bench.put_history(repo, entries)
        bench.push(repo, "2.0", 1)
        requests = count(f"one file, after {entries:,} entries", bench.ours, repo, "promote", NAME, "staging")
        table.goals.append(Goal(f"requests of a promotion after {entries:,} entries", requests, 6))
    repo = bench.bucket(server)
    bench.push(repo, "1.0", files)
    count(f"{files} files", bench.ours, repo, "promote", NAME, "staging")
    peer = bench.bucket(server)
    bench.put(peer, "1.0", 1)
    count("boto3, one file", bench.boto3, peer, "staging", 1)
    peer = bench.bucket(server)
    bench.put(peer, "1.0", files)
    count(f"boto3, {files} files", bench.boto3, peer, "staging", files)
    yield table
