"""What a reader of a repository must never see (docs/index-protocol.md), checked on the bucket itself."""

import hashlib
import html.parser
import json
from dataclasses import dataclass, field
from urllib.parse import unquote, urldefrag

import botocore.exceptions
from support.aftermath import wait_for_the_end
from support.repositories import Repository

PRIVATE = ".wheelyard/"


class Links(html.parser.HTMLParser):
    """An index page as an installer reads it: file name by link, with its SHA-256."""

    def __init__(self, page: str):
        super().__init__()
        self.files: dict[str, str] = {}
        self.names: list[str] = []
        self.yanked: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag != "a":
            return
        attributes = dict(attrs)
        url, fragment = urldefrag(attributes["href"])
        name = unquote(url.rstrip("/").rsplit("/", 1)[-1])
        self.names.append(name)
        self.files[name] = fragment.removeprefix("sha256=")
        if "data-yanked" in attributes:
            self.yanked.add(name)


def read_if_there(repo: Repository, key: str) -> bytes | None:
    """An object's bytes; None where there is none (and in no other case)."""
    try:
        return repo.raw.read(key)
    except FileNotFoundError:
        return None
    except botocore.exceptions.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise


@dataclass
class View:
    """A project as one reader sees it at one moment: the pages, and what is wrong with what they list."""

    serial: int | None  #: of index.json; None: there is no page
    json: dict[str, str] = field(default_factory=dict)  #: SHA-256 by file name; "" where a link was taken over without one
    html: dict[str, str] = field(default_factory=dict)
    yanked: set[str] = field(default_factory=set)
    wrong: dict[tuple[str, str, str], str] = field(default_factory=dict)  #: (page, file, digest): what is wrong


def look(repo: Repository, project: str) -> View:
    """Reads both pages and every file that they list. Pages that cannot be read fail at once: no writer's half page may
    ever be seen."""
    page = read_if_there(repo, f"{project}/index.json")
    html = read_if_there(repo, f"{project}/index.html")
    view = View(None)
    entries = {}
    if page is not None:
        parsed = json.loads(page)
        assert parsed["name"] == project
        view.serial = parsed["_wheelyard"]["serial"]
        entries = {entry["filename"]: entry for entry in parsed["files"]}
        assert len(entries) == len(parsed["files"]), "a file name is listed twice in index.json"
        view.json = {name: entry["hashes"].get("sha256", "") for name, entry in entries.items()}
        view.yanked = {name for name, entry in entries.items() if entry.get("yanked", False) is not False}
    if html is not None:
        assert html.rstrip().endswith(b"</html>"), f"half a page: {html[-200:]!r}"
        links = Links(html.decode())
        assert len(links.files) == len(links.names), "a file name is listed twice in index.html"
        view.html = links.files
    contents: dict[str, bytes | None] = {}
    for where, listed in (("json", view.json), ("html", view.html)):
        for name, digest in listed.items():
            if name not in contents:
                contents[name] = read_if_there(repo, f"{project}/{name}")
            fault = fault_of(contents[name], digest, entries.get(name) if where == "json" else None)
            if fault is None and where == "json":
                fault = metadata_fault(repo, project, entries[name])
            if fault:
                view.wrong[where, name, digest] = fault
    return view


def fault_of(content: bytes | None, digest: str, entry: dict | None) -> str | None:
    if content is None:
        return "listed, and not there"
    if digest and hashlib.sha256(content).hexdigest() != digest:
        return f"listed, with {len(content)} bytes of another digest"
    if entry is not None and entry.get("size", len(content)) != len(content):
        return f"listed with {entry['size']} bytes, has {len(content)}"
    return None


def metadata_fault(repo: Repository, project: str, entry: dict) -> str | None:
    listed = entry.get("core-metadata")
    if not listed:
        return None
    content = read_if_there(repo, f"{project}/{entry['filename']}.metadata")
    if content is None:
        return "its .metadata is listed, and not there"
    if isinstance(listed, dict) and hashlib.sha256(content).hexdigest() != listed["sha256"]:
        return "its .metadata has another digest than listed"
    return None


def check(repo: Repository, project: str) -> View:
    """Nobody is writing, or whoever wrote has ended: everything that is listed must be there as listed."""
    wait_for_the_end(repo)
    view = look(repo, project)
    assert not view.wrong, view.wrong
    if view.json:
        assert project in root_names(repo), "the project has files, and the root index does not name it"
    return view


def check_among_writers(repo: Repository, project: str, looks: int = 6) -> View:
    """The same while others write. A reader reads a page and then its files, so a file may be removed in between: what is
    wrong counts only if a page that was read afterwards still lists it so. (A digest that was taken off a page never
    comes back in these tests.)"""
    view = look(repo, project)
    wrong = view.wrong
    for _ in range(looks):
        if not wrong:
            break
        again = look(repo, project)
        listed = {(where, name, digest) for where in ("json", "html") for name, digest in getattr(again, where).items()}
        stubborn = {key: fault for key, fault in wrong.items() if key in listed}
        assert not stubborn, f"listed before and after it was looked for: {stubborn}"
        view, wrong = again, again.wrong
    return view


def root_names(repo: Repository) -> list[str]:
    root = read_if_there(repo, "index.json")
    return [] if root is None else [entry["name"] for entry in json.loads(root)["projects"]]


def announcements(repo: Repository, project: str = "") -> list[str]:
    return repo.raw.keys(f"{PRIVATE}new/{project}")


def check_settled(repo: Repository, project: str, expected: set[str]) -> None:
    """Nothing is left over: exactly these files are listed, in both pages, and nothing else lies in the project's folder
    or waits anywhere."""
    view = check(repo, project)
    assert set(view.json) == expected
    assert view.html == view.json, "index.html lists other files than index.json"
    private = {name for name, value in repo.index(project)["_wheelyard"].get("withdrawn", {}).items()
               if value["state"] != "withdrawn"}  # fmt: skip
    assert not private, f"removals under way: {private}"
    assert announcements(repo, f"{project}/") == []
    wanted = {f"{project}/index.json", f"{project}/index.html"}
    wanted |= {f"{project}/{name}{end}" for name in expected for end in ("", ".metadata") if end == "" or name.endswith(".whl")}
    there = set(repo.raw.keys(f"{project}/"))
    assert there == wanted, f"too many: {there - wanted}; missing: {wanted - there}"
    assert links_of_root(repo) >= ({project} if expected else set())


def links_of_root(repo: Repository) -> set[str]:
    html = read_if_there(repo, "index.html")
    return set() if html is None else set(Links(html.decode()).names)


def leftovers(repo: Repository) -> list[str]:
    """What dead writers left in the store itself: files under way in a folder, uploads in parts in a bucket."""
    if repo.kind == "folder":
        return [key for key in repo.raw.keys() if key.startswith(".") and not key.startswith(PRIVATE)]
    uploads = repo.raw.client.list_multipart_uploads(Bucket=repo.bucket)
    return [upload["Key"] for upload in uploads.get("Uploads", [])]
