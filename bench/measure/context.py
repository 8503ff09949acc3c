"""What the parts share: a scratch folder, servers that are started once, and programs that run with their CPU time taken."""

import functools
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass

from support.process import clean_environment
from support.repositories import Repository, bucket_repository, folder_repository
from support.runner import program_path
from support.servers import S3Server, start_minio, start_versitygw
from support.tools import tool_environment

# The peers, each in the newest version at the time of writing.
AWSCLI = "awscli==1.46.3"
OBSTORE = "obstore==0.12.1"
PYPISERVER = "pypiserver==2.4.2"
S3PYPI = "s3pypi==2.0.1"
TWINE = "twine==7.0.0"
WATCHDOG = "watchdog==6.0.0"
PASTE = "paste==3.10.1"

NEEDED_MEMORY = 12 << 30  #: for what is kept in memory: files, and the server's copies, a set for each client


@dataclass
class Run:
    """A program that has ended."""

    command: list[str]
    status: int
    cpu: float  #: seconds, user and system
    wall: float  #: seconds
    output: str
    peak: float = 0  #: MiB resident, where it was taken

    def ok(self) -> "Run":
        if self.status:
            raise RuntimeError(f"{' '.join(self.command)} ended with {self.status}:\n{self.output[-4000:]}")
        return self


class Running:
    """A program in the background. Its output goes to a file, so that reading it costs nobody time."""

    def __init__(self, command: list, log: pathlib.Path, env: dict[str, str], cwd: pathlib.Path):
        self.command, self.log = [str(part) for part in command], log
        with log.open("wb") as out:
            self.started = time.perf_counter()
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=cwd, start_new_session=True
            )

    def wait(self) -> Run:
        _, status, usage = os.wait4(self.process.pid, 0)
        wall = time.perf_counter() - self.started
        self.process.returncode = os.waitstatus_to_exitcode(status)
        output = self.log.read_text(errors="replace")
        return Run(self.command, self.process.returncode, usage.ru_utime + usage.ru_stime, wall, output)

    def kill(self) -> None:
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            os.waitpid(self.process.pid, 0)


class Context:
    def __init__(self, folder: pathlib.Path, stack: ExitStack, quick: bool = False, peers_only: bool = False,
                 rounds: int = 0, rows: tuple[str, ...] = (), clients: tuple[str, ...] = ()):  # fmt: skip
        self.folder, self.stack, self.quick = folder, stack, quick
        self.peers_only, self.rounds, self.rows, self.clients = peers_only, rounds, rows, clients
        self.wheelyard = program_path()
        self.counter = 0

    def fresh(self, name: str) -> pathlib.Path:
        """A new, empty folder."""
        self.counter += 1
        path = self.folder / f"{self.counter}-{name}"
        path.mkdir()
        return path

    @functools.cached_property
    def minio(self) -> S3Server:
        return self.keep(start_minio(self.fresh("minio")))

    @functools.cached_property
    def memory(self) -> pathlib.Path:
        """A folder that is in memory where the system has one: on a disk, creating files drowns everything else."""
        place = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None
        free = int(re.search(r"MemAvailable: *(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) << 10
        if not self.quick and free < NEEDED_MEMORY:
            raise RuntimeError(f"{free >> 30} GiB of memory are free, and data and server need {NEEDED_MEMORY >> 30}: try --quick")
        return pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="wheelyard-bench-", dir=place)))

    @functools.cached_property
    def memory_minio(self) -> S3Server:
        return self.keep(start_minio(self.memory / "server"))

    @functools.cached_property
    def versitygw(self) -> S3Server:
        return self.keep(start_versitygw(self.fresh("versitygw")))

    def keep(self, program):
        """Stopped at the end."""
        self.stack.callback(program.stop)
        return program

    def repository(self, kind: str) -> Repository:
        """A fresh one: "folder", "MinIO" or "versitygw"."""
        if kind == "folder":
            return folder_repository(self.fresh("repository"))
        self.counter += 1
        return bucket_repository(getattr(self, kind.lower()), f"bench-{self.counter}")

    def tool(self, *requirements: str) -> pathlib.Path:
        return tool_environment(*requirements)

    @functools.cached_property
    def home(self) -> pathlib.Path:
        return self.fresh("home")

    def env(self, repo: Repository | None = None, **more: str) -> dict[str, str]:
        return clean_environment(self.home, **(repo.env if repo else {}), **more)

    def start(self, command: list, env: dict[str, str] | None = None, cwd: pathlib.Path | None = None) -> Running:
        self.counter += 1
        running = Running(command, self.folder / f"{self.counter}.log", env or self.env(), cwd or self.folder)
        self.stack.callback(running.kill)
        return running

    def run(self, command: list, env: dict[str, str] | None = None, cwd: pathlib.Path | None = None) -> Run:
        return self.start(command, env, cwd).wait().ok()

    def timed(self, command: list, env: dict[str, str] | None = None) -> Run:
        """The same with the peak of its resident memory taken, by a small program that starts it."""
        self.counter += 1
        figures = self.folder / f"{self.counter}.json"
        timed = pathlib.Path(os.environ["WHEELYARD_BENCH_BIN"]) / "bench_timed"
        run = self.run([timed, figures, *command], env)
        took = json.loads(figures.read_text())
        return Run(run.command, run.status, took["user"] + took["system"], took["wall"], run.output, took["peak_kib"] / 1024)

    def publish(self, repo: Repository, *files: pathlib.Path, options: tuple[str, ...] = ()) -> Run:
        return self.run([self.wheelyard, "publish", "--repo", repo.url, *options, *files], self.env(repo))


def median(values) -> float:
    return statistics.median(values)
