"""`@bf.checked("batch seq features -> batch horizon")`: the layout string of a function, as jaxtyping annotations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jaxtyping import Shaped
from torch.nn.utils.rnn import PackedSequence

from batchfirst.model.errors import LayoutSyntaxError, UsageError
from batchfirst.model.layout import Axis, Layout


@dataclass(frozen=True)
class FunctionLayout:
    """What a function takes and gives. None in `inputs` and `results`: not declared; results None: nothing is."""

    text: str
    inputs: tuple[Layout | None, ...]
    results: tuple[Layout | None, ...] | None

    def hints(
        self, names: list[str], optional: set[str], annotations: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Layout]]:
        """Annotations with those of the declared parameters replaced, and the layouts of these by name.

        names: of the parameters that the layouts stand for, in order; optional: those that may be None. Raises
        UsageError where there are too few parameters.
        """
        if len(self.inputs) > len(names):
            told = ", ".join(names) or "no parameters"
            raise UsageError("layout", self.text, f"at most {len(names)} inputs, as the function has: {told}")
        hints, layouts, known = dict(annotations), {}, set[str]()
        for name, layout in zip(names, self.inputs, strict=False):
            if layout is not None:
                layouts[name] = layout
                array = _array(layout, known)
                hints[name] = array | PackedSequence | None if name in optional else array | PackedSequence
        if self.results is not None:
            parts = [Any if layout is None else _array(layout, known) for layout in self.results]
            hints["return"] = parts[0] if len(parts) == 1 else tuple[*parts]  # type: ignore[valid-type]
        return hints, layouts


def read_layout(text: str) -> FunctionLayout:
    """Read "inputs -> results", each a list of layouts separated by commas; an empty entry declares nothing.

    Raises LayoutSyntaxError with a caret under the wrong place.

    Example:
        >>> read_layout("batch seq features, , batch -> batch horizon").inputs[0].names
        ('batch', 'seq', 'features')
    """
    halves = list(_split(text, "->"))
    if len(halves) > 2:
        raise LayoutSyntaxError("`->` stands once: inputs before it, results behind it", text, halves[2][0] - 2)
    inputs, *results = [
        tuple([_read(text, start, part) for start, part in _split(half, ",", begin)]) for begin, half in halves
    ]
    return FunctionLayout(text, inputs, results[0] if results and halves[1][1].strip() else None)


def _split(text: str, mark: str, start: int = 0) -> Iterator[tuple[int, str]]:
    """The parts between marks that stand outside of brackets, each with its place."""
    depth, begin, place = 0, 0, 0
    while place < len(text):
        depth += (text[place] in "({[") - (text[place] in ")}]")
        if depth == 0 and text.startswith(mark, place):
            yield start + begin, text[begin:place]
            begin = place = place + len(mark)
            continue
        place += 1
    yield start + begin, text[begin:]


def _read(whole: str, start: int, part: str) -> Layout | None:
    if not part.strip():
        return None
    try:
        return Layout.parse(part.strip())
    except LayoutSyntaxError as error:
        place = start + len(part) - len(part.lstrip()) + error.position
        raise LayoutSyntaxError(error.message, whole, place) from None


def _array(layout: Layout, known: set[str]) -> Any:
    """The annotation for a tensor or array of this layout. `known`: names bound so far; its own are added."""
    words = []
    for axis, word in zip(layout.axes, re.findall(r"\([^()]*\)|\S+", layout.text), strict=True):
        words.append(_folded(axis, known) if axis.kind == "folded" else word.strip("()") if word[0] == "(" else word)
        if axis.kind == "named" or (axis.kind == "fixed" and axis.name.isidentifier()):
            known.add(axis.name)
    return Shaped[Any, " ".join(words)]


def _folded(axis: Axis, known: set[str]) -> str:
    """A folded axis is the product of its members where all are bound by then; else its size may be any."""
    factors = [str(member.size) if member.size is not None else member.name for member in axis.members]
    bound = all(member.size is not None or member.name in known for member in axis.members)
    return "*".join(factors) if bound else "_"
