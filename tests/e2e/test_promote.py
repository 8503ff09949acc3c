"""promote: from one index to another, the same bytes, with what they need, all of it or nothing."""

import concurrent.futures
import itertools
import json

import pytest
from support import invariants
from support.aftermath import wait_for_the_end
from support.promotions import KINDS, Pair, beside, check_same, listed, unfinished

BIG = 3_000_000  #: bytes; above what goes through memory as a whole


@pytest.fixture(params=KINDS, ids=lambda kinds: "-to-".join(kinds))
def pair(request) -> Pair:
    source, target = request.param
    fixture = lambda kind: request.getfixturevalue("folder_repo" if kind == "folder" else kind)
    staging = fixture(source)
    return Pair(staging, beside(staging, "prod") if source == target else fixture(target))


@pytest.fixture
def folders(folder_repo) -> Pair:
    return Pair(folder_repo, beside(folder_repo, "prod"))


@pytest.fixture
def minios(minio) -> Pair:
    return Pair(minio, beside(minio, "prod"))


def stock(wheelyard, wheels, repo) -> None:
    """acme 1.2 needs lib, which needs base; acme's wheel is large."""
    wheelyard(
        "publish",
        wheels.wheel("acme", "1.2", requires_python=">=3.8", requires_dist=["lib>=1", "other; extra == 'more'"], padding=BIG),
        wheels.sdist("acme", "1.2"),
        wheels.wheel("acme", "1.1"),
        wheels.wheel("lib", "1.4"), wheels.wheel("lib", "1.5", requires_dist=["base"]),
        wheels.wheel("base", "3.0"), wheels.wheel("other", "1.0"),
        repo=repo,
    )  # fmt: skip


RELEASE = {"acme-1.2-py3-none-any.whl", "acme-1.2.tar.gz"}
NEEDED = {"lib": {"lib-1.5-py3-none-any.whl"}, "base": {"base-3.0-py3-none-any.whl"}}


def test_between_stores_of_every_kind(pair, wheelyard, wheels):
    stock(wheelyard, wheels, pair.staging)
    before = {key: pair.staging.raw.read(key) for key in pair.staging.raw.keys()}
    dry = pair.promote(wheelyard, "--json", "--dry-run", "acme==1.2").json
    assert [file["outcome"] for file in dry["files"]] == ["promoted", "promoted"] and dry["dry_run"]
    assert pair.prod.raw.keys() == []
    done = pair.promote(wheelyard, "--json", "acme==1.2").json
    assert {file["filename"]: file["outcome"] for file in done["files"]} == dict.fromkeys(RELEASE, "promoted")
    ways = {file["filename"]: file["way"] for file in done["files"]}
    on_server = pair.staging.endpoint is not None and pair.staging.endpoint == pair.prod.endpoint
    assert ways == {"acme-1.2-py3-none-any.whl": "server" if on_server else "stream", "acme-1.2.tar.gz": "whole"}
    check_same(pair, "acme", RELEASE)
    assert unfinished(pair.prod) == []
    wheelyard("verify", "--deep", repo=pair.prod)
    again = pair.promote(wheelyard, "--json", "acme==1.2").json
    assert {file["outcome"] for file in again["files"]} == {"unchanged"}
    assert {key: pair.staging.raw.read(key) for key in pair.staging.raw.keys()} == before
    if pair.prod.kind != "folder":
        head = pair.prod.raw.head("acme/acme-1.2-py3-none-any.whl")
        assert (head["ContentType"], head["CacheControl"]) == ("application/zip", "max-age=365000000, immutable")


