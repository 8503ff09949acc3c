"""`wheelyard release` as people type it: every verb, where settings come from, and what is wrong. What is asked before a step is
taken stands in test_release_gates.py."""

import json
import os
import re
import signal
import socket
import subprocess
import tarfile

import pytest
from support.objects import tree
from support.release_shell import RANKS, Shell, row
from support.terminal import run_on_terminal


def test_from_the_first_push_to_a_rollback(release, repo, work):
    pushed = release("push", "--version", "1", "--note", "the first", "my.tar.gz", "--json").json
    assert (pushed["action"], pushed["outcome"], pushed["rank"], pushed["seq"]) == ("push", "done", "qa", 1)
    assert pushed["files"][0]["size"] == 5 and re.fullmatch(r"[0-9a-f]{64}", pushed["digest"]) and pushed["previous"] is None
    assert repo.raw.read("qa/my.tar.gz") == repo.raw.read("archive/1/my.tar.gz") == b"first"
    again = release("push", "--version", "1", "my.tar.gz", "--json").json
    assert (again["outcome"], again["seq"]) == ("unchanged", 1)

    line = release("promote", "my.tar.gz", "staging").stdout
    assert line == f"promoted my.tar.gz 1 ({pushed['digest'][:12]}) from qa to staging\n"
    again = release("promote", "my.tar.gz@1", "staging", "--expect-digest", pushed["digest"], "--json").json
    assert (again["outcome"], again["seq"], again["source"]) == ("unchanged", 2, "qa")
    one_file = release("promote", "my.tar.gz", "production", "--expect-digest", pushed["files"][0]["sha256"], "--note", "go")
    assert "to production" in one_file.stdout

    release.push("2", b"second")
    release("promote", "my.tar.gz", "staging")
    release("promote", "my.tar.gz", "production")
    assert repo.raw.read("production/my.tar.gz") == b"second"
    release.push("3", b"third")
    status = release("status", "my.tar.gz", "--json")
    assert [(rank["version"], rank["behind"], rank["settled"]) for rank in status.json["ranks"]] == [
        ("3", None, True),
        ("2", 1, True),
        ("2", 0, True),
    ]
    back = release("rollback", "my.tar.gz", "production", "--note", "login is broken", "--json").json
    assert (back["outcome"], back["version"], back["previous"]["version"], back["seq"]) == ("done", "1", "2", 8)
    assert repo.raw.read("production/my.tar.gz") == b"first"
    assert row(release("status", "my.tar.gz", "--json"), "production")["behind"] == 1
    release("rollback", "my.tar.gz", "production", "--to", "2")

    entries = release("history", "my.tar.gz", "--json").json["entries"]
    assert [entry["seq"] for entry in entries] == list(range(1, 10))
    assert [entry["action"] for entry in entries] == ["push", "promote", "promote", "push", "promote", "promote", "push", "rollback", "rollback"]
    assert entries[0]["note"] == "the first" and entries[2]["note"] == "go" and entries[7]["note"] == "login is broken"
    assert entries[7]["from"]["version"] == "2" and entries[7]["to"]["version"] == "1"
    production = release("history", "my.tar.gz", "--rank", "production", "-n", "2", "--json").json["entries"]
    assert [entry["seq"] for entry in production] == [8, 9]
    text = release("history", "my.tar.gz").stdout.splitlines()
    assert text[0].split() == ["#", "AT", "ACTION", "RANK", "VERSION", "DIGEST", "BY", "NOTE"]
    assert "qa → staging" in text[2] and "2 → 1" in text[8] and text[8].endswith("login is broken")


