"""The other programs that move files, and Wheelyard among them, asked for the same things: to write, read, list, copy and
check whole trees. A program is started once for a tree, whatever is in it.

A bucket's tree is named by its prefix, without a slash at its end.
"""

import concurrent.futures
import email.header
import json
import pathlib
import subprocess
from dataclasses import dataclass, field

from boto3.s3.transfer import TransferConfig

from support.process import clean_environment, script_output
from support.repositories import Repository
from support.runner import Wheelyard
from support.tools import tool_environment
from support.trees import PART

AWSCLI = "awscli==1.46.3"


@dataclass
class Attributes:
    """What is written along with each object of a tree."""

    content_type: str = ""
    content_encoding: str = ""
    content_disposition: str = ""
    content_language: str = ""
    cache_control: str = ""
    metadata: dict[str, str] = field(default_factory=dict)

    def headers(self) -> dict[str, str]:
        """By their names in HTTP; only those that are set."""
        names = ("content_type", "content_encoding", "content_disposition", "content_language", "cache_control")
        return {name.replace("_", "-"): getattr(self, name) for name in names if getattr(self, name)}


class PeerFailure(Exception):
    """It ended with another status than 0."""


class Peer:
    name = ""

    def __init__(self, repo: Repository, home: pathlib.Path):
        self.repo, self.bucket = repo, repo.bucket
        self.home = home
        self.env = clean_environment(home, **repo.env)

    def run(self, *command) -> str:
        command = [str(part) for part in command]
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, env=self.env, timeout=400, check=False, cwd=self.home
        )
        if done.returncode:
            text = (done.stdout + done.stderr).decode(errors="replace").strip()
            raise PeerFailure(f"{' '.join(command)} ended with {done.returncode}: {text}")
        return done.stdout.decode()

    def write(self, folder: pathlib.Path, prefix: str, attributes: Attributes) -> None:
        raise NotImplementedError

    def read(self, prefix: str, folder: pathlib.Path) -> None:
        raise NotImplementedError

    def list(self, prefix: str) -> dict[str, int]:
        """Sizes by keys relative to the prefix."""
        raise NotImplementedError

    def copy(self, prefix: str, target: str) -> None:
        raise NotImplementedError

    def check(self, folder: pathlib.Path, prefix: str) -> None:
        """Throws unless it finds all objects to be the same as the files, by the means that it has itself."""
        raise NotImplementedError


class WheelyardPeer(Peer):
    name = "wheelyard"

    def __init__(self, repo: Repository, home: pathlib.Path, program: Wheelyard):
        super().__init__(repo, home)
        self.program = program.program

    def url(self, prefix: str) -> str:
        return f"s3://{self.bucket}/{prefix}/"

    def write(self, folder, prefix, attributes):
        options = [f"--{name}={value}" for name, value in attributes.headers().items()]
        options += [f"--metadata={name}={value}" for name, value in attributes.metadata.items()]
        self.run(self.program, "cp", "--quiet", "--recursive", f"--part-size={PART}", *options, f"{folder}/", self.url(prefix))

    def read(self, prefix, folder):
        self.run(self.program, "cp", "--quiet", "--recursive", f"--part-size={PART}", self.url(prefix), f"{folder}/")

    def list(self, prefix):
        lines = [json.loads(line) for line in self.run(self.program, "ls", "--recursive", "--json", self.url(prefix)).splitlines()]
        return {line["key"].removeprefix(prefix + "/"): line["size"] for line in lines if line["event"] == "object"}

    def copy(self, prefix, target):
        self.run(self.program, "cp", "--quiet", "--recursive", f"--part-size={PART}", self.url(prefix), self.url(target))

    def check(self, folder, prefix):
        for ends in ((f"{folder}/", self.url(prefix)), (self.url(prefix), f"{folder}/")):
            told = self.run(self.program, "sync", "--checksum", "--delete", "--dry-run", "--json", *ends)
            lines = [json.loads(line) for line in told.splitlines()]
            different = [line for line in lines if line["event"] == "item" and line["outcome"] != "skipped"]
            if different:
                raise PeerFailure(f"sync --checksum would change {different}")


class AwsPeer(Peer):
    name = "aws"

    def __init__(self, repo, home):
        super().__init__(repo, home)
        self.program = tool_environment(AWSCLI) / "aws"
        (home / ".aws").mkdir(exist_ok=True)
        (home / ".aws/config").write_text(
            f"[default]\ns3 =\n  addressing_style = path\n  multipart_threshold = {PART}\n  multipart_chunksize = {PART}\n"
            "[plugins]\nno_expect = no_expect\n"
        )
        # Bodies of a few bytes: aws sends them without waiting for MinIO's "100 Continue", then takes that for the answer and
        # waits for half a minute; one run in two fails so, with nothing of ours in it.
        (home / "no_expect.py").write_text(
            "def awscli_initialize(events):\n"
            "    events.register_last('before-call', without_expect)\n"
            "def without_expect(params, **_):\n"
            "    params['headers'].pop('Expect', None)\n"
        )
        self.env["PYTHONPATH"] = str(home)

    def url(self, prefix: str) -> str:
        return f"s3://{self.bucket}/{prefix}/"

    def s3(self, *arguments) -> str:
        return self.run(self.program, "s3", *arguments)

    def write(self, folder, prefix, attributes):
        options = [part for name, value in attributes.headers().items() for part in (f"--{name}", value)]
        if attributes.metadata:
            options += ["--metadata", json.dumps(attributes.metadata)]
        self.s3("cp", "--recursive", "--only-show-errors", *options, folder, self.url(prefix))

    def read(self, prefix, folder):
        self.s3("cp", "--recursive", "--only-show-errors", self.url(prefix), folder)

    def list(self, prefix):
        listed = json.loads(self.run(
            self.program, "s3api", "list-objects-v2", "--output=json", "--bucket", self.bucket, "--prefix", prefix + "/",
            "--query", "{found: Contents[].[Key, Size]}",
        ))  # fmt: skip
        return {key.removeprefix(prefix + "/"): size for key, size in listed["found"] or []}

    def copy(self, prefix, target):
        self.s3("cp", "--recursive", "--only-show-errors", self.url(prefix), self.url(target))

    def check(self, folder, prefix):
        """What it has is a comparison of names and sizes, both ways; bytes are checked as it reads them."""
        for ends in ((folder, self.url(prefix)), (self.url(prefix), folder)):
            if told := self.s3("sync", "--size-only", "--delete", "--dryrun", *ends).strip():
                raise PeerFailure(f"aws s3 sync would change: {told}")


