"""A repository with something of everything that installers treat differently."""

import pathlib
import re

from support.repositories import Repository
from support.runner import Wheelyard
from support.wheels import make_sdist, make_wheel

YANK_REASON = "loses data on resume"
#: What installing WANTED leads to. acme 2.0 cannot be satisfied, so a resolver looks at its metadata and goes back.
WANTED = "acme[fast]<3"
RESOLVED = {"acme": "1.1", "acme-dep": "1.2", "acme-fast": "3.0"}


def stock(wheelyard: Wheelyard, repo: Repository, folder: pathlib.Path) -> Repository:
    """Publishes it all into `repo`; `folder` holds the files."""
    extra = ["Provides-Extra: fast"]
    wants = ["acme-dep>=1", 'acme-fast>=3; extra == "fast"']
    make_wheel(folder, "acme", "1.0", requires_dist=wants, extra_metadata=extra)
    make_wheel(folder, "acme", "1.1", requires_dist=wants, extra_metadata=extra)
    make_wheel(folder, "acme", "2.0", requires_dist=["acme-dep>=99"], extra_metadata=extra)
    make_wheel(folder, "acme-dep", "1.2")
    make_wheel(folder, "acme-fast", "3.0")
    make_wheel(folder, "withdrawn", "1.0")
    make_wheel(folder, "withdrawn", "1.1")
    make_wheel(folder, "pythons", "1.0", requires_python=">=3.8")
    make_wheel(folder, "pythons", "2.0", requires_python=">=99")
    make_wheel(folder, "locals", "1.0")
    make_wheel(folder, "locals", "1.0+cu121.build7")
    make_wheel(folder, "epochs", "2024.1")
    make_wheel(folder, "epochs", "1!1.0")
    make_wheel(folder, "previews", "1.0")
    make_wheel(folder, "previews", "2.0rc1")
    make_wheel(folder, "Odd.Name", "1.0")
    make_sdist(folder, "from-source", "1.0")
    wheelyard("publish", folder, repo=repo)
    wheelyard("yank", "withdrawn==1.1", "--reason", YANK_REASON, repo=repo)
    return repo


def requested(log: str) -> list[str]:
    """The paths that a request log shows, without the query."""
    return re.findall(r'"(?:GET|HEAD) ([^ "?]+)', log)
