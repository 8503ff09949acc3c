"""Many small reads from Python: Wheelyard beside obstore and boto3, from 16 threads."""

import concurrent.futures
import json
import os
import pathlib
from collections.abc import Iterator

from support.process import ROOT

from measure.context import OBSTORE, Context, median
from measure.report import Goal, Table

BUCKET = "bench-python"
BOTO3 = "boto3==1.44.5"
THREADS = 16
SIZE = 8 << 10


def measure(context: Context) -> Iterator[Table]:
    count, rounds = (200, 1) if context.quick else (5_000, context.rounds or 5)
    server = context.memory_minio
    client = server.client()
    client.create_bucket(Bucket=BUCKET)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: client.put_object(Bucket=BUCKET, Key=f"small/{n}", Body=os.urandom(SIZE)), range(count)))
    pythons = {"obstore": context.tool(OBSTORE) / "python", "boto3": context.tool(BOTO3) / "python"}
    if not context.peers_only:
        pythons = {"wheelyard": installed(context), **pythons}
    taken: dict[str, list[dict]] = {library: [] for library in pythons}
    script = pathlib.Path(__file__).with_name("python_client.py")
    for _ in range(rounds):
        for library, python in pythons.items():
            command = [python, script, library, server.endpoint, BUCKET, "small/", count, THREADS]
            figures = json.loads(context.run(command, context.env(**server.env)).output.splitlines()[-1])
            assert figures["bytes"] == count * SIZE, (library, figures)
            taken[library].append(figures)
    table = Table(f"From Python: {count:,} gets of 8 KiB, {THREADS} threads", ["library", "wall s", "CPU s"])
    wall = {library: median(run["wall"] for run in runs) for library, runs in taken.items()}
    cpu = {library: median(run["cpu"] for run in runs) for library, runs in taken.items()}
    for library in taken:
        table.add(library, wall[library], cpu[library])
    if "wheelyard" in wall:
        for peer in ("obstore", "boto3"):
            table.goals.append(Goal(f"From Python: wall of wheelyard, of {peer}'s", wall["wheelyard"] / wall[peer], 1))
            table.goals.append(Goal(f"From Python: CPU of wheelyard, of {peer}'s", cpu["wheelyard"] / cpu[peer], 1))
    yield table


def installed(context: Context) -> pathlib.Path:
    """A Python with this tree's package."""
    environment = context.fresh("python")
    context.run(["python3", "-m", "venv", environment])
    # The compiler's cache is the user's own; everything else is clean.
    env = context.env(CCACHE_DIR=os.environ.get("CCACHE_DIR", str(pathlib.Path.home() / ".cache/ccache")))
    context.run([environment / "bin/python", "-m", "pip", "install", "--quiet", ROOT], env)
    return environment / "bin/python"
