"""Hostile wheels, names, requests and servers: one clear error each, nothing written, bounded memory."""

import io
import json
import pathlib
import re
import socket
import stat
import sys
import tarfile
import zipfile
import zlib

import pytest
from support.repositories import Repository
from support.wheels import WHEN, empty, flip_byte, make_sdist, make_wheel, truncate

MIB = 1 << 20
SECRET = b"nobody may read this"
#: Runs a command and writes the most memory that it had resident, in KiB. A process of its own, since what was resident
#: before the program began counts for the one that starts it.
MEASURE = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)
"""


def measured(wheelyard, tmp_path, repo, *arguments, check=False, env=None, timeout=400):
    """The result of a run of the program, and its peak of resident bytes."""
    peak = tmp_path / "peak"
    command = [sys.executable, "-S", "-E", "-c", MEASURE, peak, *wheelyard.command(*arguments, repo=repo)]
    done = wheelyard.run(command, wheelyard.environment(repo, env), check=check, timeout=timeout)
    return done, int(peak.read_text()) * 1024


def one_clear_error(done) -> str:
    """It ended with 1 and one line of an error (a hint may follow), without control characters."""
    done.failed(1)
    assert len(re.findall(r"^error: ", done.stderr, re.MULTILINE)) == 1, done.stderr
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", done.output), repr(done.output)
    assert len(done.stderr) < 2000
    return done.stderr


def zeros(members, name, mebibytes):
    members[name] = bytes(mebibytes * MIB)


def drop(ending):
    def edit(members):
        for name in [name for name in members if name.endswith(ending)]:
            del members[name]

    return edit


def duplicate_member(path):
    with zipfile.ZipFile(path, "a") as wheel:
        wheel.writestr(zipfile.ZipInfo("acme.py", WHEN), "VERSION = 'other'\n")


def symlink_member(path):
    with zipfile.ZipFile(path, "a") as wheel:
        info = zipfile.ZipInfo("link", WHEN)
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        wheel.writestr(info, "/etc/passwd")


def add_to_sdist(name, kind=tarfile.REGTYPE, linkname=""):
    def damage(path):
        with tarfile.open(path) as old:
            members = [(m, old.extractfile(m).read()) for m in old.getmembers()]
        with tarfile.open(path, "w:gz") as new:
            for member, data in members:
                new.addfile(member, io.BytesIO(data))
            bad = tarfile.TarInfo(name)
            bad.type, bad.linkname = kind, linkname
            new.addfile(bad, io.BytesIO(b""))

    return damage


def gzip_bomb(path):
    """An sdist whose first member unpacks to 320 MiB."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    header = tarfile.TarInfo("acme-1.0/zeros")
    header.size = 320 * MIB
    chunk = bytes(MIB)
    parts = [packer.compress(header.tobuf())] + [packer.compress(chunk) for _ in range(320)]
    path.write_bytes(b"".join(parts) + packer.flush())


def wheel(**options):
    return lambda folder: make_wheel(folder, "acme", "1.0", **options)


def sdist(**options):
    return lambda folder: make_sdist(folder, "acme", "1.0", **options)


def metadata(**changes):
    fields = {"Metadata-Version": "2.1", "Name": "acme", "Version": "1.0", **changes}
    return "".join(f"{key}: {value}\n" for key, value in fields.items() if value is not None).encode()


def evil(member):
    return wheel(edit=lambda members: members.__setitem__(member, b"evil"))


