"""Buckets and folders, and package indexes in them, from Python: the library of the program `wheelyard`.

    import wheelyard

    store = wheelyard.open_store("s3://bucket/prefix")
    store.put("reports/today.csv", b"a,b\n1,2\n", content_type="text/csv")
    for info in store.list("reports/"):
        print(info.key, info.size)

Every call does its work without the GIL and may be made from many threads. Failures are `wheelyard.Error`.
"""

from ._binary import find_binary
from ._core import FileRegion, ListPage, ObjectInfo, PartedUpload, PutResult
from ._files import ObjectReader, ObjectTextWriter, ObjectWriter
from ._index import (
    IndexFile,
    LeftDependency,
    Problem,
    ProgressEvent,
    PromotedFile,
    PromoteReport,
    PublishedFile,
    PublishReport,
    Repository,
    SelectedFile,
    VerifyReport,
)
from ._store import Attributes, Settings, Store, WriteOptions, open_store
from ._transfer import (
    TransferItem,
    TransferOptions,
    TransferProgress,
    TransferReport,
    download,
    sync,
    upload,
)
from .errors import (
    AlreadyExistsError,
    CancelledError,
    CorruptedError,
    Error,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionFailedError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedError,
)

__all__ = [
    "AlreadyExistsError",
    "Attributes",
    "CancelledError",
    "CorruptedError",
    "Error",
    "FileRegion",
    "IndexFile",
    "InvalidArgumentError",
    "LeftDependency",
    "ListPage",
    "NotFoundError",
    "ObjectInfo",
    "ObjectReader",
    "ObjectTextWriter",
    "ObjectWriter",
    "PartedUpload",
    "PermissionDeniedError",
    "PreconditionFailedError",
    "Problem",
    "ProgressEvent",
    "PromoteReport",
    "PromotedFile",
    "PublishReport",
    "PublishedFile",
    "PutResult",
    "Repository",
    "SelectedFile",
    "Settings",
    "Store",
    "TransferItem",
    "TransferOptions",
    "TransferProgress",
    "TransferReport",
    "UnauthenticatedError",
    "UnavailableError",
    "UnsupportedError",
    "VerifyReport",
    "WriteOptions",
    "download",
    "find_binary",
    "open_store",
    "sync",
    "upload",
]
