"""Repositories to test with: a folder, or a fresh bucket on a real server; with a way in past Wheelyard."""

import itertools
import json
import os
import pathlib
import re
import time
from dataclasses import dataclass, field

bucket_numbers = itertools.count(1)


class FolderAccess:
    """Raw access to a folder: keys are paths below it."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder

    def keys(self, prefix: str = "") -> list[str]:
        """Of what is there now; others may add and remove files and folders meanwhile."""
        found = (pathlib.Path(folder, name) for folder, _, names in os.walk(self.folder) for name in names)
        keys = (path.relative_to(self.folder).as_posix() for path in found)
        return sorted(key for key in keys if key.startswith(prefix))

    def read(self, key: str) -> bytes:
        return (self.folder / key).read_bytes()

    def write(self, key: str, data: bytes, content_type: str | None = None) -> None:
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def delete(self, key: str) -> None:
        (self.folder / key).unlink()

    def exists(self, key: str) -> bool:
        return (self.folder / key).is_file()


class BucketAccess:
    """Raw access to the part of a bucket below a prefix, with boto3."""

    def __init__(self, client, bucket: str, prefix: str):
        self.client, self.bucket, self.prefix = client, bucket, prefix

    def keys(self, prefix: str = "") -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix + prefix)
        return sorted(item["Key"][len(self.prefix) :] for page in pages for item in page.get("Contents", []))

    def read(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.bucket, Key=self.prefix + key)["Body"].read()

    def write(self, key: str, data: bytes, content_type: str | None = None) -> None:
        options = {"ContentType": content_type} if content_type else {}
        self.client.put_object(Bucket=self.bucket, Key=self.prefix + key, Body=data, **options)

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self.prefix + key)

    def head(self, key: str) -> dict:
        return self.client.head_object(Bucket=self.bucket, Key=self.prefix + key)

    def exists(self, key: str) -> bool:
        return key in self.keys(key)


@dataclass
class Repository:
    kind: str  #: folder, minio or versitygw
    url: str  #: what --repo takes
    env: dict[str, str]  #: what the commands need to reach it
    raw: FolderAccess | BucketAccess
    endpoint: str | None = None
    bucket: str | None = None
    prefix: str = ""
    folder: pathlib.Path | None = None
    server: object = field(default=None, repr=False)

    def index(self, project: str) -> dict:
        """A project's index.json as it is in the bucket."""
        return json.loads(self.raw.read(f"{project}/index.json"))

    def listed(self, project: str) -> list[str]:
        """The file names in a project's index.json."""
        return [entry["filename"] for entry in self.index(project)["files"]]

    def html(self, project: str) -> str:
        return self.raw.read(f"{project}/index.html").decode()

    def behind(self, endpoint: str) -> "Repository":
        """The same repository, reached at another endpoint (a proxy's)."""
        env = {**self.env, "AWS_ENDPOINT_URL": endpoint}
        return Repository(self.kind, self.url, env, self.raw, endpoint, self.bucket, self.prefix, None, self.server)


def folder_repository(folder: pathlib.Path) -> Repository:
    folder.mkdir(parents=True, exist_ok=True)
    return Repository("folder", str(folder), {}, FolderAccess(folder), folder=folder)


def fresh_bucket_name(request) -> str:
    """One that no other test of this run has; `request` is pytest's fixture."""
    readable = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:40].strip("-")
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    return f"{readable}-{worker}-{next(bucket_numbers)}"


def bucket_repository(server, bucket: str, prefix: str = "py/") -> Repository:
    client = server.client()
    client.create_bucket(Bucket=bucket)
    access = BucketAccess(client, bucket, prefix)
    url = f"s3://{bucket}/{prefix}".rstrip("/")
    return Repository(server.kind, url, server.env, access, server.endpoint, bucket, prefix, None, server)


def remove_bucket(repository: Repository) -> None:
    """Leaves nothing behind on the shared server, which may still be storing something for a client that is gone."""
    client, bucket = repository.raw.client, repository.bucket
    deadline = time.monotonic() + 60
    while True:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            keys = [{"Key": item["Key"]} for item in page.get("Contents", [])]
            if keys:
                client.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
        try:
            return client.delete_bucket(Bucket=bucket)
        except client.exceptions.ClientError as refused:
            if refused.response["Error"]["Code"] != "BucketNotEmpty" or time.monotonic() > deadline:
                raise
