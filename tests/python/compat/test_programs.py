"""The programs s3pypi and s3upload: wheelyard under their names, in the same process."""

import os
import signal
import subprocess
import sys
import time

import pytest
from support.servers import ACCESS_KEY, SECRET_KEY

#: pip makes environments here: slow where much else runs.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def here(environment, clean_env, minio, tmp_path):
    """here("s3upload", …) runs it in a folder with a file "a file.zip"."""
    made = environment()
    (tmp_path / "a file.zip").write_bytes(b"zip")
    env = clean_env(AWS_ENDPOINT_URL=minio.server.endpoint, AWS_ACCESS_KEY_ID=ACCESS_KEY, AWS_SECRET_ACCESS_KEY=SECRET_KEY)

    def run(program: str, *arguments, **changes) -> subprocess.CompletedProcess:
        command = [str(part) for part in (made.bin / program, *arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env={**env, **changes}, check=False)

    run.bin, run.env, run.cwd = made.bin, env, tmp_path
    return run


def test_exit_statuses_and_output_are_those_of_wheelyard(here, minio):
    done = here("s3upload", "*.zip", "-t", f"s3://{minio.bucket}/up", "-a", "public-read")
    assert (done.returncode, done.stderr) == (0, "") and "Uploading a file.zip as" in done.stdout
    assert minio.keys() == ["up/a file.zip"]
    assert here("s3upload", "*.zip", "-t", f"s3://{minio.bucket}/up").returncode == 1
    assert here("s3upload").returncode == 2
    assert here("s3upload", "--no-such-option", "x").returncode == 2
    assert here("s3pypi", "*.zip", "-t", f"s3://{minio.bucket}/up").returncode == 1  # no distribution
    for program in ("s3pypi", "s3upload"):
        done = here(program, "--help")
        assert done.returncode == 0 and f"wheelyard {program}" in done.stdout


def test_keys_on_the_command_line(here, minio):
    keys = ("--aws_access_key_id", ACCESS_KEY, "--aws_secret_access_key", SECRET_KEY)
    nobody = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing"}
    done = here("s3upload", "*.zip", "--target", f"s3://{minio.bucket}", *keys, **nobody)
    assert done.returncode == 0, done.stderr
    assert here("s3upload", "*.zip", "--target", f"s3://{minio.bucket}", "--force", **nobody).returncode == 1


def test_a_signal_ends_the_upload_itself(here, minio, fault_proxy):
    """There is one process, which the signal reaches."""
    proxy = fault_proxy(minio.server.endpoint)
    proxy.delay(120)
    process = subprocess.Popen(
        [here.bin / "s3upload", "a file.zip", "-t", f"s3://{minio.bucket}"], cwd=here.cwd,
        env={**here.env, "AWS_ENDPOINT_URL": proxy.url}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not proxy.requests and time.monotonic() < deadline:
        time.sleep(0.02)
    assert proxy.requests
    assert os.path.basename(os.readlink(f"/proc/{process.pid}/exe")) == "wheelyard"
    process.send_signal(signal.SIGINT)
    assert process.wait(60) != 0


def test_a_program_that_is_missing_is_an_error_with_a_hint():
    code = """
import wheelyard
from wheelyard_compat import programs

def find_binary():
    raise wheelyard.NotFoundError("it is in no folder", hint="install it again")

wheelyard.find_binary = find_binary
programs.s3upload()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "s3upload: it is in no folder; install it again\n")