BAD_FILES = {
    "truncated": wheel(damage=truncate),
    "empty": wheel(damage=empty),
    "not-a-zip": wheel(damage=lambda path: path.write_bytes(b"PK\x03\x04 and nothing more" * 100)),
    "flipped-bit": wheel(padding=1000, damage=flip_byte),
    "bomb": wheel(edit=lambda members: zeros(members, "zeros.bin", 300)),
    "metadata-bomb": wheel(metadata=b"Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n\n" + bytes(300 * MIB)),
    "record-bomb": wheel(edit_whole=lambda members: zeros(members, "acme-1.0.dist-info/RECORD", 300)),
    "parent": evil("../evil.py"),
    "parent-inside": evil("acme/../../evil.py"),
    "absolute": evil("/etc/evil.py"),
    "backslashes": evil("..\\evil.py"),
    "drive": evil("C:/evil.py"),
    "control-member": evil("ac\x1b[31mme.py"),
    "twice": wheel(damage=duplicate_member),
    "symbolic-link": wheel(damage=symlink_member),
    "other-name": wheel(metadata=metadata(Name="other")),
    "other-version": wheel(metadata=metadata(Version="1.1")),
    "no-name": wheel(metadata=metadata(Name=None)),
    "control-name": wheel(metadata=metadata(Name="ac\x1b[31mme")),
    "no-metadata": wheel(edit=drop("/METADATA")),
    "no-record": wheel(edit_whole=drop("/RECORD")),
    "wrong-record": wheel(edit_whole=lambda members: members.__setitem__("acme.py", b"VERSION = 'x.0'\n")),
    "two-dist-infos": evil("other-1.0.dist-info/METADATA"),
    "name-of-another": wheel(filename="other-1.0-py3-none-any.whl"),
    "version-of-another": wheel(filename="acme-2.0-py3-none-any.whl"),
    "name-beyond-ascii": wheel(filename="acm\u00e9-1.0-py3-none-any.whl"),
    "name-with-newline": wheel(filename="acme\n-1.0-py3-none-any.whl"),
    "name-with-escape": wheel(filename="acme\x1b[2J-1.0-py3-none-any.whl"),
    "name-right-to-left": wheel(filename="acme\u202e-1.0-py3-none-any.whl"),
    "name-of-no-wheel": wheel(filename="acme-1.0.whl"),
    "sdist-truncated": sdist(damage=truncate),
    "sdist-bomb": sdist(damage=gzip_bomb),
    "sdist-without-metadata": sdist(edit=drop("/PKG-INFO")),
    "sdist-of-another": sdist(pkg_info=metadata(Name="other")),
    "sdist-parent": sdist(damage=add_to_sdist("acme-1.0/../../evil")),
    "sdist-absolute": sdist(damage=add_to_sdist("/etc/evil")),
    "sdist-device": sdist(damage=add_to_sdist("acme-1.0/null", tarfile.CHRTYPE)),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file_is_refused_before_anything_is_written(kind, wheelyard, folder_repo, tmp_path):
    path = BAD_FILES[kind](tmp_path / "dist")
    good = make_wheel(tmp_path / "dist", "good", "1.0")
    done, peak = measured(wheelyard, tmp_path, folder_repo, "publish", good, path)
    said = one_clear_error(done)
    assert "acme" in said or "other" in said or "acm" in said
    assert folder_repo.raw.keys() == [] and list(folder_repo.folder.iterdir()) == []
    assert peak < 64 * MIB
    assert not list(tmp_path.rglob("evil*"))


def test_a_bad_file_is_refused_before_any_request(wheelyard, minio, fault_proxy, tmp_path):
    proxy = fault_proxy(minio.endpoint)
    for kind in ("truncated", "parent", "other-name", "name-with-newline"):
        path = BAD_FILES[kind](tmp_path / kind)
        one_clear_error(wheelyard("publish", path, repo=minio.behind(proxy.url), check=False))
    assert proxy.count("PUT|POST|DELETE") == 0 and minio.raw.keys() == []


# -- requests to serve ----------------------------------------------------------------------------------------------


@pytest.fixture
def besieged(wheelyard, folder_repo, wheels, tmp_path):
    """A served folder with a secret beside it, and one in its private part."""
    wheelyard("publish", wheels.wheel("acme", "1.0"), repo=folder_repo)
    (tmp_path / "secret").write_bytes(SECRET)
    folder_repo.raw.write(".wheelyard/secret", SECRET)
    (folder_repo.folder / "escape").symlink_to(tmp_path)
    served = wheelyard.serve(folder_repo, "--no-upstream")
    yield served
    assert served.stop() == 0


def send(served, raw: bytes) -> bytes:
    port = int(served.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=240) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has answered and closed already
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
        return answer


def get(path: bytes) -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def status_of(answer: bytes) -> int:
    match = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
    return int(match.group(1)) if match else 0


def peak_of(served) -> int:
    text = pathlib.Path(f"/proc/{served.program.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", text).group(1)) * 1024


