"""`wheelyard release` as people type it, in a folder, with settings from the environment or from a wheelyard.toml."""

import pathlib
import textwrap

RANKS = "qa,staging,production"


class Shell:
    """release("push", …) in a folder, with a store and ranks from the environment."""

    def __init__(self, wheelyard, repo, folder, ranks=RANKS):
        self.wheelyard, self.repo, self.folder = wheelyard, repo, folder
        self.env = {"WHEELYARD_RELEASE_STORE": repo.url, "WHEELYARD_RELEASE_RANKS": ranks}

    def __call__(self, *arguments, env=None, check=True, cwd=None):
        command = [self.wheelyard.program, "release", *arguments]
        environment = self.wheelyard.environment(self.repo, {**self.env, **(env or {})})
        return self.wheelyard.run(command, environment, check, cwd or self.folder)

    def start(self, *arguments):
        """In the background; killed at the end of the test."""
        return self.wheelyard.spawn([self.wheelyard.program, "release", *arguments], self.wheelyard.environment(self.repo, self.env), self.folder)

    @property
    def temporary(self):
        """The names in the temporary folder that it is given."""
        return [path.name for path in pathlib.Path(self.wheelyard.environment()["TMPDIR"]).iterdir()]

    def push(self, version, data=None, **options):
        if data is not None:
            (self.folder / "my.tar.gz").write_bytes(data)
        return self("push", "--version", version, "my.tar.gz", **options)

    def configure(self, text, ranks=None):
        """Settings come from a wheelyard.toml instead."""
        (self.folder / "wheelyard.toml").write_text(textwrap.dedent(text))
        self.env = {"WHEELYARD_RELEASE_STORE": self.repo.url, "WHEELYARD_RELEASE_RANKS": ranks}


def row(result, rank):
    return next(row for row in result.json["ranks"] if row["rank"] == rank)
