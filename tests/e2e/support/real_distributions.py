"""Fetches the wheels and sdists of tests/data/real_distributions.txt through pip, once, into a cache outside the tree.

    cd tests/e2e && python -m support.real_distributions [FOLDER]

Nothing of what is fetched is run: pip asks an sdist's build tool for its metadata before it keeps the file, and a
stand-in for the build tools answers with the PKG-INFO that the sdist holds.
"""

import concurrent.futures
import fcntl
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap
import time
from typing import NamedTuple

from support.tools import pinned, tool_environment

LIST = pathlib.Path(__file__).resolve().parents[2] / "data" / "real_distributions.txt"

# Where the build tools of the listed sdists are looked for. Each is the same stand-in.
BACKENDS = ("setuptools/build_meta", "hatchling/build")
BACKEND = textwrap.dedent("""
    import email, pathlib

    class Backend:
        def prepare_metadata_for_build_wheel(self, folder, config_settings=None):
            info = email.message_from_bytes(pathlib.Path("PKG-INFO").read_bytes())
            parts = (info["Name"].replace("-", "_"), info["Version"].replace("-", "_"))
            target = pathlib.Path(folder, "%s-%s.dist-info" % parts)
            target.mkdir(parents=True)
            text = "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n"
            (target / "METADATA").write_text(text % (info["Name"], info["Version"]))
            (target / "WHEEL").write_text("Wheel-Version: 1.0\\n")
            return target.name

        def get_requires_for_build_wheel(self, config_settings=None):
            return []

    __legacy__ = Backend()
    prepare_metadata_for_build_wheel = __legacy__.prepare_metadata_for_build_wheel
    get_requires_for_build_wheel = __legacy__.get_requires_for_build_wheel
    def build_wheel(*arguments, **settings): raise RuntimeError("nothing is built here")
    build_sdist = build_wheel
""")


class RealDistribution(NamedTuple):
    requirement: str  # name==version
    filename: str
    sha256: str
    why: str  # what is odd about it


def listed():
    found = []
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            found.append(RealDistribution(*(part.strip() for part in line.split("|"))))
    return found


def pip_options(filename):
    if not filename.endswith(".whl"):
        return ["--no-binary", ":all:", "--no-build-isolation", "--use-pep517"]
    pythons, abis, platforms = filename[:-4].split("-")[-3:]
    python = pythons.split(".")[-1]
    options = ["--only-binary", ":all:"]
    options += [word for platform in platforms.split(".") for word in ("--platform", platform)]
    options += [word for abi in abis.split(".") for word in ("--abi", abi)]
    implementation, version = re.match(r"([a-z]+)(\d*)", python).groups()
    if abis == "abi3" and int(version[1:] or 0) < 8:
        version = "312"
    return options + ["--implementation", implementation, "--python-version", version or "3"]


def pip_environment():
    return tool_environment(*pinned("pip"))


def fetch_one(distribution, folder, stand_ins):
    target = folder / distribution.filename
    if target.exists() and hashlib.sha256(target.read_bytes()).hexdigest() == distribution.sha256:
        return target
    for pause in (5, 20):  # beyond pip's own attempts: the public index may be away for a moment
        try:
            return fetch_now(distribution, target, stand_ins)
        except RuntimeError:
            time.sleep(pause)
    return fetch_now(distribution, target, stand_ins)


def fetch_now(distribution, target, stand_ins):
    with tempfile.TemporaryDirectory(dir=target.parent) as arrival:
        done = subprocess.run(
            [pip_environment() / "python", "-m", "pip", "download", "--no-deps", "--ignore-requires-python", "--pre", "--quiet",
             "--disable-pip-version-check", "--dest", arrival, *pip_options(distribution.filename),
             distribution.requirement],
            capture_output=True, text=True, timeout=900, env={**os.environ, "PYTHONPATH": str(stand_ins)})
        arrived = pathlib.Path(arrival) / distribution.filename
        if not arrived.exists():
            others = sorted(p.name for p in pathlib.Path(arrival).iterdir())
            raise RuntimeError(f"pip did not fetch {distribution.filename} (but {others}):\n{done.stdout}{done.stderr}")
        digest = hashlib.sha256(arrived.read_bytes()).hexdigest()
        if distribution.sha256 and digest != distribution.sha256:
            raise RuntimeError(f"{distribution.filename} has the SHA-256 {digest}, not {distribution.sha256}")
        arrived.replace(target)
    return target


def place_stand_ins(folder):
    for backend in BACKENDS:
        path = folder / f"{backend}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(BACKEND)
        # A package by an __init__ file comes before an installed one of its name.
        for parent in path.relative_to(folder).parents[:-1]:
            (folder / parent / "__init__.py").touch()


def default_folder():
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "wheelyard" / "real-distributions"


def fetch(folder=None, wanted=None):
    """The paths of all listed files (or of those `wanted`), in the list's order."""
    folder = pathlib.Path(folder or default_folder())
    folder.mkdir(parents=True, exist_ok=True)
    with (
        open(folder / ".lock", "w") as lock,
        tempfile.TemporaryDirectory() as stand_ins,
        concurrent.futures.ThreadPoolExecutor(4) as pool,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes want the same files
        place_stand_ins(pathlib.Path(stand_ins))
        jobs = [pool.submit(fetch_one, each, folder, stand_ins) for each in (wanted or listed())]
        return [job.result() for job in jobs]


if __name__ == "__main__":
    for path in fetch(*sys.argv[1:2]):
        print(path)
