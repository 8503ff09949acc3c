"""`S3Pipeline`: ranks in a bucket, and the releases in them."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING

import wheelyard

from wheelyard_compat.s3p.bucket import Bucket
from wheelyard_compat.s3p.contents import Callback, Reporter, Source, check_version
from wheelyard_compat.s3p.key import Key
from wheelyard_compat.s3p.release import S3Release, since_text
from wheelyard_compat.s3p.settings import from_environment, name_of, url_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from wheelyard import Settings

_ARCHIVE = "archive"


class S3Pipeline(Bucket):
    """A pipeline of releases in S3: files go from rank to rank. Acts like boto.s3.bucket.Bucket.

        from s3p import S3Pipeline

        pipeline = S3Pipeline()                          # AWS_S3_BUCKET, AWS_S3_RANKS, and credentials from the environment
        pipeline.promote("my.tar.gz", "qa", version="1.0")   # the first rank: uploads
        pipeline.promote("my.tar.gz", "staging")             # the next: copies what is in the one before
        print(pipeline.get_versions("my.tar.gz"))            # {"qa": "1.0", "staging": "1.0", "production": None}

    bucket
        A bucket's name (AWS_S3_BUCKET unless given); a URL or a folder, as wheelyard takes them, is good as well. It is made
        by the first `promote` where it is missing.
    ranks
        Their order, as "qa, staging, production" (AWS_S3_RANKS unless given) or a list.
    identity
        Who acts, for the history.
    release_class
        What makes the releases: S3Release, or what extends it.
    settings
        As for wheelyard.open_store: access_key_id, secret_access_key, endpoint_url, region, profile, ... Whatever is not
        given is found where boto3 finds it.

    Two at once cannot mix up a rank, every step is in `history`, and what was looked at is what is promoted, to the byte.
    What may not be done raises wheelyard.Refused, whose `refusal` says why; other failures are wheelyard.Error.

    As a bucket it has the keys "<rank>/<file>", which are S3Release objects, "archive/<version>/<file>", which are only read,
    and any others, which are plain keys. Ranks change by promotion only: writing to the first rank is a push, writing to
    another or deleting in one raises wheelyard.InvalidArgumentError.

    Extend it to enforce process. Every promotion, by whichever call, comes through `promote_release`, and every upload through
    `push`; what one raises ends it before anything has changed:

        class Tested(S3Pipeline):
            def promote_release(self, release, rank, *, note=""):
                if rank == "production" and not passed_tests(release.sha256):
                    raise wheelyard.Refused(f"{release.filename} {release.version} has not passed its tests")
                return super().promote_release(release, rank, note=note)
    """

    def __init__(
        self,
        bucket: str | None = None,
        ranks: str | Iterable[str] | None = None,
        *,
        identity: str | None = None,
        release_class: type[S3Release] = S3Release,
        **settings: Unpack[Settings],
    ) -> None:
        if bucket == "":
            raise ValueError("bucket is empty: leave it out, or give None, where you mean AWS_S3_BUCKET")
        place = from_environment("AWS_S3_BUCKET", "my-releases") if bucket is None else bucket
        order = from_environment("AWS_S3_RANKS", '"qa, staging, production"') if ranks is None else ranks
        store = wheelyard.open_store(url_of(place), **settings)
        super().__init__(store, name_of(store), open_store=lambda name: wheelyard.open_store(f"s3://{name}", **settings))
        self.release_class = release_class
        self.releases = wheelyard.Pipeline(store, order if isinstance(order, str) else list(order), identity=identity)
        """The wheelyard.Pipeline below it: history, rollback, diff, verify, prune."""

    @property
    def ranks(self) -> list[str]:
        """In order, the first one first."""
        return self.releases.ranks

    # Steps.

    def promote(
        self, filepath: str | os.PathLike[str], rank: str, version: str | None = None, *, note: str = ""
    ) -> S3Release:
        """What `s3p FILEPATH RANK` does: uploads into the first rank, and promotes into the others.

        Of `filepath` only the last part counts, but for the first rank. `version`: what the upload is called (a random UUID
        unless given); for other ranks, what the rank before has to hold. A rank that holds that version already is left as it
        is.
        """
        self.check_rank(rank)
        check_version(version)
        name = os.path.basename(os.fspath(filepath))
        self.take_over(name)
        if rank == self.ranks[0]:
            return self.push(filepath, version, note=note)
        try:
            held = self.get_release(name, rank)
        except wheelyard.NotFoundError as error:
            self._make_missing_bucket(error)
            held = self.get_release(name, rank)
        if version is not None and held and held.version == version:
            return held
        before = self.previous_rank(rank)
        release = self.get_release(name, before)
        if release is None:
            raise wheelyard.Refused(
                "could not promote, trying to skip rank?",
                refusal="nothing_to_promote",
                code="not_found",
                doing="promote",
                target=name,
                reason=f"{before} holds nothing of that name",
                hint=f"promote it to {before} first",
            )
        if version is not None and release.version != version:
            raise wheelyard.Refused(
                f"cannot promote {name} version {version} to {rank}: {before} holds version {release.version}",
                refusal="other_version",
                doing="promote",
                target=name,
                reason=f"{before} holds version {release.version}",
                hint=f"promote version {version} to {before} first",
            )
        return release.promote(rank, note=note)

    def promote_release(self, release: S3Release, rank: str, *, note: str = "") -> S3Release:
        """Brings exactly this release into `rank`, the one after its own. Every promotion comes through here.

        Override it to add a gate: raise wheelyard.Refused, or call this. What was checked is what is promoted: had the rank
        moved on meanwhile, it raises.
        """
        self.check_rank(rank)
        if release.manifest is None and not release.reload():
            raise wheelyard.Refused(
                f"cannot promote {release.filename}: {release.rank} holds nothing of that name",
                refusal="nothing_to_promote",
                code="not_found",
            )
        self.releases.take_over(release.filename)
        step = self.releases.promote(
            release.filename,
            rank,
            from_rank=None if release.rank == self.previous_rank(rank) else release.rank,
            version=release.version or None,
            expect_digest=release.digest or None,
            note=note,
        )
        return self.released(step)

    def push(self, filepath: str | os.PathLike[str], version: str | None = None, *, note: str = "") -> S3Release:
        """Uploads a file into the first rank and the archive. Every upload comes through here: override it to check files.

        The version stands for these bytes from now on; it raises Refused ("version_taken") where it stands for others.
        """
        return self.released(self._with_bucket(filepath, version, note))

    def _with_bucket(self, filepath: str | os.PathLike[str], version: str | None, note: str) -> wheelyard.Step:
        try:
            return self.releases.push(filepath, version=version, note=note)
        except wheelyard.NotFoundError as error:
            self._make_missing_bucket(error)
        return self.releases.push(filepath, version=version, note=note)

    def _make_missing_bucket(self, error: wheelyard.NotFoundError) -> None:
        """For another try, which tells again of anything else that is missing."""
        if not error.http_status:
            raise error
        if self.is_bucket_missing(error):  # or somebody else has made it since
            with contextlib.suppress(wheelyard.AlreadyExistsError):  # or at the same moment
                self.store.make_bucket()

    def push_file(
        self,
        release: S3Release,
        fp: IO[bytes],
        left: int | None,
        size: int | None,
        version: str | None,
        cb: Callback | None,
        num_cb: int,
    ) -> int:
        """What S3Release.set_contents_… do: a push of what is left of a file."""
        if release.rank != self.ranks[0]:
            self.check_writable(release.name or "")
        total = size if left is None else left if size is None else min(size, left)
        with tempfile.TemporaryDirectory(prefix="s3p-") as folder:
            # The pipeline digests before it sends: a stream has to be kept for that.
            path = pathlib.Path(folder, release.filename)
            with path.open("wb") as file:
                shutil.copyfileobj(Source(fp, size, Reporter(cb, num_cb, total or 0)), file)
            count = path.stat().st_size
            pushed = self.push(path, version)
        assert pushed.manifest is not None
        release.take_manifest(pushed.manifest, pushed.last_modified or "")
        return count

    def take_over(self, filename: str) -> None:
        """What a released s3p has written since is taken over; nothing where the bucket is missing."""
        try:
            self.releases.take_over(filename)
        except wheelyard.NotFoundError as error:
            if not self.is_bucket_missing(error):  # somebody else has made it since, or it is something else
                self.releases.take_over(filename)

    def _take_over_to_look(self, filename: str) -> None:
        """Whoever may only read sees what can be read: all of it where there is no history yet, else what the history says."""
        with contextlib.suppress(wheelyard.PermissionDeniedError, wheelyard.UnauthenticatedError):
            self.take_over(filename)

    def released(self, step: wheelyard.Step) -> S3Release:
        """The release that a step has brought into a rank."""
        release = self.make_release(step.name, step.rank)
        status = self.releases.status(step.name)
        standing = status[step.rank].standing if status else None
        files = [wheelyard.ReleaseFile(f.name, f.size, f.sha256, f.etag, self._key_of(step, f)) for f in step.manifest.files]
        manifest = wheelyard.Manifest(step.name, step.manifest.version, step.manifest.digest, files)
        release.take_manifest(manifest, since_text(standing) if standing else "")
        return release

    @staticmethod
    def _key_of(step: wheelyard.Step, file: wheelyard.ReleaseFile) -> str:
        return file.key or f"{_ARCHIVE}/{step.manifest.version}/{file.name}"

    # Looking.

    def get_release(self, filename: str, rank: str) -> S3Release | None:
        """What a rank holds; None only where it certainly holds nothing of that name."""
        self.check_rank(rank)
        release = self.make_release(filename, rank)
        return release if self.load(release) else None

    def get_version(self, filename: str, rank: str) -> str | None:
        """The version in a rank; None where it holds nothing."""
        self.check_rank(rank)
        return self.get_versions(filename)[rank]

    def get_versions(self, filename: str) -> dict[str, str | None]:
        """The version in every rank, all of one moment."""
        held = self._held(filename)
        return {rank: held[rank].version if rank in held else None for rank in self.ranks}

    def get_info(self, filename: str) -> dict[str, S3Release | None]:
        """The release in every rank."""
        return {rank: self.get_release(filename, rank) for rank in self.ranks}

    def download(
        self, filename: str, rank: str, path: str | os.PathLike[str], version: str | None = None
    ) -> wheelyard.DownloadedRelease:
        """What `s3p FILENAME RANK --download PATH` does, checked against its digest."""
        self.check_rank(rank)
        check_version(version)
        if not os.fspath(path):
            raise ValueError('path is empty: give ".", where you mean the current folder')
        self._take_over_to_look(filename)
        return self.releases.download(filename, rank, path, version=version)

    def history(self, filename: str) -> list[wheelyard.HistoryEntry]:
        """Every step, the oldest first."""
        return self.releases.history(filename)

    def rollback(self, filename: str, rank: str, version: str | None = None, *, note: str = "") -> S3Release:
        """Puts back what stood in a rank before, or `version`."""
        return self.released(self.releases.rollback(filename, rank, version=version, note=note))

    def previous_rank(self, rank: str) -> str:
        """The rank before. Raises ValueError for the first."""
        place = self.ranks.index(rank)
        if place == 0:
            raise ValueError(f"{rank} is the first rank: files are uploaded there")
        return self.ranks[place - 1]

    def check_rank(self, rank: str) -> None:
        """Raises wheelyard.Refused for what is no rank."""
        if rank not in self.ranks:
            raise wheelyard.Refused(
                "invalid rank",
                refusal="unknown_rank",
                code="invalid_argument",
                doing="use",
                target=f"the rank {rank!r}",
                reason="invalid rank",
                hint=f"the ranks are {', '.join(self.ranks)}",
            )

    # The bucket.

    def make_release(self, filename: str, rank: str) -> S3Release:
        return self.release_class(self, f"{rank}/{filename}")

    def make_key(self, key_name: str) -> Key:
        """An S3Release for a key in a rank, else a plain key."""
        return self.release_class(self, key_name) if self.is_release(key_name) else super().make_key(key_name)

    def load(self, key: Key) -> bool:
        if not isinstance(key, S3Release):
            return super().load(key)
        held = self._held(key.filename)
        if key.rank not in held:
            key.manifest = None
            return False
        manifest = held[key.rank]
        status = self.releases.status(key.filename)
        standing = status[key.rank].standing if status else None
        key.take_manifest(manifest, since_text(standing) if standing else "")
        return True

    def _held(self, filename: str) -> dict[str, wheelyard.Manifest]:
        self._take_over_to_look(filename)
        return self.releases.held(filename)

    def is_release(self, key_name: str) -> bool:
        """Whether a key is "<rank>/<file>"."""
        rank, _, filename = key_name.partition("/")
        return bool(filename) and "/" not in filename and rank in self.ranks

    def split_name(self, key_name: str) -> tuple[str, str]:
        """Rank and file of a key. Raises ValueError for other keys."""
        if not self.is_release(key_name):
            raise ValueError(f"{key_name!r} is no release: that is RANK/FILE, with one of {', '.join(self.ranks)}")
        rank, _, filename = key_name.partition("/")
        return rank, filename

    def check_writable(self, key_name: str) -> None:
        self.check_name(key_name)
        rank = key_name.partition("/")[0]
        if rank == _ARCHIVE or rank in self.ranks:
            raise wheelyard.InvalidArgumentError(
                f"cannot write to {self.describe(key_name)}: "
                + ("the archive keeps what was released" if rank == _ARCHIVE else "ranks change by promotion only"),
                hint="upload into the first rank, and promote from there",
            )

    def check_deletable(self, key_name: str) -> None:
        self.check_name(key_name)
        rank = key_name.partition("/")[0]
        if rank == _ARCHIVE or rank in self.ranks:
            raise wheelyard.InvalidArgumentError(
                f"cannot delete {self.describe(key_name)}: it is part of a release",
                hint="roll the rank back, or prune what is old: releases.rollback(…), releases.prune(…)",
            )

    def bytes_of(self, key_name: str) -> tuple[str, str | None]:
        if not self.is_release(key_name):
            return super().bytes_of(key_name)
        release = self.make_key(key_name)
        assert isinstance(release, S3Release)
        return release._pinned()


#: The name under which s3p's page speaks of the class that promotes.
S3Promote = S3Pipeline
