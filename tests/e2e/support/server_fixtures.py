"""Fixtures of real servers and of what stands before them, for tests/e2e and for tests/python: a pytest plugin."""

import pytest

from support.fault_proxy import FaultProxy
from support.servers import start_minio, start_versitygw


@pytest.fixture(scope="session")
def minio_server(tmp_path_factory: pytest.TempPathFactory):
    server = start_minio(tmp_path_factory.mktemp("minio"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def versitygw_server(tmp_path_factory: pytest.TempPathFactory):
    server = start_versitygw(tmp_path_factory.mktemp("versitygw"))
    yield server
    server.stop()


@pytest.fixture
def fault_proxy():
    """fault_proxy(upstream_url) makes a FaultProxy; all are stopped at the end of the test."""
    made = []

    def make(upstream: str) -> FaultProxy:
        made.append(FaultProxy(upstream))
        return made[-1]

    yield make
    for proxy in made:
        proxy.stop()
    assert not [path for proxy in made for path in proxy.outlasted], "somebody read an endless answer to the very end"
