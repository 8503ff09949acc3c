"""The programs that move files, each with the settings that made it fastest here and all the checks that it does by
itself left on. What is measured is a whole run of the program."""

import pathlib
from dataclasses import dataclass, field

#: rclone looks at the modification times of its own metadata, a request for each object, unless it is told to compare
#: as aws does: by size, and by whether the object is older than the file.
RCLONE_AS_AWS = ["--update", "--use-server-modtime"]


@dataclass
class Client:
    """Paths are a bucket's name and a prefix without slash at its end; folders are whole trees."""

    name: str
    program: list
    bucket: str
    env: dict[str, str] = field(default_factory=dict)
    peer: bool = True  #: counts where the best of the peers is looked for

    def command(self, work: str, prefix: str, folder: pathlib.Path, large: bool) -> list | None:
        """`work`: down, up, ls, rm or sync; none where the program has no such thing."""
        arguments = getattr(self, work)(prefix, folder, large)
        return None if arguments is None else [*self.program, *arguments]


class Wheelyard(Client):
    def url(self, prefix):
        return f"s3://{self.bucket}/{prefix}"

    def down(self, prefix, folder, large):
        return ["cp", "--recursive", self.url(prefix), folder]

    def up(self, prefix, folder, large):
        return ["cp", "--recursive", folder, self.url(prefix)]

    def ls(self, prefix, folder, large):
        return ["ls", "--recursive", self.url(prefix) + "/"]

    def rm(self, prefix, folder, large):
        return ["rm", "--recursive", self.url(prefix) + "/"]

    def sync(self, prefix, folder, large):
        return ["sync", folder, self.url(prefix)]


class Rclone(Client):
    def url(self, prefix):
        return f":s3:{self.bucket}/{prefix}"

    def at_once(self, large):
        if large:
            return ["--transfers=4", "--s3-upload-concurrency=4", "--s3-chunk-size=16M", "--multi-thread-streams=4"]
        return ["--transfers=32", "--checkers=32"]

    def down(self, prefix, folder, large):
        return ["copy", *self.at_once(large), self.url(prefix), folder]

    def up(self, prefix, folder, large):
        return ["copy", *self.at_once(large), folder, self.url(prefix)]

    def ls(self, prefix, folder, large):
        return ["lsf", "--recursive", "--fast-list", "--format=tsp", "--use-server-modtime", self.url(prefix)]

    def rm(self, prefix, folder, large):
        return ["delete", "--fast-list", "--checkers=64", "--transfers=64", self.url(prefix)]

    def sync(self, prefix, folder, large):
        return ["sync", "--fast-list", "--checkers=32", *RCLONE_AS_AWS, folder, self.url(prefix)]


class Aws(Client):
    def url(self, prefix):
        return f"s3://{self.bucket}/{prefix}/"

    def down(self, prefix, folder, large):
        return ["s3", "cp", "--recursive", "--only-show-errors", self.url(prefix), folder]

    def up(self, prefix, folder, large):
        return ["s3", "cp", "--recursive", "--only-show-errors", folder, self.url(prefix)]

    def ls(self, prefix, folder, large):
        return ["s3", "ls", "--recursive", self.url(prefix)]

    def rm(self, prefix, folder, large):
        return ["s3", "rm", "--recursive", "--only-show-errors", self.url(prefix)]

    def sync(self, prefix, folder, large):
        return ["s3", "sync", "--only-show-errors", folder, self.url(prefix)]


class Obstore(Client):
    """A script: obstore_client.py."""

    def down(self, prefix, folder, large):
        return ["down", self.bucket, prefix, folder]

    def up(self, prefix, folder, large):
        return ["up", self.bucket, prefix, folder]

    def ls(self, prefix, folder, large):
        return ["ls", self.bucket, prefix]

    def rm(self, prefix, folder, large):
        return ["rm", self.bucket, prefix]

    def sync(self, prefix, folder, large):
        return ["sync", self.bucket, prefix, folder]


class S5cmd(Client):
    def url(self, prefix):
        return f"s3://{self.bucket}/{prefix}/"

    def down(self, prefix, folder, large):
        return ["--log=error", "cp", "--concurrency=8", self.url(prefix) + "*", f"{folder}/"]

    def up(self, prefix, folder, large):
        return ["--log=error", "cp", "--concurrency=8", f"{folder}/", self.url(prefix)]

    def ls(self, prefix, folder, large):
        return ["ls", self.url(prefix) + "*"]

    def rm(self, prefix, folder, large):
        return ["--log=error", "rm", self.url(prefix) + "*"]

    def sync(self, prefix, folder, large):
        return ["--log=error", "sync", f"{folder}/", self.url(prefix)]
