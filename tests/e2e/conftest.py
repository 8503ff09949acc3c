"""The fixtures; README.md in this folder describes them."""

import pathlib

import pytest
from support import clients as client_classes
from support.memory_s3 import MemoryS3
from support.objects import tree
from support.release_shell import Shell
from support.repositories import (
    Repository,
    bucket_repository,
    folder_repository,
    fresh_bucket_name,
    remove_bucket,
)
from support.runner import Wheelyard
from support.servers import Nginx, S3Server
from support.tools import tool_environment
from support.toxiproxy import Toxiproxy
from support.wheels import WheelFactory

pytest_plugins = ["support.server_fixtures"]


def bucket_on(server: S3Server, request: pytest.FixtureRequest):
    repository = bucket_repository(server, fresh_bucket_name(request))
    yield repository
    remove_bucket(repository)


@pytest.fixture
def minio(minio_server: S3Server, request: pytest.FixtureRequest):
    yield from bucket_on(minio_server, request)


@pytest.fixture
def versitygw(versitygw_server: S3Server, request: pytest.FixtureRequest):
    yield from bucket_on(versitygw_server, request)


@pytest.fixture
def folder_repo(tmp_path: pathlib.Path) -> Repository:
    return folder_repository(tmp_path / "repository")


@pytest.fixture(params=["folder", "minio", "versitygw"])
def repo(request: pytest.FixtureRequest) -> Repository:
    return request.getfixturevalue("folder_repo" if request.param == "folder" else request.param)


@pytest.fixture(params=["minio", "versitygw"])
def bucket_repo(request: pytest.FixtureRequest) -> Repository:
    return request.getfixturevalue(request.param)


@pytest.fixture
def wheelyard(tmp_path: pathlib.Path):
    folder = tmp_path / "run"
    folder.mkdir()
    runner = Wheelyard(folder)
    yield runner
    runner.stop_all()


@pytest.fixture
def wheels(tmp_path: pathlib.Path) -> WheelFactory:
    return WheelFactory(tmp_path / "dist")


@pytest.fixture(scope="session")
def toxiproxy_server(tmp_path_factory: pytest.TempPathFactory):
    server = Toxiproxy(tmp_path_factory.mktemp("toxiproxy"))
    yield server
    server.stop()


@pytest.fixture
def toxiproxy(toxiproxy_server: Toxiproxy):
    """toxiproxy(upstream_url) makes a proxy; all are removed at the end of the test."""
    made = []

    def make(upstream: str):
        made.append(toxiproxy_server.proxy(upstream))
        return made[-1]

    yield make
    for proxy in made:
        proxy.remove()


@pytest.fixture
def odd():
    """A server that takes keys which only Amazon does, with the bucket odd-keys."""
    server = MemoryS3()
    server.bucket("odd-keys")
    yield server
    server.stop()


@pytest.fixture
def nginx(tmp_path: pathlib.Path):
    """nginx(folder) serves it; the result's .url has no slash at the end."""
    started = []

    def serve(folder: pathlib.Path) -> Nginx:
        started.append(Nginx(folder, tmp_path / f"nginx-{len(started)}"))
        return started[-1]

    yield serve
    for server in started:
        server.stop()


@pytest.fixture
def pip(tmp_path: pathlib.Path) -> client_classes.Pip:
    return client_classes.Pip(tmp_path / "clients")


@pytest.fixture
def pip_debian(tmp_path: pathlib.Path) -> client_classes.PipDebian:
    return client_classes.PipDebian(tmp_path / "clients")


@pytest.fixture
def uv(tmp_path: pathlib.Path) -> client_classes.Uv:
    return client_classes.Uv(tmp_path / "clients")


@pytest.fixture
def poetry(tmp_path: pathlib.Path) -> client_classes.Poetry:
    return client_classes.Poetry(tmp_path / "clients")


@pytest.fixture
def pdm(tmp_path: pathlib.Path) -> client_classes.Pdm:
    return client_classes.Pdm(tmp_path / "clients")


@pytest.fixture(params=list(client_classes.CLIENTS))
def client(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> client_classes.Client:
    return client_classes.CLIENTS[request.param](tmp_path / "clients")


@pytest.fixture
def work(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tree(tmp_path / "work", {"my.tar.gz": b"first"})
    (folder / ".git").mkdir()  # no wheelyard.toml above it counts
    return folder


@pytest.fixture
def release(wheelyard, repo, work):
    return Shell(wheelyard, repo, work)


@pytest.fixture
def local(wheelyard, folder_repo, work):
    """The same in a folder, for what no server has a part in."""
    return Shell(wheelyard, folder_repo, work)


@pytest.fixture(scope="session")
def tool():
    """tool("s3pypi==2.0.1") is the bin folder of an environment that holds it."""
    return tool_environment
