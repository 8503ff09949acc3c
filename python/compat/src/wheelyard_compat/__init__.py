"""Modules and programs of other packages, on top of `wheelyard`. `names` says which; `python -m wheelyard_compat` checks."""

__version__ = "0.1.0"
