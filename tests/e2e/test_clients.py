"""Stock installers install from a repository, and it behaves to them as PyPI does."""

import hashlib
import itertools
import time

import pytest
from support.clients import CLIENTS
from support.repositories import bucket_repository, folder_repository, remove_bucket
from support.runner import Wheelyard
from support.stock import RESOLVED, WANTED, YANK_REASON, requested, stock
from support.tools import pinned
from support.wheels import make_wheel

numbers = itertools.count(1)
#: pip 23.0.1 knows JSON pages, but not the name that PEP 714 gave to the metadata's entry in them.
READS_METADATA = {"pip", "uv", "poetry", "pdm"}
FILE_URL_CLIENTS = ["pip", "pip-debian", "uv"]


@pytest.fixture(scope="module")
def publisher(tmp_path_factory):
    runner = Wheelyard(tmp_path_factory.mktemp("publisher"))
    yield runner
    runner.stop_all()


@pytest.fixture(scope="module")
def stocked_folder(publisher, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stock")
    return stock(publisher, folder_repository(folder / "repository"), folder / "dist")


@pytest.fixture(scope="module")
def stocked_minio(publisher, minio_server, tmp_path_factory, worker_id):
    repo = bucket_repository(minio_server, f"stock-{worker_id}-{next(numbers)}")
    yield stock(publisher, repo, tmp_path_factory.mktemp("stock") / "dist")
    remove_bucket(repo)


@pytest.fixture(scope="module")
def stocked_versitygw(publisher, versitygw_server, tmp_path_factory, worker_id):
    repo = bucket_repository(versitygw_server, f"stock-{worker_id}-{next(numbers)}")
    yield stock(publisher, repo, tmp_path_factory.mktemp("stock") / "dist")
    remove_bucket(repo)


@pytest.fixture(scope="module")
def served(publisher, stocked_folder):
    return publisher.serve(stocked_folder, "--no-upstream")


def exec_prefix(wheelyard, repo, *arguments) -> list[str]:
    return wheelyard.command("exec", "-v", *arguments, "--", repo=repo)


def check_resolved(done, log: str) -> None:
    """The three projects are installed, and no wheel was loaded only to read its metadata."""
    assert {name: done.installed.get(name) for name in RESOLVED} == RESOLVED
    assert done.environment.run("import acme; print(acme.VERSION)") == "1.1"
    paths = [path.rpartition("/")[2] for path in requested(log)]
    assert "acme-1.1-py3-none-any.whl" in paths
    if done.client in READS_METADATA:
        assert "acme-2.0-py3-none-any.whl.metadata" in paths
        assert "acme-2.0-py3-none-any.whl" not in paths
        assert paths.count("acme-1.1-py3-none-any.whl") == 1


def install(name, tmp_path, *requirements, **options):
    """Into an environment of its own, with a client of its own."""
    done = CLIENTS[name](tmp_path / f"client-{next(numbers)}").install(*requirements, **options)
    done.client = name
    return done


SERVED_FROM = [(name, kind) for name in CLIENTS for kind in ("folder", "minio")] + [("pip", "versitygw"), ("uv", "versitygw")]


@pytest.mark.parametrize(("name", "kind"), SERVED_FROM)
def test_through_serve(name, kind, wheelyard, request, tmp_path):
    repo = request.getfixturevalue(f"stocked_{kind}")
    with wheelyard.serve(repo, "--no-upstream") as served:
        done = install(name, tmp_path, WANTED, index_url=served.index_url)
    check_resolved(done, served.log)


@pytest.mark.parametrize(("name", "kind"), SERVED_FROM)
def test_through_exec(name, kind, wheelyard, request, tmp_path):
    repo = request.getfixturevalue(f"stocked_{kind}")
    through = exec_prefix(wheelyard, repo, "--no-upstream")
    done = install(name, tmp_path, WANTED, through=through, env=repo.env)
    check_resolved(done, done.output)


@pytest.mark.parametrize("name", FILE_URL_CLIENTS)
def test_from_a_folder_with_nothing_running(name, stocked_folder, tmp_path):
    url = stocked_folder.folder.as_uri()
    wanted = [WANTED, "locals==1.0+cu121.build7", "epochs", "odd-name"]
    done = install(name, tmp_path, *wanted, index_url=url)
    expected = {**RESOLVED, "locals": "1.0+cu121.build7", "epochs": "1!1.0", "odd-name": "1.0"}
    assert {project: done.installed.get(project) for project in expected} == expected


@pytest.mark.parametrize("name", CLIENTS)
def test_odd_versions(name, served, tmp_path):
    """Local versions, epochs, pre-releases only when asked for, another Python, an odd name: all in one install."""
    wanted = ["locals==1.0+cu121.build7", "epochs", "previews", "pythons<3", "odd_name", "withdrawn"]
    done = install(name, tmp_path, *wanted, index_url=served.index_url)
    expected = {
        "locals": "1.0+cu121.build7", "epochs": "1!1.0", "previews": "1.0", "pythons": "1.0", "odd-name": "1.0",
        "withdrawn": "1.0",
    }  # fmt: skip
    assert {project: done.installed.get(project) for project in expected} == expected


@pytest.mark.parametrize("name", FILE_URL_CLIENTS)
def test_a_pre_release_that_is_asked_for(name, served, tmp_path):
    assert install(name, tmp_path, "previews>=2.0rc1", index_url=served.index_url).installed["previews"] == "2.0rc1"


@pytest.mark.parametrize("name", FILE_URL_CLIENTS)
def test_a_yanked_version_that_is_pinned_comes_with_a_warning(name, served, tmp_path):
    done = install(name, tmp_path, "withdrawn==1.1", index_url=served.index_url)
    assert done.installed["withdrawn"] == "1.1"
    assert YANK_REASON in done.output
    refused = install(name, tmp_path, "withdrawn>1.0", index_url=served.index_url, check=False)
    refused.result.failed()


@pytest.mark.parametrize("name", FILE_URL_CLIENTS)
def test_another_python_is_named_when_only_that_would_do(name, served, tmp_path):
    done = install(name, tmp_path, "pythons==2.0", index_url=served.index_url, check=False)
    done.result.failed()
    assert ">=99" in done.output


@pytest.mark.parametrize("name", FILE_URL_CLIENTS)
def test_an_sdist_is_built(name, served, tmp_path):
    assert install(name, tmp_path, "from-source", index_url=served.index_url).installed["from-source"] == "1.0"


@pytest.mark.parametrize("name", FILE_URL_CLIENTS)
@pytest.mark.parametrize("way", ["serve", "file"])
def test_required_hashes(name, way, served, stocked_folder, tmp_path):
    url = served.index_url if way == "serve" else stocked_folder.folder.as_uri()
    data = stocked_folder.raw.read("acme-dep/acme_dep-1.2-py3-none-any.whl")
    digests = {"good": hashlib.sha256(data).hexdigest(), "bad": hashlib.sha256(data + b"x").hexdigest()}
    for kind, digest in digests.items():
        (tmp_path / f"{kind}.txt").write_text(f"acme-dep==1.2 --hash=sha256:{digest}\n")
    options = ["--require-hashes", "-r", tmp_path / "good.txt"]
    assert install(name, tmp_path, index_url=url, options=options).installed["acme-dep"] == "1.2"
    options = ["--require-hashes", "-r", tmp_path / "bad.txt"]
    done = install(name, tmp_path, index_url=url, options=options, check=False)
    done.result.failed()
    assert "hash" in done.output.lower() and done.installed == {}


@pytest.mark.parametrize("name", ["pip", "uv", "poetry", "pdm"])
def test_a_file_that_was_changed_in_the_bucket_is_refused(name, wheelyard, wheels, minio, tmp_path):
    """The page's digest guards the bytes that arrive."""
    wheelyard("publish", wheels.wheel("acme", "1.0"), repo=minio)
    other = wheels.wheel("acme", "1.0", folder=tmp_path / "other", files={"evil.py": "x = 1\n"})
    minio.raw.write("acme/acme-1.0-py3-none-any.whl", other.read_bytes())
    with wheelyard.serve(minio, "--no-upstream") as served:
        done = install(name, tmp_path, "acme", index_url=served.index_url, check=False)
    done.result.failed()
    assert done.installed == {}


@pytest.mark.parametrize(("name", "option"), [("pip", "--uploaded-prior-to"), ("uv", "--exclude-newer")])
@pytest.mark.parametrize("kind", ["folder_repo", "minio"])
def test_only_what_was_uploaded_before(name, option, kind, wheelyard, wheels, request, tmp_path):
    repo = request.getfixturevalue(kind)
    wheelyard("publish", wheels.wheel("acme", "1.0"), repo=repo)
    time.sleep(1.2)
    between = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    time.sleep(1.2)
    wheelyard("publish", wheels.wheel("acme", "1.1"), repo=repo)
    with wheelyard.serve(repo, "--no-upstream") as served:
        newest = install(name, tmp_path, "acme", index_url=served.index_url)
        older = install(name, tmp_path, "acme", index_url=served.index_url, options=[option, between])
        none = install(name, tmp_path, "acme", index_url=served.index_url, options=[option, "2001-01-01T00:00:00Z"], check=False)
    assert (newest.installed["acme"], older.installed["acme"]) == ("1.1", "1.0")
    none.result.failed()


@pytest.fixture(scope="module")
def public_repository(publisher, tmp_path_factory):
    folder = tmp_path_factory.mktemp("public")
    make_wheel(folder / "dist", "acme", "9.0")
    make_wheel(folder / "dist", "public-only", "1.0", requires_dist=["acme"])
    repo = folder_repository(folder / "repository")
    publisher("publish", folder / "dist", repo=repo)
    return repo


@pytest.fixture
def public(wheelyard, public_repository):
    """An index that plays the public one: a newer acme, and a project of its own. Its log is whole once it has stopped."""
    return wheelyard.serve(public_repository, "--no-upstream")


@pytest.mark.parametrize("name", CLIENTS)
def test_a_name_that_is_held_comes_from_the_repository_alone(name, wheelyard, stocked_folder, public, tmp_path):
    with wheelyard.serve(stocked_folder, "--upstream", public.index_url) as served:
        done = install(name, tmp_path, "public-only", index_url=served.index_url)
    assert (done.installed["acme"], done.installed["public-only"]) == ("1.1", "1.0")
    public.stop()
    asked = requested(public.log)
    assert "/simple/public-only/" in asked
    assert not [path for path in asked if "/acme" in path]


@pytest.mark.parametrize("name", CLIENTS)
def test_exec_finds_the_upstream_in_pips_settings(name, wheelyard, stocked_folder, public, tmp_path):
    done = install(
        name, tmp_path, "public-only", through=exec_prefix(wheelyard, stocked_folder), env={"PIP_INDEX_URL": public.index_url}
    )
    assert (done.installed["acme"], done.installed["public-only"]) == ("1.1", "1.0")


@pytest.mark.parametrize("name", ["pip", "uv"])
@pytest.mark.parametrize("fault", ["403", "500", "broken"])
def test_a_fault_never_falls_through_to_the_upstream(name, fault, wheelyard, stocked_minio, public, fault_proxy, tmp_path):
    proxy = fault_proxy(stocked_minio.endpoint)
    # What the installers do again they would do again for any server.
    options, env = (["--retries", "0"], {}) if name == "pip" else ([], {"UV_HTTP_RETRIES": "0"})
    repo = stocked_minio.behind(proxy.url)
    with wheelyard.serve(repo, "--upstream", public.index_url) as served:
        if fault == "broken":
            proxy.refuse(path="/acme")
        else:
            proxy.deny(int(fault), "AccessDenied" if fault == "403" else "InternalError", path="/acme|prefix=")
        done = install(name, tmp_path, "acme", index_url=served.index_url, options=options, env=env, check=False)
    done.result.failed()
    assert done.installed == {}
    public.stop()
    assert requested(public.log) == []


def run_poetry(wheelyard, repo, poetry, locked, command, program):
    """One command in a fresh environment, on the project and the lock that another has."""
    environment = poetry.fresh_environment()
    project = poetry.project(environment, None)
    for name in ("pyproject.toml", "poetry.lock"):
        (project / name).write_bytes((locked.folder / "project" / name).read_bytes())
    env = {**poetry.base_env(), **poetry.tool_env(environment), "VIRTUAL_ENV": str(environment.folder)}
    done = poetry.run([*exec_prefix(wheelyard, repo, "--no-upstream"), program, command], env, project)
    if done.status == 0:
        assert environment.installed["acme"] == "1.1"
    return done


def test_what_a_poetry_user_types(wheelyard, stocked_folder, tool, poetry):
    """docs/install.md: with the plugin through exec (and again from the lock), without it by a source in the project."""
    done = poetry.install("acme<2", through=exec_prefix(wheelyard, stocked_folder, "--no-upstream"))
    locked = poetry.lock(done.environment)
    assert not [package for package in locked["package"] if "source" in package]
    again = run_poetry(wheelyard, stocked_folder, poetry, done.environment, "sync", tool(*pinned("poetry")) / "poetry")
    assert again.status == 0, again.output

    plain = tool(pinned("poetry")[0]) / "poetry"
    with wheelyard.serve(stocked_folder, "--no-upstream") as served:
        environment = poetry.fresh_environment()
        project = poetry.project(environment, None)
        env = {**poetry.base_env(), **poetry.tool_env(environment), "VIRTUAL_ENV": str(environment.folder)}
        for line in (f"source add --priority=primary yard {served.index_url}", "add acme<2", "sync"):
            poetry.run([plain, *line.split()], env, project).ok()
    assert environment.installed["acme"] == "1.1"


def test_uv_locks_a_project_at_a_lasting_address(wheelyard, stocked_folder, uv, tool):
    environment = uv.fresh_environment()
    (environment.folder / "pyproject.toml").write_text(
        '[project]\nname = "consumer"\nversion = "0.1"\nrequires-python = ">=3.10"\ndependencies = ["acme<2"]\n'
    )
    program = tool(*pinned("uv")) / "uv"
    with wheelyard.serve(stocked_folder, "--no-upstream") as served:
        env = {**uv.base_env(), "UV_DEFAULT_INDEX": served.index_url, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CACHE": "1"}
        for command in (["lock"], ["sync", "--locked"]):
            uv.run([program, *command], env, environment.folder).ok()
        ran = uv.run([program, "run", "python", "-c", "import acme; print(acme.VERSION)"], env, environment.folder).ok()
    assert ran.stdout.strip() == "1.1"
    through = exec_prefix(wheelyard, stocked_folder, "--no-upstream")
    env = {**uv.base_env(), "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CACHE": "1"}
    code = "import acme_dep; print(acme_dep.VERSION)"
    ran = uv.run([*through, program, "run", "--no-project", "--with", "acme-dep", "python", "-c", code], env, environment.folder).ok()
    assert ran.stdout.strip() == "1.2"
