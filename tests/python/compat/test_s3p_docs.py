"""The examples of docs/moving-from-s3p.md, as they stand there, one after the other; and the calls that it lists."""

import contextlib
import io
import pathlib
import re
import subprocess

import wheelyard
from compat_support.pipelines import environment, seen
from s3p import S3Pipeline, S3Release

ROOT = pathlib.Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/moving-from-s3p.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_examples_of_the_page_on_moving_over(place, tmp_path, monkeypatch):
    for name, value in environment(place).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/my.tar.gz").write_bytes(b"mine")
    out = io.StringIO()
    assert len(blocks("python")) == 2
    with contextlib.redirect_stdout(out):
        exec(compile("\n".join(blocks("python")), "moving-from-s3p.md", "exec"), {})
    printed = out.getvalue().splitlines()
    assert printed[0].startswith("1 4 ") and printed[1] == "{'qa': '1', 'staging': '1', 'production': None}"
    assert printed[2] == "my.tar.gz 1 has not passed its tests" and "production/my.tar.gz,1>" in printed[3]
    assert seen(place)["production/my.tar.gz"] == b"mine"


def test_the_commands_of_the_page(minio, clean_env, tmp_path):
    (tmp_path / "my.tar.gz").write_bytes(b"mine")
    text = blocks("sh")[0]
    assert text.count("export ") == 3 and text.count("s3p ") >= 4
    commands = "".join(line + "\n" for line in text.splitlines() if line.startswith("s3p "))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/s3p").symlink_to(wheelyard.find_binary())
    env = clean_env(**environment(minio))
    env["PATH"] = f"{tmp_path / 'bin'}:{env['PATH']}"
    done = subprocess.run(["sh", "-ec", commands], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    version = "839de03f972e8182"
    assert done.stdout.endswith(f'qa="{version}"\nstaging="{version}"\nproduction=""\n')
    assert (tmp_path / "here.tar.gz").read_bytes() == b"mine"


def test_every_call_that_the_page_lists_is_there(tmp_path):
    pipeline = S3Pipeline(str(tmp_path / "bucket"), "qa")
    release = pipeline.new_key("qa/x")
    assert isinstance(release, S3Release)
    for thing, row in ((pipeline, "| Bucket | "), (release, "| Key | ")):
        line = next(line for line in PAGE.splitlines() if line.startswith(row))
        named = re.findall(r"`(\w+)`", line.removeprefix(row))
        assert len(named) > 12
        assert [name for name in named if name != "in" and not hasattr(thing, name)] == []
