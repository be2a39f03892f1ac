"""What the terminal at hand can show: colour and width."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import IO, Any

WIDEST = 80


def wants_color(stream: IO[Any], flag: bool | None = None, environment: Mapping[str, str] | None = None) -> bool:
    """Whether to write colours to `stream`: the flag, else NO_COLOR, else FORCE_COLOR, else whether it is a terminal.

    A variable that is set but empty says nothing. Sources: https://no-color.org, https://force-color.org.
    """
    if flag is not None:
        return flag
    environment = os.environ if environment is None else environment
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def text_width() -> int:
    """Columns to write in: those of the terminal, 80 at most, and 80 where there is none."""
    return min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)
