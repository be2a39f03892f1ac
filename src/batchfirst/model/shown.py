"""How data is shown: by `str`, at IPython's prompt, in notebooks. What draws it lies in a layer above, and is set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_drawn: dict[type, tuple[Callable[[Any], str], Callable[[Any], str]]] = {}


class Shown:
    """Something with a text for people: `str` gives it, notebooks show it richly."""

    __slots__ = ()

    def __str__(self) -> str:
        known = _drawn.get(type(self))
        return self._brief() if known is None else known[0](self)

    def _brief(self) -> str:
        """What is shown where nothing that draws it was set."""
        return object.__repr__(self)

    def _repr_html_(self) -> str | None:
        known = _drawn.get(type(self))
        return None if known is None else known[1](self)

    def __init_subclass__(cls) -> None:
        # IPython asks for it class by class, and a dataclass has a __repr__ of its own before this class's turn comes.
        cls._repr_pretty_ = Shown._repr_pretty_  # type: ignore[method-assign]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


def use_renderers(kind: type[Shown], text: Callable[[Any], str], html: Callable[[Any], str]) -> None:
    """Set how objects of `kind` are shown. Called once by `batchfirst.session`, which knows the renderers."""
    _drawn[kind] = (text, html)
