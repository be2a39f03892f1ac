"""What files are called: a notebook's cell is compiled as a file whose name means nothing to who wrote it."""

from __future__ import annotations

from collections.abc import Callable

_naming: Callable[[str], str | None] | None = None


def name_files(naming: Callable[[str], str | None] | None) -> None:
    """Set what gives files another name than their path, or None for those that keep it; None: all keep it."""
    global _naming
    _naming = naming


def given_name(file: str) -> str | None:
    """The name that a file was given (`Cell In[3]`), if any."""
    return None if _naming is None else _naming(file)


def short_name(file: str) -> str:
    """The name that a file was given, else its own without its folders.

    >>> short_name("/home/me/model.py")
    'model.py'
    """
    return given_name(file) or file.replace("\\", "/").rsplit("/", 1)[-1]
