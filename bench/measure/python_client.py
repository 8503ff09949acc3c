"""python_client.py LIBRARY ENDPOINT BUCKET PREFIX COUNT THREADS: reads PREFIX0, PREFIX1, ... and prints seconds: wall and CPU.

Run in an environment of its own for each library (wheelyard, obstore, boto3), each as its documentation has it for many
threads. What comes before the first read (imports, the client) is not counted, alike for all.
"""

import concurrent.futures
import json
import os
import resource
import sys
import time


def reader(library: str, endpoint: str, bucket: str, threads: int):
    """A function from a key to the object's bytes."""
    del sys.path[0]  # this folder: its http.py is not the one that boto3 means
    key_id, secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
    if library == "wheelyard":
        import wheelyard

        return wheelyard.open_store(f"s3://{bucket}", endpoint_url=endpoint, region="us-east-1").get
    if library == "obstore":
        import obstore

        store = obstore.store.S3Store(
            bucket, endpoint=endpoint, access_key_id=key_id, secret_access_key=secret, region="us-east-1",
            client_options={"allow_http": True},
        )  # fmt: skip
        return lambda key: obstore.get(store, key).bytes()
    import boto3
    from botocore.config import Config

    config = Config(max_pool_connections=threads, s3={"addressing_style": "path"})
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", config=config)
    return lambda key: client.get_object(Bucket=bucket, Key=key)["Body"].read()


def main(library: str, endpoint: str, bucket: str, prefix: str, count: int, threads: int) -> None:
    read = reader(library, endpoint, bucket, threads)
    read(f"{prefix}0")
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        size = sum(len(data) for data in pool.map(read, (f"{prefix}{n}" for n in range(count))))
        wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"wall": wall, "cpu": cpu, "bytes": size}))


if __name__ == "__main__":
    main(*sys.argv[1:5], int(sys.argv[5]), int(sys.argv[6]))
