"""The names that other distributions have as well: which, who else, and what to say of it."""

import importlib.metadata
import warnings
from dataclasses import dataclass

OURS = "wheelyard-compat"


@dataclass(frozen=True)
class Name:
    """A module or program of ours, and the distributions that bring one of the same name."""

    name: str
    others: tuple[str, ...]


MODULES = (
    Name("s3", ("s3",)),
    Name("ilabs.s3util", ("ilabs.s3util",)),
    Name("s3p", ("s3p",)),
)
PROGRAMS = (
    Name("s3pypi", ("ilabs.s3util", "s3pypi")),
    Name("s3upload", ("ilabs.s3util",)),
    Name("s3p", ("s3p",)),
)


class ShadowWarning(UserWarning):
    """Something of ours stands where another installed distribution's would."""


def installed(distributions: tuple[str, ...]) -> list[str]:
    """Those that are installed, as "s3 3.0.0"."""
    found = []
    for name in distributions:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def find(names: tuple[Name, ...], name: str) -> Name:
    return next(entry for entry in names if entry.name == name)


def uninstall_command(found: list[str]) -> str:
    return "pip uninstall " + " ".join(entry.split()[0] for entry in found)


def warn_of_shadowed(module: str) -> None:
    """Called by a module of ours as it is imported: warns where another distribution has one of that name."""
    found = installed(find(MODULES, module).others)
    if found:
        warnings.warn(
            f"'import {module}' gives the module of {OURS}, and {' and '.join(found)} is installed as well. To keep "
            f"this one: {uninstall_command(found)}. To have the other one: pip uninstall {OURS}.",
            ShadowWarning,
            stacklevel=3,
        )


def program_warning(program: str) -> str:
    """What a program of ours says first, where another distribution has one of that name; else ""."""
    found = installed(find(PROGRAMS, program).others)
    if not found:
        return ""
    return (
        f"{program}: warning: this is the program of {OURS}, and {' and '.join(found)}, installed as well, has one of "
        f"the same name. To keep this one: {uninstall_command(found)} && pip install --force-reinstall --no-deps {OURS}. "
        f"To have the other one: pip uninstall {OURS}, then install it again with --force-reinstall."
    )
