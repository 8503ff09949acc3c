"""Pipeline.from_config: the pipeline that `wheelyard release` works on here, found and guarded in the same way."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings

import pytest
import wheelyard
from support.fake_aws import FakeAws
from support.process import ROOT
from wheelyard import Pipeline

BASE = """
[release]
store = "releases"
ranks = ["qa", "staging", "production"]
identity = "from-file"
"""
#: Every key of docs/wheelyard-toml.md.
WHOLE = (
    BASE
    + """keep = 1

[release.rules.staging]
note = true

[release.rules.production]
may_skip = ["alice"]
minimum_time = "24h"
note = true
approvals = 1

[[release.rules.production.gate]]
name = "smoke"
command = ["./smoke-test", "--fast"]
timeout = "10m"

[[release.rules.production.gate]]
command = ["true"]
"""
)
SMOKE_TEST = """#!/bin/sh
echo "in $PWD: $@ for $WHEELYARD_RELEASE_NAME $WHEELYARD_RELEASE_VERSION to $WHEELYARD_RELEASE_RANK"
! grep -q bad "$2"
"""


@pytest.fixture(autouse=True)
def nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path):
    """No variable and no file but the test's own."""
    for name in list(os.environ):
        if name.startswith("WHEELYARD_RELEASE_") or name in ("WHEELYARD_CONFIG", "WHEELYARD_IDENTITY"):
            monkeypatch.delenv(name)
    (tmp_path / ".git").mkdir()