def test_pip_installs_it_with_what_it_needs(pair, wheelyard, wheels, pip):
    stock(wheelyard, wheels, pair.staging)
    done = pair.promote(wheelyard, "--with-dependencies", "acme==1.2")
    assert "for acme 1.2" in done.stdout and "for lib 1.5" in done.stdout
    for project, names in ({"acme": RELEASE} | NEEDED).items():
        check_same(pair, project, names)
    assert not pair.prod.raw.exists("other/index.json")
    installed = pip.install("acme", through=wheelyard.exec_prefix(pair.prod), env=wheelyard.environment(pair.prod)).installed
    assert installed | {"acme": "1.2", "lib": "1.5", "base": "3.0"} == installed
    wheelyard("verify", "--deep", repo=pair.prod)


def test_a_large_file_is_copied_by_the_server(minios, wheelyard, wheels, fault_proxy):
    stock(wheelyard, wheels, minios.staging)
    proxy = fault_proxy(minios.prod.endpoint)
    minios.behind(proxy.url).promote(wheelyard, "acme-1.2-py3-none-any.whl")
    sent = [r for r in proxy.requests if r.method == "PUT" and "acme-1.2-py3-none-any.whl" in r.path and "metadata" not in r.path]
    assert len(sent) == 1
    headers = {name.lower(): value for name, value in sent[0].headers.items()}
    assert "x-amz-copy-source" in headers and int(headers["content-length"]) == 0
    completed = [r for r in proxy.requests if r.method == "POST" and "uploadId" in r.path]
    assert [{k.lower(): v for k, v in r.headers.items()}["if-none-match"] for r in completed] == ["*"]


def test_requests_of_one_small_file(minios, wheelyard, wheels, fault_proxy):
    """Into a project that is there: the index, the record, the bytes, the page."""
    stock(wheelyard, wheels, minios.staging)
    minios.promote(wheelyard, "acme==1.2")
    proxy = fault_proxy(minios.prod.endpoint)
    minios.behind(proxy.url).promote(wheelyard, "acme==1.1")
    print([(r.method, r.path) for r in proxy.requests])
    assert proxy.count() <= 22


def test_other_bytes_under_the_name_change_nothing(pair, wheelyard, wheels, tmp_path):
    stock(wheelyard, wheels, pair.staging)
    wheelyard("publish", wheels.wheel("lib", "1.5", folder=tmp_path / "other", files={"more.py": "1"}, extra_metadata=["Home-page: x"]), repo=pair.prod)  # fmt: skip
    before = {key: pair.prod.raw.read(key) for key in pair.prod.raw.keys()}
    refused = pair.promote(wheelyard, "acme==1.2", "lib==1.5", check=False).failed(1)
    assert "lib-1.5-py3-none-any.whl" in refused.stderr and "other bytes" in refused.stderr and "hint:" in refused.stderr
    assert {key: pair.prod.raw.read(key) for key in pair.prod.raw.keys()} == before


@pytest.mark.parametrize("what", ["acme/acme-1.2-py3-none-any.whl", "acme/acme-1.2.tar.gz", "lib/lib-1.5-py3-none-any.whl",
                                  "lib/lib-1.5-py3-none-any.whl.metadata"])  # fmt: skip
