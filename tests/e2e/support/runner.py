"""Runs the program under test."""

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
from dataclasses import dataclass

from support.process import ROOT, Program, clean_environment
from support.repositories import Repository


def program_path() -> pathlib.Path:
    named = os.environ.get("WHEELYARD_BIN")
    candidates = [pathlib.Path(named)] if named else [ROOT / f"build/{p}/bin/wheelyard" for p in ("dev", "release")]
    for candidate in candidates:
        if candidate.exists():
            return candidate.absolute()
    raise RuntimeError(f"no program to test at {' or '.join(map(str, candidates))}; scripts/test builds it")


@dataclass
class Result:
    command: list[str]
    status: int
    stdout: str
    stderr: str

    @property
    def json(self):
        return json.loads(self.stdout)

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    def ok(self) -> "Result":
        assert self.status == 0, f"{' '.join(self.command)} ended with {self.status}:\n{self.output}"
        return self

    def failed(self, status: int | None = None) -> "Result":
        assert self.status != 0, f"{' '.join(self.command)} succeeded:\n{self.output}"
        assert self.status > 0, f"{' '.join(self.command)} died of signal {-self.status}:\n{self.output}"
        assert status is None or self.status == status, f"it ended with {self.status}:\n{self.output}"
        return self


class Wheelyard:
    """wheelyard("publish", path, repo=repo) runs it to its end and demands success; see README.md for the rest."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.program = program_path()
        self.started: list[Program] = []
        self.spawned: list[subprocess.Popen] = []

    def environment(self, repo: Repository | None = None, env: dict | None = None) -> dict[str, str]:
        merged = clean_environment(self.folder / "home", **(repo.env if repo else {}))
        for key, value in (env or {}).items():
            merged.pop(key, None) if value is None else merged.__setitem__(key, value)
        return merged

    def command(self, verb: str, *arguments, repo: Repository | None = None) -> list[str]:
        where = ["--repo", repo.url] if repo else []
        return [str(part) for part in (self.program, verb, *where, *arguments)]

    def __call__(
        self, *arguments, repo: Repository | None = None, env: dict | None = None, check=True, cwd=None, timeout=400
    ) -> Result:
        if repo is None:
            command = [str(part) for part in (self.program, *arguments)]
        else:
            command = self.command(*arguments, repo=repo)
        return self.run(command, self.environment(repo, env), check, cwd, timeout)

    def run(self, command: list, environment: dict, check=True, cwd=None, timeout=400) -> Result:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, env=environment,
            cwd=cwd or self.folder, timeout=timeout, check=False,
        )  # fmt: skip
        result = Result([str(part) for part in command], done.returncode, done.stdout, done.stderr)
        return result.ok() if check else result

    def start(self, *arguments, repo: Repository | None = None, env: dict | None = None) -> subprocess.Popen:
        """In the background, with both outputs piped: for many at once, and for killing it."""
        return self.spawn(self.command(*arguments, repo=repo), self.environment(repo, env))

    def spawn(self, command: list, environment: dict, cwd=None) -> subprocess.Popen:
        """The same for any command. What still runs at the end of the test is killed."""
        process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, errors="replace", env=environment, cwd=cwd or self.folder,
        )  # fmt: skip
        self.spawned.append(process)
        return process

    def together(self, commands: list[tuple], repo: Repository, env: dict | None = None, timeout=400) -> list[Result]:
        """Starts all, and lets them go at the same moment; their results, in the same order."""
        gate, opened = os.pipe()
        standing, stands = os.pipe()
        waits = ["sh", "-c", f'echo >/dev/fd/{stands}; read -r _; exec "$@" </dev/null', "sh"]
        running = [
            subprocess.Popen(
                [*waits, *self.command(*arguments, repo=repo)], stdin=gate, stdout=subprocess.PIPE, text=True,
                stderr=subprocess.PIPE, errors="replace", env=self.environment(repo, env), cwd=self.folder,
                pass_fds=(stands,),
            )
            for arguments in commands
        ]  # fmt: skip
        self.spawned += running
        os.close(gate)
        os.close(stands)
        ready = 0
        while ready < len(running) and (line := os.read(standing, 4096)):
            ready += len(line)
        os.close(opened)
        os.close(standing)
        results = [None] * len(running)

        def collect(number: int) -> None:
            process = running[number]
            out, err = process.communicate(timeout=timeout)
            results[number] = Result(process.args[len(waits) :], process.returncode, out, err)

        with concurrent.futures.ThreadPoolExecutor(len(running)) as pool:
            list(pool.map(collect, range(len(running))))
        return results

    def exec(self, repo: Repository, *command, env: dict | None = None, check=True, cwd=None, timeout=400) -> Result:
        """wheelyard exec -- COMMAND."""
        return self.run(self.command("exec", "--", *command, repo=repo), self.environment(repo, env), check, cwd, timeout)

    def exec_prefix(self, repo: Repository) -> list[str]:
        """What stands before a command to run it through `exec`."""
        return self.command("exec", "--", repo=repo)

    def serve(self, repo: Repository, *arguments, env: dict | None = None) -> "Served":
        """`serve` on a free port, until the test ends (or used with `with`)."""
        number = len(self.started)
        log = self.folder / f"serve-{number}.log"
        command = self.command("serve", "--port", "0", *arguments, repo=repo)
        program = Program(command, log, self.environment(repo, env), self.folder)
        self.started.append(program)
        address = re.compile(r"^http://[\w.:\[\]-]+:\d+(?=/simple/$)", re.MULTILINE)  # with -v there are lines of requests, too
        program.wait_until(lambda: address.search(log.read_text(errors="replace")) is not None, "wheelyard serve")
        return Served(program, address.search(log.read_text(errors="replace")).group(0))

    def stop_all(self) -> None:
        for program in self.started:
            program.stop()
        for process in self.spawned:
            if process.poll() is None:
                process.kill()
                process.wait()


@dataclass
class Served:
    program: Program
    url: str  #: http://127.0.0.1:PORT, without a slash at the end

    @property
    def index_url(self) -> str:
        return f"{self.url}/simple/"

    @property
    def log(self) -> str:
        return self.program.log.read_text(errors="replace")

    def stop(self) -> int:
        """Its status, once it has answered what it was asked."""
        return self.program.stop(seconds=120)

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_):
        self.stop()
