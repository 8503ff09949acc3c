"""python -m wheelyard: the program, with the same arguments."""

import os
import sys
from typing import NoReturn

from ._binary import find_binary


def main() -> NoReturn:
    """Becomes the program."""
    program = find_binary()
    os.execv(program, [program, *sys.argv[1:]])


if __name__ == "__main__":
    main()
