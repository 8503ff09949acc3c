"""Virtual environments that a test can change."""

import pathlib
import subprocess
import sys
import time
import venv

from support.process import clean_environment

#: What the commands for setup.py are held against. The old one is the last whose `setup.py` knows nothing of its own
#: distutils, and the newest that old CI images have.
CURRENT_SETUPTOOLS = "setuptools==84.2.1"
OLD_SETUPTOOLS = ("setuptools==59.8.0", "wheel==0.37.1")


class Environment:
    """Made unless it is there. Has no pip of its own: the one of the tests installs into it."""

    def __init__(self, folder: pathlib.Path, wheels: pathlib.Path):
        self.folder, self.wheels = folder, wheels
        if not folder.exists():
            venv.create(folder, with_pip=False, symlinks=True)
        self.env = clean_environment(folder / "home")

    @property
    def bin(self) -> pathlib.Path:
        return self.folder / "bin"

    @property
    def python(self) -> pathlib.Path:
        return self.bin / "python"

    @property
    def site_packages(self) -> pathlib.Path:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.folder / "lib" / version / "site-packages"

    def pip(self, *arguments) -> subprocess.CompletedProcess:
        return self._run(sys.executable, "-m", "pip", "--python", self.python, *arguments)

    def install(self, *requirements, options: tuple = ()) -> None:
        """Ours and wheels that a test made come from this machine only, one after the other; what else, from the index."""
        ours = [wanted for wanted in requirements if isinstance(wanted, pathlib.Path) or wanted.startswith("wheelyard")]
        others = [wanted for wanted in requirements if wanted not in ours]
        for wanted in ours:
            self._install("--no-index", "--find-links", self.wheels, *options, wanted)
        if others:
            self._install(*others, attempts=3)

    def _install(self, *arguments, attempts: int = 1) -> None:
        for attempt in range(attempts):  # an index may be out of reach for a moment
            time.sleep(10 * attempt)
            done = self.pip("install", "--quiet", "--no-compile", *arguments)
            if done.returncode == 0:
                return
        raise AssertionError(done.stdout + done.stderr)

    def uninstall(self, *names) -> None:
        done = self.pip("uninstall", "--yes", *names)
        assert done.returncode == 0, done.stdout + done.stderr

    def run(self, code: str, *options) -> subprocess.CompletedProcess:
        """Python code in it."""
        return self._run(self.python, *options, "-c", code)

    def program(self, name: str, *arguments) -> subprocess.CompletedProcess:
        return self._run(self.bin / name, *arguments)

    def _run(self, *command) -> subprocess.CompletedProcess:
        return subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, env=self.env, cwd=self.folder,
            stdin=subprocess.DEVNULL, timeout=240, check=False,
        )  # fmt: skip