def test_status_for_people(release, work):
    assert "nothing has been pushed" in release("status").stderr
    release.push("1")
    release("promote", "my.tar.gz", "staging", env={"WHEELYARD_IDENTITY": "alice"})
    (work / "other.zip").write_bytes(b"other")
    release("push", "--version", "9", "other.zip")
    lines = release("status").stdout.splitlines()
    assert lines[0].split() == ["NAME", "RANK", "VERSION", "DIGEST", "SINCE", "BY", "BEHIND"]
    assert [line.split()[:3] for line in lines[1:]] == [
        ["my.tar.gz", "qa", "1"], ["my.tar.gz", "staging", "1"], ["my.tar.gz", "production", "-"],
        ["other.zip", "qa", "9"], ["other.zip", "staging", "-"], ["other.zip", "production", "-"],
    ]  # fmt: skip
    assert re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(\d+ (second|minute)s? ago\) +alice +0$", lines[2])
    names = [document["name"] for document in release("status", "--json").json["releases"]]
    assert names == ["my.tar.gz", "other.zip"]
    environment = release.wheelyard.environment(release.repo, {**release.env, "TERM": "xterm", "NO_COLOR": None})
    code, shown = run_on_terminal([str(release.wheelyard.program), "release", "status"], environment, work)
    assert code == 0 and "\x1b[1mNAME" in shown
    release.push("2", b"second")
    release("rollback", "my.tar.gz", "qa")
    release("promote", "my.tar.gz", "production")
    release.push("3", b"third")
    assert [line.split()[-1] for line in release("status", "my.tar.gz").stdout.splitlines()[1:]] == ["-", "1", "0"]
    release("promote", "my.tar.gz", "staging")
    release("rollback", "my.tar.gz", "qa")
    assert [line.split()[-1] for line in release("status", "my.tar.gz").stdout.splitlines()[1:]] == ["-", "other", "1"]


def test_status_of_a_broken_release_hides_no_other(release, repo, work):
    release.push("1")
    (work / "other.zip").write_bytes(b"other")
    release("push", "--version", "9", "other.zip")
    repo.raw.write(".wheelyard/releases/my.tar.gz/state.json", b"{broken")
    shown = release("status", check=False).failed(1)
    assert shown.stdout.splitlines()[1].split()[:3] == ["other.zip", "qa", "9"]
    assert shown.stderr.startswith("broken: my.tar.gz: cannot read ")
    documents = release("status", "--json", check=False).failed(1).json["releases"]
    assert [(each["name"], bool(each["fault"])) for each in documents] == [("my.tar.gz", True), ("other.zip", False)]
    assert release("status", "other.zip").status == 0
    release("status", "my.tar.gz", check=False).failed(1)


def test_many_files_are_one_release(release, repo, work):
    tree(work, {"dist/a.whl": b"aa", "dist/b.tar.gz": b"bbb"})
    release("push", "--name", "app", "--version", "1.0", "dist/a.whl", "dist/b.tar.gz")
    release("promote", "app", "staging")
    release("push", "--version", "1", "--name", "at@home", "my.tar.gz")
    assert "write 'at@home@'" in release("promote", "at@home", "staging", check=False).failed(1).stderr
    release("promote", "at@home@", "staging")
    assert repo.raw.read("staging/a.whl") == b"aa" and repo.raw.read("staging/b.tar.gz") == b"bbb"
    got = release("download", "app@1.0", "staging", "--to", "got", "--json").json
    assert [file["path"] for file in got["files"]] == ["got/a.whl", "got/b.tar.gz"]
    assert (work / "got/a.whl").read_bytes() == b"aa"
    assert (got["version"], got["seq"], got["rank"]) == ("1.0", 2, "staging")
    refused = release("push", "--version", "1.1", "dist/a.whl", "dist/b.tar.gz", check=False).failed(2)
    assert "it has no name" in refused.stderr and "--name NAME" in refused.stderr


def test_download_goes_where_it_is_told(release, work):
    release.push("1")
    assert release("download", "my.tar.gz", "qa", "--to", "as.this").stdout == "as.this\n"
    assert (work / "as.this").read_bytes() == b"first"
    release("download", "my.tar.gz", "qa", "--to", "into/")
    assert (work / "into/my.tar.gz").read_bytes() == b"first"
    assert "show" in release("download", "my.tar.gz", "qa", "--to", "-", check=False).failed(2).stderr
    assert not (work / "-").exists()
    wrong = release("download", "my.tar.gz@2", "qa", "--json", check=False).failed(1)
    assert wrong.json["error"]["refusal"] == "other_version"


