"""S3Pipeline and S3Release: promotion by objects, and subclasses that add gates."""

import concurrent.futures
import hashlib
import threading

import pytest
import wheelyard
from compat_support.pipelines import RANKS, seen, settings
from s3p import S3Pipeline, S3Release


@pytest.fixture
def pipeline(place) -> S3Pipeline:
    return S3Pipeline(place.bucket, RANKS, identity="alice", **settings(place))


@pytest.fixture
def on_minio(minio) -> S3Pipeline:
    return S3Pipeline(minio.bucket, RANKS, **settings(minio))


@pytest.fixture
def write(tmp_path):
    def write_file(data: bytes, name: str = "my.tar.gz") -> str:
        (tmp_path / name).write_bytes(data)
        return str(tmp_path / name)

    return write_file


def test_a_release_knows_what_it_is(pipeline, write):
    pushed = pipeline.promote(write(b"one"), "qa", version="1")
    release = pipeline.get_release("my.tar.gz", "qa")
    for known in (pushed, release):
        assert (known.name, known.key, known.rank, known.filename, known.version) == ("qa/my.tar.gz", "qa/my.tar.gz", "qa", "my.tar.gz", "1")
        assert (known.size, known.sha256, known.md5) == (3, hashlib.sha256(b"one").hexdigest(), hashlib.md5(b"one").hexdigest())
        assert known.etag == f'"{hashlib.md5(b"one").hexdigest()}"' and known.archive == "archive/1/my.tar.gz"
        assert known.get_metadata("version") == "1" and known.last_modified.endswith("GMT") and len(known.digest) == 64
    assert isinstance(release, S3Release) and release.bucket is release.pipeline is pipeline
    assert pipeline.get_release("my.tar.gz", "staging") is None
    assert {rank: found and found.version for rank, found in pipeline.get_info("my.tar.gz").items()} == {
        "qa": "1", "staging": None, "production": None}  # fmt: skip
    with pytest.raises(wheelyard.Refused, match="invalid rank"):
        pipeline.get_release("my.tar.gz", "archive")


def test_promotion_by_the_release(place, pipeline, write):
    pipeline.promote(write(b"one"), "qa", version="1")
    staged = pipeline.get_release("my.tar.gz", "qa").promote("staging", note="tested")
    assert (staged.rank, staged.version) == ("staging", "1")
    staged.promote("production")
    assert place.read("production/my.tar.gz") == b"one"
    assert [(entry.action, entry.rank, entry.note, entry.by.identity) for entry in pipeline.history("my.tar.gz")] == [
        ("push", "qa", "", "alice"), ("promote", "staging", "tested", "alice"), ("promote", "production", "", "alice")]  # fmt: skip
    with pytest.raises(wheelyard.Refused) as refused:
        pipeline.get_release("my.tar.gz", "qa").promote("production")
    assert refused.value.refusal == "skipped_rank"
    pipeline.promote(write(b"two"), "qa", version="2")
    assert pipeline.promote("my.tar.gz", "staging").version == "2"
    assert pipeline.promote("my.tar.gz", "staging").version == "2"  # again: nothing changes
    assert pipeline.promote("my.tar.gz", "production", version="1").version == "1"  # holds it already
    back = pipeline.rollback("my.tar.gz", "staging", note="bad")
    assert (back.version, place.read("staging/my.tar.gz")) == ("1", b"one")
    assert len(pipeline.history("my.tar.gz")) == 6


def test_refusals(pipeline, write):
    with pytest.raises(wheelyard.Refused, match="^invalid rank$"):
        pipeline.promote(write(b"x"), "prod")
    for rank in ("staging", "production"):
        with pytest.raises(wheelyard.Refused, match=r"^could not promote, trying to skip rank\?$"):
            pipeline.promote(write(b"x"), rank)
    pipeline.promote(write(b"x"), "qa", version="1")
    with pytest.raises(wheelyard.Refused, match="qa holds version 1"):
        pipeline.promote("my.tar.gz", "staging", version="2")
    with pytest.raises(wheelyard.Refused) as refused:
        pipeline.promote(write(b"other"), "qa", version="1")
    assert refused.value.refusal == "version_taken"
    with pytest.raises(wheelyard.InvalidArgumentError):
        pipeline.promote(write(b"x"), "qa", version="../up")


def test_an_empty_version_is_not_none(pipeline, write, tmp_path, monkeypatch):
    """`--version ''` of the script refuses it too: it is a variable that was never set."""
    pipeline.promote(write(b"one"), "qa", version="1")
    release = pipeline.get_release("my.tar.gz", "qa")
    empty = pipeline.new_key("qa/my.tar.gz")
    empty.set_metadata("version", "")
    tmp_path.joinpath("here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for call in (
        lambda: pipeline.promote(write(b"two"), "qa", version=""),
        lambda: pipeline.promote("my.tar.gz", "staging", version=""),
        lambda: pipeline.push(write(b"two"), ""),
        lambda: pipeline.rollback("my.tar.gz", "qa", ""),
        lambda: pipeline.download("my.tar.gz", "qa", "copy", version=""),
        lambda: pipeline.download("my.tar.gz", "qa", ""),
        lambda: release.set_contents_from_string(b"two", headers={"x-amz-meta-version": ""}),
        lambda: empty.set_contents_from_string(b"two"),
        lambda: S3Pipeline("", RANKS),
        lambda: S3Pipeline(pipeline.store.url, RANKS, identity=""),
    ):
        with pytest.raises(ValueError, match="is empty: "):
            call()
    assert len(pipeline.history("my.tar.gz")) == 1 and list((tmp_path / "here").iterdir()) == []


