"""Waiting for a module: a script decides itself when torch is imported, and with what environment."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


def when_imported(name: str, then: Callable[[], object]) -> Callable[[], None]:
    """Call `then` when the module `name` has been imported; at once where it has been already.

    Returns what ends the waiting.

    Nothing is imported early: what a program sets before its import (OMP_NUM_THREADS, CUDA_VISIBLE_DEVICES) counts.

    Example:
        >>> stop = when_imported("sys", lambda: print("there"))
        there
    """
    finder = _Finder(name, then)
    if name in sys.modules:
        then()
    else:
        sys.meta_path.insert(0, finder)
    return finder.leave


class _Finder(MetaPathFinder):
    """Finds nothing itself: lets the others find it, and hears when it has been run."""

    def __init__(self, name: str, then: Callable[[], object]) -> None:
        self.name, self.then = name, then

    def leave(self) -> None:
        """Hear no more."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            spec.loader = _Heard(spec.loader, self)
        return spec


class _Heard(Loader):
    """The module's own loader, which it gets back before its code runs."""

    def __init__(self, own: Any, finder: _Finder) -> None:
        self.own, self.finder = own, finder

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)  # who only looked for the module asks for other things

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self.own.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self.own
        module.__loader__ = self.own
        self.own.exec_module(module)
        if self.finder in sys.meta_path:
            self.finder.leave()
            self.finder.then()
