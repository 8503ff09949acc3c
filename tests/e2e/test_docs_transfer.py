"""The commands of docs/transfer.md, as they stand there."""

import os
import re
import subprocess

import pytest
from support.objects import tree
from support.process import ROOT

PAGE = (ROOT / "docs/transfer.md").read_text()
BUCKET = "acme-data"


def shell_blocks(page: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("server", ["minio_server", "versitygw_server"])
def test_the_commands_run(server, request, wheelyard, tmp_path):
    s3 = request.getfixturevalue(server)
    work = tree(tmp_path / "work", {"report.pdf": b"%PDF", "build/index.html": b"<p>", "build/css/a.css": b"p{}"})
    env = wheelyard.environment(env=s3.env)
    env["PATH"] = f"{wheelyard.program.parent}{os.pathsep}{env['PATH']}"
    script = "\n".join(shell_blocks(PAGE))
    assert script.count("wheelyard ") > 25
    try:
        done = subprocess.run(
            ["bash", "-euxo", "pipefail", "-c", script], cwd=work, env=env, capture_output=True, text=True, timeout=400, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert (work / "back.pdf").read_bytes() == b"%PDF"
        assert (work / "mirror/css/a.css").read_bytes() == b"p{}"
        assert '"event":"summary"' in done.stdout and "anna\n" in done.stdout
        client = s3.client()
        keys = {item["Key"] for item in client.list_objects_v2(Bucket=BUCKET)["Contents"]}
        assert {"wheels/acme-1.0-py3-none-any.whl", "dist/acme-1.0.tar.gz", "incoming", "site-copy/index.html"} <= keys
        assert not {key for key in keys if key.endswith(".tmp") or key.startswith("build/")}
        assert client.head_object(Bucket=BUCKET, Key="r.pdf")["Metadata"] == {"owner": "bert"}
    finally:
        wheelyard("rb", "--force", f"s3://{BUCKET}", env=s3.env, check=False)


def test_every_verb_and_option_of_the_page_is_known(wheelyard):
    for verb in set(re.findall(r"`?wheelyard ([a-z]+)", PAGE)) - {"help"}:
        help_text = wheelyard(verb, "--help").stdout
        lines = [line for line in PAGE.splitlines() if re.search(rf"^wheelyard {verb} ", line)]
        for line in lines:
            for option in re.findall(r"(?<= )--[a-z-]+", line.split(" # ")[0]):
                assert option in help_text, line
