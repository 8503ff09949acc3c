"""`ilabs.s3util`: only `ilabs.s3util.command`, with the commands for setup.py.

The code is in `wheelyard_compat.ilabs_s3util`. A file, not a folder, so that the package `ilabs.s3util` goes ahead of it
where both are installed side by side; `__path__` makes it a package all the same. `ilabs` itself is a namespace package
(PEP 420): other distributions put their modules there.
"""

import wheelyard_compat.ilabs_s3util
from wheelyard_compat.names import warn_of_shadowed

__path__ = list(wheelyard_compat.ilabs_s3util.__path__)

warn_of_shadowed("ilabs.s3util")
