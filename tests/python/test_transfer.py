"""Trees and large files."""

import pathlib
import random
import threading

import pytest
import wheelyard
from conftest import Place

MIB = 1 << 20


@pytest.fixture
def tree(tmp_path: pathlib.Path) -> dict[str, bytes]:
    dice = random.Random(3)
    files = {f"d{n % 3}/file {n}.txt": dice.randbytes(n * 100) for n in range(40)} | {"big.bin": dice.randbytes(20 * MIB)}
    for name, data in files.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return files


def test_trees(place: Place, tree: dict[str, bytes], tmp_path: pathlib.Path):
    seen, items = [], []
    report = wheelyard.upload(tmp_path / "tree", f"{place.url}/t/", progress=seen.append, on_item=items.append, **place.settings)
    assert (report.done, report.failed, report.bytes) == (41, 0, sum(map(len, tree.values())))
    assert place.raw.keys("t/") == sorted(f"t/{name}" for name in tree)
    assert len(items) == 41 and {item.outcome for item in items} == {"done"}
    assert seen and seen[-1].items_done <= 41 and all(isinstance(step, wheelyard.TransferProgress) for step in seen)

    report = wheelyard.download(f"{place.url}/t/", tmp_path / "back", exclude="d1/*", **place.settings)
    back = {path.relative_to(tmp_path / "back").as_posix(): path.read_bytes() for path in (tmp_path / "back").rglob("*") if path.is_file()}
    assert back == {name: data for name, data in tree.items() if not name.startswith("d1/")}

    only = wheelyard.download(f"{place.url}/t/", tmp_path / "some", include=["*.bin", "d2/*"], exclude="* 2.txt", **place.settings)
    expected = {name for name in tree if name == "big.bin" or name.startswith("d2/")} - {"d2/file 2.txt"}
    assert only.done == len(expected)


def test_sync(place: Place, tree: dict[str, bytes], tmp_path: pathlib.Path):
    local, url = tmp_path / "tree", f"{place.url}/s"
    assert wheelyard.sync(local, url, **place.settings).done == 41
    assert wheelyard.sync(local, url, **place.settings).done == 0
    (local / "big.bin").unlink()
    (local / "new").write_bytes(b"new")
    report = wheelyard.sync(local, url, delete=True, **place.settings)
    assert (report.done, report.removed) == (1, 1)
    assert "s/big.bin" not in place.raw.keys("s/")


def test_single_files(place: Place, tree: dict[str, bytes], tmp_path: pathlib.Path):
    wheelyard.upload(tmp_path / "tree" / "big.bin", f"{place.url}/one.bin", **place.settings)
    assert place.raw.read("one.bin") == tree["big.bin"]
    report = wheelyard.download(f"{place.url}/one.bin", tmp_path / "one.bin", **place.settings)
    assert report.done == 1 and (tmp_path / "one.bin").read_bytes() == tree["big.bin"]


def test_download_file(store: wheelyard.Store, tree: dict[str, bytes], tmp_path: pathlib.Path):
    result = store.upload_file(tmp_path / "tree" / "big.bin", "in/k", content_type="x/y")
    assert result.etag == store.head("in/k").etag
    steps = []
    info = store.download_file("in/k", tmp_path / "k", progress=steps.append)
    assert (tmp_path / "k").read_bytes() == tree["big.bin"] and info.size == 20 * MIB and steps
    other = tmp_path / "other"  # the same bytes would be taken for one's own after an answer that was lost
    other.write_bytes(b"other" * 4 * MIB)
    with pytest.raises(wheelyard.AlreadyExistsError):
        store.upload_file(other, "in/k", mode="create")
    with pytest.raises(wheelyard.PreconditionFailedError):
        store.upload_file(other, "in/k", mode="update", etag="0" * 32)
    store.upload_file(tmp_path / "k", "in/k", mode="update", etag=result.etag)
    (tmp_path / "kept").write_text("kept")
    with pytest.raises(wheelyard.NotFoundError):
        store.download_file("none", tmp_path / "kept")
    assert (tmp_path / "kept").read_text() == "kept"
    with pytest.raises(FileNotFoundError):
        store.upload_file(tmp_path / "none", "k2")


def test_failures_are_raised_or_told(place: Place, tree: dict[str, bytes], tmp_path: pathlib.Path):
    target = tmp_path / "target"
    wheelyard.upload(tmp_path / "tree", f"{place.url}/t/", **place.settings)
    (target / "big.bin").mkdir(parents=True)  # a folder is in the way
    report = wheelyard.download(f"{place.url}/t/", target, check=False, **place.settings)
    assert (report.done, report.failed) == (40, 1)
    assert isinstance(report.failures[0].error, wheelyard.Error) and report.failures[0].outcome == "failed"
    with pytest.raises(wheelyard.Error):
        wheelyard.download(f"{place.url}/t/", target, **place.settings)


@pytest.mark.parametrize("callback", ["progress", "on_item"])
@pytest.mark.parametrize("thread", ["main", "other"])
def test_a_callback_that_raises(place: Place, tree: dict[str, bytes], tmp_path: pathlib.Path, callback: str, thread: str):
    def fail(_):
        raise ZeroDivisionError("in the callback")

    caught = []

    def work():
        try:
            wheelyard.upload(tmp_path / "tree", f"{place.url}/t/", **{callback: fail}, **place.settings)
        except BaseException as failure:
            caught.append(failure)

    if thread == "main":
        work()
    else:
        worker = threading.Thread(target=work)
        worker.start()
        worker.join(60)
    assert [type(failure) for failure in caught] == [ZeroDivisionError]


def test_wrong_arguments(tmp_path: pathlib.Path):
    with pytest.raises(TypeError):
        wheelyard.upload(tmp_path, "memory:", colour="red")
    with pytest.raises(ValueError):
        wheelyard.sync(tmp_path, tmp_path / "x", compare="guess")
    with pytest.raises(TypeError):
        wheelyard.upload(tmp_path, "memory:", jobs="many")
    with pytest.raises(wheelyard.NotFoundError):
        wheelyard.upload(tmp_path / "none", tmp_path / "x")
