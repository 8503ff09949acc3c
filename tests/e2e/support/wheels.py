"""Makes real wheels and sdists, quickly and of any shape, and damaged ones."""

import base64
import hashlib
import io
import pathlib
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterable

WHEN = (2020, 1, 1, 0, 0, 0)  # the same content is the same bytes, whenever it is made


def escaped(name: str) -> str:
    """A project's name as file names carry it."""
    return re.sub(r"[-_.]+", "_", name).lower()


def metadata_text(name: str, version: str, requires_python=None, requires_dist=(), extra=(), description="") -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "Summary: made for a test"]
    if requires_python:
        lines.append(f"Requires-Python: {requires_python}")
    lines += [f"Requires-Dist: {requirement}" for requirement in requires_dist]
    lines += list(extra)
    return "\n".join(lines) + "\n" + (f"\n{description}\n" if description else "")


def record_line(name: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def make_wheel(
    folder: pathlib.Path,
    name: str = "acme",
    version: str = "1.0",
    *,
    tag: str = "py3-none-any",
    build: str | None = None,
    requires_python: str | None = None,
    requires_dist: Iterable[str] = (),
    extra_metadata: Iterable[str] = (),
    metadata: bytes | None = None,
    files: dict[str, bytes | str] | None = None,
    padding: int = 0,
    filename: str | None = None,
    edit: Callable[[dict[str, bytes]], None] | None = None,
    edit_whole: Callable[[dict[str, bytes]], None] | None = None,
    damage: Callable[[pathlib.Path], None] | None = None,
) -> pathlib.Path:
    """Writes a wheel into `folder` and returns its path.

    It holds a module of the project's (escaped) name with VERSION in it, and `files`. `padding` adds so many bytes that
    do not compress. `metadata` replaces METADATA. For bad wheels: `edit` changes the members before RECORD is made from
    them, `edit_whole` after, `damage` the finished file; `filename` names it otherwise than its content says.
    """
    module = escaped(name)
    info = f"{module}-{version.replace('-', '_')}.dist-info"
    members: dict[str, bytes] = {f"{module}.py": f'VERSION = "{version}"\n'.encode()}
    for path, content in (files or {}).items():
        members[path] = content.encode() if isinstance(content, str) else content
    if padding:
        members[f"{module}_data.bin"] = incompressible(padding, f"{name} {version}")
    text = metadata_text(name, version, requires_python, requires_dist, extra_metadata)
    members[f"{info}/METADATA"] = text.encode() if metadata is None else metadata
    tags = "".join(f"Tag: {t}\n" for t in expanded_tags(tag))
    build_line = f"Build: {build}\n" if build else ""
    members[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\n{tags}{build_line}"
    ).encode()
    if edit:
        edit(members)
    record = "".join(record_line(path, data) for path, data in members.items()) + f"{info}/RECORD,,\n"
    members[f"{info}/RECORD"] = record.encode()
    if edit_whole:
        edit_whole(members)
    parts = [module, version.replace("-", "_"), *([build] if build else []), tag]
    path = folder / (filename or "-".join(parts) + ".whl")
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for member, data in members.items():
            wheel.writestr(zipfile.ZipInfo(member, WHEN), data, zipfile.ZIP_DEFLATED)
    if damage:
        damage(path)
    return path


def expanded_tags(tag: str) -> list[str]:
    pythons, abis, platforms = (part.split(".") for part in tag.split("-"))
    return [f"{p}-{a}-{q}" for p in pythons for a in abis for q in platforms]


def incompressible(size: int, seed: str) -> bytes:
    return hashlib.shake_256(seed.encode()).digest(size)


BACKEND = '''
import pathlib, sys
sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wheel_writer import make_wheel
HERE = pathlib.Path(__file__).parent

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    text = (HERE / "PKG-INFO").read_bytes()
    return make_wheel(pathlib.Path(wheel_directory), {name!r}, {version!r}, metadata=text).name

def get_requires_for_build_wheel(config_settings=None):
    return []
'''


def make_sdist(
    folder: pathlib.Path,
    name: str = "acme",
    version: str = "1.0",
    *,
    requires_python: str | None = None,
    requires_dist: Iterable[str] = (),
    extra_metadata: Iterable[str] = (),
    pkg_info: bytes | None = None,
    filename: str | None = None,
    edit: Callable[[dict[str, bytes]], None] | None = None,
    damage: Callable[[pathlib.Path], None] | None = None,
) -> pathlib.Path:
    """Writes an sdist that pip and uv can build with nothing from any index: it carries its own build backend."""
    base = f"{escaped(name)}-{version}"
    text = metadata_text(name, version, requires_python, requires_dist, extra_metadata).encode()
    members = {
        f"{base}/PKG-INFO": text if pkg_info is None else pkg_info,
        f"{base}/pyproject.toml": (
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
            f'[project]\nname = "{name}"\nversion = "{version}"\n'
            + (f'requires-python = "{requires_python}"\n' if requires_python else "")
            + f"dependencies = {list(requires_dist)!r}\n"
        ).encode(),
        f"{base}/backend.py": BACKEND.format(name=name, version=version).encode(),
        f"{base}/wheel_writer.py": pathlib.Path(__file__).read_bytes(),
    }
    if edit:
        edit(members)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (filename or f"{base}.tar.gz")
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as sdist:
        for member, data in members.items():
            header = tarfile.TarInfo(member)
            header.size = len(data)
            header.mtime = 1577836800
            sdist.addfile(header, io.BytesIO(data))
    if damage:
        damage(path)
    return path


def truncate(path: pathlib.Path) -> None:
    """damage: the second half is missing."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def empty(path: pathlib.Path) -> None:
    """damage: nothing is left."""
    path.write_bytes(b"")


def flip_byte(path: pathlib.Path) -> None:
    """damage: one bit of the first member's compressed content differs."""
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as wheel:
        first = wheel.infolist()[0]
    data[first.header_offset + 30 + len(first.filename) + first.compress_size // 2] ^= 0x10
    path.write_bytes(data)


class WheelFactory:
    """The `wheels` fixture: make_wheel and make_sdist into a folder of the test's own."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder

    def wheel(self, name: str = "acme", version: str = "1.0", **options) -> pathlib.Path:
        return make_wheel(options.pop("folder", self.folder), name, version, **options)

    def sdist(self, name: str = "acme", version: str = "1.0", **options) -> pathlib.Path:
        return make_sdist(options.pop("folder", self.folder), name, version, **options)
