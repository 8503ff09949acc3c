"""Use S3 as a release pipeline: `S3Pipeline` and `S3Release`, to be used or extended. See help(S3Pipeline).

The code is in `wheelyard_compat.s3p`. A file, not a folder, so that a package `s3p` goes ahead of it where both are
installed side by side.
"""

from wheelyard_compat.names import warn_of_shadowed
from wheelyard_compat.s3p import S3Pipeline, S3Promote, S3Release

__all__ = ["S3Pipeline", "S3Promote", "S3Release"]

warn_of_shadowed("s3p")
