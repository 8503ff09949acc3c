"""pip's configuration files mean what pip says they mean.

Generated files and environments go to pip's own option parser and to the library (through
tests/tools/pip_settings_probe.cpp).
"""

import contextlib
import io
import json
import os
import random
import subprocess
import sys

from pip._internal.commands import create_command
from pip._internal.configuration import Configuration
from pip._internal.exceptions import ConfigurationError
from support.process import built_program

SEED = 5
CASES = 400
NAMES = ["index-url", "index_url", "INDEX-URL", "--index-url"]
ASKED = [("global", "index-url"), ("install", "index-url"), ("ilabs.s3util", "target"), ("global", "extra-index-url")]


def ours(variables):
    arguments = [text for pair in ASKED for text in pair]
    done = subprocess.run([built_program("pip_settings_probe"), *arguments], env=variables, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextlib.contextmanager
def environment(variables):
    before, prefix = dict(os.environ), sys.prefix
    os.environ.clear()
    os.environ.update(variables)
    sys.prefix = variables.get("VIRTUAL_ENV", "/nowhere")
    try:
        yield
    finally:
        sys.prefix = prefix
        os.environ.clear()
        os.environ.update(before)


def pips(variables):
    """The index of `pip install`, and the values as they stand in the files."""
    with environment(variables):
        files = Configuration(isolated=False)
        try:
            files._load_config_files()
        except ConfigurationError as error:
            return {"error": str(error)}
        values = []
        for section, key in ASKED:
            found = None
            for per_file in files._dictionary.values():
                found = per_file.get(f"{section}.{key}") or found
            values.append(found)
        with contextlib.redirect_stderr(io.StringIO()):
            options, _ = create_command("install").parser.parse_args([])
        return {"upstream": options.index_url, "settings": values}


class Generator:
    def __init__(self, seed, folder):
        self.random = random.Random(seed)
        self.folder = folder
        self.urls = 0

    def maybe(self, chance):
        return self.random.random() < chance

    def url(self):
        self.urls += 1
        return self.random.choice([f"https://i{self.urls}.example/simple", f"http://127.0.0.1:{8000 + self.urls}/%28x%29s/",
                                   f"https://u:p%20w@i{self.urls}.example/+simple/?a=b#c"])

    def text(self):
        lines = [self.random.choice(["", "# pip's", "; pip's"])]
        if self.maybe(0.1):
            lines += ["[DEFAULT]", f"index-url = {self.url()}"]
        for section in self.random.sample(["global", "install", "freeze", "ilabs.s3util"], k=self.random.randint(0, 4)):
            lines.append(f"[{section}]")
            if section == "ilabs.s3util":
                lines.append(f"target{self.random.choice(['=', ' : '])}s3://b{self.urls}/p")
                continue
            if self.maybe(0.6):
                lines.append(self.random.choice(NAMES) + self.random.choice([" = ", "=", ": "])
                             + (self.url() if self.maybe(0.9) else ""))
            if self.maybe(0.4):
                lines += ["extra-index-url =", f"    {self.url()}", "    # between", "", f"    {self.url()}"]
            if self.maybe(0.3):
                lines.append("timeout = 60")
        if self.maybe(0.02):
            lines += self.random.choice([["[x]", "nothing"], ["[x]", "[x]"], ["[x]", "a=1", "A=2"], ["[x]", "=1"]])
        return self.random.choice(["\n", "\r\n"]).join(lines) + "\n"

    def case(self, number):
        root = self.folder / str(number)
        variables = {"PATH": os.environ["PATH"], "HOME": str(root / "home"), "XDG_CONFIG_DIRS": str(root / "system")}
        places = ["home/.pip/pip.conf", "home/.config/pip/pip.conf"]
        if self.maybe(0.3):
            variables["XDG_CONFIG_HOME"] = str(root / "xdg")
            places.append("xdg/pip/pip.conf")
        if self.maybe(0.3):
            variables["XDG_CONFIG_DIRS"] = f"{root}/system:{root}/other"
            places.append("other/pip/pip.conf")
        if self.maybe(0.4):
            variables["VIRTUAL_ENV"] = str(root / "venv")
            places.append("venv/pip.conf")
        if self.maybe(0.3):
            variables["PIP_CONFIG_FILE"] = self.random.choice([str(root / "named.conf"), "/dev/null", str(root / "none"), ""])
            places.append("named.conf")
        places.append("system/pip/pip.conf")
        for place in places:
            if self.maybe(0.6):
                (root / place).parent.mkdir(parents=True, exist_ok=True)
                (root / place).write_bytes(self.text().encode())
        if self.maybe(0.15):
            variables["PIP_INDEX_URL"] = self.random.choice([self.url(), ""])
        return variables


def test_generated_cases(tmp_path):
    generator = Generator(SEED, tmp_path)
    errors = 0
    origins = set()
    for number in range(CASES):
        variables = generator.case(number)
        mine, theirs = ours(variables), pips(variables)
        shown = {str(path): path.read_text() for path in (tmp_path / str(number)).rglob("*") if path.is_file()}
        context = f"case {number}: {variables}\n{json.dumps(shown, indent=1)}\n{mine}\n{theirs}"
        assert ("error" in mine) == ("error" in theirs), context
        if "error" in mine:
            errors += 1
            continue
        url, origin = mine["upstream"]
        origins.add(origin.rsplit(" ", 2)[-2] if "[" in origin else origin)
        assert url == theirs["upstream"].rstrip("/"), context
        assert mine["settings"] == theirs["settings"], context
    assert 0 < errors < CASES * 0.3, errors
    assert origins >= {"PIP_INDEX_URL", "[install]", "[global]", "the build's WHEELYARD_DEFAULT_UPSTREAM"}, origins
