"""Prints the index that pip uses when nothing is configured; nothing where no pip can be found."""
import glob
import os
import sys


def bundled_wheels():
    """The pip wheels that ensurepip installs from: in its own folder, or where a distribution keeps them."""
    try:
        import ensurepip
    except ImportError:
        return []
    folders = [os.path.join(os.path.dirname(ensurepip.__file__), "_bundled"),
               getattr(ensurepip, "_WHEEL_PKG_DIR", None)]
    return [wheel for folder in folders if folder for wheel in sorted(glob.glob(os.path.join(folder, "pip-*.whl")))]


def default_index():
    from pip._internal.models.index import PyPI

    return PyPI.simple_url


for wheel in [None, *bundled_wheels()]:
    if wheel:
        sys.path.insert(0, wheel)
    try:
        print(default_index())
        break
    except ImportError:
        continue
