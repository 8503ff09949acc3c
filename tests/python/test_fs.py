"""The fsspec file system: fsspec's own abstract tests, pandas, pyarrow, and what they do not ask."""

import pickle

import fsspec
import pandas
import pyarrow
import pyarrow.dataset
import pyarrow.fs
import pyarrow.parquet
import pytest
import wheelyard
from conftest import Place
from fsspec.tests import abstract
from wheelyard.fs import WheelyardFileSystem

MIB = 1 << 20


class Fixtures(abstract.AbstractFixtures):
    @pytest.fixture
    def fs(self, place: Place) -> WheelyardFileSystem:
        return fsspec.filesystem("wheelyard", url=place.url, **place.settings)

    @pytest.fixture
    def fs_path(self) -> str:
        return "inside"

    @pytest.fixture
    def fs_join(self):
        return lambda *parts: "/".join(parts)

    @pytest.fixture
    def supports_empty_directories(self) -> bool:
        return False


class TestCopy(abstract.AbstractCopyTests, Fixtures):
    pass


class TestGet(abstract.AbstractGetTests, Fixtures):
    pass


class TestPut(abstract.AbstractPutTests, Fixtures):
    pass


class TestOpen(abstract.AbstractOpenTests, Fixtures):
    pass


class TestPipe(abstract.AbstractPipeTests, Fixtures):
    pass


@pytest.fixture
def fs(place: Place) -> WheelyardFileSystem:
    return WheelyardFileSystem(place.url, **place.settings)


@pytest.fixture
def options(place: Place) -> dict:
    return {"root": place.url, **place.settings}


@pytest.fixture
def frame() -> pandas.DataFrame:
    return pandas.DataFrame({"a": range(1000), "b": [f"text {n}" for n in range(1000)], "part": [n % 3 for n in range(1000)]})


def test_it_takes_no_other_protocol():
    assert fsspec.get_filesystem_class("wheelyard") is WheelyardFileSystem
    assert "s3" not in (WheelyardFileSystem.protocol,)


def test_listing(fs: WheelyardFileSystem):
    for path in ("a/one", "a/two", "a/deep/three", "b"):
        fs.pipe_file(path, path.encode())
    assert fs.ls("", detail=False) == ["a", "b"]
    assert fs.ls("a/", detail=False) == ["a/deep", "a/one", "a/two"]
    assert fs.ls("b")[0]["size"] == 1
    with pytest.raises(FileNotFoundError):
        fs.ls("none")
    assert (fs.info("a")["type"], fs.info("b")["type"], fs.info("")["type"]) == ("directory", "file", "directory")
    assert fs.find("a") == ["a/deep/three", "a/one", "a/two"] == sorted(fs.find("wheelyard://a", withdirs=False))
    assert fs.find("a", withdirs=True) == ["a", "a/deep", "a/deep/three", "a/one", "a/two"]
    assert fs.find("b") == ["b"] and fs.find("none") == []
    assert fs.glob("a/*o*") == ["a/one", "a/two"] and fs.glob("**/three") == ["a/deep/three"]
    assert [sorted(files) for _, _, files in fs.walk("a")] == [["one", "two"], ["three"]]
    assert fs.du("a") == sum(len(path) for path in ("a/one", "a/two", "a/deep/three"))
    assert fs.isdir("a") and fs.isfile("b") and not fs.isdir("b") and not fs.isfile("a") and not fs.exists("none")
    assert fs.modified("b").tzinfo and fs.ukey("b") == fs.info("b")["etag"]


def test_removing(fs: WheelyardFileSystem):
    for path in ("a/one", "a/deep/two", "b", "c"):
        fs.touch(path)
    fs.rm("b")
    with pytest.raises(FileNotFoundError):
        fs.rm("b")
    with pytest.raises(IsADirectoryError):
        fs.rm("a")
    with pytest.raises(OSError):
        fs.rmdir("a")
    fs.rm("a", recursive=True)
    assert fs.find("") == ["c"]
    fs.mv("c", "d")
    assert fs.find("") == ["d"]


