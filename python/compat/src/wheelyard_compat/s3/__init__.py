"""What `s3` is here: a connector to S3."""

from wheelyard_compat.s3.connection import S3Connection, S3Name
from wheelyard_compat.s3.store import RemoteStore, RemoteStoreError

__all__ = ["RemoteStore", "RemoteStoreError", "S3Connection", "S3Name"]