class RclonePeer(Peer):
    name = "rclone"
    #: versitygw does not encode keys in listings when it is asked to, and rclone undoes it all the same, unless for "Other".
    PROVIDERS = {"minio": "Minio", "versitygw": "Other", "memory": "Other"}
    #: Control characters have names of their own inside rclone, and it shows those.
    SHOWN = {0x2400 + code: code for code in range(32)} | {0x2421: 127}

    def __init__(self, repo, home):
        super().__init__(repo, home)
        self.program = script_output("servers", "--path", "rclone")
        (home / "rclone.conf").touch()
        self.env |= {
            "RCLONE_CONFIG": str(home / "rclone.conf"), "RCLONE_S3_PROVIDER": self.PROVIDERS[repo.kind], "RCLONE_S3_ENV_AUTH": "true",
            "RCLONE_S3_ENDPOINT": repo.endpoint, "RCLONE_S3_REGION": "us-east-1", "RCLONE_S3_NO_CHECK_BUCKET": "true",
            "RCLONE_S3_UPLOAD_CUTOFF": str(PART), "RCLONE_S3_CHUNK_SIZE": str(PART), "RCLONE_S3_COPY_CUTOFF": str(PART),
            "RCLONE_RETRIES": "1",
        }  # fmt: skip

    def url(self, prefix: str) -> str:
        return f":s3:{self.bucket}/{prefix}"

    def write(self, folder, prefix, attributes):
        pairs = {**attributes.headers(), **attributes.metadata}
        options = [f"--metadata-set={name}={value}" for name, value in pairs.items()]
        self.run(self.program, "copy", *(["--metadata"] if options else []), *options, folder, self.url(prefix))

    def read(self, prefix, folder):
        self.run(self.program, "copy", self.url(prefix), folder)

    def list(self, prefix):
        listed = json.loads(self.run(self.program, "lsjson", "--recursive", "--files-only", "--no-modtime", self.url(prefix)))
        return {item["Path"].translate(self.SHOWN): item["Size"] for item in listed}

    def copy(self, prefix, target):
        self.run(self.program, "copy", "--metadata", self.url(prefix), self.url(target))

    def check(self, folder, prefix):
        """By MD5, where the object's ETag or rclone's own metadata has it; else by reading it."""
        self.run(self.program, "check", folder, self.url(prefix))
        self.run(self.program, "check", "--download", folder, self.url(prefix))


class Boto3Peer(Peer):
    name = "boto3"
    transfer = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=4)

    def __init__(self, repo, home):
        super().__init__(repo, home)
        self.client = repo.raw.client

    @staticmethod
    def arguments(attributes: Attributes) -> dict:
        named = {"".join(part.title() for part in name.split("-")): value for name, value in attributes.headers().items()}
        return {**named, **({"Metadata": attributes.metadata} if attributes.metadata else {})}

    @staticmethod
    def each(work, items) -> list:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            return list(pool.map(work, items))

    def write(self, folder, prefix, attributes):
        def put(path):
            key = f"{prefix}/{path.relative_to(folder).as_posix()}"
            self.client.upload_file(str(path), self.bucket, key, ExtraArgs=self.arguments(attributes), Config=self.transfer)

        self.each(put, [path for path in folder.rglob("*") if path.is_file()])

    def read(self, prefix, folder):
        def get(key):
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            self.client.download_file(self.bucket, f"{prefix}/{key}", str(path), Config=self.transfer)

        self.each(get, self.list(prefix))

    def list(self, prefix):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix + "/")
        return {item["Key"].removeprefix(prefix + "/"): item["Size"] for page in pages for item in page.get("Contents", [])}

    def copy(self, prefix, target):
        def one(key):
            source = {"Bucket": self.bucket, "Key": f"{prefix}/{key}"}
            self.client.copy(source, self.bucket, f"{target}/{key}", Config=self.transfer)

        self.each(one, self.list(prefix))

    def check(self, folder, prefix):
        """botocore checks the checksum that comes along, where it is one of the whole object."""

        def one(key):
            answer = self.client.get_object(Bucket=self.bucket, Key=f"{prefix}/{key}", ChecksumMode="ENABLED")
            if answer["Body"].read() != (folder / key).read_bytes():
                raise PeerFailure(f"{key} is not the file")

        self.each(one, self.list(prefix))


def decoded(value: str) -> str:
    """A metadata value in the encoded words of RFC 2047, as Amazon gives it back where it is not ASCII."""
    return str(email.header.make_header(email.header.decode_header(value)))