def test_the_first_rank_is_not_promoted_into(pipeline, write):
    pipeline.promote(write(b"one"), "qa", version="1")
    with pytest.raises(ValueError, match="qa is the first rank: files are uploaded there"):
        pipeline.get_release("my.tar.gz", "qa").promote("qa")


@pytest.mark.parametrize("url", ["memory:", "folder"])
def test_a_missing_key_without_a_server(url, tmp_path, write):
    pipeline = S3Pipeline(str(tmp_path / "store") if url == "folder" else url, RANKS)
    for _ in range(2):
        assert pipeline.get_key("other/key") is None and "other/key" not in pipeline
        assert pipeline.get_key("qa/my.tar.gz") is None and pipeline.get_release("my.tar.gz", "qa") is None
        with pytest.raises(wheelyard.Refused, match="could not promote"):
            pipeline.promote("my.tar.gz", "staging")
        pipeline.new_key("some/key").set_contents_from_string(b"x")
    assert "some/key" in pipeline
    pipeline.promote(write(b"one"), "qa", version="1")
    assert pipeline.promote("my.tar.gz", "staging").version == "1"


def test_a_missing_bucket_is_not_a_missing_key(minio):
    pipeline = S3Pipeline(minio.bucket + "-not-here", RANKS, **settings(minio))
    for call in (lambda: pipeline.get_key("other/key"), lambda: "other/key" in pipeline):
        with pytest.raises(wheelyard.NotFoundError):
            call()