def test_diff_and_page(release, repo, work):
    release.push("1")
    release("promote", "my.tar.gz", "staging")
    same = release("diff", "my.tar.gz", "qa", "staging", "--exit-code")
    assert "hold the same bytes" in same.stdout
    release.push("2", b"second!")
    differs = release("diff", "my.tar.gz", "staging", "qa", "--exit-code", check=False).failed(1)
    assert re.search(r"changed +my\.tar\.gz +5 B → 7 B", differs.stdout)
    document = release("diff", "my.tar.gz", "@1", "@2", "--json").json
    assert [(d["kind"], d["size_before"], d["size_after"]) for d in document["differences"]] == [("changed", 5, 7)]
    release("page", "--title", "Our releases")
    assert b"<title>Our releases</title>" in repo.raw.read("releases.html")
    release("page", "my.tar.gz", "--to", "public", "--key", "index.html")
    assert "my.tar.gz" in (work / "public/index.html").read_text()


def test_a_page_takes_no_place_of_a_release_or_of_somebody_elses(release, repo):
    release.push("1", b"one")
    release("promote", "my.tar.gz", "staging")
    short = {"WHEELYARD_RELEASE_RANKS": "qa,production"}
    for key in ("staging/my.tar.gz", "staging", "production", "archive"):
        refused = release("page", "--key", key, env=short, check=False).failed(2).stderr
        assert f"the keys below {key.partition('/')[0]}/ hold releases" in refused
    assert repo.raw.read("staging/my.tar.gz") == b"one"
    release("page", "--key", "index.html")
    release("page", "--key", "index.html")
    for data in (b"", b"<p>mine</p>"):
        repo.raw.write("index.html", data)
        refused = release("page", "--key", "index.html", check=False).failed(1).stderr
        assert "something is there that is no page of releases" in refused and "hint:  choose another key" in refused
        assert repo.raw.read("index.html") == data
    release("promote", "my.tar.gz", "production")


def test_prune_keeps_what_is_needed(release, repo):
    for version in ("1", "2", "3", "4"):
        release.push(version, f"bytes of {version}".encode())
    would = release("prune", "--keep", "1", "--dry-run")
    assert "would prune my.tar.gz 1 (" in would.stdout and "2 versions would go" in would.stdout
    assert repo.raw.exists("archive/1/my.tar.gz")
    assert release("prune", "--keep", "1", "--older-than", "1d", "--json").json["pruned"] == []
    gone = release("prune", "--keep", "1", "my.tar.gz", "--json").json
    assert [pruned["version"] for pruned in gone["pruned"]] == ["1", "2"]
    assert not repo.raw.exists("archive/1/my.tar.gz") and repo.raw.exists("archive/3/my.tar.gz")
    assert release("rollback", "my.tar.gz", "qa", "--json").json["version"] == "3"
    refused = release("rollback", "my.tar.gz", "qa", "--to", "1", "--json", check=False).failed(1)
    assert refused.json["error"]["refusal"] == "pruned"


def test_verify_finds_and_mends(release, repo):
    release.push("1")
    release("promote", "my.tar.gz", "staging")
    assert "all is well" in release("verify").stdout
    repo.raw.write("staging/my.tar.gz", b"something else")
    found = release("verify", "--deep", "--json", check=False).failed(1).json
    assert not found["clean"] and {(problem["name"], problem["state"]) for problem in found["problems"]} == {("my.tar.gz", "found")}
    assert "'wheelyard release verify --repair' mends" in release("verify", "--deep", check=False).failed(1).stderr
    assert "all repaired" in release("verify", "--deep", "--repair", "my.tar.gz").stdout
    assert repo.raw.read("staging/my.tar.gz") == b"first" and release("verify", "--deep", "--json").json["clean"]
    missing = release("verify", "my.tar.g", check=False).failed(1)
    assert "did you mean 'my.tar.gz'?" in missing.stderr


# Where settings come from.


