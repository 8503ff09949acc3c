"""Data to move about: generated files, and what is found of them afterwards."""

import hashlib
import os
import pathlib
import random

MIB = 1 << 20
PART = 5 * MIB  #: the smallest part that S3 takes


def content(name: str, size: int) -> bytes:
    """Bytes that no other name has, the same in each run."""
    return random.Random(f"{name} {size}").randbytes(size)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_tree(folder: pathlib.Path, sizes: dict[str, int], salt: str = "") -> dict[str, str]:
    """Files by their paths below the folder; their digests."""
    digests = {}
    for name, size in sizes.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content(salt + name, size)
        path.write_bytes(data)
        digests[name] = digest(data)
    return digests


def read_tree(folder: pathlib.Path) -> dict[str, str]:
    """The digest of each file below the folder (links are not followed). Others may work there meanwhile."""
    digests = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = pathlib.Path(where, name)
            try:
                digests[path.relative_to(folder).as_posix()] = digest(path.read_bytes())
            except FileNotFoundError:
                pass
    return digests


def read_bucket(client, bucket: str, prefix: str = "") -> dict[str, str]:
    """The digest of each object below a prefix, by key relative to it. Others may work there meanwhile."""
    digests = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            try:
                body = client.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
            except client.exceptions.NoSuchKey:
                continue
            digests[item["Key"].removeprefix(prefix)] = digest(body)
    return digests


def put_tree(client, bucket: str, prefix: str, sizes: dict[str, int], salt: str = "") -> dict[str, str]:
    digests = {}
    for name, size in sizes.items():
        data = content(salt + name, size)
        client.put_object(Bucket=bucket, Key=prefix + name, Body=data)
        digests[name] = digest(data)
    return digests


def unfinished_uploads(client, bucket: str, keys) -> list[tuple[str, str]]:
    """Key and id of each unfinished upload of these keys: MinIO tells of them only where it is asked for a whole key."""
    found = []
    for key in keys:
        answer = client.list_multipart_uploads(Bucket=bucket, Prefix=key)
        found += [(upload["Key"], upload["UploadId"]) for upload in answer.get("Uploads", []) if upload["Key"] == key]
    return found
