"""Layouts: what each axis of a tensor is, read from jaxtyping's dimension strings.

Syntax (https://docs.kidger.site/jaxtyping/api/array/#shape): `name`, `4`, `name=4`, `_`, `_name`, `#name`, `?name`,
`*name`, `...`, `dim+1`, `{self.n}`; and, as in einops, `(batch seq)` for a folded axis. Sizes of symbolic axes are
not computed here: jaxtyping does that where it checks annotations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod
from typing import Literal

from batchfirst.model.errors import LayoutSyntaxError, UsageError
from batchfirst.model.finding import Evidence
from batchfirst.model.syntax import syntax_tree

Role = Literal["batch", "seq", "features"]
Kind = Literal["named", "fixed", "variadic", "anonymous", "ellipsis", "symbolic", "folded"]

BATCH_NAMES = ("batch", "b", "n")
SEQ_NAMES = ("seq", "t", "l", "time", "steps", "frames", "length", "seq_len")
# torch's own letters for batch and length. Next to another name of the role they are ordinary axes, so that in
# "batch seq n" n may count anything.
_WEAK = ("n", "l")


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a layout.

    name: as written, without modifiers ("batch", "28", "dim+1", "(batch seq)", "..."); role: what it means;
    size: the declared size or None; broadcast: `#name`, may also be 1; members: the axes of a folded axis, slowest
    first; position: its place in the layout string, from 0.
    """

    name: str
    role: Role
    size: int | None
    kind: Kind
    broadcast: bool = False
    members: tuple[Axis, ...] = ()
    position: int = 0

    @property
    def many(self) -> bool:
        """Whether it stands for any number of axes (`...`, `*name`)."""
        return self.kind in ("variadic", "ellipsis")


class LayoutMismatch(ValueError):
    """A shape that a layout does not allow. `.axis` is "" where the rank is wrong."""

    def __init__(self, layout: str, shape: tuple[int, ...], axis: str, given: int, expected: str) -> None:
        super().__init__(layout, shape, axis, given, expected)
        self.layout, self.shape, self.axis, self.given, self.expected = layout, shape, axis, given, expected

    def __str__(self) -> str:
        what = f"axis {self.axis}: expected {self.expected}, given {self.given}"
        if not self.axis:
            what = f"expected {self.expected}, given {self.given}"
        return f'{what}; shape {self.shape} does not fit "{self.layout}"'


