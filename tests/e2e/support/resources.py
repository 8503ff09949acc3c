"""What a run takes: its peak resident memory, and the file descriptors that it holds at once."""

import os
import pathlib
import subprocess
import sys
import time
from dataclasses import dataclass

from support.runner import Result, Wheelyard

#: The kernel counts into a program's peak what its process held before it became that program: here that of a small
#: Python (about 10 MiB), where it would be the whole test run's if it were started from here.
LAUNCHER = """
import os, sys
report = int(sys.argv[1])
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
os.write(report, b"%d\\n" % pid)
_, status, usage = os.wait4(pid, 0)
os.write(report, b"%d %d %f\\n" % (os.waitstatus_to_exitcode(status), usage.ru_maxrss, usage.ru_utime + usage.ru_stime))
"""


@dataclass
class Measured:
    result: Result
    peak: float  #: MiB, the most that was resident
    descriptors: int  #: the most that were seen open
    seconds: float
    cpu: float


def is_release(wheelyard: Wheelyard) -> bool:
    """Whether the program was built as people get it; a dev build carries debug sections."""
    return b".debug_info" not in wheelyard.program.read_bytes()


def measured(
    wheelyard: Wheelyard, *arguments, env: dict | None = None, check=True, timeout=400, to: pathlib.Path | None = None
) -> Measured:
    """Runs it, looking now and then; with `to` standard output goes there, unseen by the result."""
    out_path, err_path = to or wheelyard.folder / "measured.out", wheelyard.folder / "measured.err"
    command = [str(part) for part in (wheelyard.program, *arguments)]
    reading, writing = os.pipe()
    began = time.monotonic()
    with out_path.open("wb") as out, err_path.open("wb") as err:
        launcher = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, str(writing), *command], stdin=subprocess.DEVNULL, stdout=out,
            stderr=err, env=wheelyard.environment(env=env), cwd=wheelyard.folder, pass_fds=(writing,),
        )  # fmt: skip
    os.close(writing)
    descriptors = 0
    with os.fdopen(reading) as report:
        pid = int(report.readline())
        while launcher.poll() is None:
            try:
                descriptors = max(descriptors, len(os.listdir(f"/proc/{pid}/fd")))
            except OSError:
                pass
            if time.monotonic() - began > timeout:
                os.kill(pid, 9)
                launcher.wait()
                raise AssertionError(f"{' '.join(command)} did not end within {timeout} s")
            time.sleep(0.01)
        seconds = time.monotonic() - began
        status, peak, cpu = report.readline().split()
    stdout = "" if to else out_path.read_text(errors="replace")
    result = Result(command, int(status), stdout, err_path.read_text(errors="replace"))
    if check:
        result.ok()
    return Measured(result, int(peak) / 1024, descriptors, seconds, float(cpu))
