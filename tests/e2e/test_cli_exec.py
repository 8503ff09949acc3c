"""exec and serve as a shell sees them: exit statuses, signals, errors before anything runs."""

import re
import signal
import subprocess
import time

import pytest


@pytest.mark.parametrize("status", [0, 1, 7, 255])
def test_exec_ends_with_the_programs_status(wheelyard, folder_repo, status):
    done = wheelyard.exec(folder_repo, "sh", "-c", f"echo out; echo err >&2; exit {status}", check=False)
    assert (done.status, done.stdout) == (status, "out\n")
    assert "err\n" in done.stderr


def test_exec_of_what_is_not_there_or_cannot_run(wheelyard, folder_repo, tmp_path):
    assert "no such command" in wheelyard.exec(folder_repo, "no-such-program", check=False).failed(127).stderr
    (tmp_path / "plain").write_text("x")
    wheelyard.exec(folder_repo, tmp_path / "plain", check=False).failed(126)
    wheelyard("exec", repo=folder_repo, check=False).failed(2)
    wheelyard("exec", "--", repo=folder_repo, check=False).failed(2)


def test_options_after_the_program_are_the_programs(wheelyard, folder_repo):
    done = wheelyard("exec", "printf", "%s|", "--json", "-q", "--repo", "--", "--help", repo=folder_repo)
    assert done.stdout == "--json|-q|--repo|--|--help|"


def test_a_signal_reaches_the_program(wheelyard, folder_repo):
    script = "trap 'echo got TERM; exit 9' TERM; echo ready; while :; do sleep 0.05; done"
    process = wheelyard.start("exec", "--", "bash", "-c", script, repo=folder_repo)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=240)
    assert (process.returncode, out) == (9, "got TERM\n")
    assert wheelyard.exec(folder_repo, "bash", "-c", "kill -9 $$", check=False).status == 137


def test_the_program_gets_the_index_and_no_credentials_of_ours(wheelyard, wheels, minio, tmp_path):
    wheelyard("publish", wheels.wheel("acme", "1.0"), repo=minio)
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    secret = minio.env["AWS_SECRET_ACCESS_KEY"]
    (home / ".aws/credentials").write_text(
        f"[ci]\naws_access_key_id = {minio.env['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = {secret}\n"
    )
    env = {"HOME": str(home), "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    show = 'env; cat /proc/$PPID/cmdline | tr "\\0" " "; curl -sf "$PIP_INDEX_URL"acme/ -H "Accept: text/html"'
    done = wheelyard("exec", "--profile", "ci", "--", "bash", "-c", show, repo=minio, env=env)
    assert secret not in done.output
    assert re.search(r"PIP_INDEX_URL=http://127\.0\.0\.1:\d+/[\w-]{20,}/simple/", done.stdout)
    assert "acme-1.0-py3-none-any.whl" in done.stdout
    url = re.search(r"PIP_INDEX_URL=(\S+)", done.stdout).group(1)
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(["curl", "-sf", "--max-time", "5", url], check=True, capture_output=True)


def test_wrong_credentials_are_said_before_the_program_runs(wheelyard, minio):
    for arguments in (["exec", "--", "echo", "ran"], ["serve", "--port", "0"]):
        done = wheelyard(*arguments, repo=minio, env={"AWS_SECRET_ACCESS_KEY": "wrong"}, check=False).failed(1)
        assert "secret" in done.stderr and done.stdout == ""


def test_a_bucket_that_is_not_there_is_said_too(wheelyard, minio):
    env = {**minio.env, "WHEELYARD_REPO": "s3://no-such-bucket-here/x"}
    done = wheelyard("exec", "--", "echo", "ran", env=env, check=False).failed(1)
    assert "no-such-bucket-here" in done.stderr and done.stdout == ""


def test_an_empty_repository_is_noted(wheelyard, repo):
    done = wheelyard.exec(repo, "echo", "ran")
    assert done.stdout == "ran\n" and "nothing is published" in done.stderr


def test_an_interrupt_ends_it_while_the_store_does_not_answer(wheelyard, minio, fault_proxy):
    proxy = fault_proxy(minio.endpoint)
    proxy.hang()
    process = wheelyard.start("exec", "--", "echo", "ran", repo=minio.behind(proxy.url))
    while not proxy.requests:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=240)
    assert len(proxy.requests) == 1
    assert process.returncode in (-signal.SIGINT, 130) and out == ""


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_serve_stops_cleanly(wheelyard, folder_repo, stop):
    process = wheelyard.start("serve", "--port", "0", "--json", repo=folder_repo)
    lines = ""
    while not lines.rstrip().endswith("}"):
        lines += process.stdout.readline()
    assert '"url": "http://127.0.0.1:' in lines
    process.send_signal(stop)
    out, err = process.communicate(timeout=240)
    assert (process.returncode, out) == (0, ""), err


def test_serve_warns_beyond_loopback(wheelyard, folder_repo):
    process = wheelyard.start("serve", "--port", "0", "--host", "0.0.0.0", repo=folder_repo)
    assert process.stdout.readline().startswith("http://")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=240)
    assert "warning: 0.0.0.0 is no loopback address" in err
