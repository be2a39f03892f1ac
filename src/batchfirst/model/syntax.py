"""Python source as a syntax tree, in any thread."""

from __future__ import annotations

import ast
import threading
from typing import Any, Literal

_TRIES = 5
_lock = threading.Lock()


def syntax_tree(text: str, mode: Literal["exec", "eval"] = "exec") -> Any:
    """As `ast.parse`: an `ast.Module`, or with "eval" an `ast.Expression`. Raises SyntaxError and ValueError likewise.

    CPython 3.11 counts the depth of a tree where all threads share the count: a parse that another thread's interrupts
    may raise SystemError (seen in replicas of DataParallel; github.com/python/cpython/issues/106905 is one way to it).
    Ours are made one after another, and made again where the program parses beside us.

    Example:
        >>> syntax_tree("x + 1", "eval").body.left.id
        'x'
    """
    with _lock:
        for _ in range(_TRIES):
            try:
                return ast.parse(text, mode=mode)
            except SystemError:
                continue
        return ast.parse(text, mode=mode)
