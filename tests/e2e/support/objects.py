"""What the tests of the verbs for objects share."""

import json
import pathlib


def events(result) -> list[dict]:
    """The lines that a verb printed under --json."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def items(result) -> list[tuple]:
    """(action, outcome) of each item, in order of the target's name."""
    found = [event for event in events(result) if event["event"] == "item"]
    return [(event["action"], event["outcome"]) for event in sorted(found, key=lambda event: str(event["target"]))]


def summary(result) -> dict:
    last = events(result)[-1]
    assert last["event"] == "summary"
    return last


def tree(folder: pathlib.Path, files: dict[str, bytes]) -> pathlib.Path:
    """Makes the files below a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def contents(folder: pathlib.Path) -> dict[str, bytes]:
    """What is below it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def stored(repo, prefix: str = "") -> dict[str, bytes]:
    """The objects of a repository below a prefix, by their whole keys."""
    return {key: repo.raw.read(key) for key in repo.raw.keys(prefix)}


class Verbs:
    """Runs the verbs with a repository's credentials: verbs("ls", verbs.url("a")); url() is a place in the repository."""

    def __init__(self, wheelyard, repo):
        self.wheelyard, self.repo = wheelyard, repo

    def url(self, key: str = "") -> str:
        return f"{self.repo.url}/{key}"

    def __call__(self, *arguments, env: dict | None = None, **options):
        return self.wheelyard(*arguments, env={**self.repo.env, **(env or {})}, **options)
