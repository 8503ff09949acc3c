"""uv installs 100 real wheels through `exec` and from nginx."""

import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator

from support.process import ROOT
from support.servers import Nginx
from support.tools import pinned

from measure.context import Context, Run, median
from measure.report import Goal, Table

LIST = ROOT / "bench/wheels.txt"


def measure(context: Context) -> Iterator[Table]:
    pins = [line for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    wheels = downloaded(context, pins)
    if context.quick:
        pins = pins[:20]
    wanted = context.fresh("wanted") / "requirements.txt"
    wanted.write_text("\n".join(pins) + "\n")
    folder, bucket = context.repository("folder"), context.repository("MinIO")
    for repo in (folder, bucket):
        context.publish(repo, *wheels)
    nginx = context.keep(Nginx(folder.folder, context.fresh("nginx")))
    uv = context.tool(*pinned("uv")) / "uv"

    def install(repo=None, index: str | None = None) -> Run:
        """Into a fresh environment, with an empty cache."""
        place = context.fresh("venv")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
        through = [context.wheelyard, "exec", "--no-upstream", "--repo", repo.url, "--"] if repo else []
        where = ["--default-index", index] if index else []
        command = [*through, uv, "pip", "install", "--quiet", "--python", place / "bin/python", "--no-deps", *where, "-r", wanted]
        run = context.run(command, context.env(repo, UV_CACHE_DIR=str(place / "cache"), UV_PYTHON_DOWNLOADS="never"))
        installed = len(list(place.glob("lib/python*/site-packages/*.dist-info")))
        if installed != len(pins):
            raise RuntimeError(f"{installed} of {len(pins)} were installed:\n{run.output}")
        return run

    ways = {
        "nginx, the folder as it is": lambda: install(index=f"{nginx.url}/"),
        "file://, nothing running": lambda: install(index=folder.folder.as_uri()),
        "wheelyard exec, folder": lambda: install(folder),
        "wheelyard exec, MinIO": lambda: install(bucket),
    }
    runs: dict[str, list[Run]] = {name: [] for name in ways}
    for turn in range(3 if context.quick else 7):  # in turns, so that all meet the same weather
        for name, way in ways.items():
            run = way()
            if turn:
                runs[name].append(run)
    nginx.stop()
    table = Table(
        f"uv pip install --no-deps of {len(pins)} wheels, empty cache", ["from", "wall s", "CPU s", "fastest wall s", "wall ÷ nginx"]
    )
    base = median(run.wall for run in runs["nginx, the folder as it is"])
    for name, done in runs.items():
        wall = median(run.wall for run in done)
        table.add(name, wall, median(run.cpu for run in done), min(run.wall for run in done), wall / base)
    table.notes.append("CPU is that of the command: uv, and with exec the server inside Wheelyard; nginx's own is not in it.")
    ratio = median(run.wall for run in runs["wheelyard exec, folder"]) / base
    table.goals.append(Goal("exec -- uv pip install from a folder, wall ÷ nginx", ratio, 1.15))
    yield table


def downloaded(context: Context, pins: list[str]) -> list[pathlib.Path]:
    """The wheels, fetched once with pip and kept in the cache."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "wheelyard/bench-wheels"
    marker = cache / "complete.txt"
    if not marker.exists() or marker.read_text() != LIST.read_text():
        print(f"fetching {len(pins)} wheels (once)", flush=True)
        cache.mkdir(parents=True, exist_ok=True)
        for old in cache.glob("*.whl"):
            old.unlink()
        pip = context.tool(*pinned("pip")) / "pip"
        command = [pip, "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", cache, "-r", LIST]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=600)
        marker.write_text(LIST.read_text())
    return sorted(cache.glob("*.whl"))
