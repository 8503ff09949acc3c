"""The fixtures: stores on real servers, with a way in past Wheelyard. The harness is that of tests/e2e."""

import os
import pathlib
from dataclasses import dataclass

import pytest
import wheelyard
from support.repositories import BucketAccess, FolderAccess, fresh_bucket_name
from support.servers import ACCESS_KEY, REGION, SECRET_KEY, S3Server

pytest_plugins = ["support.server_fixtures"]


@dataclass
class Place:
    """Where a test works: an empty bucket, or a folder."""

    kind: str  #: folder, minio or versitygw
    url: str
    settings: dict[str, str]  #: keyword arguments of open_store
    raw: FolderAccess | BucketAccess  #: past Wheelyard
    server: S3Server | None = None
    bucket: str | None = None

    def open(self, path: str = "", **settings) -> wheelyard.Store:
        return wheelyard.open_store(f"{self.url}/{path}".rstrip("/"), **{**self.settings, **settings})

    @property
    def env(self) -> dict[str, str]:
        return self.server.env if self.server else {}


@pytest.fixture(autouse=True)
def clean_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path):
    """Nothing of the machine's own AWS settings, nor of its own metadata service."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "WHEELYARD_REPO")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))


def bucket_on(server: S3Server, request: pytest.FixtureRequest):
    client, bucket = server.client(), fresh_bucket_name(request)
    client.create_bucket(Bucket=bucket)
    settings = {"endpoint_url": server.endpoint, "access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY,
                "region": REGION}  # fmt: skip
    yield Place(server.kind, f"s3://{bucket}", settings, BucketAccess(client, bucket, ""), server, bucket)


@pytest.fixture
def minio(minio_server: S3Server, request: pytest.FixtureRequest):
    yield from bucket_on(minio_server, request)


@pytest.fixture
def versitygw(versitygw_server: S3Server, request: pytest.FixtureRequest):
    yield from bucket_on(versitygw_server, request)


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> Place:
    path = tmp_path / "store"
    path.mkdir()
    return Place("folder", str(path), {}, FolderAccess(path))


@pytest.fixture(params=["minio", "versitygw"])
def bucket(request: pytest.FixtureRequest) -> Place:
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["folder", "minio", "versitygw"])
def place(request: pytest.FixtureRequest) -> Place:
    return request.getfixturevalue(request.param)


@pytest.fixture
def store(place: Place) -> wheelyard.Store:
    return place.open()
