"""The connector `s3`: upload, download, delete, copy, test files in S3, or update their metadata.

The code is in `wheelyard_compat.s3`. A file, not a folder, so that the package `s3` goes ahead of it where both are
installed side by side.
"""

from wheelyard_compat.names import warn_of_shadowed
from wheelyard_compat.s3 import RemoteStore, RemoteStoreError, S3Connection, S3Name

__all__ = ["RemoteStore", "RemoteStoreError", "S3Connection", "S3Name"]

warn_of_shadowed("s3")
