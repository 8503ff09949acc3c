"""What every verb prints: results alone on standard output, JSON for programs, errors that say what to do."""

import json
import os
import subprocess

import pytest
from support.terminal import run_on_terminal

ERROR_MEMBERS = {"code", "message", "hint", "target", "http_status", "server_code", "request_id"}


def published(wheelyard, wheels, repo):
    wheelyard("publish", wheels.wheel("acme", "1.0", requires_python=">=3.8"), wheels.wheel("acme", "1.1"), repo=repo)


def test_every_verb_prints_one_json_document(wheelyard, wheels, folder_repo):
    wheel = wheels.wheel("acme", "1.0")
    done = wheelyard("publish", "--json", wheel, repo=folder_repo)
    assert [(f["outcome"], f["filename"]) for f in done.json["files"]] == [("published", wheel.name)]
    assert done.json["install"].endswith("-- pip install acme")
    assert done.stderr == ""
    assert wheelyard("--json", "publish", wheel, repo=None, env={"WHEELYARD_REPO": folder_repo.url}).json["files"][0]["outcome"] == "unchanged"
    assert wheelyard("list", "--json", repo=folder_repo).json["projects"] == [{"name": "acme"}]
    listed = wheelyard("list", "--json", "acme", repo=folder_repo).json["projects"][0]["files"][0]
    assert (listed["version"], listed["size"], listed["yanked"]) == ("1.0", wheel.stat().st_size, False)
    assert wheelyard("yank", "--json", "acme==1.0", "--reason", "why", repo=folder_repo).json["files"][0]["changed"]
    assert wheelyard("list", "--json", "acme", repo=folder_repo).json["projects"][0]["files"][0]["yanked_reason"] == "why"
    assert wheelyard("unyank", "--json", "acme", repo=folder_repo).json["yanked"] is False
    assert wheelyard("verify", "--json", repo=folder_repo).json["clean"] is True
    assert wheelyard("remove", "--json", "--dry-run", "acme", repo=folder_repo).json["dry_run"] is True
    assert wheelyard("remove", "--json", "--yes", "acme", repo=folder_repo).json["files"][0]["filename"] == wheel.name
    assert wheelyard("--version", "--json").json["name"] == "wheelyard"
    assert "Usage" in wheelyard("help", "list", "--json").json["help"]
    assert "_wheelyard" in wheelyard("completion", "bash", "--json").json["script"]


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (["list", "nothing"], 1, "not_found"),
        (["yank", "nothing"], 1, "not_found"),
        (["publish", "missing.whl"], 1, "not_found"),
        (["list", "--wrong"], 2, "usage"),
        (["remove", "acme"], 2, "usage"),
        (["lst"], 2, "usage"),
        ([], 2, "usage"),
    ],
)
def test_errors_are_json_too(wheelyard, folder_repo, arguments, status, code):
    done = wheelyard("--json", *arguments, env={"WHEELYARD_REPO": folder_repo.url}, check=False).failed(status)
    assert set(done.json["error"]) == ERROR_MEMBERS
    assert done.json["error"]["code"] == code
    assert done.json["error"]["message"]
    assert done.stderr == ""


def test_a_server_error_carries_its_particulars(wheelyard, minio):
    done = wheelyard("list", "--json", repo=minio, env={"AWS_ACCESS_KEY_ID": "nobody"}, check=False).failed(1)
    error = done.json["error"]
    assert (error["code"], error["http_status"], error["server_code"]) == ("unauthenticated", 403, "InvalidAccessKeyId")
    assert error["request_id"]
    assert "access key" in error["hint"]


def test_an_error_is_a_sentence_and_a_hint_on_standard_error(wheelyard, folder_repo):
    done = wheelyard("list", "nothing", repo=folder_repo, check=False).failed(1)
    assert done.stdout == ""
    first, second = done.stderr.splitlines()
    assert first.startswith("error: cannot list nothing")
    assert second.startswith("hint:  ")


def test_no_repository_says_what_to_type(wheelyard):
    done = wheelyard("list", check=False).failed(2)
    assert "WHEELYARD_REPO" in done.stderr and "--repo" in done.stderr