def test_settings_come_from_flags_then_environment_then_file(local, tmp_path, work):
    tree(work, {"deep/down/x": b""})
    elsewhere = tmp_path / "elsewhere"
    local.configure(f'[release]\nstore = "{tmp_path / "from-file"}"\nranks = ["one", "two"]\nidentity = "from-file"\n')
    local.env = {}
    local("push", "--version", "1", "../../my.tar.gz", cwd=work / "deep/down")
    assert (tmp_path / "from-file/one/my.tar.gz").exists()
    env = {"WHEELYARD_RELEASE_STORE": str(tmp_path / "from-env"), "WHEELYARD_RELEASE_RANKS": "eins,zwei", "WHEELYARD_IDENTITY": "from-env"}
    done = local.push("1", env=env)
    assert (tmp_path / "from-env/eins/my.tar.gz").exists()
    assert "the ranks are those of WHEELYARD_RELEASE_RANKS (eins, zwei), not those of" in done.stderr
    local("push", "--store", elsewhere, "--ranks", "un,deux", "--identity", "from-flag", "my.tar.gz", env=env)
    assert (elsewhere / "un/my.tar.gz").exists()

    def who(store, ranks):
        return local("history", "my.tar.gz", "--json", "--store", store, "--ranks", ranks).json["entries"][0]["by"]["identity"]

    assert who(tmp_path / "from-file", "one") == "from-file"
    assert who(tmp_path / "from-env", "eins") == "from-env"
    assert who(elsewhere, "un") == "from-flag"


def test_options_of_the_group_stand_anywhere(local, work):
    local.env = {}
    where = ["--store", local.repo.url, "--ranks", RANKS]
    command = [local.wheelyard.program, "--json", "release", *where, "push", "--version", "1", "my.tar.gz"]
    done = local.wheelyard.run(command, local.wheelyard.environment(), cwd=work)
    assert done.json["rank"] == "qa"
    assert "1" in local("status", "my.tar.gz", *where).stdout


def test_the_variables_of_s3p_are_the_last_resort(wheelyard, bucket_repo, work):
    environment = {**bucket_repo.env, "AWS_S3_BUCKET": bucket_repo.bucket, "AWS_S3_RANKS": "qa, staging, production"}
    wheelyard("release", "push", "--version", "1", "my.tar.gz", env=environment, cwd=work)
    wheelyard("release", "promote", "my.tar.gz", "staging", env=environment, cwd=work)
    held = bucket_repo.raw.client.head_object(Bucket=bucket_repo.bucket, Key="staging/my.tar.gz")
    assert held["Metadata"]["version"] == "1"


def test_a_named_configuration(local, work, tmp_path):
    (tmp_path / "other.toml").write_text(f'[release]\nstore = "{local.repo.url}"\nranks = ["only"]\n')
    local.env = {}
    local("push", "--version", "1", "my.tar.gz", "--config", tmp_path / "other.toml")
    status = local("status", "--json", env={"WHEELYARD_CONFIG": str(tmp_path / "other.toml")})
    assert status.json["pipeline"] == ["only"]
    missing = local("status", "--config", "no.toml", check=False).failed(2)
    assert "no.toml (named by --config)" in missing.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[release.rules.production]\naprovals = 1\n", "aprovals of {file} line 2: there is no such setting\nhint:  did you mean 'approvals'?"),
        ("[release.rules.prodution]\nnote = true\n", "the pipeline has no rank 'prodution'\nhint:  did you mean 'production'?"),
        ("[release.rules.production]\nnote = 'yes'\n", "note of {file} line 2: it is neither true nor false"),
        ("[release.rules.qa]\nnote = true\n", "'qa' is the first rank, into which releases are pushed"),
        ("[release\n", "line 1: it is not valid TOML"),
    ],
)
def test_a_typo_never_switches_a_gate_off(local, work, text, said):
    local.push("1")
    local("promote", "my.tar.gz", "staging")
    local.configure(text, ranks=RANKS)
    refused = local("promote", "my.tar.gz", "production", check=False).failed(2)
    assert said.format(file=work / "wheelyard.toml") in refused.stderr
    assert not local.repo.raw.exists("production/my.tar.gz")


# What is wrong, each with its own message: 2 for what was typed or configured, 1 for what failed.