HOSTILE_PATHS = [
    b"/../secret", b"/simple/../secret", b"/simple/../../secret", b"/files/../../secret", b"/files/acme/../../../secret",
    b"/%2e%2e/secret", b"/simple/%2e%2e/%2e%2e/secret", b"/files/..%2f..%2fsecret", b"/files/acme/..%2f..%2f..%2fsecret",
    b"/files/acme/%2e%2e%2f%2e%2e%2fsecret", b"/files/%2e%2e%5c%2e%2e%5csecret", b"/files/..\\..\\secret", b"//secret",
    b"/files//secret", b"/files/.wheelyard/secret", b"/files/%2ewheelyard/secret", b"/simple/.wheelyard/secret",
    b"/files/acme/..;/secret", b"/files/acme/%252e%252e/secret", b"/files/escape/secret", b"/files/acme/../.wheelyard/secret",
    b"/simple/%00/", b"/simple/acme%00/", b"/files/acme/%00", b"/simple/%ff%fe/", b"/simple/%/", b"/simple/%zz/",
    b"/simple/a%0d%0aX-Evil:%201/", b"/simple/A%0d%0aX-Evil:%201", b"/simple/\xc3\xa9/", b"/simple/%c3%a9/", b"/simple/<script>/",
    b"/simple/" + b"a" * 5000 + b"/", b"/simple/" + b"../" * 3000, b"/files/acme/" + b"x" * 20000, b"*", b"http://other/simple/",
    b"/simple/-/", b"/simple/./", b"/simple/.../", b"/simple/_/", b"/files/acme/index.json", b"/files/index.json",
]  # fmt: skip


@pytest.mark.parametrize("verb", [b"GET", b"HEAD"])
def test_paths_that_lead_elsewhere(verb, besieged):
    for path in HOSTILE_PATHS:
        answer = send(besieged, get(path).replace(b"GET", verb, 1))
        assert SECRET not in answer, path
        assert 400 <= status_of(answer) < 500, (path, answer[:200])
        assert b"X-Evil" not in answer.partition(b"\r\n\r\n")[0], path
    assert status_of(send(besieged, get(b"/simple/acme/"))) == 200
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", besieged.log)
    assert peak_of(besieged) < 64 * MIB


HOSTILE_REQUESTS = [
    b"", b"\r\n", b"\0" * 1000, b"GET\r\n\r\n", b"GET /simple/acme/\r\n\r\n", b"GET /simple/acme/ HTTP/9.9\r\n\r\n",
    b"BREW /simple/acme/ HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /simple/acme/ HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"GET /simple/acme/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST /simple/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n" + b"x" * 100000,
    b"PUT /files/acme/new-1.0-py3-none-any.whl HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    b"DELETE /files/acme/acme-1.0-py3-none-any.whl HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /simple/acme/ HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(20000)) + b"\r\n",
    b"GET /simple/acme/ HTTP/1.1\r\nHost: x\r\nAccept: " + b"a/b;q=0.1," * 20000 + b"\r\n\r\n",
    b"GET /simple/acme/ HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 5000000 + b"\r\n\r\n",
]  # fmt: skip


def test_requests_that_are_none(besieged, folder_repo):
    before = folder_repo.raw.keys()
    for request in HOSTILE_REQUESTS:
        answer = send(besieged, request)
        assert status_of(answer) in (0, 400, 404, 405, 408, 411, 413, 414, 417, 431, 501, 505), (request[:80], answer[:200])
    ranges = b"bytes=" + b",".join(b"%d-%d" % (n, n) for n in range(3000))
    for value in (b"bytes=5-2", b"bytes=-0", b"bytes=99999999999999999999-", b"bytes=a-b", ranges):
        answer = send(besieged, get(b"/files/acme/acme-1.0-py3-none-any.whl").replace(b"Host: x", b"Host: x\r\nRange: " + value))
        assert status_of(answer) in (200, 206, 400, 416, 431), (value[:40], answer[:200])
        assert len(answer) < 10000
    assert status_of(send(besieged, get(b"/simple/acme/"))) == 200
    assert folder_repo.raw.keys() == before
    assert peak_of(besieged) < 64 * MIB


