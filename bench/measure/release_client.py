"""What a user of boto3 writes for a promotion, step by step as s3p does it: look at the version in the rank, look at the
one in the rank before, copy with its metadata. python release_client.py BUCKET FROM TO FILES THREADS TIMES

FILES is a number: file-000.bin, file-001.bin, …; they are promoted one after the other, or THREADS at once. With TIMES
above 1 it all happens again so often, and what one time took is printed: CPU and wall, without the imports.
"""

import concurrent.futures
import json
import os
import resource
import sys
import time

del sys.path[0]  # this folder: its http.py is not the one that boto3 means

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402


def version_of(client, bucket: str, key: str) -> str | None:
    try:
        return client.head_object(Bucket=bucket, Key=key)["Metadata"].get("version")
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise


def promote(client, bucket: str, source: str, target: str, file: str, again: bool) -> None:
    have = version_of(client, bucket, f"{target}/{file}")
    version = version_of(client, bucket, f"{source}/{file}")
    if version is None:
        sys.exit('error="could not promote, trying to skip rank?"')
    if have == version and not again:
        print(f'warning="{file} version {version} already in {target} rank"')
        return
    client.copy_object(
        Bucket=bucket, Key=f"{target}/{file}", CopySource={"Bucket": bucket, "Key": f"{source}/{file}"},
        Metadata={"version": version}, MetadataDirective="REPLACE",
    )  # fmt: skip


def main(bucket: str, source: str, target: str, files: int, threads: int, times: int) -> None:
    config = Config(max_pool_connections=max(threads, 10), s3={"addressing_style": "path"})
    client = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"], config=config)
    names = [f"file-{number:03d}.bin" for number in range(files)]
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    for _ in range(times):
        if threads == 1:
            for name in names:
                promote(client, bucket, source, target, name, times > 1)
        else:
            with concurrent.futures.ThreadPoolExecutor(threads) as pool:
                list(pool.map(lambda name: promote(client, bucket, source, target, name, times > 1), names))
    after, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - begun
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"cpu": cpu / times, "wall": wall / times}))


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:7]))
