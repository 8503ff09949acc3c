"""The page of ilabs.s3util, followed from top to bottom: pages/ilabs.s3util holds its files and commands as they are
written. Only its <placeholders> and "..." are filled in; the endpoint comes from AWS_ENDPOINT_URL."""

import pathlib
import stat
import subprocess

import pytest
from compat_support.environments import CURRENT_SETUPTOOLS
from compat_support.website import Website
from support.servers import ACCESS_KEY, SECRET_KEY

#: pip makes environments here: slow where much else runs.
pytestmark = pytest.mark.timeout(300)

PAGE = pathlib.Path(__file__).parent / "pages/ilabs.s3util"
COMMANDS = (PAGE / "commands.txt").read_text().splitlines()
SECRET_PREFIX = "0c9d7f5e-8d1c-4b8e-9f52-2f4f6f4d3c11"
SDIST, WHEEL = "awesome-1.0.tar.gz", "awesome-1.0-py3-none-any.whl"


def filled(text: str, **values: str) -> str:
    """The placeholders of the page, each of which has to be there."""
    for name, value in values.items():
        assert f"<{name}>" in text
        text = text.replace(f"<{name}>", value)
    assert "<" not in text
    return text


class Machine:
    """Somebody's machine, set up as the page says; `command` runs one of the page's command lines in the project."""

    def __init__(self, folder: pathlib.Path, environment, env: dict, place, website: Website):
        self.place, self.project = place, folder / "project"
        home = pathlib.Path(env["HOME"])
        self.env = {**env, "AWS_ENDPOINT_URL": place.server.endpoint, "PATH": f"{environment.bin}:{env['PATH']}"}
        self._write(home / ".config/pip/pip.conf", self._pip_conf(website))
        credentials = (PAGE / "credentials").read_text()
        keys = {"YOUR_AWS_ACCESS_KEY_ID": ACCESS_KEY, "YOUR_AWS_SECRET_ACCESS_KEY": SECRET_KEY}
        self._write(home / ".aws/credentials", filled(credentials, **keys))
        self._write(self.project / "awesome.py", "VERSION = '1.0'\n")
        self._write(self.project / "setup.py", "from setuptools import setup\nsetup(name='awesome', version='1.0', py_modules=['awesome'])\n")

    def _pip_conf(self, website: Website) -> str:
        text = (PAGE / "pip.conf").read_text()
        host = "https://<cloudfron_host>.cloudfront.net"
        assert host in text
        return filled(text.replace(host, website.url), bucket_name=self.place.bucket, secret_prefix=SECRET_PREFIX)

    def _write(self, path: pathlib.Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def setup_py(self, page: str, **values: str) -> None:
        """The page's fragment: its first "..." are imports, the one inside is what every project has."""
        text = (PAGE / page).read_text()
        assert text.count("...\n") == 3
        text = text.replace("\n  ...\n", "\n  version='1.0', py_modules=['awesome'],\n")
        text = filled(text, your_awesome_name="'awesome'", **values).replace("...\n", "from setuptools import setup\n", 1)
        (self.project / "setup.py").write_text(text)

    def command(self, line: str, **values: str) -> subprocess.CompletedProcess:
        assert line in COMMANDS
        for example in set(values) & {"s3://bucket/prefix"}:  # no placeholder on the page
            assert example in line
            line = line.replace(example, values.pop(example))
        return self.run(filled(line, **values))

    def run(self, line: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["bash", "-c", line], cwd=self.project, env=self.env, capture_output=True, text=True, timeout=240, check=False
        )

    def ok(self, line: str, **values: str) -> str:
        done = self.command(line, **values)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def website(place):
    with Website(place) as served:
        yield served


@pytest.fixture
def machine(place, website, environment, clean_env, tmp_path):
    return Machine(tmp_path, environment(CURRENT_SETUPTOOLS), clean_env(), place, website)


def pip_installs(machine, website, fresh_environment, name="awesome") -> str:
    """With the page's pip.conf alone: pip asks the default index first, here the website too, and then the extra one."""
    fresh_environment.env.update(HOME=machine.env["HOME"], PIP_INDEX_URL=f"{website.url}/{SECRET_PREFIX}")
    done = fresh_environment.pip("install", "--no-cache-dir", "--no-build-isolation", name)
    assert done.returncode == 0, done.stdout + done.stderr
    return fresh_environment.run(f"import {name}; print({name}.VERSION)").stdout.strip()


def test_the_programs(machine, website, place, fresh_environment):
    machine.ok("chmod 0600 ~/.aws/credentials")
    assert stat.S_IMODE(pathlib.Path(machine.env["HOME"], ".aws/credentials").stat().st_mode) == 0o600
    machine.ok("python setup.py sdist bdist_wheel")
    machine.ok("s3pypi dist/*")
    assert {f"{SECRET_PREFIX}/awesome/{SDIST}", f"{SECRET_PREFIX}/awesome/{WHEEL}"} <= set(place.keys())
    assert pip_installs(machine, website, fresh_environment) == "1.0"

    again = machine.command("s3pypi dist/*")
    assert again.returncode == 1 and "--force" in again.stderr
    machine.ok("s3pypi dist/* --force")

    explicit = "s3pypi dist/* --target s3://<bucket_name>/<prefix_name>"
    machine.ok(explicit, bucket_name=place.bucket, prefix_name="elsewhere")
    assert f"elsewhere/awesome/{WHEEL}" in place.keys()


def test_the_setup_py_for_s3pypi(machine, website, place, fresh_environment):
    machine.setup_py("setup_s3pypi.txt")
    machine.ok("python setup.py sdist bdist_wheel s3pypi")
    assert pip_installs(machine, website, fresh_environment) == "1.0"
    machine.ok("python setup.py sdist bdist_wheel s3pypi")  # 'force': True


def test_the_program_s3upload(machine, place):
    machine.ok("python setup.py sdist bdist_wheel")
    for _ in range(2):  # the second time by --force
        line = "s3upload dist/* --target s3://bucket/prefix --acl public-read --force"
        machine.ok(line, **{"s3://bucket/prefix": f"s3://{place.bucket}/prefix"})
    assert place.keys() == [f"prefix/{WHEEL}", f"prefix/{SDIST}"]


def test_the_setup_py_for_s3upload(machine, place):
    machine.setup_py("setup_s3upload.txt", bucket_name=place.bucket, prefix="prefix")
    machine.ok("python setup.py sdist bdist_wheel")
    assert machine.run("python setup.py s3upload").returncode == 0
    assert place.keys() == [f"prefix/{WHEEL}", f"prefix/{SDIST}"]
    refused = machine.run("python setup.py s3upload")
    assert refused.returncode == 1 and "--force" in refused.stderr  # 'force': False


def test_the_website_as_the_target(machine, website, place):
    """Without the section of ilabs.s3util: an extra-index-url that is an S3 website names bucket and prefix."""
    config = pathlib.Path(machine.env["HOME"], ".config/pip/pip.conf")
    host = f"http://{place.bucket}.s3-website-us-east-1.amazonaws.com"
    config.write_text(f"[global]\nextra-index-url={host}/{SECRET_PREFIX}\n")
    machine.ok("python setup.py sdist bdist_wheel")
    machine.ok("s3pypi dist/*")
    assert f"{SECRET_PREFIX}/awesome/{WHEEL}" in place.keys()


def test_every_command_of_the_page_has_its_test():
    """`pip install ilabs.s3util` is `pip install wheelyard-compat` now: what the fixture `environment` does."""
    source = pathlib.Path(__file__).read_text()
    assert [line for line in COMMANDS if source.count(f'"{line}"') < 1 and line != "pip install ilabs.s3util"] == []
