"""Where the program is."""

import os
import shutil
import sys
import sysconfig

from .errors import NotFoundError


def find_binary() -> str:
    """The path of the program `wheelyard` that was installed with this package, else of the one on PATH.

    Raises NotFoundError.
    """
    schemes = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", vars={"base": sys.base_prefix})]
    schemes.append(sysconfig.get_path("scripts", scheme=sysconfig.get_preferred_scheme("user")))
    # pip install --target puts scripts into a folder "bin" beside the package.
    schemes.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bin"))
    for folder in schemes:
        candidate = os.path.join(folder, "wheelyard")
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return candidate
    found = shutil.which("wheelyard")
    if found:
        return found
    raise NotFoundError(
        "cannot find the program wheelyard: it is in none of " + ", ".join(schemes) + " and not on PATH",
        doing="find",
        target="the program wheelyard",
        reason="it is in no folder of scripts and not on PATH",
        hint="install the package again: pip install --force-reinstall wheelyard",
    )