@pytest.mark.parametrize(
    ("arguments", "env", "said"),
    [
        (["promote", "my.tar.gz", "prodction"], {}, "the pipeline has no such rank"),
        (["download", "my.tar.gz", "live"], {}, "its ranks are qa, staging, production"),
        (["history", "my.tar.gz", "--rank", "live"], {}, "the pipeline has no such rank"),
        (["promote", "my.tar.gz", "qa"], {}, "it is the first rank of the pipeline"),
        (["promote", "my.tar.gz", "production"], {}, "my.tar.gz 1 is in qa and not in staging"),
        (["promote", "my.tar.gz", "production", "--from", "qa"], {}, "is not the rank before it"),
        (["push", "--version", "1/2", "my.tar.gz"], {}, "it holds a '/', which would lead to another key"),
        (["push", "--version", "..", "my.tar.gz"], {}, "it would name a folder"),
        (["push", "--version", "a\nb", "my.tar.gz"], {}, "it holds control characters"),
        (["push", "--name", "a/b", "my.tar.gz"], {}, "the release name 'a/b': it holds a '/'"),
        (["push", "--name", "archive", "my.tar.gz"], {}, "where every version is kept"),
        (["push", "archive"], {}, "where every version is kept"),
        (["push", "--identity", "a\nb", "my.tar.gz"], {}, "it holds characters that cannot be shown"),
        (["status", "--ranks", "qa,archive"], {}, "'archive' cannot be a rank"),
        (["status", "--ranks", "qa,,staging"], {}, "the ranks in --ranks: one of them is empty"),
        (["status", "--ranks", "qa,staging,qa"], {}, "the ranks in --ranks: 'qa' is there twice"),
        (["status"], {"WHEELYARD_RELEASE_RANKS": ""}, "the ranks in WHEELYARD_RELEASE_RANKS: there are none in it"),
        (["status"], {"WHEELYARD_RELEASE_RANKS": None, "AWS_S3_RANKS": ""}, "the ranks in AWS_S3_RANKS: there are none in it"),
        (["status"], {"WHEELYARD_RELEASE_RANKS": None, "AWS_S3_RANKS": "qa, qa"}, "the ranks in AWS_S3_RANKS: 'qa' is there twice"),
        (["status"], {"WHEELYARD_RELEASE_RANKS": None}, "the ranks of the pipeline: none are named"),
        (["status"], {"WHEELYARD_RELEASE_STORE": None}, "the store of the releases: none is named"),
        (["status", "--store", "ftp://x/y"], {}, "there is no store for 'ftp' URLs"),
        (["status", "--stroe", "x"], {}, "did you mean --store?"),
        (["statsu"], {}, "did you mean 'release status'?"),
        ([], {}, "no verb of 'release' is given"),
        (["push"], {}, "missing FILE: the release's files"),
        (["prune", "--older-than", "soon"], {}, "it is a time like 90s, 15m, 1h or 7d"),
        (["prune", "--older-than", "90"], {}, "it is a time like 90s, 15m, 1h or 7d"),
        (["prune", "--keep", "33"], {}, "it is a whole number from 0 to 32"),
        (["promote", "my.tar.gz", "staging", "--expect-digest", ""], {}, "--expect-digest is given without a value"),
        (["promote", "my.tar.gz", "staging", "--expect-digest", "null"], {}, "not the 64 hexadecimal digits of a SHA-256"),
        (["promote", "my.tar.gz@", "staging"], {}, "no version stands behind the @ of 'my.tar.gz@'"),
        (["push", "--version", "", "my.tar.gz"], {}, "--version is given without a value"),
        (["rollback", "my.tar.gz", "qa", "--to", ""], {}, "--to is given without a value"),
        (["status", "--store", ""], {}, "--store is given without a value"),
        (["status", "--config", ""], {}, "--config is given without a value"),
    ],
)
def test_wrong_usage(release, repo, work, arguments, env, said):
    (work / "archive").write_bytes(b"x")
    release.push("1")
    before = {key: repo.raw.read(key) for key in repo.raw.keys()}
    refused = release(*arguments, env=env, check=False).failed(2)
    assert said in refused.stderr
    assert refused.stderr.startswith("error: ") and len(refused.stderr.splitlines()) == 2
    assert {key: repo.raw.read(key) for key in repo.raw.keys()} == before
    document = release(*arguments, "--json", env=env, check=False).failed(2).json
    assert document["error"]["code"] in ("usage", "invalid_argument")


