"""Programs from PyPI, each in an environment of its own in the cache: the clients, and other tools to compare with."""

import functools
import pathlib
import subprocess

from support.process import ROOT


@functools.cache
def tool_environment(*requirements: str) -> pathlib.Path:
    """The bin folder of an environment that holds exactly these: tool_environment("s3pypi==2.0.1"). Made once a machine."""
    name = requirements[0].split("=")[0].split("[")[0]
    command = '. scripts/lib/common.sh && make_venv "$@" >&2 && printf "%s" "$venv"'
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command, "make_venv", name, *requirements],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"could not install {' '.join(requirements)}: {done.stderr}")
    return pathlib.Path(done.stdout) / "bin"


def pinned(name: str) -> list[str]:
    """The requirements in clients.txt for one of the clients."""
    for line in (ROOT / "tests/e2e/clients.txt").read_text().splitlines():
        label, *requirements = line.split()
        if label == name:
            return requirements
    raise KeyError(name)