# -- what a hostile bucket answers ----------------------------------------------------------------------------------

PAGE_PEAK = 600 * MIB  # a page may have 64 MiB, and one that is a single string is held several times while it is read
FILE = "acme-1.0-py3-none-any.whl"


def page(url=FILE, name="acme", filename=FILE, more="") -> bytes:
    entry = {"filename": filename, "url": url, "hashes": {}}
    return (json.dumps({"meta": {"api-version": "1.4"}, "name": name, "files": [entry]})[:-1] + more + "}").encode()


BAD_PAGES = {
    "empty": b"", "half": page()[:40], "no-json": b"<html></html>", "xml": b'<?xml version="1.0"?><Error/>', "list": b"[]",
    "nul": b"\0" * 1000, "deep": b"[" * 500000, "deep-object": b'{"a":' * 200000, "not-utf8": page().replace(b"acme", b"ac\xff\xfe"),
    "number": page(more=', "versions": 1e999999'), "escapes-name": page(filename="../../secret"),
    "escapes-with-nul": page(filename="acme-1.0\0-py3-none-any.whl"), "script": page(url="javascript:alert(1)"),
    "newline": page(url="x\r\nX-Evil: 1"), "other-api": page().replace(b'"1.4"', b'"2.0"'), "one-string": b'{"meta": "' + b"x" * 50 * MIB,
    "too-long": page() + b" " * 70 * MIB,
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_PAGES)
def test_a_page_that_is_none(kind, wheelyard, minio, wheels, tmp_path):
    wheelyard("publish", wheels.wheel("acme", "1.0"), wheels.wheel("fine", "1.0"), repo=minio)
    minio.raw.write("acme/index.json", BAD_PAGES[kind], "application/vnd.pypi.simple.v1+json")
    with wheelyard.serve(minio, "--no-upstream") as served:
        answer = send(served, get(b"/simple/acme/"))
        assert 500 <= status_of(answer) < 600, answer[:300]
        assert b"X-Evil" not in answer.partition(b"\r\n\r\n")[0]
        assert status_of(send(served, get(b"/simple/fine/"))) == 200
        assert peak_of(served) < PAGE_PEAK
    keys = minio.raw.keys()
    for arguments in (("list", "acme"), ("publish", wheels.wheel("acme", "1.1"))):
        done, peak = measured(wheelyard, tmp_path, minio, *arguments)
        one_clear_error(done)
        assert peak < PAGE_PEAK
    assert minio.raw.read("acme/index.json") == BAD_PAGES[kind]
    assert [key for key in minio.raw.keys() if key not in keys and "1.1" not in key] == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "../../../../../../etc/passwd", "/etc/passwd", "../.wheelyard/secret"])
def test_a_page_whose_links_lead_out(url, wheelyard, folder_repo, wheels):
    wheelyard("publish", wheels.wheel("acme", "1.0"), repo=folder_repo)
    folder_repo.raw.write(".wheelyard/secret", SECRET)
    folder_repo.raw.write("acme/index.json", page(url=url))
    with wheelyard.serve(folder_repo, "--no-upstream") as served:
        answer = send(served, get(b"/simple/acme/"))
        links = re.findall(rb'href="([^"#]*)', answer)
        for path in [b"/files/acme/" + FILE.encode(), *links]:
            if path.startswith((b"http:", b"file:")):
                continue
            path = path if path.startswith(b"/") else b"/simple/acme/" + path
            got = send(served, get(path))
            assert SECRET not in got and b"root:" not in got


#: What every answer of S3 has; without it an answer is refused before its body is read.
OBJECT = {"ETag": '"0123456789abcdef0123456789abcdef"', "Last-Modified": "Sat, 21 Nov 2026 10:00:00 GMT"}

