"""The way through a model as a picture: each tensor a row of bars, one per axis, coloured by what it carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from batchfirst.model.trace import Trace, Verdict
from batchfirst.render.html_finding import bar_html, html_text, place_html, source_html
from batchfirst.render.trace import Cell, Item, Row, folded_rows, skipped, trace_rows
from batchfirst.render.trace_table import step_name

_UNITS = {"batch": "sample", "seq": "step", "features": "feature"}
_MANY = 600  # rows of the picture; of a longer way only the beginning, which leads to what is found, is drawn


def trace_html(trace: Trace, anchors: Mapping[str, int]) -> str:
    """The key and the rows. `anchors`: by code, the number of the finding that a row with this code links to."""
    items = folded_rows(trace_rows(trace))
    shown, left = items[:_MANY], len(items) - _MANY
    parts = [_key(), f"<ol class='way'>{''.join(_items(trace, shown, anchors))}</ol>"]
    if left > 0:
        parts.append(f"<p class='dim'>{left} more rows are not drawn; to_json() has them all.</p>")
    gone = skipped(trace)
    if gone:
        told = "1 operation that never reaches" if gone == 1 else f"{gone} operations that never reach"
        parts.append(f"<p class='dim'>{told} the result left out.</p>")
    return "".join(parts)


def _key() -> str:
    known = "".join(
        f"<li>{bar_html(word, roles=(role,))} {told}</li>"
        for role, word, told in (
            ("batch", "batch", "the samples"), ("seq", "seq", "the time steps"), ("features", "features", ""),
            ("layers", "layers", "of a state"), ("", "·", "not followed"),
        )
    )  # fmt: skip
    folded = bar_html("(batch seq)", roles=("batch", "seq"))
    return (
        f"<ul class='key' aria-label='What the bars mean'>{known}<li>{folded} folded, the slower one first</li>"
        "<li>~ spread over windows or packed rows</li>"
        "<li class='bad'>red frame: an element holds several samples</li></ul>"
        "<p class='dim'>From the inputs down to the result. Open a row to see what was measured there.</p>"
    )


def _items(trace: Trace, items: Iterable[Item], anchors: Mapping[str, int]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Row):
            yield _row(trace, item, "", anchors)
        elif len(item.items) == 1 and isinstance(item.items[0], Row):
            yield _row(trace, item.items[0], item.times, anchors)
        else:
            inner = "".join(_items(trace, item.items, anchors))
            yield f"<li><span class='times'>{item.times}, each:</span><ol>{inner}</ol></li>"


def _row(trace: Trace, row: Row, times: str, anchors: Mapping[str, int]) -> str:
    lost = any(note.startswith("batch ") for note in row.notes)
    bars = "".join(map(_bar, row.cells)) or bar_html("one number", classes="plain")
    told = ", ".join((*row.notes, *(("result",) if row.result else ())))
    note = f"<span class='note{' bad' if lost else ''}'>{html_text(told)}</span>" if told else ""
    codes = "".join(f" {_code(code, anchors)}" for code in row.codes)
    name = f"<span class='mono'>{html_text(step_name(row))}{f' {times}' if times else ''}{codes}</span>"
    line = str(row.location.line) if row.location is not None else ""
    kinds = " ".join(kind for kind, on in (("accused", row.codes), ("lost", lost)) if on)
    return (
        f"<li><details class='{kinds}'><summary>{name}<span class='mono lines'>{line}</span>"
        f"<span class='bars'>{bars}{note}</span></summary>{_more(trace, row)}</details></li>"
    )


def _code(code: str, anchors: Mapping[str, int]) -> str:
    number = anchors.get(code)
    label = f"<strong class='bad'>{html_text(code)}</strong>"
    return label if number is None else f"<a href='#finding-{number}'>{label}</a>"


def _bar(cell: Cell) -> str:
    return bar_html(cell.word, cell.sizes, roles=cell.roles)


def _more(trace: Trace, row: Row) -> str:
    """Below an opened row: the place, the source line, and what changing an index showed."""
    value = trace.values[row.value]
    shape = ", ".join(cell.sizes for cell in row.cells)
    parts = [f"<p>{html_text(f'{row.dtype} ({shape})')}</p>"]
    if row.location is not None:
        parts.append(f"<p class='mono'>{place_html(row.location)}</p>{source_html(row.location, around=0)}")
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
