"""Programs from PyPI, each in an environment of its own in the cache: the clients, and other tools to compare with."""

import functools
import pathlib
import subprocess
import time

from support.process import ROOT

PAUSES = (5, 20, 0)  #: seconds after each attempt that failed, beyond pip's own: the public index is away for a moment at times


@functools.cache
def tool_environment(*requirements: str) -> pathlib.Path:
    """The bin folder of an environment that holds exactly these: tool_environment("s3pypi==2.0.1"). Made once a machine."""
    name = requirements[0].split("=")[0].split("[")[0]
    command = '. scripts/lib/common.sh && make_venv "$@" >&2 && printf "%s" "$venv"'
    for pause in PAUSES:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command, "make_venv", name, *requirements],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode == 0:
            return pathlib.Path(done.stdout) / "bin"
        time.sleep(pause)
    raise RuntimeError(f"could not install {' '.join(requirements)}: {done.stderr}")


def pinned(name: str) -> list[str]:
    """The requirements in clients.txt for one of the clients."""
    for line in (ROOT / "tests/e2e/clients.txt").read_text().splitlines():
        label, *requirements = line.split()
        if label == name:
            return requirements
    raise KeyError(name)