@pytest.mark.parametrize("how", ["damaged", "replaced"])
def test_what_is_damaged_or_replaced_in_the_source_is_never_listed(what, how, pair, wheelyard, wheels, tmp_path):
    stock(wheelyard, wheels, pair.staging)
    content = bytearray(pair.staging.raw.read(what))
    if how == "damaged":
        content[len(content) // 2] ^= 1
    elif what.endswith(".metadata"):
        content += b"Requires-Dist: surprise\n"
    else:
        make = wheels.sdist if what.endswith(".gz") else wheels.wheel
        name, version = ("acme", "1.2") if what.startswith("acme") else ("lib", "1.5")
        content = make(name, version, folder=tmp_path / "other", extra_metadata=["Author: somebody else"]).read_bytes()
    pair.staging.raw.write(what, bytes(content))
    refused = pair.promote(wheelyard, "--json", "--with-dependencies", "acme==1.2", check=False).failed(1)
    assert refused.json["error"]["code"] == "corrupted"
    assert what.removesuffix(".metadata") in refused.json["error"]["message"]
    assert [key for key in pair.prod.raw.keys() if key.endswith((".whl", ".gz", ".metadata"))] == []
    assert listed_anything(pair.prod) == {} and unfinished(pair.prod) == []
    wheelyard("verify", "--deep", repo=pair.prod)


def listed_anything(repo) -> dict[str, set[str]]:
    projects = {key.split("/")[0] for key in repo.raw.keys() if key.endswith("/index.json")}
    return {project: names for project in projects if (names := listed(repo, project))}


def test_usage(folders, wheelyard, wheels):
    stock(wheelyard, wheels, folders.staging)
    for arguments, status, words in [
        (("promote", "acme", "--to", folders.prod.url), 2, "--from"),
        (("promote", "--from", folders.staging.url, "--to", folders.prod.url), 2, "SPEC"),
        (("promote", "acme", "--from", folders.staging.url), 2, "--repo"),
        (("promote", "acme", "--from", folders.staging.url, "--to", folders.staging.url), 1, "it is the target too"),
        (folders.command("acme==7"), 1, "is meant by it"),
        (folders.command("nothing"), 1, "has no project nothing"),
        (folders.command("acme", "--platform", "linux"), 2, "--with-dependencies"),
        (folders.command("acme", "--with-dependencies", "--platform", "beos"), 2, "linux"),
        (folders.command("acme", "--with-dependencies", "--python-version", "three"), 2, "3.11"),
        (("promote", "acme", "--from", str(folders.prod.folder / "none"), "--to", folders.prod.url), 1, "no project acme"),
    ]:
        failed = wheelyard(*arguments, check=False).failed(status)
        assert words in failed.stderr, failed.stderr
        assert "hint:" in failed.stderr
    assert folders.prod.raw.keys() == []
    # The target may be named as every other verb names its repository.
    wheelyard("promote", "acme==1.1", "--from", folders.staging.url, repo=folders.prod)
    assert listed(folders.prod, "acme") == {"acme-1.1-py3-none-any.whl"}


def test_yanked_files_and_narrowed_environments(folders, wheelyard, wheels):
    stock(wheelyard, wheels, folders.staging)
    wheelyard("yank", "acme==1.1", "--reason", "it loses data", repo=folders.staging)
    refused = folders.promote(wheelyard, "acme==1.1", check=False).failed(1)
    assert "it loses data" in refused.stderr and "--yanked" in refused.stderr
    assert folders.prod.raw.keys() == []
    folders.promote(wheelyard, "--yanked", "acme==1.1")
    assert invariants.look(folders.prod, "acme").yanked == {"acme-1.1-py3-none-any.whl"}
    wheelyard("publish", wheels.wheel("tool", "1", requires_dist=["base; python_version < '3.9'", "other; sys_platform == 'win32'"]), repo=folders.staging)  # fmt: skip
    narrow = ["--with-dependencies", "tool", "--platform", "linux", "--dry-run", "--json"]
    went = lambda *more: [f["project"] for f in folders.promote(wheelyard, *narrow, *more).json["files"]]
    assert went("--python-version", "3.11") == ["tool"]
    assert went("--python-version", "3.11", "--python-version", "3.8") == ["base", "tool"]
    assert went("--platform", "windows", "--python-version", "3.9.1") == ["other", "tool"]
    assert went() == ["base", "tool"]


def test_json_says_what_was_left(folders, wheelyard, wheels):
    stock(wheelyard, wheels, folders.staging)
    wheelyard("publish", wheels.wheel("lib", "1.4"), repo=folders.prod)
    wheelyard("publish", wheels.wheel("tool", "1", requires_dist=["lib", "requests>=2"]), repo=folders.staging)
    done = folders.promote(wheelyard, "--json", "--with-dependencies", "tool").json
    assert done["left"] == [
        {"requirement": "lib", "needed_by": "tool 1", "held": "1.4"},
        {"requirement": "requests>=2", "needed_by": "tool 1", "held": None},
    ]
    assert done["install"].endswith("-- pip install tool")
    assert json.dumps(done).count(str(folders.prod.folder)) >= 1


def test_conflicts_are_told(folders, wheelyard, wheels):
    for name, needs in (("acme", ["lib<1.5", "tool"]), ("tool", ["lib>=1.5"]), ("far", ["lib>=9"]), ("url", ["lib @ https://host.invalid/l.zip"])):
        wheelyard("publish", wheels.wheel(name, "2.0", requires_dist=needs), repo=folders.staging)
    wheelyard("publish", wheels.wheel("lib", "1.4"), wheels.wheel("lib", "1.5"), repo=folders.staging)
    for spec, words in (("acme", "no version satisfies all"), ("far", "none that would do"), ("url", "from a URL")):
        refused = folders.promote(wheelyard, "--with-dependencies", spec, check=False).failed(1)
        assert words in refused.stderr and "hint:" in refused.stderr
    assert folders.prod.raw.keys() == []


def test_many_at_once(pair, wheelyard, wheels):
    """Twelve promote releases that need the same library, while others publish into the target."""
    wheelyard("publish", wheels.wheel("lib", "1.0"), *[wheels.wheel("acme", f"1.{n}", requires_dist=["lib"]) for n in range(6)], repo=pair.staging)  # fmt: skip
    own = [wheels.wheel("acme", f"2.{n}") for n in range(6)]
    commands = [pair.command("--with-dependencies", f"acme==1.{n % 6}") for n in range(12)]
    commands += [("publish", "--repo", pair.prod.url, path) for path in own]
    results = [r for r in together(wheelyard, commands, pair.env) if r.status != 0]
    assert [r.output for r in results] == []
    invariants.check_settled(pair.prod, "acme", {f"acme-1.{n}-py3-none-any.whl" for n in range(6)} | {p.name for p in own})
    check_same(pair, "lib", {"lib-1.0-py3-none-any.whl"})
    assert unfinished(pair.prod) == []
    wheelyard("verify", "--deep", repo=pair.prod)


def together(wheelyard, commands, env):
    """wheelyard.together, for commands that name their repositories themselves."""
    with concurrent.futures.ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(lambda command: wheelyard(*command, env=env, check=False), commands))


