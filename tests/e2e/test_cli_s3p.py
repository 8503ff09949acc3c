"""s3p: the page's session, what it prints and how it ends, and buckets shared with the released program's layout."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import uuid

import pytest
from support.process import ROOT
from support.repositories import bucket_repository, remove_bucket
from support.servers import ACCESS_KEY

PAGE = ROOT / "tests/python/compat/pages/s3p/session.txt"
GUIDE = ROOT / "docs/moving-from-s3p.md"
RANKS = "qa, staging, production"  #: as the page writes it
SKIPPED = 'error="could not promote, trying to skip rank?"\n'


class S3p:
    """s3p in a folder of its own, with the page's four variables; `raw` goes past it with boto3."""

    def __init__(self, wheelyard, repo, folder: pathlib.Path):
        self.wheelyard, self.repo, self.folder = wheelyard, repo, folder
        self.env = {"AWS_S3_BUCKET": repo.bucket, "AWS_S3_RANKS": RANKS}
        self.client = repo.server.client()
        folder.mkdir()

    def __call__(self, *arguments, env=None):
        environment = self.wheelyard.environment(self.repo, {**self.env, **(env or {})})
        return self.wheelyard.run([self.wheelyard.program.parent / "s3p", *arguments], environment, check=False, cwd=self.folder)

    def write(self, name: str, data: bytes) -> bytes:
        (self.folder / name).write_bytes(data)
        return data

    def says(self, line: str, *arguments, status: int = 0) -> None:
        done = self(*arguments)
        assert (done.stdout, done.status) == (line + "\n", status), done.output

    def keys(self) -> dict[str, bytes]:
        """What other programs see: all but Wheelyard's own."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.repo.bucket)
        names = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return {name: self.read(name) for name in names if not name.startswith(".wheelyard/")}

    def read(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.repo.bucket, Key=key)["Body"].read()

    def version(self, key: str) -> str:
        """As the released program tells it."""
        return self.client.head_object(Bucket=self.repo.bucket, Key=key)["Metadata"]["version"]

    def put(self, key: str, data: bytes, version: str | None) -> None:
        metadata = {"version": version} if version is not None else {}
        self.client.put_object(Bucket=self.repo.bucket, Key=key, Body=data, Metadata=metadata)


@pytest.fixture
def s3p(wheelyard, bucket_repo, tmp_path):
    return S3p(wheelyard, bucket_repo, tmp_path / "work")


@pytest.fixture
def on_minio(wheelyard, minio, tmp_path):
    """Where one server is enough."""
    return S3p(wheelyard, minio, tmp_path / "work")


def run_page(s3p) -> None:
    *_, last = lines = PAGE.read_text().splitlines()
    assert last and len(lines) == 11
    for command, answer in zip(lines[::3], lines[1::3], strict=True):
        program, *arguments = command.split()
        assert program == "s3p"
        done = s3p(*arguments)
        assert (done.stdout, done.stderr) == (answer + "\n", ""), command
        assert done.status == (2 if answer.startswith("error") else 0), command


def test_the_session_of_the_page(s3p):
    mine, rev2 = s3p.write("my.tar.gz", b"my release"), s3p.write("rev2.tar.gz", b"another")
    assert rev2
    run_page(s3p)
    version = s3p.version("qa/my.tar.gz")
    assert uuid.UUID(version).version == 4
    assert s3p.keys() == {
        f"archive/{version}/my.tar.gz": mine, "qa/my.tar.gz": mine, "staging/my.tar.gz": mine, "production/my.tar.gz": mine,
    }  # fmt: skip
    assert {s3p.version(key) for key in s3p.keys()} == {version}


def test_the_commands_of_the_page_for_those_who_move(s3p):
    block = re.search(r"^```sh\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL).group(1)
    credentials, *commands = block.splitlines()
    assert "AWS_SECRET_ACCESS_KEY=…" in credentials and "export AWS_S3_BUCKET=my-releases" in commands
    data = s3p.write("my.tar.gz", b"my release")
    environment = s3p.wheelyard.environment(s3p.repo)
    environment["PATH"] = f"{s3p.wheelyard.program.parent}{os.pathsep}{environment['PATH']}"
    script = "\n".join(commands).replace("my-releases", s3p.repo.bucket)
    done = s3p.wheelyard.run(["bash", "-eu", "-c", script], environment, cwd=s3p.folder)
    assert done.stdout.splitlines() == [
        'success="promoted my.tar.gz to qa"', 'success="promoted my.tar.gz to staging"',
        'success="downloaded my.tar.gz from staging to here.tar.gz"', 'qa="839de03f972e8182"', 'staging="839de03f972e8182"', 'production=""',
    ]  # fmt: skip
    assert (s3p.folder / "here.tar.gz").read_bytes() == data


def test_the_version_of_the_page(s3p):
    first = s3p.write("my.tar.gz", b"one")
    s3p.says('success="promoted my.tar.gz to qa"', "my.tar.gz", "qa", "--version=839de03f972e8182")
    assert s3p.version("qa/my.tar.gz") == s3p.version("archive/839de03f972e8182/my.tar.gz") == "839de03f972e8182"
    s3p.says('warning="my.tar.gz version 839de03f972e8182 already in qa rank"', "my.tar.gz", "qa", "--version", "839de03f972e8182")
    second = s3p.write("my.tar.gz", b"two")
    s3p.says('success="promoted my.tar.gz to qa"', "my.tar.gz", "qa", "--version", "2")
    # Not clobbered: both are in the archive.
    assert s3p.keys() == {
        "qa/my.tar.gz": second, "archive/2/my.tar.gz": second, "archive/839de03f972e8182/my.tar.gz": first,
    }  # fmt: skip


def test_later_ranks_take_what_is_in_the_one_before(s3p):
    first = s3p.write("my.tar.gz", b"one")
    s3p("my.tar.gz", "qa", "--version", "1")
    s3p.write("my.tar.gz", b"not pushed")
    s3p.says('success="promoted my.tar.gz to staging"', "some/where/my.tar.gz", "staging")
    assert s3p.keys()["staging/my.tar.gz"] == first
    s3p.says('warning="my.tar.gz version 1 already in staging rank"', "my.tar.gz", "staging")
    s3p("my.tar.gz", "qa", "--version", "2")
    # A version that the rank holds already is a warning, whatever has come into the rank before since.
    s3p.says('warning="my.tar.gz version 1 already in staging rank"', "my.tar.gz", "staging", "--version", "1")
    done = s3p("my.tar.gz", "staging", "--version", "3")
    assert (done.stdout, done.status) == (SKIPPED, 2) and "qa holds version 2" in done.stderr
    assert s3p.keys()["staging/my.tar.gz"] == first


def test_a_version_stands_for_the_same_bytes(on_minio):
    first = on_minio.write("my.tar.gz", b"one")
    on_minio("my.tar.gz", "qa", "--version", "1")
    on_minio.write("my.tar.gz", b"other bytes")
    done = on_minio("my.tar.gz", "qa", "--version", "1")
    assert (done.stdout, done.status) == ('warning="my.tar.gz version 1 already in qa rank"\n', 0)
    assert "other bytes" in done.stderr
    on_minio("my.tar.gz", "qa", "--version", "2")
    done = on_minio("my.tar.gz", "qa", "--version", "1")
    assert done.status == 0 or done.stdout.startswith('error="')  # never other bytes under that version:
    assert on_minio.read("archive/1/my.tar.gz") == first
    assert on_minio.read("qa/my.tar.gz") == b"other bytes"


def test_get_version_get_versions_and_info(s3p):
    data = s3p.write("my.tar.gz", b"some bytes")
    s3p.says('qa=""', "my.tar.gz", "qa", "--get-version")
    s3p("my.tar.gz", "qa", "--version", "1.0")
    s3p("my.tar.gz", "staging")
    s3p("my.tar.gz", "qa", "--version", 'two "quoted" \\ back')
    assert s3p("my.tar.gz", "staging", "--get-version").stdout == 'staging="1.0"\n'
    for rest in ([], ["qa"]):
        done = s3p("my.tar.gz", *rest, "--get-versions")
        assert done.stdout == 'qa="two \\"quoted\\" \\\\ back"\nstaging="1.0"\nproduction=""\n' and done.status == 0
    lines = s3p("my.tar.gz", "qa", "--info").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ['rank="qa"', 'rank="staging"', 'rank="production"']
    told = dict(re.findall(r'(\w+)="([^"]*)"', lines[1]))
    assert told["name"] == "staging/my.tar.gz" and told["size"] == str(len(data)) and told["version"] == "1.0"
    assert told["md5"] == told["etag"] == hashlib.md5(data).hexdigest()
    assert told["sha256"] == hashlib.sha256(data).hexdigest()
    assert told["last_modified"].endswith("GMT") and {"content_type", "content_encoding"} < told.keys()
    assert lines[2] == 'rank="production"'


def test_download(s3p):
    data = s3p.write("my.tar.gz", os.urandom(100_000))
    s3p("my.tar.gz", "qa", "--version", "1")
    s3p.write("my.tar.gz", b"newer")
    (s3p.folder / "folder").mkdir()
    s3p.says('success="downloaded my.tar.gz from qa to there.tar.gz"', "my.tar.gz", "qa", "--download", "there.tar.gz")
    assert (s3p.folder / "there.tar.gz").read_bytes() == data
    assert s3p("my.tar.gz", "qa", "--download", "folder", "--version", "1").status == 0
    assert (s3p.folder / "folder/my.tar.gz").read_bytes() == data
    assert s3p("my.tar.gz", "qa", "--download", "other", "--version", "2").status == 2
    done = s3p("my.tar.gz", "staging", "--download", "none")
    assert done.status == 2 and done.stdout.startswith('error="') and done.stdout.count("\n") == 1
    assert sorted(path.name for path in s3p.folder.iterdir()) == ["folder", "my.tar.gz", "there.tar.gz"]


def test_how_it_ends(on_minio):
    on_minio.write("my.tar.gz", b"x")
    keys = on_minio.keys()
    for arguments, env, status, line in (
        (["my.tar.gz", "prod"], {}, 2, 'error="invalid rank"'),
        (["my.tar.gz", "archive"], {}, 2, 'error="invalid rank"'),
        (["my.tar.gz", "staging"], {}, 2, SKIPPED.strip()),
        (["my.tar.gz", "production"], {}, 2, SKIPPED.strip()),
        (["no-such-file", "qa"], {}, None, "no-such-file"),
        (["my.tar.gz", "qa", "--version", "../up"], {}, 2, "'/'"),
        (["my.tar.gz", "qa", "--version", ".."], {}, 2, "folder"),
        (["my.tar.gz", "qa", "--version="], {}, 2, "empty"),
        (["my.tar.gz", "qa"], {"AWS_S3_RANKS": None}, 2, "AWS_S3_RANKS is not set"),
        (["my.tar.gz", "qa"], {"AWS_S3_RANKS": " "}, 2, "AWS_S3_RANKS"),
        (["my.tar.gz", "qa"], {"AWS_S3_RANKS": "qa,,staging"}, 2, "AWS_S3_RANKS"),
        (["my.tar.gz", "qa"], {"AWS_S3_RANKS": "qa,staging,qa"}, 2, "AWS_S3_RANKS"),
        (["my.tar.gz", "qa"], {"AWS_S3_RANKS": "qa,archive"}, 2, "archive"),
        (["my.tar.gz", "qa"], {"AWS_S3_BUCKET": None}, 2, "AWS_S3_BUCKET is not set"),
        (["my.tar.gz", "qa"], {"AWS_S3_BUCKET": "No Bucket"}, 2, "No Bucket"),
        (["my.tar.gz", "qa"], {"AWS_SECRET_ACCESS_KEY": "Not4You2See"}, 1, "cannot"),
    ):
        done = on_minio(*arguments, env=env)
        assert done.status == status or (status is None and done.status in (1, 2)), (arguments, env, done.output)
        assert line in done.stdout and done.stdout.startswith('error="') and done.stdout.count("\n") == 1, done.output
        assert "Not4You2See" not in done.output
    for arguments in ([], ["my.tar.gz"], ["my.tar.gz", "qa", "more"], ["my.tar.gz", "qa", "--nonsense"],
                      ["my.tar.gz", "qa", "--get-version", "--info"], ["my.tar.gz", "qa", "--repo", "x"],
                      ["my.tar.gz", "qa", "--download", ""]):  # fmt: skip
        assert on_minio(*arguments).status == 2, arguments
    assert on_minio.keys() == keys


RULES = """
[release]
store = "s3://not-this-one"
ranks = ["qa", "staging", "production"]
[release.rules.staging]
minimum_time = "1h"
[release.rules.production]
note = true
approvals = 1
"""


def test_the_rules_of_a_wheelyard_toml_hold(on_minio):
    on_minio.write("my.tar.gz", b"x")
    bob = {"WHEELYARD_IDENTITY": "bob"}
    (on_minio.folder / "wheelyard.toml").write_text(RULES)
    on_minio.says('success="promoted my.tar.gz to qa"', "my.tar.gz", "qa", "--version", "1")
    done = on_minio("my.tar.gz", "staging")
    assert done.status == 2 and done.stdout.startswith('error="a gate is shut: minimum_time 1h: in qa for '), done.output
    assert done.stdout.count("\n") == 1 and set(on_minio.keys()) == {"qa/my.tar.gz", "archive/1/my.tar.gz"}
    (on_minio.folder / "wheelyard.toml").write_text(RULES.replace('minimum_time = "1h"', ""))
    on_minio.says('success="promoted my.tar.gz to staging"', "my.tar.gz", "staging")
    done = on_minio("my.tar.gz", "production", env=bob)
    assert done.status == 2 and done.stdout.startswith('error="a gate is shut: note: none is given; approval: by nobody else; '), done.output
    assert "wheelyard release promote my.tar.gz@1 production --note TEXT; " in done.stderr
    assert "wheelyard release approve my.tar.gz@1 production" in done.stderr
    # The hints' commands, with the store of the variable.
    env = on_minio.wheelyard.environment(on_minio.repo, {"WHEELYARD_RELEASE_STORE": f"s3://{on_minio.repo.bucket}", "WHEELYARD_IDENTITY": "alice"})
    approve = [on_minio.wheelyard.program, "release", "approve", "my.tar.gz@1", "production"]
    on_minio.wheelyard.run(approve, env, cwd=on_minio.folder)
    (on_minio.folder / "wheelyard.toml").write_text(RULES.replace("note = true", ""))
    done = on_minio("my.tar.gz", "production", env={"WHEELYARD_IDENTITY": "alice"})
    assert done.status == 2 and 'approval: by nobody else' in done.stdout, done.output
    assert on_minio("my.tar.gz", "production", env=bob).stdout == 'success="promoted my.tar.gz to production"\n'


def test_a_gates_command_is_asked_and_other_ranks_do_not_switch_it_off(on_minio):
    on_minio.write("my.tar.gz", b"x")
    gate = "[[release.rules.production.gate]]\ncommand = ['sh', '-c', 'echo looked at $WHEELYARD_RELEASE_VERSION; exit 3']\n"
    (on_minio.folder / "wheelyard.toml").write_text('[release]\nranks = ["qa", "staging", "production"]\n' + gate)
    ranks = {"AWS_S3_RANKS": "qa, production"}
    assert on_minio("my.tar.gz", "qa", "--version", "1", env=ranks).status == 0
    done = on_minio("my.tar.gz", "production", env=ranks)
    assert done.status == 2 and done.stdout.startswith('error="a gate is shut: ') and "exit status 3" in done.stdout, done.output
    assert "looked at 1" in done.stderr and "those of AWS_S3_RANKS (qa, production), not those of " in done.stderr
    assert "production/my.tar.gz" not in on_minio.keys()


def test_a_wheelyard_toml_that_cannot_be_read_is_not_passed_over(on_minio, tmp_path):
    on_minio.write("my.tar.gz", b"x")
    done = on_minio("my.tar.gz", "qa", env={"WHEELYARD_CONFIG": "/nonexistent"})
    assert done.status == 2 and done.stdout.startswith('error="cannot read /nonexistent (named by WHEELYARD_CONFIG): '), done.output
    for text, said in (("[release", "it is not valid TOML"), ("[release.rules.production]\naprovals = 1\n", "there is no such setting"),
                       ("[release.rules.prodction]\nnote = true\n", "no rank 'prodction'"), ("[release.rules.qa]\nnote = true\n", "the first rank")):  # fmt: skip
        (on_minio.folder / "wheelyard.toml").write_text(text)
        done = on_minio("my.tar.gz", "qa")
        assert done.status == 2 and done.stdout.startswith('error="cannot ') and said in done.stdout, done.output
        assert done.stdout.count("\n") == 1
    assert on_minio.keys() == {}


def test_bucket_and_ranks_may_stand_in_the_file(on_minio):
    on_minio.write("my.tar.gz", b"x")
    unset = {"AWS_S3_BUCKET": None, "AWS_S3_RANKS": None}
    (on_minio.folder / "wheelyard.toml").write_text(f'[release]\nstore = "s3://{on_minio.repo.bucket}"\nranks = ["test", "live"]\n')
    assert on_minio("my.tar.gz", "test", "--version", "1", env=unset).stdout == 'success="promoted my.tar.gz to test"\n'
    assert on_minio("my.tar.gz", "--get-versions", env=unset).stdout == 'test="1"\nlive=""\n'
    done = on_minio("my.tar.gz", "qa", env=unset)
    assert (done.stdout, done.status) == ('error="invalid rank"\n', 2) and "wheelyard.toml [release] ranks has test, live" in done.stderr


def test_help_as_on_the_page(on_minio, wheelyard):
    done = on_minio("--help")
    assert done.status == 0 and done.stdout == on_minio("-h").stdout == wheelyard("s3p", "--help").stdout
    assert done.stdout.startswith("usage: s3p ") and "\nPromote files through the release ranks\n" in done.stdout
    for line in (
        "  -h, --help         show this help message and exit", "  --download PATH    download file from rank to PATH",
        "  --version VERSION  set version identifier, timestamp, md5, commit hash, etc",
        "  --get-version      get version identifier from rank",
    ):  # fmt: skip
        assert line in done.stdout.splitlines()
    assert done.stdout.index("positional arguments:") < done.stdout.index("optional arguments:")


def test_a_bucket_that_is_missing_is_made(wheelyard, minio_server, versitygw_server, tmp_path):
    for server in (minio_server, versitygw_server):
        repo = bucket_repository(server, f"made-by-s3p-{uuid.uuid4().hex[:12]}", "")
        repo.raw.client.delete_bucket(Bucket=repo.bucket)
        s3p = S3p(wheelyard, repo, tmp_path / server.kind)
        s3p.write("my.tar.gz", b"x")
        done = s3p("my.tar.gz", "qa", "--get-version")  # who only asks makes none
        assert done.status == 1 and f"no bucket '{repo.bucket}'" in done.stdout
        s3p.says('success="promoted my.tar.gz to qa"', "my.tar.gz", "qa", "--version", "1")
        assert s3p.keys() == {"qa/my.tar.gz": b"x", "archive/1/my.tar.gz": b"x"}
        remove_bucket(repo)


def test_a_bucket_that_somebody_else_makes_meanwhile_is_used(wheelyard, minio_server, fault_proxy, tmp_path):
    repo = bucket_repository(minio_server, f"made-by-s3p-{uuid.uuid4().hex[:12]}", "")
    repo.raw.client.delete_bucket(Bucket=repo.bucket)
    proxy = fault_proxy(repo.endpoint)

    def somebody_else(answer: bytes) -> bytes:
        repo.raw.client.create_bucket(Bucket=repo.bucket)
        return answer

    proxy.change(somebody_else, path=r"/state\.json", times=1)  # once it is certain that there is none
    s3p = S3p(wheelyard, repo.behind(proxy.url), tmp_path / "work")
    s3p.write("my.tar.gz", b"x")
    s3p.says('success="promoted my.tar.gz to qa"', "my.tar.gz", "qa", "--version", "1")
    remove_bucket(repo)


def test_the_bucket_may_be_a_url_or_a_folder(on_minio, tmp_path):
    on_minio.write("my.tar.gz", b"x")
    on_minio("my.tar.gz", "qa", "--version", "1", env={"AWS_S3_BUCKET": f"s3://{on_minio.repo.bucket}/team"})
    assert set(on_minio.keys()) >= {"team/qa/my.tar.gz", "team/archive/1/my.tar.gz"}
    on_minio("my.tar.gz", "qa", "--version", "1", env={"AWS_S3_BUCKET": str(tmp_path / "folder")})
    assert (tmp_path / "folder/qa/my.tar.gz").read_bytes() == b"x"


def test_it_is_the_same_as_a_verb_and_tells_json(on_minio, wheelyard):
    on_minio.write("my.tar.gz", b"x")
    env = {**on_minio.repo.env, **on_minio.env}
    done = wheelyard("s3p", "--json", on_minio.folder / "my.tar.gz", "qa", "--version", "1", env=env)
    assert (done.json["outcome"], done.json["version"]) == ("promoted", "1")
    done = wheelyard("s3p", "my.tar.gz", "production", "--json", env=env, check=False).failed(2)
    assert done.json["error"]["code"] == "invalid_argument" and "staging" in done.json["error"]["message"]
    assert wheelyard("s3p", "my.tar.gz", "--get-versions", "--json", env=env).json == {"qa": "1", "staging": "", "production": ""}


def test_the_history_tells_who_it_was(on_minio):
    on_minio.write("my.tar.gz", b"one")
    assert on_minio("my.tar.gz", "qa", env={"WHEELYARD_IDENTITY": "carol"}).status == 0
    name = ".wheelyard/releases/my.tar.gz/history/000000000001.json"
    by = json.loads(on_minio.read(name))["by"]
    assert by["identity"] == "carol"
    assert by["credential"] == ACCESS_KEY


def test_several_at_once_lose_nothing(s3p):
    """What the released program could not: versions pushed and promoted at the same moment."""
    names = [f"v{n}" for n in range(8)]
    for name in names:
        (s3p.folder / name).mkdir()
        (s3p.folder / name / "my.tar.gz").write_bytes(name.encode() * 1000)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        pushed = [pool.submit(s3p, f"{name}/my.tar.gz", "qa", "--version", name) for name in names]
        promoted = [pool.submit(s3p, "my.tar.gz", "staging") for _ in names]
        assert [done.result().status for done in pushed] == [0] * len(names)
        assert {done.result().status for done in promoted} <= {0, 2}
    keys = s3p.keys()
    for name in names:
        assert keys[f"archive/{name}/my.tar.gz"] == name.encode() * 1000
    for rank in ("qa", "staging"):
        if f"{rank}/my.tar.gz" in keys:
            version = s3p.version(f"{rank}/my.tar.gz")
            assert keys[f"{rank}/my.tar.gz"] == version.encode() * 1000
            assert s3p("my.tar.gz", rank, "--get-version").stdout == f'{rank}="{version}"\n'


def released_push(s3p, data: bytes, version: str) -> None:
    """As the released program uploads, by the rules it is known for."""
    s3p.put("qa/my.tar.gz", data, version)
    s3p.put(f"archive/{version}/my.tar.gz", data, version)


def released_promote(s3p, source: str, rank: str) -> None:
    place = {"Bucket": s3p.repo.bucket, "Key": f"{source}/my.tar.gz"}
    s3p.client.copy_object(Bucket=s3p.repo.bucket, Key=f"{rank}/my.tar.gz", CopySource=place)


def test_a_bucket_of_the_released_program_is_read_and_carried_on(s3p):
    released_push(s3p, b"one", "1")
    released_promote(s3p, "qa", "staging")
    released_push(s3p, b"two", "2")
    before = s3p.keys()
    done = s3p("my.tar.gz", "--get-versions")
    assert done.stdout == 'qa="2"\nstaging="1"\nproduction=""\n'
    assert s3p("my.tar.gz", "production", "--get-version").stdout == 'production=""\n'
    environment = s3p.wheelyard.environment(s3p.repo, s3p.env)
    listed = s3p.wheelyard.run([s3p.wheelyard.program, "release", "status"], environment, cwd=s3p.folder).stdout
    assert [line.split()[:3] for line in listed.splitlines()[1:]] == [
        ["my.tar.gz", "qa", "2"], ["my.tar.gz", "staging", "1"], ["my.tar.gz", "production", "-"]]  # fmt: skip
    assert s3p("my.tar.gz", "staging", "--download", "old").status == 0
    assert (s3p.folder / "old").read_bytes() == b"one" and before.items() <= s3p.keys().items()
    s3p.says('success="promoted my.tar.gz to production"', "my.tar.gz", "production")
    s3p.says('success="promoted my.tar.gz to staging"', "my.tar.gz", "staging")
    s3p.write("my.tar.gz", b"three")
    s3p.says('success="promoted my.tar.gz to qa"', "my.tar.gz", "qa", "--version", "3")
    assert s3p.keys() == {
        "qa/my.tar.gz": b"three", "staging/my.tar.gz": b"two", "production/my.tar.gz": b"one",
        "archive/1/my.tar.gz": b"one", "archive/2/my.tar.gz": b"two", "archive/3/my.tar.gz": b"three",
    }  # fmt: skip
    s3p.says('warning="my.tar.gz version 1 already in production rank"', "my.tar.gz", "production", "--version", "1")


def looks(s3p, env: dict) -> dict[str, str]:
    """What somebody sees, and what comes down."""
    seen = {}
    for option in ("--get-version", "--get-versions", "--info", "--download"):
        rest = ["--download", "there"] if option == "--download" else [option]
        done = s3p("my.tar.gz", "qa", *rest, env=env)
        assert done.status == 0, done.output
        seen[option] = done.stdout
        seen["note"] = done.stderr
    return {**seen, "bytes": (s3p.folder / "there").read_bytes()}


def test_who_may_only_read_can_look_and_download(s3p):
    bucket = f"arn:aws:s3:::{s3p.repo.bucket}"
    reader = s3p.repo.server.session([{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [bucket, f"{bucket}/*"]}])
    s3p.put("qa/my.tar.gz", b"plain", None)
    seen = looks(s3p, reader)
    assert (seen["--get-version"], seen["bytes"]) == ('qa=""\n', b"plain") and "qa holds my.tar.gz, which says no version" in seen["note"]
    # As the released program left it.
    released_push(s3p, b"one", "1")
    before = s3p.keys()
    seen = looks(s3p, reader)
    assert (seen["--get-version"], seen["--get-versions"]) == ('qa="1"\n', 'qa="1"\nstaging=""\nproduction=""\n')
    assert 'version="1"' in seen["--info"] and (seen["bytes"], seen["note"]) == (b"one", "")
    # It has a history, and the released program writes into it.
    s3p.says('success="promoted my.tar.gz to staging"', "my.tar.gz", "staging")
    assert looks(s3p, reader)["note"] == ""
    released_push(s3p, b"two", "2")
    seen = looks(s3p, reader)
    assert (seen["--get-version"], seen["bytes"]) == ('qa="1"\n', b"one")
    assert "what another program has put into qa is not taken over" in seen["note"]
    # Steps need the right, and whoever has it sees the newest.
    done = s3p("my.tar.gz", "staging", env=reader)
    assert done.status == 1 and done.stdout.startswith('error="cannot '), done.output
    assert s3p.read("staging/my.tar.gz") == b"one" and before.items() <= {**s3p.keys(), "qa/my.tar.gz": b"one"}.items()
    assert looks(s3p, {})["bytes"] == b"two"


def test_a_take_over_that_fails_otherwise_is_not_passed_over(on_minio, fault_proxy):
    on_minio.put("qa/my.tar.gz", b"one", "1")
    proxy = fault_proxy(on_minio.repo.endpoint)
    proxy.deny(500, "InternalError", method="PUT")
    for arguments in (["--get-version"], ["--info"], ["--download", "there"]):
        done = on_minio("my.tar.gz", "qa", *arguments, env={"AWS_ENDPOINT_URL": proxy.url, "AWS_MAX_ATTEMPTS": "1"})
        assert done.status == 1 and done.stdout.startswith('error="cannot ') and "500" in done.stdout, done.output


def test_what_we_write_the_released_program_reads(s3p):
    """Its rules: a key by rank and name, the version in the metadata, an archive by version."""
    s3p.write("my.tar.gz", b"one")
    for rank in ("qa", "staging"):
        assert s3p("my.tar.gz", rank, *(["--version", "1"] if rank == "qa" else [])).status == 0
    assert [s3p.version(f"{rank}/my.tar.gz") for rank in ("qa", "staging")] == ["1", "1"]
    # It promotes by a copy, and uploads over what is there: both are found by us afterwards.
    released_promote(s3p, "staging", "production")
    assert (s3p.read("production/my.tar.gz"), s3p.version("production/my.tar.gz")) == (b"one", "1")
    released_push(s3p, b"two", "2")
    assert s3p("my.tar.gz", "qa", "--get-version").stdout == 'qa="2"\n'
    s3p.says('success="promoted my.tar.gz to staging"', "my.tar.gz", "staging")
    assert (s3p.read("staging/my.tar.gz"), s3p.version("staging/my.tar.gz")) == (b"two", "2")


def test_a_released_program_that_writes_after_us_is_taken_over(s3p):
    s3p.write("my.tar.gz", b"one")
    s3p("my.tar.gz", "qa", "--version", "1")
    released_push(s3p, b"two", "2")
    s3p.says('success="promoted my.tar.gz to staging"', "my.tar.gz", "staging")
    assert s3p.read("staging/my.tar.gz") == b"two"
    # The same version again, with other bytes: both keep their own.
    released_push(s3p, b"clobbered", "1")
    s3p.says('success="promoted my.tar.gz to staging"', "my.tar.gz", "staging")
    assert s3p.read("staging/my.tar.gz") == b"clobbered"
    assert s3p("my.tar.gz", "staging", "--get-version").stdout != 'staging="1"\n'


def test_objects_without_a_version(s3p):
    s3p.put("qa/my.tar.gz", b"plain", None)
    s3p.says('success="promoted my.tar.gz to staging"', "my.tar.gz", "staging")
    digest = hashlib.sha256(b"plain").hexdigest()
    assert s3p("my.tar.gz", "staging", "--get-version").stdout == f'staging="sha256-{digest[:16]}"\n'


def test_somebody_who_was_faster_is_no_skipped_rank(on_minio, fault_proxy, tmp_path):
    on_minio.write("my.tar.gz", b"one")
    on_minio("my.tar.gz", "qa", "--version", "1")
    proxy = fault_proxy(on_minio.repo.endpoint)

    def somebody_else(answer: bytes) -> bytes:
        on_minio.write("my.tar.gz", b"two")
        on_minio("my.tar.gz", "qa", "--version", "2")
        return answer

    proxy.change(somebody_else, path=r"/state\.json", times=1, after=2)  # what is promoted has been looked at
    done = on_minio("my.tar.gz", "staging", env={"AWS_ENDPOINT_URL": proxy.url})
    assert (done.stdout, done.status) == ('error="qa held my.tar.gz 1 a moment ago and holds 2 now"\n', 2), done.output
    assert on_minio("my.tar.gz", "--get-versions").stdout == 'qa="2"\nstaging=""\nproduction=""\n'
    on_minio.says('success="promoted my.tar.gz to staging"', "my.tar.gz", "staging")


@pytest.mark.parametrize("status, code", [(403, "AccessDenied"), (500, "InternalError")])
def test_what_the_server_refuses_is_no_skipped_rank(on_minio, fault_proxy, status, code):
    on_minio.write("my.tar.gz", b"one")
    on_minio("my.tar.gz", "qa", "--version", "1")
    proxy = fault_proxy(on_minio.repo.endpoint)
    proxy.deny(status, code, path=r"state\.json")
    env = {"AWS_ENDPOINT_URL": proxy.url, "AWS_MAX_ATTEMPTS": "1"}
    for arguments in (["my.tar.gz", "staging"], ["my.tar.gz", "qa", "--get-version"], ["my.tar.gz", "qa", "--version", "2"]):
        done = on_minio(*arguments, env=env)
        assert done.status == 1 and done.stdout.startswith('error="cannot ') and done.stdout.count("\n") == 1, done.output
        assert str(status) in done.stdout and done.stdout != SKIPPED
    assert on_minio("my.tar.gz", "--get-versions").stdout == 'qa="1"\nstaging=""\nproduction=""\n'
