"""Findings, traces and reports of any content, for the tests that hold for all of them."""

from __future__ import annotations

from hypothesis import strategies as st

from batchfirst.diagnosis.codes import finding
from batchfirst.model.finding import AxisRow, AxisTable, Edit, Evidence, Fix, Location, Rival
from batchfirst.model.report import Measured, Report, ReportBuilder
from batchfirst.model.trace import OpFact, Trace, ValueFact, Verdict

# Blanks and line breaks, markup, control characters, marks of direction and writing from the right, wide and combining
# characters, emoji of several parts, a surrogate as a path on disk may hold, and what has a width only in formats.
CHARACTERS = st.sampled_from(
    [*"abc xyz  (,)[]{}<>&'\"%:012\t\n\r\x1b\0\x9b\u202e\u2028\u200b\xad批次データé…שלום", "\u0301", "🙂", "👩\u200d💻",
     "❤\ufe0f", "🇩🇪", "\udcff", "\u0600", "한"]
)  # fmt: skip
words = st.lists(CHARACTERS, max_size=90).map("".join)
_short = st.lists(CHARACTERS, max_size=12).map("".join)
_column = st.none() | st.integers(0, 200)
places = st.builds(Location, words, st.integers(1, 99999), words, _column, _column)
_tables = st.builds(
    AxisTable,
    st.lists(st.builds(AxisRow, words, st.lists(words, max_size=6).map(tuple), words), max_size=4).map(tuple),
    st.lists(st.integers(-1, 7), max_size=4).map(tuple),
    words,
)
_texts = st.lists(words, max_size=2).map(tuple)
_fixes = st.builds(Fix, words, st.lists(st.builds(Edit, places, words, words), max_size=2).map(tuple))
findings = st.builds(
    finding,
    st.sampled_from(["BF002", "BF101", "BF601"]),
    words,
    location=st.none() | places,
    module=words,
    label=words,
    table=st.none() | _tables,
    effects=_texts,
    evidence=st.lists(st.builds(Evidence, words, st.sampled_from(["audit", "declared"])), max_size=2).map(tuple),
    fix=st.none() | _fixes,
    notes=_texts,
    rivals=st.lists(st.builds(Rival, st.just("BF104"), words), max_size=2).map(tuple),
    consequences=_texts,
    rank=st.none() | st.integers(0, 9),
)


@st.composite
def _verdicts(draw: st.DrawFn, axes: int) -> Verdict:
    kinds = ["scrambled", "mixed", "ignored", "absent"] + ["carried", "folded", "scattered"] * bool(axes)
    kind = draw(st.sampled_from(kinds))
    if kind not in ("carried", "folded", "scattered"):
        return Verdict(kind)  # type: ignore[arg-type]
    positions = tuple((index, tuple(range(index, index + draw(st.integers(0, 9))))) for index in range(2))
    return Verdict(kind, draw(st.integers(0, axes - 1)), positions, (0, 1))  # type: ignore[arg-type]


@st.composite
def _values(draw: st.DrawFn, producer: int | None) -> ValueFact:
    shape = tuple(draw(st.lists(st.integers(0, 9), max_size=4)))
    lies = [draw(_verdicts(len(shape))) for _ in range(3)]
    kind = "input" if producer is None else "computed"
    return ValueFact(shape, draw(_short), producer, draw(_short), kind, *lies)  # type: ignore[arg-type]


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """A chain of a few operations on tensors of any shape."""
    values = [draw(_values(None))]
    ops = []
    numbers = st.integers() | st.floats(allow_nan=False)
    settings = st.dictionaries(_short, st.none() | st.booleans() | numbers | _short, max_size=2)
    for index in range(draw(st.integers(0, 4))):
        values.append(draw(_values(index)))
        name = draw(st.sampled_from(["relu", "view", "linear", "softmax"]) | _short)
        place = draw(st.none() | places)
        ops.append(OpFact(index, name, place, draw(_short), None, (index,), (), (index + 1,), draw(settings)))
    accused = ((len(ops) - 1, "BF402"),) if ops and draw(st.booleans()) else ()
    return Trace(
        tuple(values), tuple(ops), (len(values) - 1,), batch=2, seq=3, probed={"batch": (0, 1), "seq": (0, 2)},
        influence={"batch": {0: (0, 1)}}, remarks=tuple(draw(st.lists(words, max_size=2))), accused=accused,
    )  # fmt: skip


audits = st.builds(Measured, words, st.lists(findings, max_size=2).map(tuple), traces())


@st.composite
def reports(draw: st.DrawFn) -> Report:
    builder = ReportBuilder(title=draw(words), who=draw(_short), modules=draw(st.integers(0, 9)), calls=3)
    for found in draw(st.lists(findings, max_size=3)):
        builder.add(found, *draw(st.lists(words, max_size=6)))
    for audit in draw(st.lists(audits, max_size=2)):
        builder.measured(audit, *draw(st.lists(words, max_size=1)))
    builder.layouts.update(dict.fromkeys(draw(st.lists(words, max_size=2))))
    for text in draw(st.lists(words, max_size=2)):
        builder.remark(text)
    return builder.build()