#: The writes of a promotion into the target, and whether an answer that never comes can be looked up.
WRITES = {
    "record": r"/\.wheelyard/promotions/",
    "first_page": r"/prod/lib/index\.json$",
    "upload_begun": r"/acme-1\.2-py3-none-any\.whl\?uploads",
    "part_copied": r"/acme-1\.2-py3-none-any\.whl\?partNumber",
    "upload_completed": r"/acme-1\.2-py3-none-any\.whl\?uploadId",
    "small": r"/lib-1\.5-py3-none-any\.whl$",
    "metadata": r"\.whl\.metadata$",
    "last_page": r"/prod/acme/index\.json$",
    "html": r"/prod/acme/index\.html$",
}
FAULTS = {
    "denied": lambda proxy, **where: proxy.deny(403, "AccessDenied", **where),
    "internal_error": lambda proxy, **where: proxy.deny(500, "InternalError", **where),
    "answer_lost": lambda proxy, **where: proxy.lose_answer(times=1, **where),
    "error_after_acting": lambda proxy, **where: proxy.fail_after_acting(times=1, **where),
    "broken": lambda proxy, **where: proxy.refuse(**where),
}


def named_in_root(repo) -> list[str]:
    if not repo.raw.exists("index.json"):
        return []
    return [project["name"] for project in json.loads(repo.raw.read("index.json"))["projects"]]


