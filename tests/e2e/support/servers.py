"""The real servers: MinIO, versitygw, nginx, each on a free loopback port with its data in a folder of its own."""

import itertools
import json
import os
import pathlib
import ssl
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from support.process import Program, clean_environment, free_port, give_back, script_output

ACCESS_KEY = "yard-access"
SECRET_KEY = "yard-secret-0123456789"
REGION = "us-east-1"

user_numbers = itertools.count(1)


@dataclass
class S3Server:
    kind: str
    port: int
    program: Program
    scheme: str = "http"
    policies: dict[str, list[dict]] = field(default_factory=dict)  #: by bucket (versitygw)

    @property
    def endpoint(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """What a client needs to reach it."""
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    def client(self, endpoint: str | None = None, max_attempts: int = 2):
        """A boto3 client, by way of `endpoint` (a proxy's) if given."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=endpoint or self.endpoint,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name=REGION,
            config=Config(
                s3={"addressing_style": "path"}, retries={"max_attempts": max_attempts}, read_timeout=60, max_pool_connections=32
            ),
        )

    def session(self, statements: list[dict]) -> dict[str, str]:
        """The environment of somebody who may do only what these statements of a policy allow, in the one bucket that they
        are about. On MinIO a role for a session, on versitygw a user, and a policy of the bucket."""
        if self.kind == "versitygw":
            return self.user(statements)
        import boto3

        sts = boto3.client("sts", endpoint_url=self.endpoint, aws_access_key_id=ACCESS_KEY,
                           aws_secret_access_key=SECRET_KEY, region_name=REGION)  # fmt: skip
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        role = "arn:aws:iam::123456789012:role/restricted"
        made = sts.assume_role(RoleArn=role, RoleSessionName="restricted", Policy=policy)["Credentials"]
        return {
            **self.env,
            "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
            "AWS_SESSION_TOKEN": made["SessionToken"],
        }

    def user(self, statements: list[dict]) -> dict[str, str]:
        access, secret = f"restricted-{next(user_numbers)}-{os.getpid()}", "restricted-secret-0123456789"
        subprocess.run(
            [script_output("servers", "--path", "versitygw"), "admin", "--access", ACCESS_KEY, "--secret", SECRET_KEY,
             "--endpoint-url", self.endpoint, "create-user", "--access", access, "--secret", secret, "--role", "user"],
            check=True, capture_output=True, timeout=240,
        )  # fmt: skip
        [bucket] = {resource.split(":::")[1].split("/")[0] for statement in statements for resource in statement["Resource"]}
        # There is one policy of a bucket: whoever had rights there keeps them.
        rules = self.policies.setdefault(bucket, [])
        rules += [{**statement, "Principal": {"AWS": [access]}} for statement in statements]
        self.client().put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": rules}))
        return {**self.env, "AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret}

    def stop(self) -> None:
        self.program.stop()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=20, context=ssl._create_unverified_context()) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False


def start_minio(
    folder: pathlib.Path, certificates: pathlib.Path | None = None, more: dict[str, str] | None = None
) -> S3Server:
    """With TLS where there is a folder that holds public.crt and private.key; `more` are settings in its environment."""
    port = free_port()
    env = clean_environment(
        folder / "home", MINIO_ROOT_USER=ACCESS_KEY, MINIO_ROOT_PASSWORD=SECRET_KEY, MINIO_BROWSER="off",
        MINIO_UPDATE="off", MINIO_CI_CD="on", MINIO_SITE_REGION=REGION, **(more or {}),
    )  # fmt: skip
    data = folder / "data"
    data.mkdir(parents=True)
    command = [script_output("servers", "--path", "minio"), "server", "--address", f"127.0.0.1:{port}", data]
    if certificates:
        command[-1:] = ["--certs-dir", certificates, data]
    program = Program(command, folder / "minio.log", env)
    server = S3Server("minio", port, program, "https" if certificates else "http")
    program.wait_until(lambda: answers(f"{server.endpoint}/minio/health/cluster"), "MinIO")
    return server


def start_versitygw(folder: pathlib.Path) -> S3Server:
    port = free_port()
    data = folder / "data"
    data.mkdir(parents=True)
    (folder / "users").mkdir()
    command = [script_output("servers", "--path", "versitygw"), "--access", ACCESS_KEY, "--secret", SECRET_KEY,
               "--region", REGION, "--port", f"127.0.0.1:{port}", "--health", "/healthz", "--iam-dir", folder / "users", "posix"]  # fmt: skip
    if not has_extended_attributes(data):
        (folder / "sidecar").mkdir()
        command += ["--sidecar", folder / "sidecar"]
    program = Program([*command, data], folder / "versitygw.log", clean_environment(folder / "home"))
    program.wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "versitygw")
    return S3Server("versitygw", port, program)


def has_extended_attributes(folder: pathlib.Path) -> bool:
    try:
        os.setxattr(folder, "user.wheelyard", b"1")
        os.removexattr(folder, "user.wheelyard")
        return True
    except OSError:
        return False


class Nginx:
    """A folder behind a plain web server, as a person would serve a repository statically."""

    def __init__(self, served: pathlib.Path, folder: pathlib.Path):
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self.access_log = folder / "access.log"
        config = folder / "nginx.conf"
        user = "user root;" if os.getuid() == 0 else ""
        config.write_text(f"""
            daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/error.log; {user}
            events {{ worker_connections 512; }}
            http {{
              access_log {self.access_log}; sendfile on;
              types {{ text/html html; application/json json; }}
              default_type application/octet-stream;
              client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
              uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
              server {{ listen 127.0.0.1:{self.port}; root {served}; index index.html; }}
            }}
        """)
        env = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
        self.program = Program(["nginx", "-c", config, "-e", folder / "error.log"], folder / "nginx.log", env)
        self.program.wait_for_port(self.port, "nginx")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.program.stop()
        give_back(self.port)
