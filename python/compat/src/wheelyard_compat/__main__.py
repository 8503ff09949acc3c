"""`wheelyard-compat`, or `python -m wheelyard_compat`: what each of our names is here, and what stands in its way.

Exit status: 0 all are ours, 1 some is not.
"""

import importlib.metadata
import importlib.util
import os
import pathlib
import sys
import sysconfig

from wheelyard_compat import __version__
from wheelyard_compat.names import MODULES, OURS, PROGRAMS, Name, installed, uninstall_command

_USAGE = """Usage: wheelyard-compat

Says what each of the modules and programs of wheelyard-compat is on this machine, and what to do where another package
stands in its way. Exit status: 0 all are ours, 1 some is not."""


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments:
        print(_USAGE, file=sys.stdout if arguments in (["-h"], ["--help"]) else sys.stderr)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    print(f"{OURS} {__version__}, wheelyard {importlib.metadata.version('wheelyard')}")
    problems = []
    for entry in MODULES:
        problems += _report("module", entry, _module_file(entry.name), _our_module(entry.name))
    for entry in PROGRAMS:
        problems += _report("program", entry, _program_file(entry.name), None)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def _report(kind: str, entry: Name, found: pathlib.Path | None, ours: pathlib.Path | None) -> list[str]:
    """Prints a line about a name; what is to be done about it."""
    others = installed(entry.others)
    is_ours = found is not None and (_same(found, ours) if ours else _calls_us(found))
    state = "ours" if is_ours else "missing" if found is None else "not ours"
    print(f"  {kind:8}{entry.name:14}{state:10}{found or ''}")
    reinstall = f"pip install --force-reinstall --no-deps {OURS}"
    if others:
        what_to_do = f"{uninstall_command(others)} && {reinstall}"
        return [f"{kind} {entry.name}: {' and '.join(others)} is installed as well. To have ours: {what_to_do}"]
    if is_ours:
        return []
    if found is None:
        return [f"{kind} {entry.name}: it is gone, perhaps with a package that had it too. To have it back: {reinstall}"]
    return [f"{kind} {entry.name}: {found} goes ahead of ours. To have ours: move it away, or name the other first"]


def _module_file(name: str) -> pathlib.Path | None:
    """What `import` would take, without running it."""
    parent, _, last = name.rpartition(".")
    try:
        if not parent:
            spec = importlib.util.find_spec(last)
        else:
            outer = importlib.util.find_spec(parent)
            path = outer.submodule_search_locations if outer else None
            spec = importlib.machinery.PathFinder.find_spec(name, path) if path is not None else None
    except (ImportError, ValueError):
        return None
    return pathlib.Path(spec.origin) if spec and spec.origin else None


def _our_module(name: str) -> pathlib.Path:
    return pathlib.Path(__file__).resolve().parents[1] / f"{name.replace('.', '/')}.py"


def _program_file(name: str) -> pathlib.Path | None:
    """The script in this environment, whatever the PATH says."""
    for scheme in (None, *_user_scheme()):
        folder = sysconfig.get_path("scripts", scheme) if scheme else sysconfig.get_path("scripts")
        path = pathlib.Path(folder, name)
        if path.is_file():
            return path
    return None


def _user_scheme() -> tuple[str, ...]:
    return (sysconfig.get_preferred_scheme("user"),) if hasattr(sysconfig, "get_preferred_scheme") else ()


def _calls_us(script: pathlib.Path) -> bool:
    return b"wheelyard_compat" in script.read_bytes()[:4096]


def _same(one: pathlib.Path, other: pathlib.Path) -> bool:
    return one.exists() and other.exists() and os.path.samefile(one, other)


if __name__ == "__main__":
    sys.exit(main())
