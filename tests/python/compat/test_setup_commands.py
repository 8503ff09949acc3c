"""PyPICommand and UploadCommand in a real setup.py, under setuptools of today and of yesterday."""

import pathlib
import re
import subprocess

import pytest
from compat_support.environments import CURRENT_SETUPTOOLS, OLD_SETUPTOOLS
from compat_support.places import Place
from support.repositories import fresh_bucket_name
from support.servers import ACCESS_KEY, SECRET_KEY

#: pip makes environments here: slow where much else runs.
pytestmark = pytest.mark.timeout(900)

SETUP = """
from setuptools import setup
from ilabs.s3util.command import PyPICommand, UploadCommand

setup(name='awesome', version='1.0', py_modules=['awesome'],
      cmdclass={{'s3pypi': PyPICommand, 's3upload': UploadCommand}},
      options={options!r})
"""


class Project:
    """A project with a setup.py, in an environment with some setuptools."""

    def __init__(self, folder: pathlib.Path, python: pathlib.Path, env: dict, place):
        self.folder, self.python, self.env, self.place = folder, python, env, place
        folder.mkdir()
        (folder / "awesome.py").write_text("VERSION = '1.0'\n")
        self.write()

    def write(self, options: dict | None = None, cfg: str = "") -> None:
        (self.folder / "setup.py").write_text(SETUP.format(options=options or {}))
        (self.folder / "setup.cfg").write_text(cfg)

    def __call__(self, *arguments, env=None) -> subprocess.CompletedProcess:
        return subprocess.run(
            [self.python, "setup.py", *map(str, arguments)], cwd=self.folder, env={**self.env, **(env or {})},
            capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip

    def ok(self, *arguments, env=None) -> str:
        done = self(*arguments, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def fails(self, *arguments, env=None) -> str:
        done = self(*arguments, env=env)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr


@pytest.fixture(params=["current", "old"])
def requirements(request) -> tuple:
    return (CURRENT_SETUPTOOLS,) if request.param == "current" else OLD_SETUPTOOLS


def project_in(environment, requirements, place, clean_env, tmp_path) -> Project:
    env = clean_env(
        AWS_ENDPOINT_URL=place.server.endpoint, AWS_ACCESS_KEY_ID=ACCESS_KEY, AWS_SECRET_ACCESS_KEY=SECRET_KEY
    )
    return Project(tmp_path / "project", environment(*requirements).python, env, place)


@pytest.fixture
def project(environment, requirements, minio, clean_env, tmp_path):
    return project_in(environment, requirements, minio, clean_env, tmp_path)


@pytest.fixture
def current(environment, minio, clean_env, tmp_path):
    return project_in(environment, (CURRENT_SETUPTOOLS,), minio, clean_env, tmp_path)


def target(place, path="simple") -> str:
    return f"s3://{place.bucket}/{path}"


SDIST, WHEEL = "awesome-1.0.tar.gz", "awesome-1.0-py3-none-any.whl"


def test_build_and_publish_in_one_go(project, minio):
    project.write(options={"s3pypi": {"target": target(minio)}})
    output = project.ok("sdist", "bdist_wheel", "s3pypi")
    keys = minio.keys()
    assert {f"simple/awesome/{SDIST}", f"simple/awesome/{WHEEL}", "simple/awesome/index.html"} <= set(keys)
    assert f"Uploading dist/{WHEEL}" in output and "Creating index for package awesome" in output
    page = minio.read("simple/awesome/index.html").decode()
    assert SDIST in page and WHEEL in page and "#sha256=" in page


def test_options_of_setup_cfg(project, minio):
    project.write(cfg=f"[s3pypi]\ntarget = {target(minio)}\nfile_mask = dist/*.whl\nforce = no\n")
    project.ok("sdist", "bdist_wheel", "s3pypi")
    assert f"simple/awesome/{WHEEL}" in minio.keys() and f"simple/awesome/{SDIST}" not in minio.keys()
    assert "--force" in project.fails("s3pypi")
    project.write(cfg=f"[s3pypi]\ntarget = {target(minio)}\nforce = yes\n")
    project.ok("s3pypi")
    assert f"simple/awesome/{SDIST}" in minio.keys()


def test_options_of_the_command_line_go_ahead(project, minio):
    project.write(options={"s3pypi": {"target": "s3://no-such-bucket-here", "file_mask": "nothing*", "force": False}})
    project.ok("sdist", "s3pypi", "--target", target(minio), "--file-mask=dist/*.gz", "--force")
    assert f"simple/awesome/{SDIST}" in minio.keys()
    project.ok("s3pypi", "-t", target(minio), "-f", "--file-mask", "dist/*")


def test_the_upload_command_and_its_options(project, minio):
    project.ok("sdist", "bdist_wheel")
    project.ok("s3upload", "--file-mask", "dist/*", "--target", target(minio, "up"))
    assert minio.keys() == [f"up/{WHEEL}", f"up/{SDIST}"]
    assert minio.head(f"up/{WHEEL}")["ContentType"] == "application/zip"
    assert "--force" in project.fails("s3upload", "--file-mask", "dist/*", "-t", target(minio, "up"))
    project.ok("s3upload", "--file-mask", "dist/*", "-t", target(minio, "up"), "-f", "-a", "public-read")
    project.write(options={"s3upload": {"file_mask": ["setup.py", "dist/*.whl"], "target": target(minio, "list"), "force": True}})
    project.ok("s3upload")
    assert [key for key in minio.keys() if key.startswith("list/")] == [f"list/{WHEEL}", "list/setup.py"]
    project.write(cfg=f"[s3upload]\nfile_mask =\n    setup.py\n    awesome.py\ntarget = {target(minio, 'cfg')}\nacl = private\n")
    project.ok("s3upload")
    assert [key for key in minio.keys() if key.startswith("cfg/")] == ["cfg/awesome.py", "cfg/setup.py"]


@pytest.mark.parametrize("given, sent", [((), "private"), (("--acl", "public-read"), "public-read"), (("-a", "authenticated-read"), "authenticated-read")])
def test_the_acl_that_is_sent(current, minio, fault_proxy, given, sent):
    proxy = fault_proxy(minio.server.endpoint)
    current.ok("s3upload", "--file-mask", "setup.py", "-t", target(minio), *given, env={"AWS_ENDPOINT_URL": proxy.url})
    assert {r.headers.get("x-amz-acl") for r in proxy.requests if r.method == "PUT"} == {sent}


def test_what_is_published_is_for_everybody_to_read(current, minio, fault_proxy):
    proxy = fault_proxy(minio.server.endpoint)
    current.ok("sdist", "s3pypi", "-t", target(minio), env={"AWS_ENDPOINT_URL": proxy.url})
    assert {r.headers.get("x-amz-acl") for r in proxy.requests if r.method == "PUT"} == {"public-read"}


def test_keys_among_the_options(project, minio):
    nobody = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_SESSION_TOKEN": "old"}
    keys = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
    project.write(options={"s3upload": {"file_mask": "setup.py", "target": target(minio), **keys}})
    output = project.ok("s3upload", env=nobody)
    assert SECRET_KEY not in output
    project.write(options={"s3pypi": {"target": target(minio)}})
    project.ok("sdist", "s3pypi", "--aws-access-key-id", ACCESS_KEY, "--aws-secret-access-key", SECRET_KEY, env=nobody)
    output = project.fails("s3pypi", "--aws-access-key-id", ACCESS_KEY, env=nobody)
    assert "belong together" in output


def test_the_secret_is_in_no_process_list(current, minio, fault_proxy):
    """Every command line on the machine, looked at while the upload is under way."""
    seen = []

    def look():
        for entry in pathlib.Path("/proc").iterdir():
            try:
                seen.append((entry / "cmdline").read_bytes() if entry.name.isdigit() else b"")
            except OSError:
                pass

    keys = {"aws_access_key_id": "somebody", "aws_secret_access_key": "secret-of-this-very-test"}
    current.write(options={"s3upload": {"file_mask": "setup.py", "target": target(minio), **keys}})
    proxy = fault_proxy(minio.server.endpoint)
    proxy.strike(look, acted=False)
    output = current.fails("s3upload", env={"AWS_ENDPOINT_URL": proxy.url})
    assert any(b"s3upload" in line and b"setup.py" in line for line in seen)
    assert not [line for line in [*seen, output.encode()] if b"secret-of-this-very-test" in line]


def test_what_is_missing_is_said(project, minio):
    assert 'must provide "file_mask"' in project.fails("s3upload", "-t", target(minio))
    assert 'must provide "target"' in project.fails("s3upload", "--file-mask", "setup.py")
    assert "no file has such a name" in project.fails("s3pypi", "-t", target(minio))
    project.ok("sdist")
    assert "target" in project.fails("s3pypi")
    assert "no-such-bucket-here" in project.fails("s3pypi", "-t", "s3://no-such-bucket-here")


def test_a_batch_with_a_file_that_is_there_is_refused_whole(current, minio):
    current.ok("sdist", "s3pypi", "-t", target(minio))
    before = minio.keys()
    current.ok("bdist_wheel")
    assert "already" in current.fails("s3pypi", "-t", target(minio))
    assert minio.keys() == before


def test_the_target_of_pips_configuration(project, minio):
    config = pathlib.Path(project.env["HOME"], ".config/pip/pip.conf")
    config.parent.mkdir(parents=True)
    config.write_text(f"[ilabs.s3util]\ntarget={target(minio, 'from-pip')}\n")
    project.ok("sdist", "s3pypi")
    assert f"from-pip/awesome/{SDIST}" in minio.keys()


def test_a_mask_below_the_home(current, minio):
    home = pathlib.Path(current.env["HOME"])
    (home / "out").mkdir()
    (home / "out/package one.zip").write_bytes(b"x")
    current.ok("s3upload", "--file-mask", "~/out/package*.zip", "-t", target(minio))
    assert minio.keys() == ["simple/package one.zip"]


def test_a_dry_run_uploads_nothing(environment, minio, clean_env, tmp_path):
    project = project_in(environment, OLD_SETUPTOOLS, minio, clean_env, tmp_path)
    output = project.ok("--dry-run", "s3upload", "--file-mask", "setup.py", "-t", target(minio))
    assert "would run: s3upload" in output and minio.keys() == []


def test_help_names_every_option(project):
    for command, options in {
        "s3pypi": ("--file-mask", "--target", "--force", "--aws-access-key-id", "--aws-secret-access-key"),
        "s3upload": ("--file-mask", "--target", "--force", "--acl", "--aws-access-key-id", "--aws-secret-access-key"),
    }.items():
        output = project.ok(command, "--help")
        assert [name for name in options if name not in output] == []
        assert re.search(r"--target \(-t\)", output) and re.search(r"--force \(-f\)", output)


def test_commands_among_others_of_setup_py(project):
    assert re.search(r"s3pypi +publish packages", project.ok("--help-commands"))


def test_on_versitygw_too(environment, versitygw_server, request, clean_env, tmp_path):
    place = Place(versitygw_server, fresh_bucket_name(request))
    try:
        project = project_in(environment, (CURRENT_SETUPTOOLS,), place, clean_env, tmp_path)
        project.ok("sdist", "bdist_wheel", "s3pypi", "-t", target(place))
        project.ok("s3upload", "--file-mask", "dist/*", "-t", target(place, "up"))
        assert f"simple/awesome/{WHEEL}" in place.keys() and f"up/{SDIST}" in place.keys()
    finally:
        place.remove()