def test_many_at_once(fs: WheelyardFileSystem, tmp_path):
    files = {f"in/{n}": bytes([n]) * n for n in range(50)}
    fs.pipe(files)
    assert fs.cat("in", recursive=True) == files
    assert fs.cat_ranges(["in/40", "in/41"], [1, None], [3, -40]) == [b"\x28" * 2, b"\x29"]
    assert isinstance(fs.cat_ranges(["none"], [0], [1])[0], FileNotFoundError)
    fs.get("in", str(tmp_path / "out"), recursive=True)
    assert {f"in/{path.name}": path.read_bytes() for path in (tmp_path / "out").iterdir()} == files
    fs.put(str(tmp_path / "out"), "back", recursive=True)
    assert fs.cat("back", recursive=True) == {path.replace("in/", "back/"): data for path, data in files.items()}
    with pytest.raises(FileNotFoundError):
        fs.get(["in/1", "none"], [str(tmp_path / "1"), str(tmp_path / "2")])
    assert fs.cat_file("in/9", 2, -2) == b"\x09" * 5 and fs.cat_file("in/0") == b""


def test_files(fs: WheelyardFileSystem):
    data = bytes(range(256)) * 4 * 1024 * 12
    with fs.open("f", "wb") as file:
        for begin in range(0, len(data), MIB):
            file.write(data[begin : begin + MIB])
        assert not fs.exists("f")
    with fs.open("f") as file:
        file.seek(5 * MIB)
        assert file.read(10) == data[5 * MIB : 5 * MIB + 10]
        file.seek(0)
        assert file.read() == data
    with fs.open("f", "ab") as file:
        file.write(b"more")
    assert fs.cat_file("f", -8) == data[-4:] + b"more"
    with pytest.raises(ZeroDivisionError), fs.open("g", "wb") as file:
        file.write(data)
        raise ZeroDivisionError
    assert not fs.exists("g")
    with fs.transaction:
        with fs.open("t", "wb") as file:
            file.write(b"in a transaction")
        assert not fs.exists("t")
    assert fs.cat("t") == b"in a transaction"
    with pytest.raises(ZeroDivisionError), fs.transaction:
        with fs.open("u", "wb") as file:
            file.write(b"x")
        raise ZeroDivisionError
    assert not fs.exists("u")
    with fs.open("text", "w") as file:
        file.write("Ä\n")
    assert fs.open("text", "r").read() == "Ä\n"


def test_faults_are_no_absence(bucket: Place):
    fs = WheelyardFileSystem(bucket.url, **{**bucket.settings, "secret_access_key": "wrong"})
    for question in (fs.exists, fs.isfile, fs.isdir, fs.ls, fs.info):
        with pytest.raises(wheelyard.Error) as failure:
            question("k")
        assert not isinstance(failure.value, FileNotFoundError)


def test_pickle(fs: WheelyardFileSystem):
    fs.pipe_file("k", b"x")
    assert pickle.loads(pickle.dumps(fs)).cat_file("k") == b"x"


def test_pandas(place: Place, options: dict, frame: pandas.DataFrame):
    frame.to_csv("wheelyard://d/f.csv", index=False, storage_options=options)
    assert place.raw.read("d/f.csv").startswith(b"a,b,part\n0,text 0,0\n")
    assert pandas.read_csv("wheelyard://d/f.csv", storage_options=options).equals(frame)
    frame.to_parquet("wheelyard://d/f.parquet", storage_options=options)
    assert pandas.read_parquet("wheelyard://d/f.parquet", storage_options=options, columns=["b"]).equals(frame[["b"]])
    frame.to_csv("wheelyard://d/f.csv.gz", index=False, storage_options=options)
    assert pandas.read_csv("wheelyard://d/f.csv.gz", storage_options=options).equals(frame)


def test_pyarrow(fs: WheelyardFileSystem, frame: pandas.DataFrame):
    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    pyarrow.parquet.write_table(table, "one.parquet", filesystem=fs)
    assert pyarrow.parquet.read_table("one.parquet", filesystem=fs).equals(table)
    pyarrow.dataset.write_dataset(table, "set", format="parquet", partitioning=["part"], partitioning_flavor="hive", filesystem=fs)
    assert fs.find("set") == [f"set/part={n}/part-0.parquet" for n in range(3)]
    dataset = pyarrow.dataset.dataset("set", filesystem=fs, partitioning="hive")
    assert dataset.count_rows() == 1000
    assert dataset.to_table(filter=pyarrow.dataset.field("part") == 1).num_rows == 333
    arrow = pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(fs))
    assert arrow.get_file_info("one.parquet").size == fs.info("one.parquet")["size"]
    assert len(arrow.get_file_info(pyarrow.fs.FileSelector("set", recursive=True))) == 6
