"""s3pypi and s3upload beside the released programs of ilabs.s3util."""

import pathlib
import subprocess
import threading

import pytest

RELEASED = "ilabs.s3util==0.6.7"
#: What Amazon answers for a public object. The servers here know no ACLs of objects; the released program lists by them.
PUBLIC_ACL = b"""<?xml version="1.0" encoding="UTF-8"?>
<AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList><Grant>
<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">
<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission>
</Grant></AccessControlList></AccessControlPolicy>"""


class Programs:
    """The two programs, released or ours, against a bucket; `proxy` has seen every request."""

    def __init__(self, folder: pathlib.Path, wheelyard, repo, proxy):
        self.folder, self.wheelyard, self.repo, self.proxy = folder, wheelyard, repo.behind(proxy.url), proxy
        proxy.answer(200, "GET", r"[?&]acl", PUBLIC_ACL, {"Content-Type": "application/xml"})

    def __call__(self, program: str, *arguments, cwd=None, env=None):
        environment = self.wheelyard.environment(self.repo, env)
        return self.wheelyard.run([self.folder / program, *map(str, arguments)], environment, check=False, cwd=cwd)

    def acls(self) -> set[str | None]:
        """The ACLs of all that was put."""
        return {sent.headers.get("x-amz-acl") for sent in self.proxy.requests if sent.method == "PUT"}


@pytest.fixture
def ours(wheelyard, minio, fault_proxy):
    return Programs(wheelyard.program.parent, wheelyard, minio, fault_proxy(minio.endpoint))


@pytest.fixture
def theirs(wheelyard, minio, fault_proxy, tool):
    return Programs(tool(RELEASED, "boto3", "setuptools<70"), wheelyard, minio, fault_proxy(minio.endpoint))


def particulars(repo, key: str) -> tuple:
    head = repo.raw.head(key)
    return head["ContentType"], head.get("CacheControl")


def under(repo, folder: str) -> str:
    return f"{repo.url}/{folder}"


def test_the_same_commands_end_alike(ours, theirs, minio, wheels, tmp_path):
    wheel, sdist = wheels.wheel("acme", "1.0"), wheels.sdist("acme", "1.0")
    (tmp_path / "plain.txt").write_text("x")
    commands = [
        ("s3pypi", []),
        ("s3pypi", ["nothing*"]),
        ("s3pypi", [wheel]),
        ("s3pypi", [wheel, "--target", "no-bucket"]),
        ("s3pypi", [wheels.folder, "--target", "TARGET"]),
        ("s3pypi", [wheel, sdist, "--target", "TARGET"]),
        ("s3pypi", [wheel, "-t", "TARGET"]),
        ("s3pypi", [wheel, "-t", "TARGET", "-f"]),
        ("s3pypi", ["--force", "--target=TARGET", wheel]),
        ("s3pypi", [wheel, "--unknown"]),
        ("s3pypi", ["--help"]),
        ("s3upload", []),
        ("s3upload", [wheel]),
        ("s3upload", [wheel, "--target", "no-bucket"]),
        ("s3upload", [wheel, tmp_path / "plain.txt", "--target", "TARGET/up", "--acl", "public-read"]),
        ("s3upload", [f"{wheels.folder}/*", "--target", "TARGET/up"]),
        ("s3upload", [f"{wheels.folder}/*", "--target", "TARGET/up", "-f", "-a", "private"]),
        ("s3upload", [wheel, "--target", "TARGET/up2", "--aws_access_key_id", "someone"]),
        ("s3upload", ["--help"]),
    ]
    for program, arguments in commands:
        ends = []
        for name, run in (("theirs", theirs), ("ours", ours)):
            target = under(minio, name)
            done = run(program, *(str(a).replace("TARGET", target) for a in arguments))
            uploads = [line.replace(f"py/{name}/", "py/") for line in done.stdout.splitlines() if line.startswith("Uploading ")]
            ends.append((done.status, uploads if "-f" not in arguments and "--force" not in arguments else None))
        assert ends[0] == ends[1], (program, arguments)


def test_what_is_written_is_alike(ours, theirs, minio, wheels):
    wheel, sdist = wheels.wheel("acme", "1.0"), wheels.sdist("acme", "1.0")
    for name, run in (("theirs", theirs), ("ours", ours)):
        assert run("s3pypi", wheel, sdist, "-t", under(minio, name)).status == 0
        assert run("s3upload", wheel, sdist, "-t" if run is ours else "--target", under(minio, name + "-up")).status == 0
    for file in (wheel, sdist):
        assert particulars(minio, f"ours/acme/{file.name}")[0] == particulars(minio, f"theirs/acme/{file.name}")[0]
        assert particulars(minio, f"ours-up/{file.name}") == particulars(minio, f"theirs-up/{file.name}")
    page, old_page = (particulars(minio, f"{name}/acme/index.html") for name in ("ours", "theirs"))
    assert page[0].startswith(old_page[0]) and page[1] == old_page[1]