@pytest.mark.parametrize("folder", ["dist", "dist/", "build/dist", "the dist's"])
def test_a_folder_is_refused_with_the_commands_that_go_on(local, work, folder):
    name = folder.rstrip("/").rpartition("/")[2]
    tree(work / folder, {"a.bin": b"a", "b.bin": b"b"})
    refused = local("push", "--version", "1", folder, check=False).failed(2)
    assert f"error: cannot push {folder}: it is a folder, and the files of a release lie side by side" in refused.stderr
    push, pack = re.search(r"push the files in it: (wheelyard .*); where folders are in it, .*: (tar .*)", refused.stderr).groups()
    environment = local.wheelyard.environment(local.repo, local.env)
    environment["PATH"] = f"{local.wheelyard.program.parent}:{environment['PATH']}"
    for command in (push, pack):
        subprocess.run(command, shell=True, cwd=work, env=environment, check=True, timeout=240)
    assert local.repo.raw.read("qa/b.bin") == b"b" and local.repo.raw.read("archive/V/a.bin") == b"a"
    assert [each["name"] for each in local("status", "--json").json["releases"]] == [name]
    with tarfile.open(work / f"{name}.tar.gz") as packed:
        assert f"{name}/a.bin" in packed.getnames()


@pytest.mark.parametrize(
    ("arguments", "refusal", "said"),
    [
        (["promote", "my.tar.g", "staging"], "unknown_release", "did you mean 'my.tar.gz'?"),
        (["status", "other"], "unknown_release", "no release of that name"),
        (["promote", "my.tar.gz@2", "staging"], "other_version", "qa holds version 1"),
        (["promote", "my.tar.gz", "staging", "--expect-digest", "00" * 32], "other_version", "what was looked at is not what stands there now"),
        (["push", "--version", "1", "changed.tar.gz", "--name", "my.tar.gz"], "version_taken", "that version stands for other bytes"),
        (["push", "--version", "2", "--name", "other", "my.tar.gz"], "file_taken", "my.tar.gz"),
        (["rollback", "my.tar.gz", "qa"], "nothing_earlier", "no earlier release of it is known there"),
        (["rollback", "my.tar.gz", "qa", "--to", "7"], "nothing_earlier", "version 7 has never been there"),
        (["approve", "my.tar.gz", "production"], "nothing_to_promote", "staging holds nothing of that name"),
        (["download", "my.tar.gz", "staging"], "unknown_release", "status my.tar.gz' shows what each rank holds"),
        (["diff", "my.tar.gz", "qa", "@7"], "unknown_release", "history my.tar.gz' lists those that there are"),
    ],
)
def test_refusals(release, repo, work, arguments, refusal, said):
    (work / "changed.tar.gz").write_bytes(b"other bytes")
    release.push("1")
    result = release(*arguments, "--json", check=False).failed(1)
    error = result.json["error"]
    assert error["refusal"] == refusal and said in f"{error['message']} {error['hint']}"
    assert repo.raw.read("qa/my.tar.gz") == b"first" and not repo.raw.exists("staging/my.tar.gz")
    assert release("status", "my.tar.gz", "--json").json["seq"] == 1
    assert [each["name"] for each in release("status", "--json").json["releases"]] == ["my.tar.gz"]
    assert release("page", "--json").json["names"] == 1


def test_a_name_whose_first_push_was_refused_is_none(release, repo, work):
    """What is left of it takes part in nothing."""
    release.push("1")
    release("push", "--version", "9", "--name", "other", "my.tar.gz", check=False).failed(1)
    assert repo.raw.exists(".wheelyard/releases/other/state.json")
    for arguments in (["status"], ["history"], ["prune"], ["promote", "staging"], ["rollback", "qa"], ["approve", "staging"], ["download", "qa"], ["diff", "qa", "staging"]):
        error = release(arguments[0], "other", *arguments[1:], "--json", check=False).failed(1).json["error"]
        assert error["code"] == "not_found" and "other" in error["message"], error
    assert "did you mean" not in release("promote", "othe", "staging", check=False).failed(1).stderr
    report = release("verify", "--json").json
    assert report["names"] == 1 and report["problems"] == []
    release("verify", "other")


