"""Moving files: Wheelyard beside rclone, aws, obstore and s5cmd. Server and data are in memory (/dev/shm), for on a disk
creating files drowns everything else; the clients take turns; the figures are medians of the rounds."""

import hashlib
import pathlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from support.process import script_output

from measure.context import AWSCLI, OBSTORE, Context, Run, median
from measure.report import Goal, Table
from measure.transfer_clients import Aws, Client, Obstore, Rclone, S5cmd, Wheelyard

BUCKET = "bench-transfer"
MOST_RESIDENT = 32  # MiB
MIB = 1 << 20


@dataclass
class Row:
    key: str
    title: str
    wall: float  #: the most that ours may take of the best peer's
    cpu: float
    work: str  #: what the clients are asked for
    large: bool = False


ROWS = [
    Row("small-down", "{small:,} × 8 KiB down", 0.55, 0.25, "down"),
    Row("small-up", "{small:,} × 8 KiB up", 0.8, 0.3, "up"),
    Row("large-up", "2 × {large} MiB up", 0.6, 0.25, "up", large=True),
    Row("large-down", "2 × {large} MiB down", 0.4, 0.35, "down", large=True),
    Row("list", "list {listed:,} keys", 1, 0.25, "ls"),
    Row("remove", "{small:,} removals", 0.3, 0.2, "rm"),
    Row("sync", "sync of {synced:,} unchanged files", 0.5, 0.2, "sync"),
]


@dataclass
class Sizes:
    small: int = 5_000
    large: int = 512
    listed: int = 100_000
    synced: int = 20_000
    rounds: int = 3


@dataclass
class Measured:
    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)

    def add(self, run: Run) -> None:
        self.walls.append(run.wall)
        self.cpus.append(run.cpu)
        self.peaks.append(run.peak)

    @property
    def wall(self) -> float:
        return median(self.walls)

    @property
    def cpu(self) -> float:
        return median(self.cpus)

    @property
    def peak(self) -> float:
        return max(self.peaks)


