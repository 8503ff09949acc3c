"""The programs `s3pypi`, `s3upload` and `s3p`, and running them from elsewhere: each is a verb of `wheelyard`."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

import wheelyard

from wheelyard_compat.names import program_warning


def s3pypi() -> NoReturn:
    _become("s3pypi")


def s3upload() -> NoReturn:
    _become("s3upload")


def s3p() -> NoReturn:
    _become("s3p")


def _become(program: str) -> NoReturn:
    """Goes on as wheelyard's verb of that name, in this very process: its exit status, its signals."""
    warning = program_warning(program)
    if warning:
        print(warning, file=sys.stderr, flush=True)
    try:
        binary = wheelyard.find_binary()
    except wheelyard.Error as error:
        sys.exit(f"{program}: {error}; {error.hint}")
    os.execv(binary, [binary, program, *sys.argv[1:]])


def run(program: str, arguments: Sequence[str], environment: Mapping[str, str | None]) -> int:
    """Runs it to its end, with its output where ours goes, and returns its exit status.

    `environment` changes the process's own; None takes a variable away. Secrets go there, never into `arguments`: other
    users of the machine can read those. Raises wheelyard.NotFoundError where wheelyard's program is missing.
    """
    changed = dict(os.environ)
    for name, value in environment.items():
        if value is None:
            changed.pop(name, None)
        else:
            changed[name] = value
    sys.stdout.flush()
    sys.stderr.flush()
    command = [wheelyard.find_binary(), program, *arguments]
    return subprocess.run(command, env=changed, check=False).returncode
