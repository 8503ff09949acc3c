"""What one publish costs as the index grows: in projects, and in files of one project."""

import hashlib
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from support.repositories import Repository
from support.wheels import make_wheel

from measure.context import Context, Run, median
from measure.report import Goal, Table

PAGE = "application/vnd.pypi.simple.v1+json"


def measure(context: Context) -> Iterator[Table]:
    sizes = (10, 1_000) if context.quick else (10, 10_000)
    table = Table("One publish as the index grows", ["into", "store", "requests", "CPU ms", "wall ms", "CPU × smallest"])
    for kind in ("MinIO", "folder"):
        first = {}
        for projects in sizes:
            repo = context.repository(kind)
            make_projects(repo, projects)
            for case, name in (("a project that is there", "project-00003"), ("a new project", None)):
                runs = publishes(context, repo, name)
                cpu = median(run.cpu for run in runs)
                base = first.setdefault(case, cpu)
                add(table, f"{case}, among {projects:,}", kind, runs, base)
                if kind == "MinIO" and name and projects == sizes[1]:
                    table.goals.append(Goal(f"CPU of a publish among {projects:,} projects ÷ among 10", cpu / base, 1.1))
        for files in (10, 500 if context.quick else 5_000):
            repo = context.repository(kind)
            make_project(repo, "acme", files)
            runs = publishes(context, repo, "acme")
            add(table, f"a project of {files:,} files", kind, runs, first.setdefault("files", median(r.cpu for r in runs)))
    yield table


def add(table: Table, case: str, kind: str, runs: list[Run], base: float) -> None:
    # With --verbose a request is a line that names its method; a folder has none.
    counts = [len(re.findall(r"\b(?:GET|PUT|HEAD|POST|DELETE) http", run.output)) for run in runs]
    cpu = median(run.cpu for run in runs)
    requests = int(median(counts)) if kind != "folder" else "–"
    table.add(case, kind, requests, cpu * 1000, median(run.wall for run in runs) * 1000, cpu / base)


def publishes(context: Context, repo: Repository, project: str | None) -> list[Run]:
    """Some, each of one new wheel; of a project that is not there yet where none is named. The first is for warming."""
    dist = context.fresh("dist")
    runs = []
    for i in range(4 if context.quick else 16):
        name = project or f"zz-new-{i}"
        runs.append(context.publish(repo, make_wheel(dist, name, f"9.{i}", padding=20_000), options=("--verbose",)))
    return runs[1:]


def put_all(repo: Repository, objects: dict[str, tuple[bytes, str]]) -> None:
    if repo.folder:
        for key, (data, _) in objects.items():
            repo.raw.write(key, data)
        return
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda item: repo.raw.write(item[0], *item[1]), objects.items()))


def make_projects(repo: Repository, count: int) -> None:
    """An index as Wheelyard writes it (docs/index-format.md), of so many projects with a file each."""
    names = [f"project-{i:05}" for i in range(count)]
    objects = {}
    for name in names:
        objects |= page(name, 1)
    listed = ",\n".join(json.dumps({"name": name}, separators=(",", ":")) for name in names)
    root = f'{{"meta":{{"api-version":"1.4"}},"projects":[\n{listed}\n],"_wheelyard":{{"serial":1}}}}\n'
    objects["index.json"] = (root.encode(), PAGE)
    links = "".join(f'<a href="{name}/">{name}</a><br>\n' for name in names)
    objects["index.html"] = (html("Projects", links), "text/html")
    put_all(repo, objects)


def make_project(repo: Repository, name: str, files: int) -> None:
    objects = page(name, files)
    root = f'{{"meta":{{"api-version":"1.4"}},"projects":[\n{{"name":"{name}"}}\n],"_wheelyard":{{"serial":1}}}}\n'
    objects["index.json"] = (root.encode(), PAGE)
    objects["index.html"] = (html("Projects", f'<a href="{name}/">{name}</a><br>\n'), "text/html")
    put_all(repo, objects)


def page(name: str, files: int) -> dict[str, tuple[bytes, str]]:
    """Both pages of a project. The files themselves are not there: a publish looks at none but its own."""
    escaped = name.replace("-", "_")
    entries, links = [], []
    for i in range(files):
        filename = f"{escaped}-1.{i}-py3-none-any.whl"
        digest = hashlib.sha256(filename.encode()).hexdigest()
        entries.append(
            f'{{"filename":"{filename}","url":"{filename}","hashes":{{"sha256":"{digest}"}},"size":1234,'
            f'"upload-time":"2026-01-01T00:00:00.000000Z","requires-python":">=3.8","yanked":false,'
            f'"core-metadata":{{"sha256":"{digest}"}}}}'
        )
        links.append(
            f'<a href="{filename}#sha256={digest}" data-requires-python="&gt;=3.8" data-core-metadata="sha256={digest}">'
            f"{filename}</a><br>\n"
        )
    versions = ",".join(f'"1.{i}"' for i in range(files))
    body = ",\n".join(entries)
    text = (
        f'{{"meta":{{"api-version":"1.4"}},"name":"{name}","versions":[{versions}],"files":[\n{body}\n],'
        f'"_wheelyard":{{"serial":1,"in-root":true}}}}\n'
    )
    return {
        f"{name}/index.json": (text.encode(), PAGE),
        f"{name}/index.html": (html(f"Links for {name}", "".join(links)), "text/html"),
    }


def html(title: str, links: str) -> bytes:
    return (
        f'<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n<meta name="pypi:repository-version" content="1.4">\n'
        f'<meta name="wheelyard:serial" content="1">\n<title>{title}</title>\n</head>\n<body>\n{links}</body>\n</html>\n'
    ).encode()