def test_a_release_is_pinned(pipeline, write, tmp_path):
    pipeline.promote(write(b"one"), "qa", version="1")
    release = pipeline.get_release("my.tar.gz", "qa")
    pipeline.promote(write(b"two"), "qa", version="2")
    # What it reads is what it was, and what it was is not promoted any more.
    assert release.get_contents_as_string() == b"one" and release.read(2) == b"on"
    release.get_contents_to_filename(tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"one"
    with pytest.raises(wheelyard.Refused) as refused:
        release.promote("staging")
    assert refused.value.refusal == "other_version" and pipeline.get_version("my.tar.gz", "staging") is None
    assert release.reload() and release.version == "2"
    assert release.promote("staging").version == "2"


def test_download(pipeline, write, tmp_path):
    pipeline.promote(write(b"one"), "qa", version="1")
    fetched = pipeline.download("my.tar.gz", "qa", tmp_path / "there")
    assert (tmp_path / "there").read_bytes() == b"one" and fetched.manifest.version == "1"
    with pytest.raises(wheelyard.Refused):
        pipeline.download("my.tar.gz", "qa", tmp_path / "other", version="2")
    with pytest.raises(wheelyard.Refused):
        pipeline.download("my.tar.gz", "staging", tmp_path / "other")
    assert not (tmp_path / "other").exists()


class Tested(S3Pipeline):
    """The gate of docs/moving-from-s3p.md."""

    __test__ = False  # no class of tests
    passed: set[str] = set()
    asked: list[tuple[str, str]]

    def promote_release(self, release, rank, *, note=""):
        self.asked.append((release.version, rank))
        if rank == "production" and release.sha256 not in self.passed:
            raise wheelyard.Refused(f"{release.filename} {release.version} has not passed its tests")
        return super().promote_release(release, rank, note=note)


def test_a_subclass_that_adds_a_gate(place, write):
    pipeline = Tested(place.bucket, RANKS, **settings(place))
    pipeline.asked = []
    pipeline.promote(write(b"one"), "qa", version="1")
    pipeline.promote("my.tar.gz", "staging")
    before = seen(place), len(pipeline.history("my.tar.gz"))
    for attempt in (lambda: pipeline.promote("my.tar.gz", "production"), lambda: pipeline.get_release("my.tar.gz", "staging").promote("production")):
        with pytest.raises(wheelyard.Refused, match="has not passed its tests") as refused:
            attempt()
        assert refused.value.refusal == "gate"
    assert (seen(place), len(pipeline.history("my.tar.gz"))) == before
    pipeline.passed = {hashlib.sha256(b"one").hexdigest()}
    assert pipeline.promote("my.tar.gz", "production").version == "1"
    assert pipeline.asked == [("1", "staging"), ("1", "production"), ("1", "production"), ("1", "production")]


def test_what_a_gate_has_passed_is_what_is_promoted(minio, write):
    """Whatever comes into the rank while the gate looks."""
    other = S3Pipeline(minio.bucket, RANKS, **settings(minio))

    class Slow(S3Pipeline):
        def promote_release(self, release, rank, *, note=""):
            other.promote(write(b"untested"), "qa", version="2")
            return super().promote_release(release, rank, note=note)

    pipeline = Slow(minio.bucket, RANKS, **settings(minio))
    pipeline.promote(write(b"tested"), "qa", version="1")
    with pytest.raises(wheelyard.Refused) as refused:
        pipeline.promote("my.tar.gz", "staging")
    assert refused.value.refusal == "other_version" and "staging/my.tar.gz" not in seen(minio)


def test_a_subclass_that_checks_uploads(minio, write):
    class OnlyArchives(S3Pipeline):
        def push(self, filepath, version=None, *, note=""):
            if not str(filepath).endswith(".tar.gz"):
                raise wheelyard.Refused(f"{filepath} is no archive")
            return super().push(filepath, version, note=note)

    pipeline = OnlyArchives(minio.bucket, RANKS, **settings(minio))
    for attempt in (lambda: pipeline.promote(write(b"x", "my.exe"), "qa"), lambda: pipeline.new_key("qa/my.exe").set_contents_from_string("x")):
        with pytest.raises(wheelyard.Refused, match="is no archive"):
            attempt()
    assert seen(minio) == {}
    assert pipeline.promote(write(b"x"), "qa", "1").version == "1"


def test_a_release_class_of_ones_own(minio, write):
    class Counted(S3Release):
        reads = 0

        def get_contents_as_string(self, *args, **options):
            Counted.reads += 1
            return super().get_contents_as_string(*args, **options)

    pipeline = S3Pipeline(minio.bucket, RANKS, release_class=Counted, **settings(minio))
    assert isinstance(pipeline.promote(write(b"x"), "qa", "1"), Counted)
    assert pipeline.get_key("qa/my.tar.gz").get_contents_as_string() == b"x" and Counted.reads == 1


def test_what_the_released_program_wrote(place, pipeline, write):
    place.put("qa/my.tar.gz", b"one", Metadata={"version": "1"})
    place.put("archive/1/my.tar.gz", b"one", Metadata={"version": "1"})
    place.put("staging/my.tar.gz", b"zero", Metadata={"version": "0"})
    assert pipeline.get_versions("my.tar.gz") == {"qa": "1", "staging": "0", "production": None}
    assert pipeline.get_key("staging/my.tar.gz").get_contents_as_string() == b"zero"
    pipeline.promote("my.tar.gz", "production")
    pipeline.promote("my.tar.gz", "staging")
    place.put("qa/my.tar.gz", b"two", Metadata={"version": "2"})  # it goes on beside us
    assert pipeline.get_key("qa/my.tar.gz").version == "2"
    pipeline.promote("my.tar.gz", "staging")
    assert seen(place).items() >= {"staging/my.tar.gz": b"two", "production/my.tar.gz": b"zero"}.items()


def test_many_threads_use_one_pipeline(on_minio, minio, tmp_path):
    start = threading.Barrier(8)

    def work(number: int) -> None:
        path = tmp_path / str(number)
        path.mkdir()
        (path / "my.tar.gz").write_bytes(b"%d" % number)
        start.wait()
        on_minio.promote(path / "my.tar.gz", "qa", version=str(number))
        try:
            on_minio.promote("my.tar.gz", "staging")
        except wheelyard.Refused as error:
            assert error.refusal == "other_version"

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len([entry for entry in on_minio.history("my.tar.gz") if entry.action == "push"]) == 8
    for rank, version in on_minio.get_versions("my.tar.gz").items():
        if version:
            assert minio.read(f"{rank}/my.tar.gz") == version.encode()


def test_who_may_only_read_can_look_and_download(place, monkeypatch, tmp_path):
    bucket = f"arn:aws:s3:::{place.bucket}"
    reader = place.server.session([{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [bucket, f"{bucket}/*"]}])
    for name, value in reader.items():
        monkeypatch.setenv(name, value)
    reading = S3Pipeline(place.bucket, RANKS)
    writing = S3Pipeline(place.bucket, RANKS, **settings(place))

    def released_push(data: bytes, version: str) -> None:
        for key in (f"archive/{version}/my.tar.gz", "qa/my.tar.gz"):
            place.put(key, data, Metadata={"version": version})

    def looks() -> tuple:
        reading.download("my.tar.gz", "qa", tmp_path / "there")
        release = reading.get_release("my.tar.gz", "qa")
        return (tmp_path / "there").read_bytes(), release.version, reading.get_versions("my.tar.gz")["qa"], release.get_contents_as_string()

    released_push(b"one", "1")
    assert looks() == (b"one", "1", "1", b"one")
    writing.promote("my.tar.gz", "staging")
    released_push(b"two", "2")
    assert looks() == (b"one", "1", "1", b"one"), "what the history says"
    with pytest.raises(wheelyard.PermissionDeniedError):
        reading.promote("my.tar.gz", "staging")
    assert writing.get_version("my.tar.gz", "qa") == "2"
    assert looks() == (b"two", "2", "2", b"two")
