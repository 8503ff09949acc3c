"""Other distributions with the same names: nothing of theirs is overwritten or shadowed in silence."""

import importlib.metadata
import pathlib
import subprocess
import sys

import pytest
from support.wheels import escaped, make_wheel

#: pip makes environments here: slow where much else runs.
pytestmark = pytest.mark.timeout(900)

OURS = "wheelyard-compat"

#: Stand-ins for the released distributions, with the files that collide.
S3 = {"s3/__init__.py": "WHOSE = 'theirs'\n", "s3/s3.py": ""}
S3UTIL = {
    "ilabs/s3util/__init__.py": "", "ilabs/s3util/command.py": "WHOSE = 'theirs'\n", "ilabs/s3util/util.py": "",
}  # fmt: skip
S3P = {"s3p/__init__.py": "WHOSE = 'theirs'\n"}
SCRIPT = "def main():\n    print('theirs')\n"


@pytest.fixture
def theirs(tmp_path):
    """theirs("s3") is a wheel that looks as the released one, to be installed."""

    def make(name: str):
        folder = tmp_path / "theirs"
        programs = {"s3": [], "ilabs.s3util": ["s3pypi", "s3upload"], "s3pypi": ["s3pypi"], "s3p": ["s3p"]}[name]
        module = name.replace(".", "_") + "_main"
        files = {"s3": S3, "ilabs.s3util": S3UTIL, "s3pypi": {}, "s3p": S3P}[name] | {f"{module}.py": SCRIPT}
        points = "[console_scripts]\n" + "".join(f"{program} = {module}:main\n" for program in programs)

        def edit(members):
            del members[f"{escaped(name)}.py"]  # the released ones have none
            info = next(path for path in members if path.endswith("/METADATA")).rsplit("/", 1)[0]
            if programs:
                members[f"{info}/entry_points.txt"] = points.encode()
            if name == "s3pypi":
                members["s3pypi/__init__.py"] = b""

        return make_wheel(folder, name, "3.0", files=files, edit=edit)

    return make


def whose(environment, module: str) -> str:
    done = environment.run(f"import {module} as m; print(getattr(m, 'WHOSE', 'ours'))")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def check(environment) -> subprocess.CompletedProcess:
    return environment.program("wheelyard-compat")


def test_alone_all_is_ours_and_nothing_is_said(environment):
    alone = environment("setuptools==84.2.1")
    assert whose(alone, "s3") == whose(alone, "ilabs.s3util.command") == whose(alone, "s3p") == "ours"
    assert alone.run("import s3, ilabs.s3util.command, s3p", "-W", "error").stderr == ""
    done = check(alone)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count(" ours ") == 6 and OURS in done.stdout
    assert alone.program("python", "-m", "wheelyard_compat").stdout == done.stdout
    assert alone.program("s3upload", "--help").stderr == ""


def test_no_file_of_ours_is_one_of_theirs():
    """What makes every order of installing and uninstalling safe: a module file is never owned twice."""
    files = {str(path) for path in importlib.metadata.files(OURS) or []}
    assert {"s3.py", "ilabs/s3util.py", "s3p.py"} <= files
    assert not files & (set(S3) | set(S3UTIL) | set(S3P))
    assert "ilabs/__init__.py" not in files


@pytest.mark.parametrize("ours_first", [True, False])
def test_installed_side_by_side_their_modules_win(fresh_environment, theirs, ours_first):
    packages = [OURS, theirs("s3"), theirs("ilabs.s3util"), theirs("s3p")]
    fresh_environment.install(*(packages if ours_first else reversed(packages)))
    assert whose(fresh_environment, "s3") == whose(fresh_environment, "ilabs.s3util.command") == whose(fresh_environment, "s3p") == "theirs"
    done = check(fresh_environment)
    assert done.returncode == 1
    assert "module s3: s3 3.0 is installed as well" in done.stdout and "pip uninstall s3 " in done.stdout
    assert "module ilabs.s3util: ilabs.s3util 3.0 is installed as well" in done.stdout
    assert "program s3pypi: ilabs.s3util 3.0 is installed as well" in done.stdout
    assert "module s3p: s3p 3.0 is installed as well" in done.stdout
    fresh_environment.uninstall("s3", "ilabs.s3util")
    assert whose(fresh_environment, "s3") == "ours"
    assert "import" not in check(fresh_environment).stderr


def test_uninstalling_ours_leaves_theirs_whole(fresh_environment, theirs):
    fresh_environment.install(theirs("s3"), theirs("ilabs.s3util"))
    before = files_below(fresh_environment.site_packages)
    fresh_environment.install(OURS)
    fresh_environment.uninstall(OURS)
    assert whose(fresh_environment, "s3") == whose(fresh_environment, "ilabs.s3util.command") == "theirs"
    left = {path: data for path, data in files_below(fresh_environment.site_packages).items() if "wheelyard" not in path}
    assert left == before