@pytest.mark.parametrize(("fault", "write"), list(itertools.product(FAULTS, WRITES)))
def test_what_fails_on_the_way_leaves_all_or_nothing(fault, write, minios, wheelyard, wheels, fault_proxy):
    stock(wheelyard, wheels, minios.staging)
    proxy = fault_proxy(minios.prod.endpoint)
    after = 1 if write in ("first_page", "last_page") else 0  # the first one makes an empty page
    FAULTS[fault](proxy, method="PUT|POST", path=WRITES[write], after=after)
    done = minios.behind(proxy.url).promote(wheelyard, "--with-dependencies", "acme==1.2", check=False)
    proxy.heal()
    wait_for_the_end(minios.prod)
    there = listed_anything(minios.prod)
    whole = {"acme": RELEASE} | NEEDED
    if done.status == 0:
        assert there == whole
    else:
        assert done.status == 1 and done.stderr.count("error: ") == 1
        if fault == "denied":
            assert "AccessDenied" in done.stderr
            # The page is listed by then and its HTML lacks it: the listing is taken back as well.
            assert there == {}
        if there not in ({}, whole):
            # Neither could it be listed nor taken back: the record is there, and says so.
            assert minios.prod.raw.keys(".wheelyard/promotions/") != []
            assert "verify --repair" in done.stderr
    if minios.prod.raw.keys(".wheelyard/"):
        wheelyard("verify", "--repair", repo=minios.prod)
        there = listed_anything(minios.prod)
    assert there in ({}, whole)
    # The pages that were made for it stay; the list of projects does not name them.
    assert named_in_root(minios.prod) == sorted(there)
    assert minios.prod.raw.keys(".wheelyard/") == []
    # An upload that was begun, and whose name never came: it has no parts, and nobody knows whose it is.
    nameless = write == "upload_begun" and fault in ("answer_lost", "error_after_acting")
    assert nameless or invariants.leftovers(minios.prod) == []
    wheelyard("verify", "--deep", repo=minios.prod)
    minios.promote(wheelyard, "--with-dependencies", "acme==1.2")
    for project, names in whole.items():
        check_same(minios, project, names)


def test_a_name_that_a_failure_left_is_given_back_as_the_documentation_says(minios, wheelyard, wheels, fault_proxy):
    stock(wheelyard, wheels, minios.staging)
    proxy = fault_proxy(minios.prod.endpoint)
    proxy.deny(403, "AccessDenied", method="PUT", path=r"\.whl\.metadata$")
    minios.behind(proxy.url).promote(wheelyard, "acme==1.2", check=False).failed(1)
    assert minios.prod.raw.exists("acme/index.json") and named_in_root(minios.prod) == []
    wheelyard("rm", "-r", f"{minios.prod.url}/acme/", env=minios.prod.env)
    assert minios.prod.raw.keys("acme/") == []
    wheelyard("verify", "--deep", repo=minios.prod)
    minios.promote(wheelyard, "acme==1.2")
    check_same(minios, "acme", RELEASE)


@pytest.mark.parametrize("fault", ["denied", "internal_error", "truncated", "broken"])
@pytest.mark.parametrize("what", [r"/py/acme/index\.json", r"/acme-1\.2-py3-none-any\.whl", r"\.metadata$"])
def test_a_source_that_cannot_be_read_promotes_nothing(what, fault, minio, folder_repo, wheelyard, wheels, fault_proxy):
    stock(wheelyard, wheels, minio)
    proxy = fault_proxy(minio.endpoint)
    rule = {"denied": proxy.deny, "truncated": proxy.truncate, "broken": proxy.refuse,
            "internal_error": lambda **where: proxy.deny(500, "InternalError", **where)}[fault]  # fmt: skip
    rule(method="GET|HEAD", path=what)
    pair = Pair(minio.behind(proxy.url), folder_repo)
    refused = pair.promote(wheelyard, "--with-dependencies", "acme==1.2", check=False).failed(1)
    assert refused.stderr.count("error: ") == 1
    assert listed_anything(folder_repo) == {} and unfinished(folder_repo) == []
    assert [key for key in folder_repo.raw.keys() if key.endswith((".whl", ".gz", ".metadata"))] == []


