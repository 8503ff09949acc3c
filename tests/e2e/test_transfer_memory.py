"""Memory and file descriptors stay within bounds however many files there are, and however large.

A release build may take 32 MiB at its peak in each of these; a dev build carries its checks and is not optimised: DEV_FACTOR of that.
"""

import os
import pathlib
import re
import shutil
import tempfile

import pytest
from support.memory_s3 import GeneratedKeys, MemoryS3
from support.repositories import bucket_repository
from support.resources import is_release, measured
from support.servers import start_minio

MOST_RESIDENT = 32  # MiB
DEV_FACTOR = 1.25
MOST_DESCRIPTORS = 300
MIB = 1 << 20
MOST_IN_RAM = 4 << 30  #: more than any of these tests has there


def check(wheelyard, run) -> None:
    most = MOST_RESIDENT if is_release(wheelyard) else MOST_RESIDENT * DEV_FACTOR
    print(f"{' '.join(run.result.command[1:3])}: {run.peak:.1f} MiB of {most}, {run.descriptors} descriptors, {run.seconds:.1f} s")
    assert run.peak <= most, run
    assert run.descriptors <= MOST_DESCRIPTORS, run


@pytest.fixture(scope="module")
def generated():
    server = MemoryS3()
    for name, count in (("hundred-thousand", 100_000), ("million", 1_000_000)):
        server.bucket(name, GeneratedKeys(count))
    yield server
    server.stop()


def available_memory() -> int:
    return int(re.search(r"^MemAvailable: +(\d+) kB", pathlib.Path("/proc/meminfo").read_text(), re.MULTILINE)[1]) * 1024


@pytest.fixture
def ram():
    """A folder in memory where there is much of it: creating files on a disk takes the most of the time."""
    shm = pathlib.Path("/dev/shm")
    has_room = os.access(shm, os.W_OK) and min(shutil.disk_usage(shm).free, available_memory()) >= MOST_IN_RAM
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wheelyard-test-", dir=shm if has_room else None))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def ram_repo(ram):
    server = start_minio(ram / "minio")
    yield bucket_repository(server, "memory")
    server.stop()


COUNTS = [
    pytest.param("hundred-thousand", 100_000, id="100000"),
    pytest.param("million", 1_000_000, id="1000000", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("verb", ["ls", "du", "sync"])
@pytest.mark.parametrize("bucket, count", COUNTS)
def test_listings_of_any_length(bucket, count, verb, generated, wheelyard, tmp_path):
    out = tmp_path / "out"
    arguments = {
        "ls": ("ls", "--recursive", "--json", f"s3://{bucket}"),
        "du": ("du", "--json", f"s3://{bucket}"),
        "sync": ("sync", "--dry-run", "--json", f"s3://{bucket}", tmp_path / "nothing"),
    }[verb]
    run = measured(wheelyard, *arguments, env=generated.env, to=out)
    with out.open() as lines:
        number, last = 0, ""
        for last in lines:
            number += 1
    assert f"{count}" in last
    assert number == (2 if verb == "du" else count + 1)
    check(wheelyard, run)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_sync_of_a_hundred_thousand_files(wheelyard, ram, ram_repo):
    """Up, once more with nothing to do, dry, and with the whole folder gone."""
    folder = ram / "tree"
    for number in range(100_000):
        if number % 1000 == 0:
            part = folder / f"{number // 1000:03d}"
            part.mkdir(parents=True)
        (part / f"file-{number:06d}").write_bytes(b"%d" % number)
    url, env = f"s3://{ram_repo.bucket}/tree", ram_repo.env
    run = measured(wheelyard, "sync", "--quiet", folder, url, env=env)
    check(wheelyard, run)
    for more in ((), ("--dry-run",), ("--size-only", "--delete")):
        again = measured(wheelyard, "sync", "--json", *more, folder, url, env=env)
        assert '"done":0' in again.result.stdout
        check(wheelyard, again)
    (folder / "000" / "file-000007").unlink()
    gone = measured(wheelyard, "sync", "--json", "--delete", "--dry-run", folder, url, env=env)
    assert '"removed":1,' in gone.result.stdout
    check(wheelyard, gone)
    back = measured(wheelyard, "sync", "--quiet", "--delete", url, ram / "back", env=env)
    check(wheelyard, back)
    assert sum(len(names) for _, _, names in os.walk(ram / "back")) == 100_000
    check(wheelyard, measured(wheelyard, "rm", "--recursive", "--quiet", url, env=env))


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--part-size=64MiB",), ("--jobs=16",)], ids=["plain", "large parts", "16 jobs"])
def test_large_files(wheelyard, ram, ram_repo, options):
    """2 × 512 MiB up, copied on the server, and down."""
    source = ram / "source"
    source.mkdir()
    block = os.urandom(8 * MIB)
    for name in ("one", "two"):
        with (source / name).open("wb") as file:
            for number in range(64):
                file.write(bytes([number]) + name.encode() + block[4:])
    url, env = f"s3://{ram_repo.bucket}", ram_repo.env
    command = ("cp", "--recursive", "--quiet", *options)
    check(wheelyard, measured(wheelyard, *command, source, f"{url}/up/", env=env))
    shutil.rmtree(source)
    check(wheelyard, measured(wheelyard, *command, f"{url}/up/", f"{url}/copy/", env=env))
    wheelyard("rm", "--recursive", "--quiet", f"{url}/up/", env=env)
    check(wheelyard, measured(wheelyard, *command, f"{url}/copy/", ram / "back", env=env))
    for name in ("one", "two"):
        with (ram / "back" / name).open("rb") as file:
            for number in range(64):
                assert file.read(8 * MIB) == bytes([number]) + name.encode() + block[4:]
