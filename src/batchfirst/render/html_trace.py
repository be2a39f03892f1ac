"""The way through a model as a picture: each tensor a row of bars, one per axis, coloured by what it carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from batchfirst.model.trace import Trace, Verdict
from batchfirst.render.html_finding import bar_html, source_html
from batchfirst.render.html_page import drawn
from batchfirst.render.html_text import html_text, place_html
from batchfirst.render.trace import Cell, Item, Row, folded_rows, skipped, trace_rows, unfolded
from batchfirst.render.trace_table import render_trace, step_name

_UNITS = {"batch": "sample", "seq": "step", "features": "feature"}
MANY = 2000  # rows of the picture; of a longer way only the beginning, which leads to what is found, is drawn


@dataclass
class Picture:
    """One trace on a page. name: begins its ids; anchors: by code, the number of the finding that a row links to."""

    trace: Trace
    name: str = "way"
    anchors: Mapping[str, int] = field(default_factory=dict)
    placed: set[str] = field(default_factory=set)  # ids that a row has

    def link(self, code: str) -> str:
        """The id of the row where the finding `code` stands; "" where no row is accused of it."""
        return f"{self.name}-{code}" if any(code == accused for _, accused in self.trace.accused) else ""


def trace_html(trace: Trace, anchors: Mapping[str, int], *, name: str = "way", key: bool = True) -> str:
    """The key and the rows. `anchors`: by code, the number of the finding that a row with this code links to.

    A trace that cannot be drawn is shown as text, with the reason.
    """
    picture = Picture(trace, name, anchors)
    shown = drawn(lambda: _rows(picture), "this picture", lambda: render_trace(trace))
    return (key_html() if key else "") + shown


def _rows(picture: Picture) -> str:
    items = folded_rows(trace_rows(picture.trace))
    shown, left = items[:MANY], len(items) - MANY
    axes = max((len(row.cells) for row in unfolded(shown)), default=0)
    heads = "".join(f"<span>axis {axis}</span>" for axis in range(min(axes, 6)))
    heads = f"<span>step</span><span class='lines'>line</span><span class='bars'>{heads}</span>"
    parts = [f"<div class='way-row heads' aria-hidden='true'>{heads}</div>"]
    parts.append(f"<ol class='way'>{''.join(_items(picture, shown))}</ol>")
    if left > 0:
        parts.append(f"<p class='dim'>{left} more rows are not drawn; to_json() has them all.</p>")
    gone = skipped(picture.trace)
    if gone:
        told = "1 operation that never reaches" if gone == 1 else f"{gone} operations that never reach"
        parts.append(f"<p class='dim'>{told} the result left out.</p>")
    return "".join(parts)


def key_html() -> str:
    """What the bars mean."""
    known = "".join(
        f"<li>{bar_html(word, roles=(role,))} {told}</li>"
        for role, word, told in (
            ("batch", "batch", "the samples"), ("seq", "seq", "the time steps"), ("features", "features", ""),
            ("layers", "layers", "of a state"), ("", "·", "not followed"),
        )
    )  # fmt: skip
    folded = bar_html("(batch seq)", roles=("batch", "seq"))
    lost = f"<span class='lost'>{bar_html('·')}</span>"
    return (
        "<p class='dim'>Each row is a tensor, from the inputs down to the result; each bar is one of its axes, with "
        "what was seen to lie along it and its size. Open a row for the measurement.</p>"
        f"<ul class='key' aria-label='What the bars mean'>{known}<li>{folded} folded, the slower one first</li>"
        f"<li>~ spread over windows or packed rows</li><li>{lost} samples are mixed or scrambled: no axis is the "
        "batch</li></ul>"
    )


def _items(picture: Picture, items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Row):
            yield _row(picture, item, "")
        elif len(item.items) == 1 and isinstance(item.items[0], Row):
            yield _row(picture, item.items[0], item.times)
        else:
            inner = "".join(_items(picture, item.items))
            yield f"<li><span class='times'>{item.times}, each:</span><ol>{inner}</ol></li>"


def _row(picture: Picture, row: Row, times: str) -> str:
    lost = any(note.startswith("batch ") for note in row.notes)
    bars = "".join(_bar(picture.trace, row, axis, cell) for axis, cell in enumerate(row.cells))
    bars = bars or bar_html("one number", classes="plain")
    told = ", ".join((*row.notes, *(("result",) if row.result else ())))
    note = f"<span class='note'>{html_text(told)}</span>" if told else ""
    codes = "".join(f" <span class='lost-code'>{html_text(code)}</span>" for code in row.codes)
    name = f"<span class='mono step'>{html_text(step_name(row))}{f' {times}' if times else ''}{codes}</span>"
    line = str(row.location.line) if row.location is not None else ""
    kinds = " ".join(kind for kind, on in (("accused", row.codes), ("lost", lost)) if on)
    return (
        f"<li{_ids(picture, row)}><details{f' class={chr(39)}{kinds}{chr(39)}' if kinds else ''}"
        f"{' open' if row.codes else ''}><summary>{name}<span class='mono lines'>{line}</span>"
        f"<span class='bars'>{bars}{note}</span></summary>{_more(picture, row)}</details></li>"
    )


def _ids(picture: Picture, row: Row) -> str:
    """The id that a finding links to: of the first row that it accuses."""
    for code in row.codes:
        link = picture.link(code)
        if link not in picture.placed:
            picture.placed.add(link)
            return f" id='{html_text(link)}'"
    return ""


def _bar(trace: Trace, row: Row, axis: int, cell: Cell) -> str:
    value = trace.values[row.value]
    verdicts = {"batch": value.batch, "seq": value.seq, "features": value.features}
    seen = [f"axis {axis}: {cell.word} {cell.sizes}"]
    clean = [role for role in cell.roles if role in verdicts and verdicts[role].clean]
    seen += [told_verdict(verdicts[role], _UNITS[role]) for role in clean]
    return bar_html(cell.word, cell.sizes, roles=cell.roles, title="; ".join(seen))


def _more(picture: Picture, row: Row) -> str:
    """Below an opened row: the place, the source line, and what changing an index showed."""
    trace = picture.trace
    value = trace.values[row.value]
    shape = ", ".join(cell.sizes for cell in row.cells)
    found = [
        f"<a href='#finding-{picture.anchors[code]}'>to the finding {html_text(code)}</a>"
        for code in row.codes
        if code in picture.anchors
    ]
    place = f" at {place_html(row.location)}" if row.location is not None else ""
    link = f", {', '.join(found)}" if found else ""
    parts = [f"<p><span class='mono'>{html_text(f'{row.dtype} ({shape})')}{place}</span>{link}</p>"]
    if row.location is not None:
        parts.append(source_html(row.location, around=0))
    for role in trace.probed:
        verdict = {"batch": value.batch, "seq": value.seq, "features": value.features}.get(role)
        if verdict is not None:
            parts.append(f"<p>{html_text(f'{role}: {told_verdict(verdict, _UNITS[role])}')}</p>")
    return f"<div class='more'>{''.join(parts)}</div>"


def told_verdict(verdict: Verdict, unit: str) -> str:
    """A verdict in a sentence.

    >>> told_verdict(Verdict("carried", 1, ((0, (0,)), (6, (6,))), (0, 6)), "step")
    'carried by axis 1: step 0 → place 0, step 6 → place 6'
    """
    if verdict.kind == "absent":
        return f"no changed {unit} reaches this tensor"
    if verdict.kind == "ignored":
        return f"nothing here depends on a {unit}"
    if verdict.kind == "mixed":
        return f"mixed: some element depends on more than one {unit}"
    if verdict.kind == "scrambled":
        return f"scrambled: every element depends on one {unit} only, but no axis keeps them apart"
    places = ", ".join(f"{unit} {index} → {_places(found)}" for index, found in verdict.positions)
    also = f" (axis {', '.join(map(str, verdict.also))} as well)" if verdict.also else ""
    return f"{verdict.kind} by axis {verdict.axis}{also}: {places}"


def _places(found: tuple[int, ...]) -> str:
    if len(found) == 1:
        return f"place {found[0]}"
    shown = ", ".join(map(str, found[:6])) + (", …" if len(found) > 6 else "")
    return f"places {shown}"
