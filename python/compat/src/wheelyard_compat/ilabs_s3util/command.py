"""Commands for setup.py: `s3pypi` publishes packages, `s3upload` uploads files.

    from ilabs.s3util.command import PyPICommand, UploadCommand

    setup(..., cmdclass={"s3pypi": PyPICommand, "s3upload": UploadCommand})

Options come from `setup(options={"s3upload": {"target": ...}})`, from `[s3upload]` in setup.cfg, or from the command line
(`--target URL`, `-t URL`), which goes ahead of them. They are those of the programs of the same names.
"""

import os
from typing import Any, ClassVar

import wheelyard
from setuptools import Command

# setuptools provides it, also where Python itself has none any more.
from distutils.errors import DistutilsExecError, DistutilsOptionError  # isort: skip

from wheelyard_compat import programs

_FILE_MASK = 'which files, as a glob such as "dist/*"'
_TARGET = "where to: s3://bucket/prefix"


class _Upload(Command):
    """What the two commands have in common. `file_mask` is a glob, several of them a line each, or a list."""

    program = ""
    user_options: ClassVar[list[Any]] = [
        ("force", "f", "overwrite what is there already"),
        ("aws-access-key-id=", None, "the access key, instead of the configured credentials"),
        ("aws-secret-access-key=", None, "its secret; better in AWS_SECRET_ACCESS_KEY or ~/.aws/credentials"),
    ]
    boolean_options: ClassVar[list[str]] = ["force"]

    def initialize_options(self) -> None:
        self.file_mask: Any = None
        self.target: str | None = None
        self.force: Any = False
        self.aws_access_key_id: str | None = None
        self.aws_secret_access_key: str | None = None

    def finalize_options(self) -> None:
        self.file_mask = _masks(self.file_mask)
        if not self.file_mask:
            raise DistutilsOptionError(f'{self.program}: must provide "file_mask": {_FILE_MASK}')
        if bool(self.aws_access_key_id) != bool(self.aws_secret_access_key):
            raise DistutilsOptionError(
                f'{self.program}: "aws_access_key_id" and "aws_secret_access_key" belong together: give both or none'
            )

    def run(self) -> None:
        arguments = self.arguments()
        if getattr(self, "dry_run", False):
            self.announce(f"would run: {self.program} {' '.join(arguments)}", level=2)
            return
        try:
            status = programs.run(self.program, arguments, self._credentials())
        except wheelyard.Error as error:
            raise DistutilsExecError(f"{self.program}: {error}; {error.hint}") from error
        if status:
            raise DistutilsExecError(f"{self.program} failed with exit status {status}; it has said why above")

    def arguments(self) -> list[str]:
        """The command line of the program: nothing secret."""
        arguments = []
        if self.target:
            arguments += ["--target", self.target]
        if self.force:
            arguments.append("--force")
        return [*arguments, "--", *self.file_mask]

    def _credentials(self) -> dict[str, str | None]:
        if not self.aws_access_key_id:
            return {}
        return {
            "AWS_ACCESS_KEY_ID": self.aws_access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.aws_secret_access_key,
            # Those of other keys, if any.
            "AWS_SESSION_TOKEN": None,
            "AWS_SECURITY_TOKEN": None,
            "AWS_CREDENTIAL_EXPIRATION": None,
        }


class PyPICommand(_Upload):
    """Publishes packages into the index of a public bucket, as the program `s3pypi` does."""

    program = "s3pypi"
    description = "publish packages into an index in a bucket"
    user_options: ClassVar[list[Any]] = [
        ("file-mask=", None, _FILE_MASK + " [default: dist/*]"),
        ("target=", "t", _TARGET + " [default: as pip's configuration names it]"),
        *_Upload.user_options,
    ]

    def initialize_options(self) -> None:
        super().initialize_options()
        self.file_mask = "dist/*"


class UploadCommand(_Upload):
    """Uploads files below a prefix in a bucket, as the program `s3upload` does."""

    program = "s3upload"
    description = "upload files into a bucket"
    user_options: ClassVar[list[Any]] = [
        ("file-mask=", None, _FILE_MASK),
        ("target=", "t", _TARGET),
        ("acl=", "a", 'a canned ACL; "public-read" lets everybody read the files [default: private]'),
        *_Upload.user_options,
    ]

    def initialize_options(self) -> None:
        super().initialize_options()
        self.acl = "private"

    def finalize_options(self) -> None:
        super().finalize_options()
        if not self.target:
            raise DistutilsOptionError(f'{self.program}: must provide "target": {_TARGET}')

    def arguments(self) -> list[str]:
        return ["--acl", self.acl, *super().arguments()]


def _masks(given: Any) -> list[str]:
    masks = given.splitlines() if isinstance(given, str) else list(given or [])
    return [os.path.expanduser(mask.strip()) for mask in masks if mask.strip()]
