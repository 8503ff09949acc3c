"""Programs that run beside a test: free ports, waiting until they answer, stopping them for certain."""

import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[3]
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1  # prctl(2)


#: Seconds. What an interrupt has not ended by then ends at once, without a word.
GRACE = 2

_KEPT_PORTS: dict[int, socket.socket] = {}


def free_port() -> int:
    """Nobody else's until it is given back or this process ends: the port stays bound here, without listening, so that no other bind to
    "any" and no outgoing connection gets it. A server that sets SO_REUSEADDR, as all that are started here do, may listen."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    port = kept.getsockname()[1]
    _KEPT_PORTS[port] = kept
    return port


def give_back(port: int) -> None:
    _KEPT_PORTS.pop(port).close()


# A shell without job control has what it starts in the background ignore SIGINT, and the programs tested here would
# inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Of the machine: a test may have changed its own since, and what is built for tests belongs into one cache.
_ENVIRONMENT = dict(os.environ)


def built_program(name: str) -> pathlib.Path:
    """A program of tests/tools: beside the one that is tested, or in the newest build."""
    if folder := os.environ.get("WHEELYARD_BIN_DIR"):
        program = pathlib.Path(folder, name)
    elif tested := os.environ.get("WHEELYARD_BIN"):
        program = pathlib.Path(tested).parent / name
    else:
        built = sorted(ROOT.glob(f"build/*/bin/{name}"), key=lambda path: path.stat().st_mtime)
        program = built[-1] if built else ROOT / "build/dev/bin" / name
    assert program.exists(), f"{program} is not there: cmake --build build/dev --target {name}"
    return program


def script_output(script: str, *arguments: str) -> str:
    """The last line that one of the project's scripts prints."""
    done = subprocess.run([ROOT / "scripts" / script, *arguments], env=_ENVIRONMENT, capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise RuntimeError(f"scripts/{script} {' '.join(arguments)} failed: {done.stderr or done.stdout}")
    return done.stdout.strip().splitlines()[-1]


#: By these a program knows that a CI system runs it, and records whose run it is.
CI_SIGNS = ("CI", "GITHUB_", "GITLAB_", "BUILDKITE", "TF_BUILD", "TRAVIS", "BITBUCKET_", "APPVEYOR", "TEAMCITY_",
            "CODEBUILD_", "DRONE", "JENKINS_", "BUILD_")  # fmt: skip


def clean_environment(home: pathlib.Path, **more: str) -> dict[str, str]:
    """The machine's environment without anything that could steer a client or hand it credentials, and with a home of
    its own, in which temporary files lie too: what is killed leaves some. Settings of certificates and proxies stay; the
    machine's own metadata service is not asked, and no CI system seems to be at work."""
    foreign = ("AWS_", "PIP_", "UV_", "PDM_", "POETRY_", "WHEELYARD_", "PYTHON", "PYENV_", "VIRTUAL_ENV", "XDG_", "MINIO_", *CI_SIGNS)
    kept = ("PIP_CERT", "AWS_CA_BUNDLE")
    environment = {k: v for k, v in os.environ.items() if k in kept or not k.startswith(foreign)}
    temporary = home / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    environment.update(HOME=str(home), TMPDIR=str(temporary), LC_ALL="C.UTF-8", PIP_DISABLE_PIP_VERSION_CHECK="1", NO_COLOR="1")
    environment.update(AWS_EC2_METADATA_DISABLED="true", **more)
    return environment


def end_with_parent() -> None:
    """In the child: a test run that is killed leaves no server behind."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Program:
    """A program in the background, in a process group of its own, with its output in a log."""

    def __init__(self, command: list, log: pathlib.Path, env: dict[str, str] | None = None, cwd=None):
        self.log = log
        self.command = [str(part) for part in command]
        # The kernel takes the thread that starts it for the parent: one that ends early would take the program along.
        tied = threading.current_thread() is threading.main_thread()
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=cwd, start_new_session=True,
                preexec_fn=end_with_parent if tied else None,
            )  # fmt: skip

    def wait_until(self, ready: Callable[[], bool], what: str, seconds: float = 180) -> "Program":
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"{what} ended with status {self.process.returncode}:\n{self.log_end()}")
            if ready():
                return self
            time.sleep(0.02)
        self.stop()
        raise RuntimeError(f"{what} did not answer within {seconds:g} s:\n{self.log_end()}")

    def wait_for_port(self, port: int, what: str) -> "Program":
        def answers() -> bool:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=10).close()
                return True
            except OSError:
                return False

        return self.wait_until(answers, what)

    def log_end(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]

    def stop(self, seconds: float = 10) -> int:
        """Asks it to end, then makes it; returns its status."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        return self.process.wait()

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_):
        self.stop()