FAULTS = {
    "endless-page": lambda proxy: proxy.endless("GET", r"acme/index\.json", headers=OBJECT),
    "endless-blanks": lambda proxy: proxy.endless("GET", r"acme/index\.json", body=b" " * 65536, headers=OBJECT),
    "endless-html": lambda proxy: (
        proxy.deny(404, "NoSuchKey", path=r"acme/index\.json"),
        proxy.endless("GET", r"acme/index\.html", body=b"<a href=x>" * 6000, headers=OBJECT),
    ),
    "endless-error": lambda proxy: proxy.endless("GET", r"acme/index\.json", status=403, body=b"<Error>" * 8000),
    "cut": lambda proxy: proxy.truncate("GET", r"acme/index\.json"),
    "no-xml-error": lambda proxy: proxy.answer(403, "GET", r"acme/index\.json", b"\0\xff<<<" * 1000),
    "entities": lambda proxy: proxy.answer(
        403, "GET", r"acme/index\.json",
        b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + b"".join(b'<!ENTITY a%d "&a%d;&a%d;">' % (n, n - 1, n - 1) for n in range(1, 40))
        + b"]><Error><Code>&a39;</Code></Error>",
    ),
    "evil-code": lambda proxy: proxy.answer(403, "GET", r"acme/index\.json", b"<Error><Code>\x1b[2J</Code><Message>a&#10;b</Message></Error>"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FAULTS)
def test_a_bucket_that_answers_with_evil(kind, wheelyard, minio, wheels, fault_proxy, tmp_path):
    wheelyard("publish", wheels.wheel("acme", "1.0"), repo=minio)
    before = {key: minio.raw.read(key) for key in minio.raw.keys()}
    proxy = fault_proxy(minio.endpoint)
    FAULTS[kind](proxy)
    repo: Repository = minio.behind(proxy.url)
    done, peak = measured(wheelyard, tmp_path, repo, "list", "acme")
    one_clear_error(done)
    assert peak < PAGE_PEAK
    if "html" not in kind:  # nothing has been lost where index.json is denied: that is a 404, absence
        one_clear_error(wheelyard("publish", wheels.wheel("acme", "1.1"), repo=repo, check=False))
        assert {key: minio.raw.read(key) for key in before} == before
    with wheelyard.serve(repo, "--no-upstream") as served:
        assert 500 <= status_of(send(served, get(b"/simple/acme/"))) < 600
        assert peak_of(served) < PAGE_PEAK
        assert status_of(send(served, get(b"/healthz"))) == 200


def test_an_endless_or_malformed_listing(wheelyard, minio, wheels, fault_proxy, tmp_path):
    wheelyard("publish", wheels.wheel("acme", "1.0"), repo=minio)
    for rule in ("endless", "malformed", "loops"):
        proxy = fault_proxy(minio.endpoint)
        if rule == "endless":
            proxy.endless("GET", r"list-type=2", body=b"<ListBucketResult><Contents>" * 2000)
        elif rule == "malformed":
            proxy.answer(200, "GET", r"list-type=2", b"<ListBucketResult><Contents><Key>", {"Content-Type": "application/xml"})
        else:  # a page that names itself as the next one
            body = b"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>"
            proxy.answer(200, "GET", r"list-type=2", body, {"Content-Type": "application/xml"})
        done, peak = measured(wheelyard, tmp_path, minio.behind(proxy.url), "verify")
        one_clear_error(done)
        assert peak < 200 * MIB


def test_a_file_that_ends_early_never_looks_whole(wheelyard, minio, wheels, fault_proxy, pip):
    wheelyard("publish", wheels.wheel("acme", "1.0", padding=100_000), repo=minio)
    proxy = fault_proxy(minio.endpoint)
    proxy.truncate("GET", r"\.whl$")
    with wheelyard.serve(minio.behind(proxy.url), "--no-upstream") as served:
        answer = send(served, get(b"/files/acme/" + FILE.encode()))
        head, _, body = answer.partition(b"\r\n\r\n")
        said = re.search(rb"Content-Length: (\d+)", head, re.IGNORECASE)
        assert status_of(answer) >= 500 or int(said.group(1)) > len(body)
        pip.install("acme", index_url=served.index_url, options=["--retries", "0"], check=False).result.failed()
