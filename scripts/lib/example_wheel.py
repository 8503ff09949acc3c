"""Writes a small real wheel: example_wheel.py FOLDER [VERSION]. Prints its path."""

import base64
import hashlib
import pathlib
import sys
import zipfile

NAME = "yard-greeting"
MODULE = "yard_greeting"


def members(version: str) -> dict[str, str]:
    info = f"{MODULE}-{version}.dist-info"
    return {
        f"{MODULE}.py": f'def main():\n    print("Hello from {NAME} {version}, installed out of the wheelyard.")\n',
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {version}\n"
        "Summary: Says hello\nRequires-Python: >=3.8\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: example_wheel\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{NAME} = {MODULE}:main\n",
    }


def write(folder: pathlib.Path, version: str) -> pathlib.Path:
    path = folder / f"{MODULE}-{version}-py3-none-any.whl"
    files = members(version)
    record_name = f"{MODULE}-{version}.dist-info/RECORD"
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text.encode())}\n"
    files[record_name] = record + f"{record_name},,\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, text in files.items():
            # A set date: the same version is the same bytes, whenever it is made.
            wheel.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), text)
    return path


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    print(write(target, sys.argv[2] if len(sys.argv) > 2 else "1.0"))