def files_below(folder: pathlib.Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_a_module_of_ours_in_front_of_theirs_says_so(fresh_environment, theirs, tmp_path):
    """In another folder of sys.path than theirs (a user's site-packages, PYTHONPATH), ours may come first."""
    fresh_environment.install(OURS, "setuptools==84.2.1")
    elsewhere = tmp_path / "elsewhere"
    done = fresh_environment.pip("install", "-q", "--no-deps", "--target", elsewhere, theirs("s3"), theirs("ilabs.s3util"))
    assert done.returncode == 0, done.stderr
    (fresh_environment.site_packages / "elsewhere.pth").write_text(f"{elsewhere}\n")
    for module, distribution in (("s3", "s3"), ("ilabs.s3util.command", "ilabs.s3util")):
        done = fresh_environment.run(f"import {module}\nprint('still runs')")
        assert done.stdout == "still runs\n"
        assert "ShadowWarning" in done.stderr and f"{distribution} 3.0 is installed as well" in done.stderr
        assert f"pip uninstall {distribution}." in done.stderr and f"pip uninstall {OURS}" in done.stderr
        assert "<string>:1" in done.stderr  # where the program imports it
    assert check(fresh_environment).returncode == 1


@pytest.mark.parametrize("distribution, programs", [("s3pypi", ["s3pypi"]), ("ilabs.s3util", ["s3pypi", "s3upload"]), ("s3p", ["s3p"])])
def test_a_program_that_another_has_too_says_so(fresh_environment, theirs, distribution, programs):
    fresh_environment.install(theirs(distribution))
    fresh_environment.install(OURS)  # pip puts our programs over theirs, and says nothing
    for program in ("s3pypi", "s3upload", "s3p"):
        done = fresh_environment.program(program, "--help")
        assert done.returncode == 0 and ("usage: s3p " if program == "s3p" else "wheelyard") in done.stdout
        assert (f"{distribution} 3.0" in done.stderr) == (program in programs)
        if program in programs:
            assert "warning" in done.stderr and f"pip uninstall {distribution}" in done.stderr
    report = check(fresh_environment)
    assert report.returncode == 1 and f"program {programs[0]}: {distribution} 3.0 is installed as well" in report.stdout


def test_programs_that_went_with_another_package(fresh_environment, theirs):
    """pip uninstall takes a file that two packages own; what the check says brings it back."""
    fresh_environment.install(theirs("s3pypi"))
    fresh_environment.install(OURS)
    fresh_environment.uninstall("s3pypi")
    assert not (fresh_environment.bin / "s3pypi").exists()
    done = check(fresh_environment)
    assert done.returncode == 1 and "program s3pypi: it is gone" in done.stdout
    advice = next(line for line in done.stdout.splitlines() if "it is gone" in line).split("To have it back: pip install ")[1]
    *options, wanted = advice.split()
    fresh_environment.install(wanted, options=tuple(options))
    assert check(fresh_environment).returncode == 0


def test_a_program_of_theirs_over_ours_is_found(fresh_environment, theirs):
    fresh_environment.install(OURS)
    fresh_environment.install(theirs("s3pypi"))
    assert fresh_environment.program("s3pypi").stdout == "theirs\n"
    done = check(fresh_environment)
    assert done.returncode == 1 and "program s3pypi" in done.stdout and "not ours" in done.stdout


def test_a_module_file_in_front_of_ours_is_found(fresh_environment, tmp_path):
    fresh_environment.install(OURS)
    (tmp_path / "s3.py").write_text("")
    done = subprocess.run(
        [fresh_environment.python, "-m", "wheelyard_compat"], capture_output=True, text=True, cwd=tmp_path, check=False,
        env={**fresh_environment.env, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1 and f"{tmp_path}/s3.py goes ahead of ours" in done.stdout


NSPKG = (
    "import sys, types, os;p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('ilabs',));importlib = "
    "__import__('importlib.util');__import__('importlib.machinery');m = sys.modules.setdefault('ilabs', importlib.util."
    "module_from_spec(importlib.machinery.PathFinder.find_spec('ilabs', [os.path.dirname(p)])));m = m or "
    "sys.modules.setdefault('ilabs', types.ModuleType('ilabs'));mp = (m or []) and m.__dict__.setdefault('__path__',[]);"
    "(p not in mp) and mp.append(p)\n"
)


@pytest.mark.parametrize("files", [
    {"ilabs/client/__init__.py": "HERE = True\n"},
    {"ilabs/client/__init__.py": "HERE = True\n", "ilabs_client-1.0-py3.6-nspkg.pth": NSPKG},
    {"ilabs/client/__init__.py": "HERE = True\n", "ilabs/__init__.py": "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"},
], ids=["PEP 420", "setuptools' nspkg.pth", "pkgutil"])  # fmt: skip
def test_other_packages_below_ilabs_go_on_working(fresh_environment, tmp_path, files):
    fresh_environment.install(OURS, make_wheel(tmp_path / "other", "ilabs.client", "1.0", files=files))
    code = "import ilabs.client, ilabs.s3util; assert ilabs.client.HERE; print(ilabs.s3util.__path__[0])"
    done = fresh_environment.run(code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("wheelyard_compat/ilabs_s3util")
    fresh_environment.uninstall(OURS)
    assert fresh_environment.run("import ilabs.client; assert ilabs.client.HERE").returncode == 0


def test_the_check_explains_itself():
    for argument, status in (("--help", 0), ("--nonsense", 2)):
        done = subprocess.run(
            [sys.executable, "-m", "wheelyard_compat", argument], capture_output=True, text=True, check=False
        )
        assert done.returncode == status and "Usage: wheelyard-compat" in done.stdout + done.stderr
