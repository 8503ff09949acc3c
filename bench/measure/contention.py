"""Many publishers of one project on a store of set latency, beside the model."""

import json
import os
import pathlib
from collections.abc import Iterator

from measure.context import Context
from measure.report import Goal, Table

# Requests a publisher in a discrete-event model of the announcement protocol, HTML left out.
MODEL = {1: 7.0, 16: 6.6, 64: 6.9, 256: 6.8, 1000: 6.7}


def measure(context: Context) -> Iterator[Table]:
    program = pathlib.Path(os.environ["WHEELYARD_BENCH_BIN"]) / "bench_contention"
    counts = [1, 16, 64] if context.quick else list(MODEL)
    table = Table(
        "Publishers of one project at once, GET 20 ms, PUT 45 ms, LIST 40 ms a page",
        ["publishers", "requests each", "model", "HTML each", "swaps", "lost each", "the last after s", "listed",
         "requests each, new repository"],
    )  # fmt: skip
    rates = {}
    for count in counts:
        # So many threads on few cores would wait for the processor instead of the store: time is stretched for all.
        stretch = max(1, count // 64)
        common = [program, "--publishers", str(count), "--stretch", str(stretch)]
        result, new = (json.loads(context.run([*common, *more]).output) for more in ([], ["--empty"]))
        rates[count] = result["requests"] / count
        table.add(
            count, rates[count], MODEL[count], result["html_requests"] / count, result["swaps"],
            result["swaps_lost"] / count, result["last_seconds"] / stretch, result["listed"], new["requests"] / count,
        )  # fmt: skip
    table.notes.append("All begin within one second. In a new repository each of them joins the root index as well.")
    table.notes.append("Times of 256 and more are measured with latencies stretched by 4 and 15, and shown divided by that.")
    several = [rate for count, rate in rates.items() if count > 1]
    table.goals.append(Goal("requests a publisher, most contended ÷ least", max(several) / min(several), 1.25))
    yield table