@dataclass(frozen=True, slots=True)
class Layout:
    """What the axes of a tensor are, in order. Make one with `Layout.parse`.

    seen: what it was learned from, where nobody declared it: of its unnamed axes (`_`) nothing is known then.
    """

    text: str
    axes: tuple[Axis, ...]
    seen: Evidence | None = None

    @staticmethod
    def parse(text: str, *, annotation: bool = False) -> Layout:
        """The layout that a dimension string declares. Cached.

        A role may stand once: "batch batch" raises. With annotation=True, for strings that stand in jaxtyping
        annotations, a repeated role ("batch heads seq seq") and the empty string (a scalar) are accepted.

        Raises LayoutSyntaxError with a caret under the wrong place; UsageError for what is no string.

        >>> layout = Layout.parse("batch seq features")
        >>> layout.index("seq"), layout.bind((5, 30, 1))
        (1, {'batch': 5, 'seq': 30, 'features': 1})
        >>> Layout.parse("batch,seq")
        Traceback (most recent call last):
            ...
        batchfirst.model.errors.LayoutSyntaxError: axes are separated by spaces, not commas
          batch,seq
               ^
        """
        if not isinstance(text, str):
            raise UsageError("layout", text, 'a string of axis names such as "batch seq features"')
        return _parse(text, annotation)

    def __str__(self) -> str:
        return self.text

    @property
    def names(self) -> tuple[str, ...]:
        """The axes' names in order; a folded axis as "(batch seq)"."""
        return tuple(axis.name for axis in self.axes)

    @property
    def rank(self) -> int | None:
        """How many axes a tensor has; None where `...` or `*name` leaves it open."""
        return None if any(axis.many for axis in self.axes) else len(self.axes)

    @property
    def roles(self) -> tuple[Role, ...]:
        """The axes' roles in order; a folded axis counts as features, for no single role is its own."""
        return tuple(axis.role for axis in self.axes)

    def axis(self, role: Role) -> Axis | None:
        """The one axis that carries `role` alone; None where there is none, several, or it is folded or variadic."""
        found = [axis for axis in self.axes if axis.role == role and axis.kind != "folded"]
        return found[0] if len(found) == 1 and not found[0].many else None

    def index(self, role: Role, ndim: int | None = None) -> int | None:
        """Where in a shape the axis of `role` stands; None where no axis carries it alone.

        Behind `...` or `*name` the index counts from the end (negative), unless ndim tells the number of axes.

        >>> Layout.parse("... seq features").index("seq"), Layout.parse("(batch seq) features").index("seq")
        (-2, None)
        """
        axis = self.axis(role)
        if axis is None:
            return None
        if not any(other.many for other in self.axes[: axis.position]):
            return axis.position
        behind = axis.position - len(self.axes)
        return behind if ndim is None else ndim + behind

    def folded(self, role: Role) -> Axis | None:
        """The folded axis that has a member of `role`, if any."""
        for axis in self.axes:
            if any(member.role == role for member in axis.members):
                return axis
        return None

    def bind(self, shape: Sequence[int], known: Mapping[str, int] | None = None) -> dict[str, int]:
        """The size of each name that `shape` gives. `known`: sizes bound before, which must hold here too.

        Fixed, anonymous and variadic axes bind no name; nor does `#name` where the size is 1. A folded axis binds
        its own text ("(batch seq)") and, where all its other members are known, the remaining one. Symbolic axes are
        not checked. Raises LayoutMismatch.

        >>> Layout.parse("(batch seq) features").bind((150, 8), {"seq": 30})
        {'seq': 30, 'features': 8, '(batch seq)': 150, 'batch': 5}
        """
        sizes = tuple(int(size) for size in shape)
        found = dict(known or {})
        pairs = list(self._pairs(sizes))
        for number, axis, size in pairs:
            self._bind_plain(number, axis, size, sizes, found)
        for number, axis, size in pairs:
            if axis.kind == "folded":
                self._bind_folded(number, axis, size, sizes, found)
        return found

    def _pairs(self, shape: tuple[int, ...]) -> Iterator[tuple[int, Axis, int]]:
        fixed = [axis for axis in self.axes if not axis.many]
        if self.rank is not None and len(shape) != self.rank:
            raise LayoutMismatch(self.text, shape, "", len(shape), _axes(self.rank))
        if len(shape) < len(fixed):
            raise LayoutMismatch(self.text, shape, "", len(shape), f"at least {_axes(len(fixed))}")
        for axis in self.axes:
            if not axis.many:
                before = not any(other.many for other in self.axes[: axis.position])
                number = axis.position if before else len(shape) - len(self.axes) + axis.position
                yield number, axis, shape[number]

    def _bind_plain(self, number: int, axis: Axis, size: int, shape: tuple[int, ...], found: dict[str, int]) -> None:
        if axis.kind not in ("named", "fixed") or (axis.broadcast and size == 1):
            return
        where = f'{number} ("{axis.name}")'
        if axis.size is not None and size != axis.size:
            raise LayoutMismatch(self.text, shape, where, size, str(axis.size))
        if axis.name.isidentifier() and found.setdefault(axis.name, size) != size:
            expected = f"{found[axis.name]} as bound before"
            raise LayoutMismatch(self.text, shape, where, size, expected)

    def _bind_folded(self, number: int, axis: Axis, size: int, shape: tuple[int, ...], found: dict[str, int]) -> None:
        sizes = [member.size if member.size is not None else found.get(member.name) for member in axis.members]
        found[axis.name] = size
        known = prod(part for part in sizes if part is not None)
        missing = [member for member, part in zip(axis.members, sizes, strict=True) if part is None]
        exact = size == known if not missing else known > 0 and size % known == 0
        if not exact:
            expected = f"{'' if not missing else 'a multiple of '}{known}"
            raise LayoutMismatch(self.text, shape, f'{number} ("{axis.name}")', size, expected)
        if len(missing) == 1 and missing[0].kind == "named":
            found[missing[0].name] = size // known


