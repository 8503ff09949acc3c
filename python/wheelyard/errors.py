"""What goes wrong, as one hierarchy of exceptions: catch `Error`, or the kind that you can do something about.

Where Python has an exception of its own for the kind (FileNotFoundError, FileExistsError, PermissionError, ValueError,
OSError), the class is one of those as well.
"""

from errno import EACCES, EEXIST, EIO, ENOENT
from typing import Any

__all__ = [
    "AlreadyExistsError",
    "CancelledError",
    "CorruptedError",
    "Error",
    "InvalidArgumentError",
    "NotFoundError",
    "PermissionDeniedError",
    "PreconditionFailedError",
    "Refused",
    "UnauthenticatedError",
    "UnavailableError",
    "UnsupportedError",
]


class Error(Exception):
    """A failure of Wheelyard. `str()` is a full sentence; no part ever holds a secret."""

    code: str = "unknown"
    """The kind of failure, as the command line's `--json` names it: "not_found", "unavailable", ..."""
    doing: str
    """What was being done: "read", "publish", "list objects under"."""
    target: str
    """On what: a URL, a path, a name."""
    reason: str
    """Why it failed, in words."""
    hint: str
    """What to do next; may be empty."""
    http_status: int
    """The server's status; 0 where there was no answer."""
    server_code: str
    """The server's own code, as "NoSuchBucket"; may be empty."""
    request_id: str
    """The server's id of the request; may be empty."""

    def __init__(
        self,
        message: str,
        *,
        doing: str = "",
        target: str = "",
        reason: str = "",
        hint: str = "",
        http_status: int = 0,
        server_code: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(message)
        self.doing = doing
        self.target = target
        self.reason = reason
        self.hint = hint
        self.http_status = http_status
        self.server_code = server_code
        self.request_id = request_id
        if isinstance(self, OSError):
            setattr(self, "errno", self._number)

    _number: int | None = None

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self.doing, self.target, self.reason, self.hint, self.http_status, self.server_code, self.request_id)
        return make_error, (self.code, str(self), *parts)


class NotFoundError(Error, FileNotFoundError):
    """The object, bucket, project or file is not there: a 404 and nothing else."""

    code = "not_found"
    _number = ENOENT


class AlreadyExistsError(Error, FileExistsError):
    """Something else holds the name."""

    code = "already_exists"
    _number = EEXIST


class PreconditionFailedError(Error):
    """A conditional request met another state: somebody else was faster. `http_status` 304: it is unchanged."""

    code = "precondition_failed"


class UnauthenticatedError(Error, PermissionError):
    """There are no credentials, or the server does not accept them."""

    code = "unauthenticated"
    _number = EACCES


class PermissionDeniedError(Error, PermissionError):
    """The credentials are good, but not for this."""

    code = "permission_denied"
    _number = EACCES


class InvalidArgumentError(Error, ValueError):
    """What the caller gave cannot be right."""

    code = "invalid_argument"


class UnsupportedError(Error, NotImplementedError):
    """This store or file format cannot do it."""

    code = "unsupported"


class UnavailableError(Error, OSError):
    """Network, time-out, a server's 5xx, throttling, disk: may go well later."""

    code = "unavailable"
    _number = EIO


class CorruptedError(Error, OSError):
    """Bytes are not what they should be."""

    code = "corrupted"
    _number = EIO


class CancelledError(Error):
    """The caller asked to stop."""

    code = "cancelled"


class Refused(Error):
    """A step of a pipeline that its rules do not allow, though nothing is broken. Nothing has been promoted."""

    refusal: str
    """Why: "unknown_rank", "unknown_release", "nothing_to_promote", "skipped_rank", "other_version", "gate",
    "version_taken", "being_pushed", "file_taken", "pruned" or "nothing_earlier"."""

    def __init__(self, message: str, *, refusal: str = "gate", code: str = "precondition_failed", **details: Any) -> None:
        super().__init__(message, **details)
        self.refusal = refusal
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        make, parts = super().__reduce__()
        return make, (*parts, self.refusal)


_CLASSES: dict[str, type[Error]] = {
    kind.code: kind
    for kind in (
        NotFoundError,
        AlreadyExistsError,
        PreconditionFailedError,
        UnauthenticatedError,
        PermissionDeniedError,
        InvalidArgumentError,
        UnsupportedError,
        UnavailableError,
        CorruptedError,
        CancelledError,
    )
}


def make_error(
    code: str,
    message: str,
    doing: str,
    target: str,
    reason: str,
    hint: str,
    http_status: int,
    server_code: str,
    request_id: str,
    refusal: str = "",
) -> Error:
    """The exception for a code of the library, or for a refusal."""
    details: dict[str, Any] = {
        "doing": doing,
        "target": target,
        "reason": reason,
        "hint": hint,
        "http_status": http_status,
        "server_code": server_code,
        "request_id": request_id,
    }
    if refusal:
        return Refused(message, refusal=refusal, code=code, **details)
    return _CLASSES[code](message, **details)
