"""Fixtures for wheelyard-compat, beside those of tests/python."""

import fcntl
import functools
import os
import pathlib
import shutil
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/e2e"))
sys.path.insert(0, str(pathlib.Path(__file__).parent))

from compat_support.environments import Environment  # noqa: E402
from compat_support.places import Place  # noqa: E402
from support.process import clean_environment  # noqa: E402
from support.repositories import fresh_bucket_name  # noqa: E402


@pytest.fixture
def home(monkeypatch, tmp_path):
    """The home of the code in this process."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(params=["minio", "versitygw"])
def place(request):
    """A fresh bucket on each of the servers."""
    yield from fresh_place(request, request.param)


@pytest.fixture
def minio(request):
    """A fresh bucket on MinIO, where one server is enough."""
    yield from fresh_place(request, "minio")


def fresh_place(request, kind: str):
    made = Place(request.getfixturevalue(f"{kind}_server"), fresh_bucket_name(request))
    yield made
    made.remove()


@pytest.fixture
def store(place):
    return place.store()


@pytest.fixture(scope="session")
def wheels() -> pathlib.Path:
    """The folder with the wheels of wheelyard and wheelyard-compat that are tested."""
    folder = os.environ.get("WHEELYARD_WHEELS")
    if not folder:
        raise RuntimeError("WHEELYARD_WHEELS names no folder with the two wheels; scripts/test --python builds them")
    return pathlib.Path(folder)


@pytest.fixture(scope="session")
def environment(wheels, tmp_path_factory):
    """environment("PyYAML==5.3.1") has wheelyard, wheelyard-compat and these, and is not to be changed. All workers of a
    test run share it."""
    base = tmp_path_factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    @functools.cache
    def make(*requirements: str) -> Environment:
        folder = run / ("environment-" + "-".join(requirements))
        with open(f"{folder}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            new = not folder.exists()
            made = Environment(folder, wheels)
            try:
                if new:
                    made.install("wheelyard-compat", *requirements)
            except BaseException:
                shutil.rmtree(folder)
                raise
        return made

    return make


@pytest.fixture
def fresh_environment(wheels, tmp_path):
    """An environment with nothing in it, for the test to change."""
    return Environment(tmp_path / "environment", wheels)


@pytest.fixture
def clean_env(tmp_path):
    """clean_env(NAME=value, ...): the machine's variables without any settings, a home of its own, and these."""
    return lambda **more: clean_environment(tmp_path / "home", **more)
