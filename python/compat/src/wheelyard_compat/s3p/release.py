"""`S3Release`: a file in one rank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

import wheelyard

from wheelyard_compat.s3p.contents import (
    Callback,
    check_conditions,
    check_md5,
    check_version,
    compute_md5,
    left_in,
    reading,
    refuse,
    writing,
)
from wheelyard_compat.s3p.key import Key, http_date

if TYPE_CHECKING:
    from wheelyard_compat.s3p.pipeline import S3Pipeline


class S3Release(Key):
    """A release in a rank of a pipeline: what the key `<rank>/<file>` is. Acts like boto.s3.key.Key.

        release = pipeline.get_release("my.tar.gz", "qa")
        print(release.version, release.size, release.last_modified)
        release.get_contents_to_filename("copy.tar.gz")
        release.promote("staging")

    It is pinned: it stands for the version that was in the rank when it was made, to the byte. What it reads are those bytes
    and no others, and `promote` moves them or raises, whatever has come into the rank meanwhile. `reload` looks again.

    pipeline (also: bucket), rank, filename
        Where it is; `name` (also: `key`) is "<rank>/<file>".
    version, digest, sha256
        What it is: None for a rank that holds nothing. `digest` is the manifest's, `sha256` the file's.
    size, etag, md5, content_type, metadata, ...
        As of any key. `last_modified` is when it came into this rank.

    Extend it for what a release is to do besides, and hand the class to the pipeline:

        class Signed(S3Release):
            def get_contents_to_filename(self, filename, **options):
                super().get_contents_to_filename(filename, **options)
                check_signature(filename)

        pipeline = S3Pipeline(release_class=Signed)
    """

    bucket: S3Pipeline

    def __init__(self, bucket: S3Pipeline, name: str) -> None:
        super().__init__(bucket, name)
        self.rank, self.filename = bucket.split_name(name)
        self.manifest: wheelyard.Manifest | None = None
        """Name, version, digest and files; None for a rank that holds nothing."""

    @property
    def pipeline(self) -> S3Pipeline:
        """The pipeline that it is in."""
        return self.bucket

    @property
    def version(self) -> str | None:
        """Its version identifier; before a write, the one that it will have (None: a random UUID)."""
        return self.manifest.version if self.manifest else self.metadata.get("version")

    @property
    def digest(self) -> str | None:
        """Of its manifest: what `expect_digest` of a promotion takes."""
        return (self.manifest.digest or None) if self.manifest else None

    @property
    def sha256(self) -> str | None:
        """Of the file, hexadecimal."""
        return (self.manifest.files[0].sha256 or None) if self.manifest else None

    @property
    def archive(self) -> str | None:
        """The key of its bytes, where they stay whatever comes into the rank: "archive/<version>/<file>"."""
        return self.manifest.files[0].key if self.manifest else None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.bucket.name},{self.name},{self.version}>"

    def reload(self) -> bool:
        """Looks at the rank again; False where it holds nothing."""
        return self.bucket.load(self)

    def promote(self, rank: str, *, note: str = "") -> S3Release:
        """Into `rank`, the one after its own: exactly this version. Returns the release there.

        By way of `S3Pipeline.promote_release`, which a pipeline may override to add a gate. Raises wheelyard.Refused where
        the rules do not allow it, or its own rank holds something else by now; ValueError for the first rank, into which
        files are uploaded.
        """
        return self.bucket.promote_release(self, rank, note=note)

    def take_manifest(self, manifest: wheelyard.Manifest, since: str) -> None:
        """Becomes what a rank holds."""
        self.manifest = manifest
        self.take_info(self.bucket.store.head(manifest.files[0].key))
        self.size = manifest.files[0].size
        self.metadata["version"] = manifest.version
        self.last_modified = since

    # Reading: always of the pinned bytes.

    def _open_contents(self, headers: Mapping[str, str] | None) -> IO[bytes]:
        place, etag = self._pinned()
        asked = reading(headers)
        check_conditions(asked, etag, f"read {self.bucket.describe(place)}")
        return self.bucket.store.open(place, "rb", headers=asked.get("headers"))

    def _range(self, asked: dict[str, Any]) -> tuple[bytes, wheelyard.ObjectInfo]:
        return self.bucket.store.get_with_info(self._pinned()[0], **asked)

    def _pinned(self) -> tuple[str, str]:
        if self.manifest is None and not self.reload():
            raise wheelyard.NotFoundError(
                f"cannot read {self.filename} in {self.rank}: the rank holds nothing of that name",
                hint="promote it there first",
            )
        assert self.manifest is not None
        return self.manifest.files[0].key, (self.etag or "").strip('"')

    # Writing: a push into the first rank.

    def set_contents_from_file(
        self,
        fp: IO[bytes],
        headers: Mapping[str, str] | None = None,
        replace: bool = True,
        cb: Callback | None = None,
        num_cb: int = 10,
        policy: str | None = None,
        md5: tuple[str, str] | None = None,
        reduced_redundancy: bool = False,
        query_args: str | None = None,
        encrypt_key: bool = False,
        size: int | None = None,
        rewind: bool = False,
    ) -> int | None:
        """Pushes a new version into the first rank; other ranks raise wheelyard.Refused: what they hold is promoted.

        The version is the metadata "version" (`set_metadata`, or `x-amz-meta-version` among the headers), else a random UUID; an
        empty one is a ValueError.
        `replace=False`: only where the rank holds nothing yet. The archive, the history and all that follows are the
        pipeline's; other metadata and headers are not kept, and so refused.
        """
        refuse(query_args=query_args, policy=policy, reduced_redundancy=reduced_redundancy, encrypt_key=encrypt_key)
        given = writing(headers, None, False, False)
        if given.attributes or given.vendor or set(given.metadata) - {"version"}:
            raise NotImplementedError("of headers, a release takes x-amz-meta-version only: the rest is the pipeline's")
        version = given.metadata.get("version")
        if version is None and self.manifest is None:
            version = self.metadata.get("version")
        check_version(version)
        if rewind:
            fp.seek(0)
        if md5 is not None:
            check_md5(md5, compute_md5(fp, size)[0], self.filename)
        if not replace and self.bucket.load(type(self)(self.bucket, self.name or "")):
            return None
        return self.bucket.push_file(self, fp, left_in(fp), size, version, cb, num_cb)

    def set_metadata(self, name: str, value: str) -> None:
        """Before a write: "version" is the only one that a release has."""
        if name.lower() != "version":
            raise NotImplementedError(f"a release has no metadata {name!r}: its version, and what the pipeline keeps of it")
        self.manifest = None
        super().set_metadata(name, value)

    def set_remote_metadata(
        self,
        metadata_plus: Mapping[str, str],
        metadata_minus: Mapping[str, object] | list[str],
        preserve_acl: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """A release is what it is: raises wheelyard.InvalidArgumentError."""
        self.bucket.check_writable(self.name or "")


def since_text(standing: wheelyard.Standing) -> str:
    """When a release came into its rank, as keys tell their time."""
    return http_date(standing.since)
