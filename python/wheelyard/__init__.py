"""Buckets and folders, package indexes and release pipelines in them, from Python: the library of the program `wheelyard`.

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
from ._options import Attributes, Settings
from ._release import Pipeline
from ._release_types import (
    Approval,
    Caller,
    CommandGate,
    Difference,
    DiffReport,
    DownloadedRelease,
    GateResult,
    HistoryEntry,
    Manifest,
    PipelineVerifyReport,
    PrunedVersion,
    PruneReport,
    RankRules,
    RankStatus,
    ReleaseFile,
    ReleasePage,
    ReleaseProblem,
    ReleaseReference,
    ReleaseStatus,
    Standing,
    Step,
    UnfinishedWork,
)
from ._store import Store, WriteOptions, open_store
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
    Refused,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedError,
)

__all__ = [
    "AlreadyExistsError",
    "Approval",
    "Attributes",
    "Caller",
    "CancelledError",
    "CommandGate",
    "CorruptedError",
    "DiffReport",
    "Difference",
    "DownloadedRelease",
    "Error",
    "FileRegion",
    "GateResult",
    "HistoryEntry",
    "IndexFile",
    "InvalidArgumentError",
    "LeftDependency",
    "ListPage",
    "Manifest",
    "NotFoundError",
    "ObjectInfo",
    "ObjectReader",
    "ObjectTextWriter",
    "ObjectWriter",
    "PartedUpload",
    "PermissionDeniedError",
    "Pipeline",
    "PipelineVerifyReport",
    "PreconditionFailedError",
    "Problem",
    "ProgressEvent",
    "PromoteReport",
    "PromotedFile",
    "PruneReport",
    "PrunedVersion",
    "PublishReport",
    "PublishedFile",
    "PutResult",
    "RankRules",
    "RankStatus",
    "Refused",
    "ReleaseFile",
    "ReleasePage",
    "ReleaseProblem",
    "ReleaseReference",
    "ReleaseStatus",
    "Repository",
    "SelectedFile",
    "Settings",
    "Standing",
    "Step",
    "Store",
    "TransferItem",
    "TransferOptions",
    "TransferProgress",
    "TransferReport",
    "UnauthenticatedError",
    "UnavailableError",
    "UnfinishedWork",
    "UnsupportedError",
    "VerifyReport",
    "WriteOptions",
    "download",
    "find_binary",
    "open_store",
    "sync",
    "upload",
]
