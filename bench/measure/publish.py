"""64 processes publish 64 wheels of one project, 16 at a time."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from support.repositories import Repository
from support.wheels import make_wheel

from measure.context import S3PYPI, Context
from measure.report import Goal, Table

AT_ONCE = 16


def measure(context: Context) -> Iterator[Table]:
    count = 16 if context.quick else 64
    folder = context.fresh("dist")
    wheels = [make_wheel(folder, "acme", f"1.{i}", padding=20_000) for i in range(count)]
    s3pypi = context.tool(S3PYPI) / "s3pypi"
    table = Table(
        f"Publishing {count} wheels of one project by {count} processes, {AT_ONCE} at a time",
        ["publisher", "store", "CPU ms a wheel", "wall s", "exit 0", "listed", "CPU × ours"],
    )

    def ours(repo: Repository, wheel) -> list:
        return [context.wheelyard, "publish", "--repo", repo.url, wheel]

    def theirs(repo: Repository, wheel) -> list:
        return [s3pypi, "upload", "--bucket", repo.bucket, "--prefix", repo.prefix.rstrip("/"), "--s3-endpoint-url",
                repo.endpoint, wheel]  # fmt: skip

    base = None
    for kind in ("MinIO", "versitygw", "folder"):
        repo = context.repository(kind)
        cpu, wall, good = publish_all(context, repo, wheels, ours)
        base = base or cpu
        table.add("wheelyard", kind, cpu * 1000, wall, good, len(repo.listed("acme")), "1.00" if kind == "MinIO" else "")
    repo = context.repository("MinIO")
    cpu, wall, good = publish_all(context, repo, wheels, theirs)
    links = repo.raw.read("acme/").decode().count("<a href=")
    table.add("s3pypi 2.0.1", "MinIO", cpu * 1000, wall, good, links, cpu / base)
    table.goals.append(Goal("CPU a published wheel, s3pypi's ÷ ours", cpu / base, 30, at_least=True))
    yield table


def publish_all(context: Context, repo: Repository, wheels: list, command: Callable) -> tuple[float, float, int]:
    """CPU seconds a wheel, wall seconds of all, how many processes ended well."""
    context.run([*command(repo, wheels[0])[:1], "--help"])  # warm: programs and libraries are in memory
    started = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = list(pool.map(lambda wheel: context.start(command(repo, wheel), context.env(repo)).wait(), wheels))
    wall = time.perf_counter() - started
    return sum(run.cpu for run in runs) / len(runs), wall, sum(run.status == 0 for run in runs)