def pip_for(pip, wheelyard, repo, python: str, folder, *requirements, check=True) -> set[str]:
    """What pip would install on this Python: names and versions as their .dist-info folders have them."""
    options = ["--python-version", python, "--only-binary", ":all:", "--target", folder]
    pip.install(*requirements, through=wheelyard.exec_prefix(repo), env=wheelyard.environment(repo), options=options, check=check)
    return {path.name.removesuffix(".dist-info") for path in folder.glob("*.dist-info")}


def test_each_named_python_can_install_what_went(folders, wheelyard, wheels, pip, tmp_path):
    wheelyard(
        "publish", wheels.wheel("acme", "1.0", requires_dist=["lib"]),
        wheels.wheel("lib", "1.0", requires_python=">=3.8"), wheels.wheel("lib", "2.0", requires_python=">=3.12"),
        wheels.wheel("far", "1.0", requires_dist=["lib>=2"]),
        repo=folders.staging,
    )  # fmt: skip
    went = lambda *arguments: {f["filename"].split("-py3")[0] for f in folders.promote(wheelyard, "--json", "--with-dependencies", *arguments).json["files"]}
    warned = folders.promote(wheelyard, "--with-dependencies", "acme", "--dry-run")
    assert "not for Python" in warned.stderr and "--python-version" in warned.stderr
    # A target that has it for other Pythons only does not have it.
    assert went("lib==2.0") == {"lib-2.0"}
    assert went("acme", "--python-version", "3.12") == {"acme-1.0"}
    assert went("acme", "--python-version", "3.9", "--python-version", "3.12") == {"acme-1.0", "lib-1.0"}
    for python, lib in (("3.9", "lib-1.0"), ("3.12", "lib-2.0")):
        assert pip_for(pip, wheelyard, folders.prod, python, tmp_path / python, "acme") == {"acme-1.0", lib}
    refused = folders.promote(wheelyard, "--with-dependencies", "far", "--python-version", "3.9", check=False).failed(1)
    assert "lib for Python 3.9" in refused.stderr and "2.0 (for Python >=3.12)" in refused.stderr and "hint:" in refused.stderr
    assert not folders.prod.raw.exists("far/index.json")


def test_what_the_target_has_yanked_meets_no_need(folders, wheelyard, wheels, pip, tmp_path):
    versions = [wheels.wheel("lib", version) for version in ("2.0", "2.5", "3.0")]
    wheelyard("publish", *versions, wheels.wheel("acme", "1.0", requires_dist=["lib>=2"]), repo=folders.staging)
    folders.promote(wheelyard, "lib==3.0")
    wheelyard("yank", "lib==3.0", repo=folders.prod)
    folders.promote(wheelyard, "--with-dependencies", "acme")
    assert listed(folders.prod, "lib") == {"lib-2.5-py3-none-any.whl", "lib-3.0-py3-none-any.whl"}
    assert invariants.look(folders.prod, "lib").yanked == {"lib-3.0-py3-none-any.whl"}
    assert pip_for(pip, wheelyard, folders.prod, "3.11", tmp_path / "there", "acme") == {"acme-1.0", "lib-2.5"}


def test_what_an_sdist_needs_goes_along(folders, wheelyard, wheels, pip):
    """Where no wheel is for everybody, some build it."""
    wheelyard(
        "publish", wheels.wheel("acme", "1.0", tag="cp27-cp27m-win32", requires_dist=["lib"]),
        wheels.sdist("acme", "1.0", requires_dist=["lib", "more"]), wheels.wheel("lib", "1.0"), wheels.wheel("more", "1.0"),
        repo=folders.staging,
    )  # fmt: skip
    folders.promote(wheelyard, "--with-dependencies", "acme")
    installed = pip.install("acme", through=wheelyard.exec_prefix(folders.prod), env=wheelyard.environment(folders.prod)).installed
    assert installed | {"acme": "1.0", "lib": "1.0", "more": "1.0"} == installed