def role_of(name: str) -> Role:
    """The role that an axis name has by itself; single letters and words in any case.

    >>> role_of("batch"), role_of("T"), role_of("hidden")
    ('batch', 'seq', 'features')
    """
    lower = name.lower()
    return "batch" if lower in BATCH_NAMES else "seq" if lower in SEQ_NAMES else "features"


def _axes(count: int) -> str:
    return f"{count} {'axis' if count == 1 else 'axes'}"


@lru_cache(maxsize=4096)
def _parse(text: str, annotation: bool) -> Layout:
    shown = re.sub(r"\s", " ", text)  # one character for one, so that the caret keeps its place
    axes: list[Axis] = []
    starts: list[int] = []
    for start, word in _words(shown):
        axis = _read(shown, start, word)
        if axis.many and any(other.many for other in axes):
            raise LayoutSyntaxError("only one axis may stand for any number of axes (`...` or `*name`)", shown, start)
        axes.append(replace(axis, position=len(axes)))
        starts.append(start)
    if not axes and not annotation:
        raise LayoutSyntaxError('a layout needs at least one axis, such as "batch seq features"', shown, 0)
    _settle_weak(axes)
    if not annotation:
        _check_roles(axes, starts, shown)
    return Layout(text, tuple(axes))


def _words(text: str) -> Iterator[tuple[int, str]]:
    """Words with their start: split at blanks outside of brackets. Raises at a bracket without its partner."""
    open_at: list[tuple[int, str]] = []
    start: int | None = None
    for place, char in enumerate(text):
        if char == " " and not open_at:
            if start is not None:
                yield start, text[start:place]
            start = None
            continue
        start = place if start is None else start
        if char in "({":
            open_at.append((place, ")" if char == "(" else "}"))
        elif char in ")}":
            if not open_at or open_at[-1][1] != char:
                raise LayoutSyntaxError(f"`{char}` closes nothing", text, place)
            open_at.pop()
    if open_at:
        raise LayoutSyntaxError(f"`{text[open_at[-1][0]]}` is never closed", text, open_at[-1][0])
    if start is not None:
        yield start, text[start:]


def _read(text: str, start: int, word: str) -> Axis:
    if re.fullmatch(r"\(([^()]*[ ,][^()]*|\w*)\)", word):
        return _read_folded(text, start, word)
    if "->" in word:
        raise LayoutSyntaxError("`->` separates arguments from results; a layout describes one tensor", text, start)
    if "," in word and "(" not in word:
        raise LayoutSyntaxError("axes are separated by spaces, not commas", text, start + word.index(","))
    if " " in word:
        raise LayoutSyntaxError("no blanks inside an expression", text, start + word.index(" "))
    if word.endswith("#"):
        raise LayoutSyntaxError("`#` stands before the name, as in `#batch`", text, start + len(word) - 1)
    if "..." in word:
        if word != "...":
            raise LayoutSyntaxError("`...` stands alone", text, start + word.index("..."))
        return Axis("...", "features", None, "ellipsis")
    marks = _marks(text, start, word)
    return _read_plain(text, start, word[len(marks) :], marks)


def _marks(text: str, start: int, word: str) -> str:
    marks = re.match(r"[#*_?]*", word)
    found = marks.group() if marks else ""
    for place, mark in enumerate(found):
        if mark in found[:place]:
            raise LayoutSyntaxError(f"`{mark}` stands twice", text, start + place)
    return found


