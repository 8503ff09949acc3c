"""What a program costs before it does anything."""

from collections.abc import Iterator

from support.tools import pinned

from measure.context import AWSCLI, S3PYPI, TWINE, Context, median
from measure.report import Goal, Table


def measure(context: Context) -> Iterator[Table]:
    table = Table("Start-up", ["command", "CPU ms", "wall ms", "CPU × ours"])
    commands = [
        [context.wheelyard, "--version"],
        [context.wheelyard, "publish", "--help"],
        [context.tool(*pinned("uv")) / "uv", "--version"],
        [context.tool(*pinned("pip")) / "pip", "--version"],
        [context.tool(S3PYPI) / "s3pypi", "--help"],
        [context.tool(TWINE) / "twine", "--version"],
        [context.tool(AWSCLI) / "aws", "--version"],
    ]
    ours = None
    for command in commands:
        native = command[0].name in ("wheelyard", "uv")
        times = (10 if context.quick else 100) if native else (2 if context.quick else 7)
        context.run(command)  # the first one reads from the disk and compiles Python
        runs = [context.run(command) for _ in range(times)]
        cpu = median(run.cpu for run in runs) * 1000
        ours = ours or cpu
        name = " ".join([command[0].name, *command[1:]])
        table.add(name, cpu, median(run.wall for run in runs) * 1000, cpu / ours)
    table.goals.append(Goal("wheelyard --version, CPU ms", ours, 5))
    yield table
