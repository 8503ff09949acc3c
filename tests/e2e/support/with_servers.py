"""python -m support.with_servers COMMAND…: what scripts/with-servers runs."""

import os
import pathlib
import subprocess
import sys
import tempfile
from contextlib import ExitStack

from support.servers import ACCESS_KEY, SECRET_KEY, start_minio, start_versitygw


def main(command: list[str]) -> int:
    with ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wheelyard-servers-")))
        env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        for start in (start_minio, start_versitygw):
            server = start(folder / start.__name__)
            stack.callback(server.stop)
            server.client().create_bucket(Bucket="contract")
            variable = f"WHEELYARD_TEST_S3_{server.kind.upper()}"
            env[variable] = f"{server.endpoint},{ACCESS_KEY},{SECRET_KEY},contract"
        status = subprocess.run(command, env=env, check=False).returncode
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