class Bench:
    """The server, the data, and one run of one client."""

    def __init__(self, context: Context):
        self.context = context
        self.sizes = Sizes(500, 32, 5_000, 1_000, 1) if context.quick else Sizes(rounds=context.rounds or 3)
        self.folder, self.server = context.memory, context.memory_minio
        self.server.client().create_bucket(Bucket=BUCKET)
        self.obstore = context.tool(OBSTORE) / "python"
        self.made: dict[str, pathlib.Path] = {}
        self.counter = 0

    def clients(self) -> list[Client]:
        rclone = script_output("servers", "--path", "rclone")
        s5cmd = script_output("servers", "--path", "s5cmd")
        home = self.context.home
        (home / ".aws").mkdir(exist_ok=True)
        (home / ".aws/config").write_text(
            "[default]\ns3 =\n  addressing_style = path\n  max_concurrent_requests = 16\n  max_queue_size = 10000\n"
            "  multipart_chunksize = 16MB\n"
        )
        rclone_env = {
            "RCLONE_CONFIG": str(home / "rclone.conf"), "RCLONE_S3_PROVIDER": "Minio", "RCLONE_S3_ENV_AUTH": "true",
            "RCLONE_S3_ENDPOINT": self.server.endpoint, "RCLONE_S3_REGION": "us-east-1",
            "RCLONE_S3_NO_CHECK_BUCKET": "true",
        }  # fmt: skip
        (home / "rclone.conf").touch()
        peers = [
            Rclone("rclone", [rclone], BUCKET, rclone_env),
            Aws("aws", [self.context.tool(AWSCLI) / "aws"], BUCKET),
            Obstore("obstore", [self.obstore, pathlib.Path(__file__).with_name("obstore_client.py")], BUCKET),
            S5cmd("s5cmd", [s5cmd], BUCKET, {"S3_ENDPOINT_URL": self.server.endpoint}, peer=False),
        ]
        ours = [] if self.context.peers_only else [Wheelyard("wheelyard", [self.context.wheelyard], BUCKET, peer=False)]
        chosen = self.context.clients
        return [client for client in ours + peers if not chosen or client.name in chosen]

    def env(self, client: Client | None = None) -> dict[str, str]:
        return self.context.env(**{**self.server.env, **(client.env if client else {})})

    def helper(self, verb: str, prefix: str, *rest) -> str:
        """What fills, empties and counts, outside of what is measured."""
        script = pathlib.Path(__file__).with_name("obstore_client.py")
        command = [self.obstore, script, verb, BUCKET, prefix, *map(str, rest)]
        done = subprocess.run(command, env=self.env(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{verb} {prefix} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        return done.stdout.strip()

    # --- data ---

    def tree(self, name: str, count: int, size: int, in_folder: int = 100) -> pathlib.Path:
        """Files of that size, all different, some in each folder."""
        if name not in self.made:
            top = self.made[name] = self.folder / name
            for number in range(count):
                path = top / f"{number // in_folder:03d}" / f"file-{number:06d}.bin"
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("wb") as out:
                    for block in range(0, size, MIB):
                        seed = hashlib.shake_128(f"{name}/{number}/{block}".encode())
                        out.write(seed.digest(min(size - block, MIB)))
        return self.made[name]

    def source(self, row: Row) -> pathlib.Path:
        if row.large:
            return self.tree("large", 2, self.sizes.large * MIB)
        if row.work == "sync":
            return self.tree("synced", self.sizes.synced, 1024)
        return self.tree("small", self.sizes.small, 8 * 1024)

    def stored(self, name: str, fill: Callable[[str], object]) -> str:
        """A prefix that is filled once."""
        if name not in self.made:
            self.made[name] = pathlib.Path(name)
            fill(name)
        return name

    # --- one run ---

    def run(self, row: Row, client: Client) -> Run | None:
        self.counter += 1
        prefix, target = f"run-{self.counter}", self.folder / f"run-{self.counter}"
        source = self.source(row)
        expected = f"{self.sizes.small} {self.sizes.small * 8192}"
        if row.large:
            expected = f"2 {2 * self.sizes.large * MIB}"
        try:
            if row.work == "down":
                there = self.stored(f"{source.name}-{client.name}", lambda name: self.upload(client, row, name, source))
                target.mkdir()
                run = self.timed(client, row, there, target)
                found = [path.stat().st_size for path in target.rglob("*") if path.is_file()]
                outcome = f"{len(found)} {sum(found)}"
            elif row.work == "up":
                run = self.timed(client, row, prefix, source)
                outcome = self.helper("count", prefix)
            elif row.work == "ls":
                there = self.stored("listed", lambda name: self.helper("make", name, self.sizes.listed))
                run = self.timed(client, row, there, target)
                expected, outcome = str(self.sizes.listed), str(run.output.count(".txt") if run else 0)
            elif row.work == "rm":
                self.helper("up", prefix, source)
                run = self.timed(client, row, prefix, target)
                expected, outcome = "0 0", self.helper("count", prefix)
            else:
                there = self.stored("synced-stored", lambda name: self.helper("up", name, source))
                before = self.last_modified(there)
                run = self.timed(client, row, there, source)
                expected, outcome = before, self.last_modified(there)
        finally:
            shutil.rmtree(target, ignore_errors=True)
            self.helper("rm", prefix)
        if run and outcome != expected:
            raise RuntimeError(f"{row.key}: {client.name} left '{outcome}', not '{expected}':\n{run.output[-2000:]}")
        return run

    def upload(self, client: Client, row: Row, prefix: str, source: pathlib.Path) -> None:
        """What a client reads is what it wrote itself: the checks that it makes depend on what it left there for them."""
        self.context.run(client.command("up", prefix, source, row.large), self.env(client))

    def last_modified(self, prefix: str) -> str:
        """Of the newest object below it: a sync that sends nothing does not change it."""
        lines = self.helper("ls", prefix).splitlines()
        return f"{len(lines)} {max(lines)}"

    def timed(self, client: Client, row: Row, prefix: str, folder: pathlib.Path) -> Run | None:
        command = client.command(row.work, prefix, folder, row.large)
        if command is None:
            return None
        return self.context.timed(command, self.env(client))


def measure(context: Context) -> Iterator[Table]:
    bench = Bench(context)
    clients = bench.clients()
    rows = [row for row in ROWS if not context.rows or row.key in context.rows]
    summary = Table(
        "Moving files: what ours takes of the best peer's",
        ["work", "wall", "CPU", "peak MiB", "best wall", "best CPU", "wall ≤", "CPU ≤"],
    )
    for row in rows:
        title = row.title.format(**vars(bench.sizes))
        taken = {client.name: Measured() for client in clients}
        for _ in range(bench.sizes.rounds):
            for client in clients:
                if run := bench.run(row, client):
                    taken[client.name].add(run)
        taken = {name: figures for name, figures in taken.items() if figures.walls}
        peers = {client.name: taken[client.name] for client in clients if client.peer and client.name in taken}
        best_wall = min(peers, key=lambda name: peers[name].wall)
        best_cpu = min(peers, key=lambda name: peers[name].cpu)
        table = Table(f"{title}, MinIO on loopback", ["client", "wall s", "CPU s", "peak MiB", "wall ×", "CPU ×"])
        for name, figures in taken.items():
            table.add(
                name, figures.wall, figures.cpu, figures.peak,
                figures.wall / peers[best_wall].wall, figures.cpu / peers[best_cpu].cpu,
            )  # fmt: skip
        ours = taken.get("wheelyard")
        if ours:
            wall, cpu = ours.wall / peers[best_wall].wall, ours.cpu / peers[best_cpu].cpu
            table.goals += [
                Goal(f"{title}: wall, of the best peer's", wall, row.wall),
                Goal(f"{title}: CPU, of the best peer's", cpu, row.cpu),
                Goal(f"{title}: peak resident MiB", ours.peak, MOST_RESIDENT),
            ]
            summary.add(title, wall, cpu, ours.peak, best_wall, best_cpu, row.wall, row.cpu)
        for client in clients:
            if row.work == "down" and bench.made.pop(f"{bench.source(row).name}-{client.name}", None):
                bench.helper("rm", f"{bench.source(row).name}-{client.name}")
        yield table
    if summary.rows:
        yield summary
