"""Runs a command as on a terminal."""

import fcntl
import os
import pty
import select
import subprocess
import termios
import time


def run_on_terminal(command: list[str], env: dict[str, str], cwd, typed: str = "", timeout: float = 240) -> tuple[int, str]:
    """Its exit status and all that the terminal shows. `typed` is typed once something is asked for ("?")."""
    ours, theirs = pty.openpty()
    # Its controlling terminal, so that a typed Ctrl-C becomes a signal.
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=env, cwd=cwd, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    deadline = time.monotonic() + timeout
    try:
        while time.monotonic() < deadline:
            if select.select([ours], [], [], 0.05)[0]:
                try:
                    data = os.read(ours, 65536)
                except OSError:  # the other side is closed
                    break
                if not data:
                    break
                shown += data
            if typed and b"?" in shown:
                os.write(ours, typed.encode())
                typed = ""
        return process.wait(timeout=max(0.1, deadline - time.monotonic())), shown.decode(errors="replace")
    finally:
        process.kill()
        os.close(ours)