def test_a_missing_file_and_a_folder(local):
    assert "no such file" in local("push", "no.tar.gz", check=False).failed(1).stderr.lower()
    local("push", ".", check=False).failed()


def test_a_missing_bucket_is_said(wheelyard, bucket_repo, work):
    shell = Shell(wheelyard, bucket_repo, work)
    shell.env["WHEELYARD_RELEASE_STORE"] = "s3://there-is-no-such-bucket-here"
    for arguments in (["push", "my.tar.gz"], ["status"], ["promote", "my.tar.gz", "staging"]):
        error = shell(*arguments, "--json", check=False).failed(1).json["error"]
        assert (error["code"], error["server_code"]) == ("not_found", "NoSuchBucket"), arguments


def test_a_file_that_changes_while_it_is_pushed(wheelyard, bucket_repo, work, fault_proxy):
    (work / "my.tar.gz").write_bytes(b"a" * 100_000)
    proxy = fault_proxy(bucket_repo.endpoint)
    # Just before the bytes are asked for a second time, they are others.
    proxy.strike(lambda: (work / "my.tar.gz").write_bytes(b"b" * 100_000), method="PUT", path=r"/release-files/", acted=True)
    shell = Shell(wheelyard, bucket_repo.behind(proxy.url), work)
    failed = shell("push", "--version", "1", "my.tar.gz", check=False).failed(1)
    assert "changed" in failed.stderr
    assert not bucket_repo.raw.exists("qa/my.tar.gz") and not bucket_repo.raw.exists("archive/1/my.tar.gz")
    assert shell("status", "my.tar.gz", "--json", check=False).json.get("ranks", [{"version": None}])[0]["version"] is None
    (work / "my.tar.gz").write_bytes(b"c" * 100_000)
    shell("push", "--version", "1", "my.tar.gz")
    assert bucket_repo.raw.read("qa/my.tar.gz") == b"c" * 100_000


# On a terminal, and interrupted.


def test_an_interrupted_rollback_is_not_run_again_blindly(wheelyard, minio, work):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(240)
        release = Shell(wheelyard, minio.behind(f"http://127.0.0.1:{silent.getsockname()[1]}"), work)
        for arguments, said in ((["--to", "1"], "run it again: what is done already is not done twice"), ([], "it goes back one more")):
            process = release.start("rollback", "my.tar.gz", "qa", *arguments)
            connection, _ = silent.accept()
            connection.settimeout(240)
            connection.recv(1)
            process.send_signal(signal.SIGINT)
            assert said in process.communicate(timeout=240)[1]
            connection.close()


def test_a_long_push_shows_how_far_it_is(local, work):
    for number in range(300):
        (work / f"file-{number:03}").write_bytes(os.urandom(300_000))
    files = sorted(path.name for path in work.glob("file-*"))
    code, shown = run_on_terminal(
        [str(local.wheelyard.program), "release", "push", "--name", "app", "--version", "1", *files],
        local.wheelyard.environment(local.repo, local.env), work,
    )  # fmt: skip
    assert code == 0 and "pushed app 1" in shown
    assert "pushing" in shown


def test_quiet_and_help(local):
    assert local("push", "--version", "1", "my.tar.gz", "--quiet").output == ""
    for arguments in (["release", "push", "--help"], ["help", "release", "push"]):
        text = local.wheelyard(*arguments).stdout
        assert "Usage: wheelyard release push [OPTION…] FILE…" in text and "--take-over" in text and "WHEELYARD_RELEASE_STORE" in text
    assert "Verbs:\n  push" in local.wheelyard("release", "--help").stdout
    assert local.wheelyard("help", "release", "pusch", check=False).failed(2).stderr.count("did you mean 'release push'?") == 1
    assert json.loads(local.wheelyard("release", "--json", check=False).failed(2).stdout)["error"]["code"] == "usage"
