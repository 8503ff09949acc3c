"""How a typed program uses the package: checked by mypy --strict, never run."""

import datetime
import pathlib
from typing import assert_type

import wheelyard


def stores(path: pathlib.Path) -> None:
    store = wheelyard.open_store("s3://bucket/prefix", region="eu-west-1", max_attempts=5)
    assert_type(store.get("k", offset=1, length=2), bytes)
    body, info = store.get_with_info("k", if_none_match="etag")
    assert_type(body, bytes)
    assert_type(info.last_modified, datetime.datetime)
    assert_type(info.content_type, str | None)
    assert_type(info.metadata, dict[str, str])
    result = store.put("k", memoryview(b"x"), mode="update", etag=info.etag, metadata={"a": "b"}, expires=datetime.datetime.now())
    assert_type(result.checksums, dict[str, bytes])
    with path.open("rb") as file:
        store.put("k", file, content_type="text/plain")
    for found in store.list("p/", delimiter="/"):
        assert_type(found, wheelyard.ObjectInfo)
    for page in store.list_pages(start_after="a"):
        assert_type(page.prefixes, list[str])
    store.copy("a", "b", source_store=wheelyard.open_store(path), replace=True)
    store.delete_many(["a", "b"])
    assert_type(store.presign("k", method="PUT", expires=datetime.timedelta(hours=1)), str)
    with store.open("k") as reader:
        assert_type(reader.read(), bytes)
    with store.open("k", "w", encoding="utf-8", content_type="text/csv") as writer:
        writer.write("text")
    with store.open("k", "xb", part_size=1 << 24) as sink:
        sink.write(b"")
    assert_type(store.download_file("k", path), wheelyard.ObjectInfo)
    assert_type(store.upload_file(path, "k", mode="create"), wheelyard.PutResult)


def trees(path: pathlib.Path) -> None:
    def show(progress: wheelyard.TransferProgress) -> None:
        print(progress.bytes_done)

    report = wheelyard.upload(path, "s3://bucket/", progress=show, include=["*.csv"], profile="ci")
    assert_type(report.failures, list[wheelyard.TransferItem])
    wheelyard.sync("s3://a/", "s3://b/", delete=True, compare="checksum", filters=[("exclude", "*"), ("include", "*.whl")])


def repositories() -> None:
    repository = wheelyard.Repository("s3://bucket/wheels", endpoint_url="http://localhost:9000")
    report = repository.publish("dist/*", progress=lambda event: print(event.item))
    assert_type(report.files, list[wheelyard.PublishedFile])
    assert_type(repository.files("acme")[0].upload_time, datetime.datetime | None)
    try:
        repository.yank(["acme==1.0"], "broken")
    except wheelyard.NotFoundError as error:
        assert_type(error.hint, str)


def pipelines(path: pathlib.Path) -> None:
    gate = wheelyard.CommandGate("smoke", ["./smoke-test"], timeout=60)
    rules: list[str | wheelyard.RankRules] = ["qa", wheelyard.RankRules("production", approvals=1, minimum_time=datetime.timedelta(days=1), commands=[gate])]
    pipeline = wheelyard.Pipeline("s3://bucket/releases", rules, identity="ci", region="eu-west-1")
    step = pipeline.push([path], name="app", version="1.0", progress=lambda event: print(event.item))
    assert_type(step.manifest.files, list[wheelyard.ReleaseFile])
    assert_type(pipeline.promote("app", "production", expect_digest=step.manifest.digest).previous, wheelyard.ReleaseReference | None)
    status = pipeline.status("app")
    assert_type(status, wheelyard.ReleaseStatus | None)
    if status:
        assert_type(status["qa"].version, str | None)
    assert_type(pipeline.history("app", limit=3)[0].at, datetime.datetime)
    assert_type(pipeline.verify(repair=True).problems, list[wheelyard.ReleaseProblem])
    assert_type(wheelyard.Pipeline.from_config(), wheelyard.Pipeline)
    wheelyard.Pipeline.from_config(path, ranks=["qa", "staging"], config=path / "ci.toml", identity="aws", run="https://ci.example/7", jobs=2, region="eu-west-1")
    wheelyard.Pipeline.from_config(wheelyard.open_store(path), ranks="qa, staging")
    try:
        wheelyard.Pipeline(wheelyard.open_store(path), "qa, staging").rollback("app", "qa")
    except wheelyard.Refused as refused:
        assert_type(refused.refusal, str)


def mistakes(store: wheelyard.Store) -> None:
    store.get(b"k")  # type: ignore[arg-type]
    store.put("k", "text")  # type: ignore[arg-type]
    store.put("k", b"", mode="replace")  # type: ignore[arg-type]
    store.open("k", "wb", colour="red")  # type: ignore[call-overload]
    wheelyard.upload("a", "b", colour="red")  # type: ignore[call-arg]
    wheelyard.Pipeline("s3://b", [1])  # type: ignore[list-item]
    wheelyard.Pipeline.from_config(ranks=[wheelyard.RankRules("qa")])  # type: ignore[list-item]
    wheelyard.Pipeline.from_config(keep=3)  # type: ignore[call-arg]
    wheelyard.Pipeline("s3://b", "qa").push(b"bytes")  # type: ignore[arg-type]
