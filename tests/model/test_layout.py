"""Layout strings: what is read, what is refused and where the caret stands, and that jaxtyping reads the same."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from jaxtyping import Shaped

from batchfirst.model.errors import LayoutSyntaxError, UsageError
from batchfirst.model.layout import BATCH_NAMES, SEQ_NAMES, Axis, Layout, LayoutMismatch, role_of


def read(text: str) -> list[tuple[str, str, str]]:
    return [(axis.name, axis.role, axis.kind) for axis in Layout.parse(text).axes]


@pytest.mark.parametrize(
    ("text", "axes"),
    [
        ("batch seq h", [("batch", "batch", "named"), ("seq", "seq", "named"), ("h", "features", "named")]),
        ("  b\tt \n f ", [("b", "batch", "named"), ("t", "seq", "named"), ("f", "features", "named")]),
        ("28 1", [("28", "features", "fixed"), ("1", "features", "fixed")]),
        ("batch=4 seq", [("batch", "batch", "fixed"), ("seq", "seq", "named")]),
        ("... seq", [("...", "features", "ellipsis"), ("seq", "seq", "named")]),
        ("*batch seq", [("batch", "batch", "variadic"), ("seq", "seq", "named")]),
        ("_ _batch #seq", [("_", "features", "anonymous"), ("_batch", "batch", "anonymous"), ("seq", "seq", "named")]),
        ("batch dim+1", [("batch", "batch", "named"), ("dim+1", "features", "symbolic")]),
        ("batch {self.n}", [("batch", "batch", "named"), ("{self.n}", "features", "symbolic")]),
        ("seq={self.n}-1 min(a,b)", [("seq", "seq", "symbolic"), ("min(a,b)", "features", "symbolic")]),
        ("(batch seq) f", [("(batch seq)", "features", "folded"), ("f", "features", "named")]),
        ("(dim+1)*2 (dim+1)", [("(dim+1)*2", "features", "symbolic"), ("(dim+1)", "features", "symbolic")]),
        ("(batch) seq", [("batch", "batch", "named"), ("seq", "seq", "named")]),
        ("?a *_", [("a", "features", "named"), ("...", "features", "ellipsis")]),
    ],
)  # fmt: skip
def test_what_is_read(text: str, axes: list[tuple[str, str, str]]) -> None:
    assert read(text) == axes
    assert [axis.position for axis in Layout.parse(text).axes] == list(range(len(axes)))
    assert Layout.parse(text).roles == tuple(role for _, role, _ in axes)


def test_members_of_a_fold() -> None:
    (fold, _) = Layout.parse("(batch seq=3) f").axes
    assert fold.members == (Axis("batch", "batch", None, "named"), Axis("seq", "seq", 3, "fixed", position=1))
    assert Layout.parse("(batch seq) f").folded("seq") == Layout.parse("(batch seq) f").axes[0]
    assert Layout.parse("batch seq").folded("seq") is None


@pytest.mark.parametrize(
    ("text", "batch", "seq"),
    [
        ("batch seq f", 0, 1), ("seq batch f", 1, 0), ("f", None, None), ("(batch seq) f", None, None),
        ("... seq f", None, -2), ("batch ... seq f", 0, -2), ("*batch seq f", None, -2), ("batch *rest", 0, None),
        ("_batch #seq", 0, 1), ("N L H_in", 0, 1), ("L N H_in", 1, 0), ("B T C", 0, 1),
        ("batch seq n", 0, 1), ("batch n features", 0, None), ("n seq l", 0, 1), ("b (n seq)", 0, None),
    ],
)  # fmt: skip
def test_index(text: str, batch: int | None, seq: int | None) -> None:
    layout = Layout.parse(text)
    assert (layout.index("batch"), layout.index("seq")) == (batch, seq)
    if seq is not None:
        assert layout.index("seq", ndim=7) == seq % 7


def test_aliases_in_any_case() -> None:
    for role, aliases in (("batch", BATCH_NAMES), ("seq", SEQ_NAMES)):
        for alias in aliases:
            assert role_of(alias) == role_of(alias.upper()) == role
            assert read(f"{alias} f")[0] == (alias, role, "named")
    assert role_of("sequence_of_notes") == "features"


@pytest.mark.parametrize(
    ("text", "caret", "told"),
    [
        ("", 0, 'a layout needs at least one axis, such as "batch seq features"'),
        ("batch,seq", 5, "axes are separated by spaces, not commas"),
        ("batch (a, b)", 8, "axes are separated by spaces, not commas"),
        ("batch (seq f", 6, "`(` is never closed"),
        ("batch {self.n", 6, "`{` is never closed"),
        ("batch seq) f", 9, "`)` closes nothing"),
        ("... *rest", 4, "only one axis may stand for any number of axes (`...` or `*name`)"),
        ("batch batch", 6, "`batch` stands twice: one axis of a tensor is its batch"),
        ("b seq batch", 6, "`batch` and `b` both mean batch: one axis of a tensor is its batch"),
        ("(batch b) seq", 7, "`b` and `batch` both mean batch: one axis of a tensor is its batch"),
        ("batch seq time", 10, "`time` and `seq` both mean seq: one axis of a tensor is its seq"),
        ("batch # f", 6, "`#` stands before the name, as in `#batch`"),
        ("batch#", 5, "`#` stands before the name, as in `#batch`"),
        ("batch * f", 7, "a name is missing after `*`"),
        ("**a", 1, "`*` stands twice"),
        ("*4", 1, "`*` needs a name behind it, not a size or an expression"),
        ("#_", 0, "an axis is either `_` (any size) or `#name` (may be 1), not both"),
        ("batch -1", 6, "-1 is no size; `_` is an axis of any size"),
        ("batch c=-2", 8, "-2 is no size; `_` is an axis of any size"),
        ("=4", 0, "a name is missing before `=`"),
        ("4=4", 0, "`4` is no name"),
        ("batch a=", 6, "`a=` is neither a name, a size nor an expression"),
        ("28x28", 0, "`28x28` is neither a name, a size nor an expression"),
        ("batch ...seq", 6, "`...` stands alone"),
        ("batch {self.n + 1}", 13, "no blanks inside an expression"),
        ("batch ()", 7, "a folded axis needs names inside, as in `(batch seq)`"),
        ("(batch ...)", 7, "a folded axis has only names and sizes inside"),
        ("batch -> out", 6, "`->` separates arguments from results; a layout describes one tensor"),
    ],
)  # fmt: skip
def test_what_is_refused_and_where(text: str, caret: int, told: str) -> None:
    with pytest.raises(LayoutSyntaxError) as caught:
        Layout.parse(text)
    assert (caught.value.message, caught.value.position) == (told, caret)
    assert str(caught.value).splitlines() == [told, f"  {text}", " " * (caret + 2) + "^"]


@pytest.mark.parametrize("given", [None, 3, b"batch", ["batch"], torch.zeros(1)])
def test_what_is_no_string(given: Any) -> None:
    with pytest.raises(UsageError, match="accepted: a string of axis names such as"):
        Layout.parse(given)


def test_annotations_may_repeat_a_role_and_be_empty() -> None:
    scores = Layout.parse("batch heads seq seq", annotation=True)
    assert (scores.index("batch"), scores.index("seq")) == (0, None)
    assert Layout.parse("", annotation=True).rank == 0
    assert scores.bind((2, 8, 5, 5)) == {"batch": 2, "heads": 8, "seq": 5}


def test_bind() -> None:
    assert Layout.parse("batch seq 1").bind((5, 30, 1)) == {"batch": 5, "seq": 30}
    assert Layout.parse("batch ... f").bind((5, 2, 2, 7)) == {"batch": 5, "f": 7}
    assert Layout.parse("#batch f=3").bind((1, 3), {"batch": 9}) == {"batch": 9, "f": 3}
    assert Layout.parse("(batch seq) f").bind((6, 1)) == {"(batch seq)": 6, "f": 1}
    assert Layout.parse("(a 2) a").bind((6, 3)) == {"a": 3, "(a 2)": 6}
    assert Layout.parse("batch dim+1 _ _x").bind((2, 3, 4, 5)) == {"batch": 2}


@pytest.mark.parametrize(
    ("text", "shape", "known", "told"),
    [
        ("batch seq f", (5, 30), {}, 'expected 3 axes, given 2; shape (5, 30) does not fit "batch seq f"'),
        ("seq", (5, 30), {}, 'expected 1 axis, given 2; shape (5, 30) does not fit "seq"'),
        ("batch ... f", (5,), {}, 'expected at least 2 axes, given 1; shape (5,) does not fit "batch ... f"'),
        ("batch 28", (5, 27), {}, 'axis 1 ("28"): expected 28, given 27; shape (5, 27) does not fit "batch 28"'),
        ("... f", (5, 7), {"f": 6},
         'axis 1 ("f"): expected 6 as bound before, given 7; shape (5, 7) does not fit "... f"'),
        ("a a", (2, 3), {}, 'axis 1 ("a"): expected 2 as bound before, given 3; shape (2, 3) does not fit "a a"'),
        ("(batch 4)", (9,), {},
         'axis 0 ("(batch 4)"): expected a multiple of 4, given 9; shape (9,) does not fit "(batch 4)"'),
        ("(a b)", (9,), {"a": 2, "b": 4},
         'axis 0 ("(a b)"): expected 8, given 9; shape (9,) does not fit "(a b)"'),
    ],
)  # fmt: skip
def test_mismatch(text: str, shape: tuple[int, ...], known: dict[str, int], told: str) -> None:
    with pytest.raises(LayoutMismatch) as caught:
        Layout.parse(text).bind(shape, known)
    assert str(caught.value) == told
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.shape, again.given) == (told, shape, caught.value.given)


def test_parsing_is_cached_and_layouts_are_values() -> None:
    assert Layout.parse("batch seq") is Layout.parse("batch seq")
    assert str(Layout.parse("batch  seq")) == "batch  seq"
    assert Layout.parse("batch (seq f)").names == ("batch", "(seq f)")
    assert (Layout.parse("a b").rank, Layout.parse("a ...").rank) == (2, None)


words = st.sampled_from(("a", "seq", "batch", "#a", "*rest", "...", "_", "_x", "3", "c=2", "#2", "#seq"))


@given(st.lists(words, min_size=1, max_size=4), st.lists(st.integers(1, 3), max_size=5))
def test_a_shape_fits_as_jaxtyping_says(parts: list[str], shape: list[int]) -> None:
    text = " ".join(parts)
    assume(sum(part in ("*rest", "...") for part in parts) < 2)
    try:
        Layout.parse(text, annotation=True).bind(shape)
        fits = True
    except LayoutMismatch:
        fits = False
    assert isinstance(torch.zeros(shape), Shaped[torch.Tensor, text]) == fits  # type: ignore[valid-type]
