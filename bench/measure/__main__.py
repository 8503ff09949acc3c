"""python -m measure [--quick] [--json FILE] [--rows NAMES] [--rounds N] [--peers-only] [PART…]"""

import argparse
import json
import os
import pathlib
import platform
import signal
import sys
import tempfile
from contextlib import ExitStack

from measure import contention, http, index, install, publish, python, release, serve, startup, transfer
from measure.context import Context
from measure.report import print_goals

PARTS = {part.__name__.split(".")[-1]: part.measure for part in (startup, publish, serve, install, index, contention, http, transfer, python, release)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/run")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; none: all")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--rows", default="", metavar="NAMES", help="of transfer: " + ",".join(r.key for r in transfer.ROWS))
    parser.add_argument("--rounds", type=int, default=0, metavar="N", help="of transfer; 3 where not given")
    parser.add_argument("--clients", default="", metavar="NAMES", help="of transfer: wheelyard,rclone,aws,obstore,s5cmd")
    parser.add_argument("--peers-only", action="store_true", help="of transfer: leaves Wheelyard out")
    asked = parser.parse_args()
    for part in asked.parts:
        if part not in PARTS:
            parser.error(f"no part is called '{part}'; there are {', '.join(PARTS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    load = os.getloadavg()[0]
    print(f"\n{os.cpu_count()} cores, {platform.system()} {platform.machine()}, load {load:.1f} at the start")
    if load > os.cpu_count() / 2:
        print("The machine is busy: wall times and rates say little; CPU times and counts still hold.")
    tables = []
    with ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wheelyard-bench-")))
        rows, clients = (tuple(filter(None, names.split(","))) for names in (asked.rows, asked.clients))
        context = Context(folder, stack, asked.quick, asked.peers_only, asked.rounds, rows, clients)
        for part in asked.parts or PARTS:
            for table in PARTS[part](context):
                table.print()
                tables.append(table)
        # Before the scratch folder goes: that can take a while.
        goals = [goal for table in tables for goal in table.goals]
        print_goals(goals)
        if asked.json:
            asked.json.write_text(
                json.dumps(
                    {
                        "load": load,
                        "tables": [{"title": t.title, "columns": t.columns, "rows": t.rows} for t in tables],
                        "goals": [{"goal": g.text, "value": g.value, "limit": g.limit, "met": g.met} for g in goals],
                    },
                    indent=1,
                )
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
