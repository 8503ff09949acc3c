"""Our pages mean the same to pip and to pypi-simple in HTML and in JSON, and other programs' pages the same to us as to them."""

import json
import random
import subprocess
import urllib.parse

import pytest
from support.process import ROOT, built_program

PAGES = ROOT / "tests" / "data" / "pages"
READER = ROOT / "tests" / "e2e" / "support" / "read_page.py"
HTML = "text/html"
HTML_V1 = "application/vnd.pypi.simple.v1+html"
JSON_V1 = "application/vnd.pypi.simple.v1+json"
PARSERS = {"pip": ("pip==26.3",), "pypi-simple": ("pypi-simple==1.8.0",)}
ODD_TEXT = "abc <>&\"'é;=,#%+&amp;&#39;\\/"


@pytest.fixture(scope="session")
def run_probe():
    """run_probe(page, "html", "json") reads the bytes of a page and writes them anew: a CompletedProcess."""
    program = built_program("page_probe")

    def run(page: bytes, source: str, target: str):
        command = [program, source, target, "acme-lib"]
        return subprocess.run(command, input=page, capture_output=True, timeout=240, check=False)

    return run


@pytest.fixture(scope="session")
def probe(run_probe):
    """The same, for pages that must be read: the bytes that were written."""

    def convert(page: bytes, source: str, target: str) -> bytes:
        done = run_probe(page, source, target)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return convert


@pytest.fixture(params=list(PARSERS))
def parse(request, tool):
    """parse(page, content type) is the list of links that the parser sees."""
    python = tool(*PARSERS[request.param]) / "python"

    def links(page: bytes, content_type: str):
        command = [python, READER, request.param, content_type]
        done = subprocess.run(command, input=page, capture_output=True, timeout=240, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    links.name = request.param
    return links


def quote(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-._~" else "".join(f"%{b:02X}" for b in c.encode()) for c in name)


def random_page(seed: int) -> dict:
    chance = random.Random(seed)

    def text(longest):
        return "".join(chance.choice(ODD_TEXT) for _ in range(chance.randrange(1, longest)))

    def digest():
        return f"{chance.getrandbits(256):064x}"

    files = []
    for number in range(chance.randrange(1, 30)):
        version = f"{number}.{chance.randrange(9)}" + chance.choice(["", "+cu118", "rc1", ".post2"])
        name = chance.choice([f"acme_lib-{version}.tar.gz", f"acme_lib-{version}-py3-none-any.whl"])
        folder = chance.choice(["", "../pool/", "https://files.example.org/a/"])
        file = {"filename": name, "url": folder + quote(name), "hashes": {"sha256": digest()}}
        if chance.random() < 0.2:
            file["hashes"] = {}
        if chance.random() < 0.7:
            file["requires-python"] = chance.choice([">=3.8", ">=3.7,<4", "!=3.9.*,>=3.8", "~=3.8"])
        if chance.random() < 0.3:
            file["yanked"] = chance.choice([True, text(20).strip() or True])
        if chance.random() < 0.5:
            file["core-metadata"] = chance.choice([True, {"sha256": digest()}])
        if chance.random() < 0.2:
            file["gpg-sig"] = chance.choice([True, False])
        if chance.random() < 0.2:
            file["provenance"] = "https://example.org/provenance?a=1&b=" + str(number)
        file["size"] = chance.randrange(1 << 40)
        file["upload-time"] = f"2026-11-21T09:18:{number:02}.{chance.randrange(10**6):06}Z"
        files.append(file)
    return {"meta": {"api-version": "1.4"}, "name": "acme-lib", "versions": [], "files": files}


@pytest.mark.parametrize("seed", range(8))
def test_html_and_json_say_the_same(seed, probe, parse):
    page = random_page(seed)
    as_json = probe(json.dumps(page).encode(), "json", "json")
    as_html = probe(as_json, "json", "html")
    from_json = parse(as_json, JSON_V1)
    from_html = parse(as_html, HTML_V1)
    assert len(from_json) == len(page["files"])

    only_in_json = {"size", "upload_time"}
    for link in from_json + from_html:
        for key in only_in_json:
            link.pop(key, None)
    assert from_json == from_html
    assert {link["filename"] for link in from_json} == {file["filename"] for file in page["files"]}


@pytest.mark.parametrize("seed", range(8, 12))
def test_every_member_arrives(seed, probe, parse):
    page = random_page(seed)
    wanted = {file["filename"]: file for file in page["files"]}
    for link in parse(probe(json.dumps(page).encode(), "json", "json"), JSON_V1):
        file = wanted.pop(link["filename"])
        yanked = file.get("yanked")
        metadata = file.get("core-metadata")
        assert link["hashes"] == file["hashes"]
        assert link["requires_python"] == file.get("requires-python")
        assert link["yanked"] == ("" if yanked is True else yanked)
        assert link["metadata"] == ({} if metadata is True else metadata)
        if parse.name == "pypi-simple":
            assert link["size"] == file["size"]
            assert link["upload_time"].startswith(file["upload-time"][:19])
            assert link["provenance"] == file.get("provenance")
            assert link["gpg"] == file.get("gpg-sig")
    assert not wanted


@pytest.mark.parametrize("page", sorted(path.name for path in PAGES.glob("*.html") if "root" not in path.name))
def test_other_programs_pages_are_read_as_clients_read_them(page, probe, parse):
    theirs = (PAGES / page).read_bytes()
    before = parse(theirs, HTML)
    after = parse(probe(theirs, "html", "json"), JSON_V1)

    def essence(links):
        # By the URL: pypi-simple takes the name from the text, which an autoindex cuts short.
        read = {}
        for link in links:
            name = urllib.parse.unquote(link["url"].rpartition("/")[2])
            if name.endswith((".whl", ".tar.gz")):
                url = link["url"].replace("+", "%2B").replace("!", "%21")
                read[name] = (url, link["hashes"], link["requires_python"], link["yanked"], link["metadata"])
        return read

    assert essence(after) == essence(before)
    assert essence(after)


def test_project_status_arrives(probe, tool):
    page = random_page(1) | {"project-status": {"status": "archived", "reason": "see <zeta>"}}
    as_json = probe(json.dumps(page).encode(), "json", "json")
    python = tool(*PARSERS["pypi-simple"]) / "python"
    for content, content_type in ((as_json, JSON_V1), (probe(as_json, "json", "html"), HTML_V1)):
        command = [python, READER, "pypi-simple", content_type]
        done = subprocess.run(command, input=content, capture_output=True, timeout=240, check=True)
        links = json.loads(done.stdout)
        assert {link["status"] for link in links} <= {"archived", "ProjectStatus.ARCHIVED"}
        assert {link["repository_version"] for link in links} == {"1.4"}


def test_a_page_that_is_none_is_refused(run_probe):
    for source, content in (("html", b"{}"), ("html", b""), ("json", b"<html></html>"), ("json", b"")):
        done = run_probe(content, source, "json")
        assert done.returncode == 1
        assert done.stderr.startswith(b"corrupted: cannot read stdin: ")
        assert done.stdout == b""