def _read_plain(text: str, start: int, body: str, marks: str) -> Axis:
    place = start + len(marks)
    broadcast, variadic, anonymous = "#" in marks, "*" in marks, "_" in marks
    if anonymous and broadcast:
        raise LayoutSyntaxError("an axis is either `_` (any size) or `#name` (may be 1), not both", text, start)
    if anonymous and variadic:
        return Axis("...", "features", None, "ellipsis")
    if not body and not anonymous:
        raise LayoutSyntaxError("a name is missing" + (f" after `{marks}`" if marks else ""), text, place)
    if not body or (anonymous and body.isidentifier()):
        return Axis("_" + body, role_of(body), None, "anonymous")
    if body.isidentifier():
        return Axis(body, role_of(body), None, "variadic" if variadic else "named", broadcast)
    axis = _read_sized(text, place, body, broadcast)
    if variadic or anonymous:
        raise LayoutSyntaxError(f"`{marks}` needs a name behind it, not a size or an expression", text, place)
    return axis


def _read_sized(text: str, place: int, body: str, broadcast: bool) -> Axis:
    name, equals, size = body.partition("=")
    if re.fullmatch(r"\w+=-?\d+", body, re.ASCII) and not name.isidentifier():
        raise LayoutSyntaxError(f"`{name}` is no name", text, place)
    if equals and not name:
        raise LayoutSyntaxError("a name is missing before `=`", text, place)
    digits = size if equals and "=" not in size else body
    if re.fullmatch(r"\d+", digits, re.ASCII):
        role = role_of(name) if equals else "features"
        return Axis(name, role, int(digits), "fixed", broadcast)
    if re.fullmatch(r"-\d+", digits, re.ASCII):
        raise LayoutSyntaxError(f"{digits} is no size; `_` is an axis of any size", text, place + body.index("-"))
    expression = re.sub(r"\{[^{}]+\}", "1", digits)  # what jaxtyping computes at run time
    try:
        syntax_tree(expression, "eval")
    except SyntaxError:
        raise LayoutSyntaxError(f"`{body}` is neither a name, a size nor an expression", text, place) from None
    named = equals and name.isidentifier()
    return Axis(name if named else body, role_of(name) if named else "features", None, "symbolic", broadcast)


def _read_folded(text: str, start: int, word: str) -> Axis:
    members: list[Axis] = []
    for offset, part in _words(word[1:-1]):
        place = start + 1 + offset
        member = _read(text, place, part)
        if member.kind not in ("named", "fixed", "symbolic") or member.broadcast:
            raise LayoutSyntaxError("a folded axis has only names and sizes inside", text, place)
        members.append(replace(member, position=len(members)))
    if not members:
        raise LayoutSyntaxError("a folded axis needs names inside, as in `(batch seq)`", text, start + 1)
    if len(members) == 1:
        return members[0]
    name = "(" + " ".join(member.name for member in members) + ")"
    return Axis(name, "features", None, "folded", members=tuple(members))


def _settle_weak(axes: list[Axis]) -> None:
    """Turn `n` and `l` into ordinary axes where another name of their role is there."""
    every = [part for axis in axes for part in (axis, *axis.members)]
    for role in ("batch", "seq"):
        if any(part.role == role and part.name.lower() not in _WEAK for part in every):
            axes[:] = [_weakened(axis, role) for axis in axes]


def _weakened(axis: Axis, role: str) -> Axis:
    members = tuple(_weakened(member, role) for member in axis.members)
    weak = axis.role == role and axis.name.lower() in _WEAK
    return replace(axis, role="features" if weak else axis.role, members=members)


def _check_roles(axes: list[Axis], starts: list[int], text: str) -> None:
    seen: dict[str, str] = {}
    for axis, start in zip(axes, starts, strict=True):
        for part in axis.members or (axis,):
            if part.role == "features":
                continue
            if part.role in seen:
                first = seen[part.role]
                also = "stands twice" if first == part.name else f"and `{first}` both mean {part.role}"
                found = re.compile(rf"(?<!\w){re.escape(part.name)}(?!\w)").search(text, start)
                place = found.start() if found else start
                raise LayoutSyntaxError(f"`{part.name}` {also}: one axis of a tensor is its {part.role}", text, place)
            seen[part.role] = part.name