def test_quiet_prints_results_alone(wheelyard, wheels, folder_repo):
    wheel = wheels.wheel("acme", "1.0")
    done = wheelyard("-q", "publish", wheel, "--repo", folder_repo.url)
    assert wheel.name in done.stdout and "install" not in done.output
    assert wheelyard("list", "-q", "acme", repo=folder_repo).stdout.startswith(wheel.name)
    assert wheelyard("verify", "-q", repo=folder_repo).output == ""


def test_verbose_prints_a_line_a_request_and_no_secret(wheelyard, wheels, minio):
    done = wheelyard("publish", "-v", wheels.wheel("acme", "1.0"), repo=minio)
    lines = done.stderr.splitlines()
    assert any(line.startswith("PUT http://127.0.0.1") and " 200 " in line for line in lines)
    assert minio.env["AWS_SECRET_ACCESS_KEY"] not in done.output
    assert "Signature" not in done.output and "Authorization" not in done.output
    assert "PUT" not in done.stdout


def test_common_options_stand_before_or_after_the_verb(wheelyard, wheels, minio):
    env = {**minio.env, "AWS_ENDPOINT_URL": None, "AWS_DEFAULT_REGION": None}
    where = ["--repo", minio.url, "--endpoint-url", minio.endpoint, "--region", "us-east-1"]
    wheelyard("publish", wheels.wheel("acme", "1.0"), *where, env=env)
    assert wheelyard(*where, "list", env=env).stdout == "acme\n"
    install = wheelyard(*where, "publish", "--json", wheels.wheel("acme", "1.0"), env=env).json["install"]
    assert f"--endpoint-url {minio.endpoint} --region us-east-1 -- pip install acme" in install


def test_a_full_disk_is_no_success(wheelyard, wheels, folder_repo):
    published(wheelyard, wheels, folder_repo)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            wheelyard.command("list", repo=folder_repo), stdout=full, stderr=subprocess.PIPE, text=True,
            env=wheelyard.environment(folder_repo), check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "No space left" in done.stderr and "the work itself is done: look at what it was to change" in done.stderr


@pytest.mark.parametrize("json_too", [[], ["--json"]], ids=["text", "json"])
def test_a_step_whose_result_is_lost_is_not_to_be_taken_twice(wheelyard, folder_repo, tmp_path, json_too):
    (tmp_path / "app").write_bytes(b"x")
    environment = wheelyard.environment(folder_repo, {"WHEELYARD_RELEASE_STORE": folder_repo.url, "WHEELYARD_RELEASE_RANKS": "qa,live",
                                                      "AWS_S3_BUCKET": folder_repo.url, "AWS_S3_RANKS": "qa,live"})  # fmt: skip

    def run(*arguments) -> tuple[int, str]:
        with open("/dev/full", "wb") as full:
            done = subprocess.run([wheelyard.program, *arguments, *json_too], stdout=full, stderr=subprocess.PIPE, text=True,
                                  env=environment, cwd=tmp_path, check=False)  # fmt: skip
        assert done.stderr.startswith("error: cannot write standard output: No space left"), done.stderr
        assert done.stderr.count("\n") == 2
        return done.returncode, done.stderr.split("hint:  ")[1].strip()

    look = "the work itself is done, do not run it again: look with 'wheelyard release status'"
    for arguments in (["push", "app", "--version", "1"], ["approve", "app", "live"], ["promote", "app", "live"], ["prune", "app"]):
        assert run("release", *arguments) == (1, look)
    (tmp_path / "app").write_bytes(b"y")
    assert run("s3p", "app", "qa", "--version", "2") == (1, "the work itself is done, do not run it again: look with 's3p NAME --get-versions'")
    assert run("release", "rollback", "app", "qa") == (1, look)
    if json_too:
        failed = "the work itself had failed before: look with 'wheelyard release status' before you run it again"
        assert run("release", "rollback", "app", "qa") == (1, failed)


