"""The installers that people use, each in a version that clients.txt pins, installing into a fresh environment."""

import json
import pathlib
import subprocess
import sys
import tomllib
from dataclasses import dataclass

from support.process import clean_environment
from support.runner import Result
from support.tools import pinned, tool_environment


@dataclass
class Environment:
    """A fresh virtual environment to install into."""

    folder: pathlib.Path

    @property
    def python(self) -> pathlib.Path:
        return self.folder / "bin" / "python"

    def create(self) -> "Environment":
        command = [sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(self.folder)]
        subprocess.run(command, check=True, capture_output=True)
        return self

    @property
    def installed(self) -> dict[str, str]:
        """Normalised project name to version, as the environment's metadata says."""
        code = (
            "import importlib.metadata as m, json, re;"
            "print(json.dumps({re.sub(r'[-_.]+', '-', d.metadata['Name']).lower(): d.version for d in m.distributions()}))"
        )
        return json.loads(self.run(code))

    def run(self, code: str) -> str:
        """What a piece of Python prints there."""
        done = subprocess.run(
            [self.python, "-I", "-c", code], capture_output=True, text=True, check=False, cwd=self.folder
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@dataclass
class Installation:
    """What an install led to."""

    result: Result
    environment: Environment

    @property
    def installed(self) -> dict[str, str]:
        return self.environment.installed

    @property
    def output(self) -> str:
        return self.result.output


class Client:
    """A client. Install from an index (`index_url`), or through a command prefix such as wheelyard.exec_prefix(repo).

    `options` are the client's own command-line options, `env` more environment (a repository's, when going through
    `exec`). With check=False a failed install is returned rather than raised.
    """

    name = ""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.count = 0

    def fresh_environment(self) -> Environment:
        self.count += 1
        return Environment(self.folder / f"{self.name}-{self.count}").create()

    def base_env(self) -> dict[str, str]:
        return clean_environment(self.folder / f"{self.name}-home")

    def install(
        self, *requirements: str, index_url: str | None = None, through: list[str] = (), options: list[str] = (),
        env: dict | None = None, check: bool = True, into: Environment | None = None, timeout: float = 400,
    ) -> Installation:  # fmt: skip
        environment = into or self.fresh_environment()
        base = {**self.base_env(), **(env or {})}
        if index_url is None and not through and not any("index" in o or "find-links" in o for o in options):
            raise ValueError("install from where? give index_url or through")
        result = self.perform(environment, list(requirements), index_url, list(through), list(options), base, timeout)
        if check:
            result.ok()
        return Installation(result, environment)

    def perform(self, environment, requirements, index_url, through, options, env, timeout) -> Result:
        raise NotImplementedError

    @staticmethod
    def run(command: list, env: dict, cwd: pathlib.Path, timeout: float = 400) -> Result:
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, errors="replace", check=False,
            stdin=subprocess.DEVNULL, env=env, cwd=cwd, timeout=timeout,
        )  # fmt: skip
        return Result([str(part) for part in command], done.returncode, done.stdout, done.stderr)


class Pip(Client):
    name = "pip"

    def perform(self, environment, requirements, index_url, through, options, env, timeout) -> Result:
        pip = tool_environment(*pinned(self.name)) / "pip"
        where = ["--index-url", index_url] if index_url else []
        command = [*through, pip, "--python", environment.python, "install", "--no-cache-dir", *where, *options, *requirements]
        return self.run(command, env, environment.folder, timeout)


class PipDebian(Pip):
    """The pip that Debian 12 ships."""

    name = "pip-debian"


class Uv(Client):
    name = "uv"

    def perform(self, environment, requirements, index_url, through, options, env, timeout) -> Result:
        uv = tool_environment(*pinned(self.name)) / "uv"
        where = ["--default-index", index_url] if index_url else []
        command = [*through, uv, "pip", "install", "--python", environment.python, "--no-cache", *where, *options, *requirements]
        env = {**env, "UV_CACHE_DIR": str(environment.folder / "uv-cache"), "UV_PYTHON_DOWNLOADS": "never"}
        return self.run(command, env, environment.folder, timeout)


class ProjectClient(Client):
    """A client that works on a project; the project's folder is environment.folder / "project"."""

    tool = ""

    def project(self, environment: Environment, index_url: str | None) -> pathlib.Path:
        raise NotImplementedError

    def add_command(self, tool: pathlib.Path, requirements: list[str], options: list[str]) -> list:
        return [tool, "add", *options, *requirements]

    def perform(self, environment, requirements, index_url, through, options, env, timeout) -> Result:
        tool = tool_environment(*pinned(self.name)) / self.tool
        project = self.project(environment, index_url)
        env = {**env, **self.tool_env(environment), "VIRTUAL_ENV": str(environment.folder)}
        return self.run([*through, *self.add_command(tool, requirements, options)], env, project, timeout)

    def tool_env(self, environment: Environment) -> dict[str, str]:
        return {}

    def lock(self, environment: Environment) -> dict:
        """The lock file that it wrote."""
        return tomllib.loads((environment.folder / "project" / f"{self.tool}.lock").read_text())

    @staticmethod
    def write_project(environment: Environment, more: str) -> pathlib.Path:
        project = environment.folder / "project"
        project.mkdir(exist_ok=True)
        text = f'[project]\nname = "consumer"\nversion = "0.1"\nrequires-python = ">=3.10"\ndependencies = []\n{more}'
        (project / "pyproject.toml").write_text(text)
        return project


class Poetry(ProjectClient):
    """Poetry takes another default index by a plugin alone: with index_url the project names it as its only source."""

    name = tool = "poetry"
    source = '[[tool.poetry.source]]\nname = "yard"\nurl = "{url}"\npriority = "primary"\n'

    def project(self, environment: Environment, index_url: str | None) -> pathlib.Path:
        more = "[tool.poetry]\npackage-mode = false\n"
        return self.write_project(environment, more + (self.source.format(url=index_url) if index_url else ""))

    def tool_env(self, environment: Environment) -> dict[str, str]:
        return {
            "POETRY_CACHE_DIR": str(environment.folder / "poetry-cache"),
            "POETRY_CONFIG_DIR": str(environment.folder / "poetry-config"),
            "POETRY_KEYRING_ENABLED": "false",
            "POETRY_NO_INTERACTION": "1",
        }


class Pdm(ProjectClient):
    name = tool = "pdm"

    def project(self, environment: Environment, index_url: str | None) -> pathlib.Path:
        more = f'[[tool.pdm.source]]\nname = "pypi"\nurl = "{index_url}"\nverify_ssl = true\n' if index_url else ""
        project = self.write_project(environment, "[tool.pdm]\ndistribution = false\n" + more)
        (project / ".pdm-python").write_text(str(environment.python))
        return project

    def tool_env(self, environment: Environment) -> dict[str, str]:
        return {
            "PDM_CACHE_DIR": str(environment.folder / "pdm-cache"),
            "PDM_CHECK_UPDATE": "0",
            "PDM_CONFIG_FILE": str(environment.folder / "pdm-config.toml"),
        }


CLIENTS = {client.name: client for client in (Pip, PipDebian, Uv, Poetry, Pdm)}
