"""http::Client beside libcurl alone: what our part of a request costs. The bucket is open to all, so that nothing is signed."""

import json
import os
import pathlib
from collections.abc import Iterator

from measure.context import Context, median
from measure.report import Goal, Table

BUCKET = "bench-http"
THREADS = 16


def measure(context: Context) -> Iterator[Table]:
    client = context.memory_minio.client()
    client.create_bucket(Bucket=BUCKET)
    statement = {
        "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": [f"arn:aws:s3:::{BUCKET}/*"],
    }  # fmt: skip
    client.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    small, large = (500, 4) if context.quick else (5_000, 32)
    rows = [
        (f"{small:,} × 8 KiB up", "PUT", small, 8 << 10),
        (f"{small:,} × 8 KiB down", "GET", small, 8 << 10),
        (f"{large} × 32 MiB up", "PUT", large, 32 << 20),
        (f"{large} × 32 MiB down", "GET", large, 32 << 20),
    ]
    table = Table(f"http::Client beside libcurl, {THREADS} threads", ["work", "by", "wall s", "CPU s", "peak MiB", "CPU ×"])
    for title, method, count, size in rows:
        taken = {"libcurl": [], "client": []}
        for _ in range(1 if context.quick else 5):
            for by, runs in taken.items():
                runs.append(run(context, by, method, count, size))
        alone = median(run.cpu for run in taken["libcurl"])
        for by, runs in taken.items():
            cpu = median(run.cpu for run in runs)
            table.add(title, by, median(run.wall for run in runs), cpu, max(run.peak for run in runs), cpu / alone)
        table.goals.append(Goal(f"{title}: CPU of http::Client, of libcurl's alone", cpu / alone, 1.3))
    yield table


def run(context: Context, by: str, method: str, count: int, size: int):
    program = pathlib.Path(os.environ["WHEELYARD_BENCH_BIN"]) / "bench_http"
    prefix = f"{context.memory_minio.endpoint}/{BUCKET}/{size}-"
    threads = min(THREADS, count)
    return context.timed(
        [program, prefix, "--by", by, "--method", method, "--count", count, "--size", size, "--threads", threads]
    )