def test_a_reader_that_goes_away_ends_it_quietly(wheelyard, wheels, folder_repo):
    published(wheelyard, wheels, folder_repo)
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(
        wheelyard.command("list", "acme", repo=folder_repo), stdout=theirs, stderr=subprocess.PIPE, text=True,
        env=wheelyard.environment(folder_repo), check=False,
    )  # fmt: skip
    os.close(theirs)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_closed_standard_output_is_not_taken_by_a_file(wheelyard, wheels, folder_repo):
    command = " ".join(wheelyard.command("publish", wheels.wheel("acme", "1.0"), repo=folder_repo)) + " >&-"
    done = subprocess.run(["bash", "-c", command], env=wheelyard.environment(folder_repo), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert wheelyard("verify", "--deep", repo=folder_repo).status == 0
    assert all(b"published" not in folder_repo.raw.read(key) for key in folder_repo.raw.keys())


def test_colour_on_a_terminal_only_and_not_against_no_color(wheelyard, wheels, folder_repo):
    published(wheelyard, wheels, folder_repo)
    command = wheelyard.command("yank", "acme==1.1", repo=folder_repo)
    env = {**wheelyard.environment(folder_repo, {"NO_COLOR": None}), "TERM": "xterm"}
    assert "\x1b[33myanked\x1b[0m" in run_on_terminal(command, env, wheelyard.folder)[1]
    assert "\x1b[" not in run_on_terminal(command, {**env, "NO_COLOR": "1"}, wheelyard.folder)[1]
    assert "\x1b[" not in run_on_terminal(command, {**env, "TERM": "dumb"}, wheelyard.folder)[1]
    assert "\x1b[" not in wheelyard("unyank", "acme==1.1", repo=folder_repo).output


def test_a_progress_line_on_a_terminal(wheelyard, wheels, bucket_repo, fault_proxy):
    files = [wheels.wheel("acme", f"1.{n}") for n in range(6)]
    proxy = fault_proxy(bucket_repo.endpoint)
    proxy.delay(0.15, method="PUT", path=r"\.whl$")
    repo = bucket_repo.behind(proxy.url)
    command = wheelyard.command("publish", "--jobs", "1", *files, repo=repo)
    status, shown = run_on_terminal(command, wheelyard.environment(repo), wheelyard.folder)
    assert status == 0
    assert "publishing" in shown and "\r\x1b[K" in shown
    assert "publishing" not in wheelyard("publish", *files, repo=repo).output


def test_a_hostile_file_name_cannot_steer_the_terminal(wheelyard, folder_repo, tmp_path):
    (tmp_path / "evil\x1b[2J-1.0-py3-none-any.whl").write_bytes(b"x")
    done = wheelyard("publish", tmp_path / "evil\x1b[2J-1.0-py3-none-any.whl", repo=folder_repo, check=False).failed(1)
    assert "\x1b" not in done.output
    assert json.loads(wheelyard("publish", "--json", tmp_path, repo=folder_repo, check=False).stdout)["error"]


def test_every_verb_has_a_help_with_examples(wheelyard):
    general = wheelyard("--help").stdout
    verbs = ["publish", "list", "yank", "unyank", "remove", "verify", "serve", "exec", "completion", "s3pypi", "s3upload"]
    for verb in [*verbs, "cp", "mv", "sync", "rm", "ls", "du", "cat", "stat", "meta", "presign", "mb", "rb"]:
        assert f"\n  {verb}" in general
        help_text = wheelyard(verb, "--help").stdout
        assert "Examples:" in help_text and "Usage: wheelyard " + verb in help_text
        assert wheelyard("help", verb).stdout == help_text
    assert wheelyard("head", "--help").stdout == wheelyard("help", "head").stdout == wheelyard("stat", "-h").stdout
    assert wheelyard("publish", "-h").stdout == wheelyard("help", "publish").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("yank", "acme=="),
        ("unyank", "acme[x]"),
        ("remove", "--yes", "no name=="),
        ("list", "no name"),
        ("verify", "no name"),
        ("promote", "--from", "elsewhere", "acme[x"),
        ("promote", "--from", "s3://", "acme"),
        ("list", "--repo", "ftp://host/py"),
        ("ls", "ftp://host/py"),
        ("cp", "a", "ftp://host/py"),
    ],
)
def test_what_cannot_be_read_is_a_wrong_command_line(arguments, wheelyard, folder_repo):
    """Status 2, and nothing was asked of a repository that is not even there."""
    repo = None if "--repo" in arguments else folder_repo
    done = wheelyard(*arguments, repo=repo, check=False).failed(2)
    assert done.stderr.startswith("error: ") and "\nhint:  " in done.stderr, done.stderr
    assert done.stdout == ""
    told = wheelyard(*arguments, "--json", repo=repo, check=False).failed(2).json["error"]
    assert told["code"] == "invalid_argument"