def test_s3pypi_writes_an_index_with_digests_for_everybody_to_read(ours, minio, wheels):
    wheel = wheels.wheel("Acme.Lib", "1.0")
    done = ours("s3pypi", wheel, "-t", minio.url)
    assert done.status == 0 and "[public-read]" in done.stdout
    assert minio.listed("acme-lib") == [wheel.name]
    assert "#sha256=" in minio.html("acme-lib")
    assert ours.acls() == {"public-read"}


def test_s3upload_is_private_unless_told(ours, minio, wheels):
    wheel = wheels.wheel("acme", "1.0")
    ours("s3upload", wheel, "-t", minio.url)
    assert ours.acls() == {"private"}
    ours("s3upload", wheel, "-t", minio.url, "-f", "-a", "public-read")
    assert ours.acls() == {"private", "public-read"}


def test_one_key_that_is_there_refuses_the_whole_batch(ours, minio, wheels, tmp_path):
    first, second = wheels.wheel("acme", "1.0"), wheels.wheel("acme", "1.1")
    ours("s3pypi", second, "-t", minio.url)
    before = minio.raw.keys()
    assert ours("s3pypi", first, second, "-t", minio.url).status == 1
    assert minio.raw.keys() == before
    ours("s3upload", second, "-t", under(minio, "up"))
    before = minio.raw.keys()
    assert "--force" in ours("s3upload", first, second, "-t", under(minio, "up")).stderr
    assert minio.raw.keys() == before
    other = wheels.wheel("acme", "1.1", folder=tmp_path / "other", files={"more.py": "x = 1\n"})
    assert ours("s3pypi", first, other, "-t", minio.url, "--force").status == 0
    assert minio.raw.read(f"acme/{other.name}") == other.read_bytes()


def test_the_target_of_pips_configuration(ours, minio, wheels):
    home = pathlib.Path(ours.wheelyard.environment()["HOME"])
    (home / ".config/pip").mkdir(parents=True)
    (home / ".config/pip/pip.conf").write_text(f"[ilabs.s3util]\ntarget = {minio.url}\n")
    assert ours("s3pypi", wheels.wheel("acme", "1.0")).status == 0
    assert minio.listed("acme") == ["acme-1.0-py3-none-any.whl"]
    website = f"http://{minio.bucket}.s3-website-us-east-1.amazonaws.com/{minio.prefix}"
    (home / ".config/pip/pip.conf").write_text(f"[global]\nextra-index-url = {website}\n")
    assert ours("s3pypi", wheels.wheel("acme", "1.1")).status == 0
    assert len(minio.listed("acme")) == 2


def test_keys_on_the_command_line_are_used_and_hidden(ours, minio, wheels):
    secret = minio.env["AWS_SECRET_ACCESS_KEY"]
    env = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    command = [
        str(ours.folder / "s3upload"), str(wheels.wheel("acme", "1.0")), "-t", minio.url,
        "--aws_access_key_id", minio.env["AWS_ACCESS_KEY_ID"], "--aws_secret_access_key", secret,
    ]  # fmt: skip
    environment = ours.wheelyard.environment(ours.repo, env)
    started, shown = threading.Event(), []

    def look() -> None:
        started.wait(120)
        shown.append(pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes().decode())

    ours.proxy.meanwhile(look)  # at its first request
    process = ours.wheelyard.spawn(command, environment)
    started.set()
    out, err = process.communicate(timeout=240)
    assert "--aws_secret_access_key" in shown[0] and "*" in shown[0] and secret not in shown[0]
    assert process.returncode == 0, err
    assert secret not in out + err
    assert minio.raw.exists("acme-1.0-py3-none-any.whl")


def test_concurrent_runs_lose_nothing(ours, minio, wheels):
    files = [wheels.wheel("acme", f"1.{n}") for n in range(12)]
    running = [
        subprocess.Popen([ours.folder / "s3pypi", file, "-t", minio.url], env=ours.wheelyard.environment(minio), stdout=subprocess.DEVNULL)
        for file in files
    ]
    assert [process.wait(timeout=400) for process in running] == [0] * len(files)
    assert len(minio.listed("acme")) == len(files)


def test_an_old_index_is_taken_over(ours, theirs, minio, wheels):
    assert theirs("s3pypi", wheels.wheel("acme", "1.0"), "-t", minio.url).status == 0
    assert theirs("s3pypi", wheels.sdist("acme", "1.1"), "-t", minio.url).status == 0
    assert ours("s3pypi", wheels.wheel("acme", "1.2"), "-t", minio.url).status == 0
    assert len(minio.listed("acme")) == 3


def test_it_is_the_same_as_a_verb(ours, wheelyard, minio, wheels):
    done = wheelyard("s3pypi", "--json", wheels.wheel("acme", "1.0"), "-t", minio.url, env=minio.env)
    assert done.json["files"][0]["outcome"] == "published"


def test_the_option_of_other_verbs_is_refused(wheelyard, wheels):
    done = wheelyard("s3pypi", wheels.wheel("acme", "1.0"), "--repo", "x", "-t", "s3://b", check=False).failed(2)
    assert "--target" in done.stderr
