"""What a user of obstore writes for each row of the table, and what fills and empties buckets: python obstore_client.py
VERB BUCKET …; endpoint and credentials come from the environment (AWS_*)."""

import asyncio
import os
import pathlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import obstore
from obstore.store import S3Store

AT_ONCE = 32


def open_bucket(name: str) -> S3Store:
    return S3Store(
        name,
        endpoint=os.environ["AWS_ENDPOINT_URL"],
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )


async def for_each(work: Callable[..., Awaitable], items: Iterable | AsyncIterator, at_once: int = AT_ONCE) -> None:
    """Some at once, with a bounded number waiting."""
    queue: asyncio.Queue = asyncio.Queue(at_once * 4)

    async def worker() -> None:
        while (item := await queue.get()) is not None:
            await work(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())
        if hasattr(items, "__aiter__"):
            async for item in items:
                await queue.put(item)
        else:
            for item in items:
                await queue.put(item)
        for _ in range(at_once):
            await queue.put(None)


async def listed(bucket: S3Store, prefix: str) -> AsyncIterator[dict]:
    async for page in obstore.list(bucket, prefix, chunk_size=1000):
        for item in page:
            yield item


def files_of(folder: pathlib.Path) -> list[pathlib.Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def down(bucket: S3Store, prefix: str, folder: pathlib.Path) -> None:
    async def fetch(item: dict) -> None:
        target = folder / item["path"][len(prefix) + 1 :]
        target.parent.mkdir(parents=True, exist_ok=True)
        answer = await obstore.get_async(bucket, item["path"])
        if item["size"] <= 1 << 20:
            target.write_bytes(await answer.bytes_async())
            return
        with target.open("wb") as out:
            async for piece in answer.stream(min_chunk_size=8 << 20):
                out.write(piece)

    await for_each(fetch, listed(bucket, prefix))


async def up(bucket: S3Store, prefix: str, folder: pathlib.Path) -> None:
    async def send(path: pathlib.Path) -> None:
        key = f"{prefix}/{path.relative_to(folder)}"
        if path.stat().st_size <= 1 << 20:
            await obstore.put_async(bucket, key, path.read_bytes())
        else:
            await obstore.put_async(bucket, key, path, chunk_size=16 << 20, max_concurrency=8)

    await for_each(send, files_of(folder))


async def ls(bucket: S3Store, prefix: str) -> None:
    async for item in listed(bucket, prefix):
        print(item["last_modified"].isoformat(), item["size"], item["path"])


async def rm(bucket: S3Store, prefix: str) -> None:
    async for page in obstore.list(bucket, prefix, chunk_size=1000):
        await obstore.delete_async(bucket, [item["path"] for item in page])


async def sync(bucket: S3Store, prefix: str, folder: pathlib.Path) -> None:
    there = {item["path"]: item async for item in listed(bucket, prefix)}

    def changed() -> Iterable[pathlib.Path]:
        for path in files_of(folder):
            state = path.stat()
            known = there.get(f"{prefix}/{path.relative_to(folder)}")
            if not known or known["size"] != state.st_size or known["last_modified"].timestamp() < state.st_mtime:
                yield path

    async def send(path: pathlib.Path) -> None:
        await obstore.put_async(bucket, f"{prefix}/{path.relative_to(folder)}", path.read_bytes())

    await for_each(send, changed())


async def make(bucket: S3Store, prefix: str, count: int) -> None:
    """That many empty objects."""

    async def one(number: int) -> None:
        await obstore.put_async(bucket, f"{prefix}/{number // 1000:04d}/{number:07d}.txt", b"")

    await for_each(one, range(count), at_once=64)


async def count(bucket: S3Store, prefix: str) -> None:
    number = size = 0
    async for item in listed(bucket, prefix):
        number, size = number + 1, size + item["size"]
    print(number, size)


def main() -> None:
    verb, name, prefix, *rest = sys.argv[1:]
    bucket = open_bucket(name)
    if verb == "make":
        asyncio.run(make(bucket, prefix, int(rest[0])))
    else:
        work = {"down": down, "up": up, "ls": ls, "rm": rm, "sync": sync, "count": count}[verb]
        asyncio.run(work(bucket, prefix, *map(pathlib.Path, rest)))
    # Its threads outlive the interpreter, which now and then aborts the process at its end (0.12.1).
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
