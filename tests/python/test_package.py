"""The installed package: the program beside it, types, docstrings."""

import inspect
import io
import subprocess
import sys

import wheelyard


def test_the_program_comes_along():
    program = wheelyard.find_binary()
    assert program.startswith(sys.prefix)
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    module = subprocess.run([sys.executable, "-m", "wheelyard", "--version"], capture_output=True, text=True, check=True)
    assert version == module.stdout and version.startswith("wheelyard ")


def test_exit_status_passes_through():
    done = subprocess.run([sys.executable, "-m", "wheelyard", "no-such-verb"], capture_output=True, check=False)
    assert done.returncode == subprocess.run([wheelyard.find_binary(), "no-such-verb"], capture_output=True, check=False).returncode != 0


def test_everything_has_a_docstring():
    for name in wheelyard.__all__:
        thing = getattr(wheelyard, name)
        assert thing.__doc__, name
        if isinstance(thing, type) and not issubclass(thing, Exception):
            for member in vars(thing) if thing.__module__ != "wheelyard._core" else dir(thing):
                if not member.startswith("_") and not (issubclass(thing, io.IOBase) and hasattr(io.BufferedRandom, member)):
                    assert inspect.getdoc(getattr(thing, member)), f"{name}.{member}"
