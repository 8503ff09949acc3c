"""The commands of docs/release.md, as they stand there."""

import json
import os
import re
import shutil
import subprocess

import pytest
from support.objects import tree
from support.process import ROOT

PAGE = (ROOT / "docs/release.md").read_text()
SETTINGS = (ROOT / "docs/wheelyard-toml.md").read_text()
BUCKET = "acme-releases"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("server", ["minio_server", "versitygw_server"])
def test_the_commands_run(server, request, wheelyard, tmp_path):
    s3 = request.getfixturevalue(server)
    work = tree(tmp_path / "work", {"src/main.py": b"print()\n", "dist/tool-a": b"a", "dist/tool-b": b"b"})
    env = wheelyard.environment(env={**s3.env, "USER": "me"})
    env["PATH"] = f"{wheelyard.program.parent}{os.pathsep}{env['PATH']}"
    script = "\n".join(blocks(PAGE, "sh")).replace("/tmp/acme-download", str(tmp_path / "download"))
    assert script.count("wheelyard release ") > 20
    try:
        done = subprocess.run(
            ["bash", "-euxo", "pipefail", "-c", script], cwd=work, env=env, capture_output=True, text=True, timeout=400, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "app.tar.gz 1.2 is fine" in done.stderr
        client = s3.client()

        def read(key):
            return client.get_object(Bucket=BUCKET, Key=key)["Body"].read()

        assert read("production/app.tar.gz") == read("archive/1.2/app.tar.gz") == (work / "app.tar.gz").read_bytes()
        assert (tmp_path / "download/app.tar.gz").read_bytes() == (work / "app-from-production.tar.gz").read_bytes() == read("archive/1.0/app.tar.gz")
        assert b"<html" in read("releases.html")
        history = json.loads(wheelyard("release", "history", "app.tar.gz", "--json", env=s3.env, cwd=work).stdout)["entries"]
        assert [entry["action"] for entry in history].count("rollback") == 2
        assert {gate["gate"] for gate in history[-1]["gates"]} == {"note", "approval", "command smoke"}
    finally:
        wheelyard("rb", "--force", f"s3://{BUCKET}", env=s3.env, check=False)


def test_every_verb_and_option_of_the_page_is_known(wheelyard):
    lines = [line for block in blocks(PAGE, "sh") for line in block.splitlines() if "wheelyard release " in line]
    for line in lines:
        verb = re.search(r"wheelyard release ([a-z]+)", line).group(1)
        help_text = wheelyard("release", verb, "--help").stdout
        for option in re.findall(r"(?<= )--[a-z-]+", line.split(" # ")[0]):
            assert option in help_text, line
    verbs = set(re.findall(r"^  ([a-z]+) {2,}", wheelyard("release", "--help").stdout.split("Verbs:\n")[1].split("\n\n")[0], re.MULTILINE))
    assert verbs == set(re.findall(r"wheelyard release ([a-z]+)", "\n".join(lines)))


def test_the_example_of_the_configuration_is_one(wheelyard, tmp_path):
    (example,) = blocks(SETTINGS, "toml")
    (tmp_path / "wheelyard.toml").write_text(example.replace("s3://acme-releases/apps", "releases").replace('"aws"', '"me"'))
    shutil.copy("/bin/true", tmp_path / "smoke-test")
    (tmp_path / "my.tar.gz").write_bytes(b"x")
    wheelyard("release", "push", "--version", "1", "my.tar.gz", cwd=tmp_path)
    wheelyard("release", "promote", "my.tar.gz", "staging", cwd=tmp_path)
    refused = wheelyard("release", "promote", "my.tar.gz", "production", "--json", check=False, cwd=tmp_path).failed(1)
    message = refused.json["error"]["message"]
    assert all(gate in message for gate in ("minimum_time 1d", "note: none is given", "approval: by nobody else"))


def test_every_word_of_a_refusal_is_on_the_page():
    header = (ROOT / "src/wheelyard/release/refused.cpp").read_text()
    words = set(re.findall(r'return "([a-z_]+)";', header))
    assert len(words) >= 11
    assert words == set(re.findall(r"^\| (?!it says).*? \| `([a-z_]+)` \|", PAGE, re.MULTILINE))