@pytest.fixture
def project(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A folder to work in, and the current one."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "smoke-test").write_text(SMOKE_TEST)
    (folder / "smoke-test").chmod(0o755)
    (folder / "app").write_bytes(b"good")
    monkeypatch.chdir(folder)
    return folder


def write(project: pathlib.Path, text: str, name: str = "wheelyard.toml") -> pathlib.Path:
    (project / name).write_text(text)
    return project / name


def gate_of(command: str, more: str = "") -> str:
    return f'{BASE}\n[[release.rules.staging.gate]]\nname = "check"\ncommand = {command}\n{more}'


def program(*arguments: str) -> subprocess.CompletedProcess:
    """`wheelyard release`, as a person would call it here."""
    return subprocess.run([wheelyard.find_binary(), "release", *arguments], capture_output=True, text=True, check=False, timeout=60)


def refusal(pipeline: Pipeline, *arguments, **options) -> wheelyard.Refused:
    with pytest.raises(wheelyard.Refused) as refused:
        pipeline.promote(*arguments, **options)
    return refused.value


def sentence(text: object) -> str:
    """Without the breaks of lines, and without what the clock has to say."""
    return re.sub(r"\b\d+ seconds?\b", "some seconds", " ".join(str(text).split()))


# Where the file is.


def test_the_file_is_found_above(project, monkeypatch):
    write(project, BASE)
    (project / "src/deep").mkdir(parents=True)
    monkeypatch.chdir(project / "src/deep")
    pipeline = Pipeline.from_config()
    assert pipeline.ranks == ["qa", "staging", "production"]
    assert pipeline.url == f"file://{project}/releases", "a relative store is meant from the file's folder"
    pipeline.push(project / "app", version="1")
    assert (project / "releases/qa/app").read_bytes() == b"good"
    assert pipeline.history("app")[0].by.identity == "from-file"
    (project / "src/.git").mkdir()
    with pytest.raises(wheelyard.InvalidArgumentError, match="the store of the releases: none is named"):
        Pipeline.from_config()


def test_which_file_goes_before_which(project, monkeypatch, tmp_path):
    write(project, BASE)
    write(project, BASE.replace("qa", "named"), "named.toml")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    write(elsewhere, BASE.replace("qa", "given"), "given.toml")
    assert Pipeline.from_config().ranks[0] == "qa"
    monkeypatch.setenv("WHEELYARD_CONFIG", "named.toml")
    assert Pipeline.from_config().ranks[0] == "named"
    assert Pipeline.from_config(environment={"WHEELYARD_CONFIG": "wheelyard.toml"}).ranks[0] == "qa"
    for config in ("../elsewhere/given.toml", elsewhere / "given.toml"):
        pipeline = Pipeline.from_config(config=config)
        assert pipeline.ranks[0] == "given" and pipeline.url == f"file://{elsewhere}/releases"


def test_without_a_file(project, monkeypatch):
    pipeline = Pipeline.from_config("here", ranks=["qa", "staging"], identity="alice")
    assert pipeline.ranks == ["qa", "staging"] and pipeline.url == f"file://{project}/here"
    monkeypatch.setenv("AWS_S3_BUCKET", str(project / "s3p"))
    monkeypatch.setenv("AWS_S3_RANKS", "one, two")
    pipeline = Pipeline.from_config()
    assert pipeline.ranks == ["one", "two"] and pipeline.url == f"file://{project}/s3p"


# What goes before what.


def test_arguments_go_before_the_environment_and_that_before_the_file(project, monkeypatch):
    write(project, BASE)

    def opened(**arguments) -> tuple[str, list[str], str]:
        pipeline = Pipeline.from_config(**arguments)
        pipeline.push(project / "app", version="1")
        return pipeline.url.rpartition("/")[2], pipeline.ranks, pipeline.history("app")[-1].by.identity

    monkeypatch.setenv("AWS_S3_BUCKET", "last-resort")
    monkeypatch.setenv("AWS_S3_RANKS", "last, resort")
    assert opened() == ("releases", ["qa", "staging", "production"], "from-file")
    monkeypatch.setenv("WHEELYARD_RELEASE_STORE", "from-variable")
    monkeypatch.setenv("WHEELYARD_IDENTITY", "variable")
    assert opened() == ("from-variable", ["qa", "staging", "production"], "variable")
    monkeypatch.setenv("WHEELYARD_RELEASE_RANKS", "a, b")
    variables = {"WHEELYARD_RELEASE_STORE": "stand-in", "WHEELYARD_IDENTITY": "stand-in"}
    with pytest.warns(UserWarning):
        assert opened() == ("from-variable", ["a", "b"], "variable")
        assert opened(store="from-argument", ranks="c,d", identity="argument") == ("from-argument", ["c", "d"], "argument")
        assert opened(environment=variables) == ("stand-in", ["a", "b"], "stand-in")


def test_ranks_that_are_not_the_files_are_told_of_and_its_rules_hold(project):
    path = write(project, WHOLE)
    for ranks in ("qa, production", ["qa", "production"], (rank for rank in ("qa", "production"))):
        with pytest.warns(UserWarning) as told:
            pipeline = Pipeline.from_config(ranks=ranks)
        said = f"the ranks are those of ranks= (qa, production), not those of {path} (qa, staging, production)"
        assert [str(warning.message) for warning in told] == [said] and told[0].filename == __file__
    pipeline.push("app", version="1")
    assert "smoke" not in str(refusal(pipeline, "app", "production")), "what needs no command is asked first"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Pipeline.from_config(ranks="qa, staging, production")


def test_a_store_may_be_given_open(project):
    write(project, WHOLE)
    store = wheelyard.open_store("memory:")
    pipeline = Pipeline.from_config(store)
    pipeline.push("app", version="1")
    assert store.get("qa/app") == b"good" and not (project / "releases").exists()
    assert refusal(pipeline, "app", "staging").refusal == "gate"
    write(project, BASE.replace('store = "releases"', ""))
    assert Pipeline.from_config(store).names() == ["app"], "nothing else has to name one"
    variables = {"WHEELYARD_IDENTITY": "of-the-store", "WHEELYARD_CONFIG": str(write(project, BASE, "other.toml"))}
    pipeline = Pipeline.from_config(wheelyard.open_store(project / "folder", environment=variables))
    pipeline.push("app", version="1")
    assert pipeline.promote("app", "staging").outcome == "done"
    assert pipeline.history("app")[0].by.identity == "of-the-store"


def test_a_store_that_is_given_twice(project):
    write(project, BASE)
    with pytest.raises(TypeError, match="settings are for a URL, and not for a Store: region"):
        Pipeline.from_config(wheelyard.open_store("memory:"), region="eu-west-1")
    with pytest.raises(TypeError, match="multiple values for argument 'store'"):
        Pipeline.from_config("a", store="b")
    assert Pipeline.from_config("a").url == f"file://{project}/a", "the argument, and not the file's"


def test_a_bucket_with_settings(bucket, project):
    write(project, WHOLE.replace('"releases"', f'"{bucket.url}/team"'))
    pipeline = Pipeline.from_config(**bucket.settings, run="https://ci.example/7", jobs=2)
    pipeline.push("app", version="1")
    assert bucket.raw.read("team/qa/app") == b"good" and pipeline.url == f"{bucket.url}/team"
    assert refusal(pipeline, "app", "staging").refusal == "gate"
    by = pipeline.history("app")[0].by
    assert (by.identity, by.credential, by.run) == ("from-file", bucket.settings["access_key_id"], "https://ci.example/7")


# The rules of the file.


def test_every_key_is_as_in_the_program(project, capfd):
    """The program and Python take turns on one release, and say the same."""
    write(project, WHOLE)
    alice, bob = Pipeline.from_config(identity="alice"), Pipeline.from_config(identity="bob")
    assert alice.push("app", version="1").outcome == "done"

    def both_refuse(*arguments: str, **options: str) -> str:
        ours = refusal(Pipeline.from_config(identity=options.pop("identity", None)), *arguments, **options)
        typed = [f"--{name.partition('_')[0]}={value}" for name, value in options.items()]
        theirs = program("promote", *arguments, *typed)
        assert theirs.returncode == 1 and sentence(ours) in sentence(theirs.stderr)
        return str(ours)

    assert "note" in both_refuse("app", "staging")
    assert alice.promote("app", "staging", note="looks good").gates[0].gate == "note"
    said = both_refuse("app", "production", note="ship it")
    assert "minimum_time 1d: " in said and "approval: by nobody else; 1 other than" in said and "note" not in said
    # Who may skip, and who not.
    assert refusal(bob, "app", "production", from_rank="qa", note="now").refusal == "skipped_rank"
    assert refusal(alice, "app", "production", from_rank="qa", note="now").refusal == "gate"
    # Without the wait, an approval by somebody else opens the way to the commands.
    write(project, WHOLE.replace('minimum_time = "24h"\n', ""))
    alice, bob = Pipeline.from_config(identity="alice"), Pipeline.from_config(identity="bob")
    alice.approve("app", "production")
    assert "approval: by nobody else" in str(refusal(alice, "app", "production", note="ship it")), "one's own is none"
    bob.approve("app", "production")
    capfd.readouterr()
    step = alice.promote("app", "production", note="ship it")
    assert [gate.gate for gate in step.gates] == ["note", "approval", "command smoke", "command true"]
    printed = capfd.readouterr()
    assert re.fullmatch(rf"in {project}: --fast /\S+/app for app 1 to production\n", printed.err) and printed.out == ""
    # keep: how far there is a way back.
    for version in ("2", "3"):
        (project / "app").write_text(version)
        alice.push("app", version=version)
    assert [pruned.release.version for pruned in alice.prune(dry_run=True).pruned] == []
    (project / "app").write_text("4")
    alice.push("app", version="4")
    assert [pruned.release.version for pruned in alice.prune(dry_run=True).pruned] == ["2"]
    assert "would prune app 2 " in program("prune", "--dry-run").stdout


def test_a_gate_that_refuses(project, monkeypatch, capfd):
    write(project, gate_of('["./smoke-test", "--fast"]'))
    (project / "src").mkdir()
    monkeypatch.chdir(project / "src")
    (project / "app").write_bytes(b"bad")
    pipeline = Pipeline.from_config()
    pipeline.push(project / "app", version="1")
    refused = refusal(pipeline, "app", "staging")
    assert refused.refusal == "gate" and "a gate is shut: command check" in str(refused)
    assert f"in {project}: --fast /" in capfd.readouterr().err, "it runs in the file's folder"
    assert pipeline.status("app")["staging"].version is None
    theirs = program("promote", "app", "staging")
    assert theirs.returncode == 1 and sentence(refused) in sentence(theirs.stderr)
    (project / "app").write_bytes(b"good")
    pipeline.push(project / "app", version="2")
    assert pipeline.promote("app", "staging").outcome == "done"


def test_a_gate_that_takes_too_long(project):
    write(project, gate_of('["sh", "-c", "sleep 60"]', 'timeout = "1s"'))
    pipeline = Pipeline.from_config()
    pipeline.push("app", version="1")
    begun = time.monotonic()
    assert "command check" in str(refusal(pipeline, "app", "staging")) and time.monotonic() - begun < 30


# What is wrong with it.


@pytest.mark.parametrize("text, said, hint", [
    (BASE + "keeep = 3", "cannot use [release] keeep of {path} line 6: there is no such setting", "did you mean 'keep'?"),
    (BASE + "keep = 33", "cannot use [release] keep of {path} line 6: it is out of range", "a whole number from 0 to 32"),
    (BASE + "keep = ", "cannot read {path} line 6: it is not valid TOML", "correct that line"),
    (BASE + "[release.rules.production]\naprovals = 1", "[release.rules.production] aprovals of {path} line 7", "did you mean 'approvals'?"),
    (BASE + "[release.rules.prodction]\nnote = true", "[release.rules.prodction] of {path}: the pipeline has no rank 'prodction'", "did you mean 'production'?"),
    (BASE + "[release.rules.qa]\nnote = true", "'qa' is the first rank", "move them to the rank"),
    (BASE.replace('"staging"', '"qa"'), "[release] ranks of {path} line 4: the pipeline: it has the rank 'qa' twice", "name them in order"),
    (BASE.replace('"releases"', '"ftp://x/y"'), "there is no store for 'ftp' URLs", ""),
    (BASE.replace('"from-file"', '"' + "a" * 201 + '"'), "it is longer than 200 bytes", "as alice"),
    (BASE.replace('"from-file"', '" "'), "[release] identity of {path} line 5: it is empty", "leave the line out"),
])  # fmt: skip
def test_a_file_that_is_wrong(project, text, said, hint):
    path = write(project, text)
    with pytest.raises(wheelyard.InvalidArgumentError) as wrong:
        Pipeline.from_config()
    assert said.format(path=path) in str(wrong.value) and hint in wrong.value.hint
    theirs = program("push", "app")
    assert theirs.returncode == 2 and sentence(wrong.value) in sentence(theirs.stderr), "the program says it in the same words"


def test_what_is_named_nowhere_is_said_with_what_to_write(project):
    with pytest.raises(wheelyard.InvalidArgumentError, match="^cannot find the store of the releases: none is named$") as wrong:
        Pipeline.from_config()
    assert wrong.value.hint.startswith('say store="s3://bucket/prefix" (or a folder), set WHEELYARD_RELEASE_STORE, or write store = ')
    write(project, '[release]\nstore = "releases"')
    with pytest.raises(wheelyard.InvalidArgumentError, match="^cannot find the ranks of the pipeline: none are named$") as wrong:
        Pipeline.from_config()
    assert wrong.value.hint.startswith('say ranks="qa,staging,production", set WHEELYARD_RELEASE_RANKS, or write ranks = ["qa", ')
    for ranks in ("", []):
        with pytest.raises(wheelyard.InvalidArgumentError, match="the ranks in ranks=: there are none in it"):
            Pipeline.from_config(ranks=ranks)


def test_a_file_that_was_named_has_to_be_there(project, monkeypatch):
    write(project, BASE)
    with pytest.raises(wheelyard.InvalidArgumentError, match=r"other\.toml \(named by config=\): "):
        Pipeline.from_config(config="other.toml")
    monkeypatch.setenv("WHEELYARD_CONFIG", "other.toml")
    with pytest.raises(wheelyard.InvalidArgumentError, match=r"other\.toml \(named by WHEELYARD_CONFIG\): "):
        Pipeline.from_config()
    assert Pipeline.from_config(config="wheelyard.toml").ranks[0] == "qa"


def test_a_file_that_cannot_be_read_is_not_passed_over(project):
    (project / "wheelyard.toml").symlink_to("nowhere")
    with pytest.raises(wheelyard.InvalidArgumentError, match="it is a link to what is not there") as wrong:
        Pipeline.from_config("here", ranks="qa, staging")
    assert wrong.value.hint == "mend it, or name another one with config="


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_not_picked_up_from_above(project, monkeypatch):
    path = write(project, BASE)
    os.chown(path, 4711, 4711)
    (project / "src").mkdir()
    monkeypatch.chdir(project / "src")
    with pytest.raises(wheelyard.InvalidArgumentError, match="it belongs to another user") as wrong:
        Pipeline.from_config()
    assert wrong.value.hint == f'say config="{path}" if it is to be trusted'
    assert Pipeline.from_config(config=path).ranks[0] == "qa"


@pytest.mark.parametrize("arguments, error, said", [
    ({"store": ""}, ValueError, "store is empty: leave it out"),
    ({"config": ""}, ValueError, "config is empty: leave it out"),
    ({"identity": ""}, ValueError, "identity is empty: leave it out"),
    ({"run": ""}, ValueError, "run is empty: leave it out"),
    ({"run": "7"}, wheelyard.InvalidArgumentError, "the URL of the run"),
    ({"identity": "a\nb"}, wheelyard.InvalidArgumentError, "it holds characters that cannot be shown"),
    ({"jobs": 0}, ValueError, "jobs is 1 to 256, not 0"),
    ({"jobs": 1.5}, TypeError, "jobs is a whole number, not 1.5"),
    ({"store": 1}, TypeError, "expected str, bytes or os.PathLike object, not int"),
    ({"config": 1}, TypeError, "expected str, bytes or os.PathLike object, not int"),
    ({"store": b"releases"}, TypeError, "store is a text or a path, not b'releases'"),
    ({"config": b"wheelyard.toml"}, TypeError, "config is a text or a path, not b'wheelyard.toml'"),
    ({"ranks": [wheelyard.RankRules("qa")]}, TypeError, "ranks are names, whose rules are those of the wheelyard.toml, and not RankRules"),
    ({"ranks": ["qa", "a,b"]}, ValueError, "the rank 'a,b': no name that is given here holds a comma"),
    ({"ranks": ["qa", ""]}, wheelyard.InvalidArgumentError, "the ranks in ranks=: one of them is empty"),
    ({"colour": "red"}, TypeError, "Pipeline.from_config.. got an unexpected keyword argument 'colour'"),
    ({"keep": 3}, TypeError, "Pipeline.from_config.. got an unexpected keyword argument 'keep'"),
    ({"profile": "nobody", "store": "s3://bucket"}, wheelyard.InvalidArgumentError, "nobody"),
])  # fmt: skip
def test_arguments_that_cannot_be(project, arguments, error, said):
    write(project, BASE)
    with pytest.raises(error, match=said):
        Pipeline.from_config(**arguments)


# The rest.


def test_the_examples_of_its_page_run(project, capsys):
    """docs/wheelyard-toml.md: the file as it stands there, but for where releases are and who acts; and what Python says of it."""
    page = (ROOT / "docs/wheelyard-toml.md").read_text()
    (file,) = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (example,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert '"s3://acme-releases/apps"' in file and '"aws"' in file
    write(project, file.replace("s3://acme-releases/apps", "releases").replace('"aws"', '"alice"'))
    pipeline = Pipeline.from_config()
    pipeline.push("app", version="1.0")
    exec(compile(example, "docs/wheelyard-toml.md", "exec"), {})
    assert capsys.readouterr().out == "app None\n"
    pipeline.promote("app", "staging")
    said = str(refusal(pipeline, "app", "production"))
    assert "minimum_time 1d: " in said and "note: " in said and "approval: " in said


def test_a_class_of_ones_own_stays_one(project):
    class Mine(Pipeline):
        def promote_all(self) -> str:
            return self.ranks[-1]

    write(project, BASE)
    assert type(Mine.from_config()) is Mine and Mine.from_config().promote_all() == "production"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch):
    """STS that says who asks, and the variables that lead there."""
    service = FakeAws()
    service.asked = []

    def sts(form, headers):
        service.asked.append(headers.get("Authorization", ""))
        return 200, f"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{ARN}</Arn><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>", "text/xml"

    service.sts = sts
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", service.url)
    yield service
    service.stop()


ARN = "arn:aws:sts::123456789012:assumed-role/ci/42"


@pytest.mark.parametrize("how", ["file", "argument", "variable", "constructor"])
def test_aws_is_asked_who_acts_once_somebody_acts(project, monkeypatch, aws, how):
    write(project, BASE.replace("from-file", "aws") if how == "file" else BASE)
    if how == "variable":
        monkeypatch.setenv("WHEELYARD_IDENTITY", "aws")
    pipeline = {
        "argument": lambda: Pipeline.from_config(identity="aws"),
        "constructor": lambda: Pipeline("releases", "qa, staging, production", identity="aws"),
    }.get(how, Pipeline.from_config)()
    assert pipeline.names() == [] and pipeline.status("app") is None and pipeline.verify().clean
    assert aws.asked == [], "whoever only looks is not asked who he is"
    pipeline.push("app", version="1")
    pipeline.promote("app", "staging")
    assert len(aws.asked) == 1 and "Credential=AKIDEXAMPLE/" in aws.asked[0]
    assert [entry.by.identity for entry in pipeline.history("app")] == [ARN, ARN]


def test_aws_that_does_not_say_who_acts_ends_the_step_with_nothing_done(project, aws):
    write(project, BASE.replace("from-file", "aws"))
    pipeline = Pipeline.from_config(max_attempts=1)
    said, aws.sts = aws.sts, lambda form, headers: (403, "<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>", "text/xml")
    with pytest.raises(wheelyard.UnauthenticatedError):
        pipeline.push("app", version="1")
    assert pipeline.names() == []
    aws.sts = said
    assert pipeline.push("app", version="1").outcome == "done", "it is asked again"


def test_ctrl_c_while_aws_does_not_say_who_acts(project, aws):
    write(project, BASE.replace("from-file", "aws"))
    asked, go_on = threading.Event(), threading.Event()

    def slow(form, headers):
        asked.set()
        go_on.wait(100)
        return 500, "", "text/xml"

    aws.sts = slow
    script = """
        import wheelyard
        pipeline = wheelyard.Pipeline.from_config()
        try:
            pipeline.push("app", version="1")
        except KeyboardInterrupt:
            print("interrupted", pipeline.names())
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    try:
        assert asked.wait(60)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        assert out == "interrupted []\n"
    finally:
        process.kill()
        process.wait()
        go_on.set()


def test_ctrl_c_while_a_gate_runs(project):
    """The gate ends, and nothing is promoted."""
    write(project, gate_of('["sh", "-c", "echo $$ > running; mv running gate; exec sleep 600"]'))
    script = """
        import wheelyard
        pipeline = wheelyard.Pipeline.from_config()
        pipeline.push("app", version="1")
        try:
            pipeline.promote("app", "staging")
        except KeyboardInterrupt:
            print("interrupted", pipeline.status("app")["staging"].version)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 60
        while not (project / "gate").exists():
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        assert out == "interrupted None\n" and process.returncode == 0
        with pytest.raises(ProcessLookupError):
            os.kill(int((project / "gate").read_text()), 0)
    finally:
        process.kill()
        process.wait()


def test_many_threads(project, aws):
    """Some open it each for themselves, the others share one whose caller nobody knows yet; gates run beside each other."""
    write(project, gate_of('["sh", "-c", "sleep 0.2"]').replace("from-file", "aws"))
    shared = Pipeline.from_config()
    failures: list[BaseException] = []
    start = threading.Barrier(16)

    def work(number: int) -> None:
        try:
            file = project / f"app-{number}"
            file.write_bytes(b"%d" % number)
            start.wait(60)
            pipeline = shared if number % 2 else Pipeline.from_config()
            pipeline.push(file, version="1")
            assert pipeline.promote(file.name, "staging").gates[0].passed
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    [thread.start() for thread in threads]
    [thread.join(100) for thread in threads]
    assert failures == [] and not any(thread.is_alive() for thread in threads)
    for number in range(16):
        assert [entry.by.identity for entry in shared.history(f"app-{number}")] == [ARN, ARN]
    assert shared.verify(deep=True).clean
