"""Two repositories, and promotions from one to the other."""

import hashlib
from dataclasses import dataclass

from support import invariants
from support.repositories import BucketAccess, FolderAccess, Repository, bucket_repository, folder_repository

KINDS = [
    ("folder", "folder"), ("minio", "minio"), ("versitygw", "versitygw"), ("folder", "minio"), ("minio", "versitygw"),
    ("versitygw", "folder"),
]  # fmt: skip


def beside(repo: Repository, prefix: str) -> Repository:
    """Another repository in the same bucket, or beside the folder."""
    if repo.kind == "folder":
        return folder_repository(repo.folder.with_name(prefix))
    raw = BucketAccess(repo.raw.client, repo.bucket, f"{prefix}/")
    url = f"s3://{repo.bucket}/{prefix}"
    return Repository(repo.kind, url, repo.env, raw, repo.endpoint, repo.bucket, f"{prefix}/", None, repo.server)


@dataclass
class Pair:
    """`staging` and `prod`; promotions go from the first to the second."""

    staging: Repository
    prod: Repository

    def command(self, *arguments) -> tuple:
        elsewhere = self.staging.kind != "folder" and self.staging.endpoint != self.prod.endpoint
        endpoint = ("--from-endpoint-url", self.staging.endpoint) if elsewhere else ()
        return ("promote", *arguments, "--from", self.staging.url, "--to", self.prod.url, *endpoint)

    @property
    def env(self) -> dict[str, str]:
        return {**self.staging.env, **self.prod.env}

    def promote(self, wheelyard, *arguments, check=True, timeout=400):
        return wheelyard(*self.command(*arguments), env=self.env, check=check, timeout=timeout)

    def start(self, wheelyard, *arguments):
        return wheelyard.start(*self.command(*arguments), env=self.env)

    def behind(self, url: str) -> "Pair":
        """The target is reached through a proxy; a source on the same server too."""
        same = self.staging.endpoint is not None and self.staging.endpoint == self.prod.endpoint
        return Pair(self.staging.behind(url) if same else self.staging, self.prod.behind(url))


def listed(repo: Repository, project: str) -> set[str]:
    return set(invariants.look(repo, project).json)


def check_same(pair: Pair, project: str, names: set[str]) -> None:
    """The target lists these files and no other, with the source's bytes and digests, settled."""
    invariants.check_settled(pair.prod, project, names)
    theirs = {entry["filename"]: entry for entry in pair.staging.index(project)["files"]}
    for entry in pair.prod.index(project)["files"]:
        original = theirs[entry["filename"]]
        assert {k: v for k, v in entry.items() if k != "upload-time"} == {k: v for k, v in original.items() if k != "upload-time"}
        bytes_there = pair.prod.raw.read(f"{project}/{entry['filename']}")
        assert hashlib.sha256(bytes_there).hexdigest() == original["hashes"]["sha256"]


def unfinished(repo: Repository) -> list[str]:
    """Records of promotions that have not ended, and what dead writers left in the store."""
    return repo.raw.keys(".wheelyard/") + invariants.leftovers(repo)


__all__ = ["KINDS", "FolderAccess", "Pair", "beside", "bucket_repository", "check_same", "listed", "unfinished"]
