"""Pictures of axes for the pages, in the language of the HTML report: a bar per axis, a colour and pattern per role."""

from __future__ import annotations

import re
from collections.abc import Iterable

import torch

import batchfirst as bf
from batchfirst.render.html_finding import bar_html, html_text
from batchfirst.render.html_style import STYLE

__all__ = ["picture", "shapes_table", "way"]

_DARK = re.compile(r"@media screen and \(prefers-color-scheme: dark\) \{ \.bf (\{[^}]*\}) \}")
_ROLES = {"batch": "batch", "seq": "seq", "sum(lengths)": "seq", "layers*directions": "layers", "layers": "layers"}


def style() -> str:
    """The style sheet of the reports, dark where the site is dark rather than where the reader's system is."""
    dark = _DARK.search(STYLE)
    if dark is None:
        raise ValueError("the report's style sheet has no dark colours in the form that is read here")
    return _DARK.sub(lambda found: f'[data-md-color-scheme="slate"] .bf {found[1]}', STYLE)


def picture(axes: Iterable[str], shape: Iterable[int]) -> str:
    """One tensor as a row of bars: `picture("batch seq features".split(), (5, 30, 1))`."""
    bars = "".join(
        bar_html(name.replace("*", " × "), str(size), roles=(_ROLES.get(name, "features"),))
        for name, size in zip(axes, shape, strict=True)
    )
    return f'<span class="bars">{bars}</span>'


def shapes_table(kind: str, only: str = "", id: str = "", why: bool = True, **settings: object) -> str:
    """Every shape of `bf.shapes` as a table with pictures.

    only: these names, separated by spaces. why: with the line that says why, which is in English.
    """
    shapes = bf.shapes(kind, **settings)  # type: ignore[arg-type]
    rows = "".join(
        f'<tr><th scope="row"><code>{name}</code></th><td class="mono">{shapes[name]}</td>'
        f"<td>{picture(shapes.axes(name), shapes[name])}"
        f"{f'<span class=why>{html_text(shapes.why(name))}</span>' if why else ''}</td></tr>"
        for name in (only.split() or shapes)
    )
    title = str(shapes).partition("\n\n")[0].replace("\n ", "")
    named = f' id="{id}"' if id else ""
    named += "" if why else " data-no-why"
    return (
        f'<div class="bf figure"{named}><table class="shapes"><caption><code>{html_text(title)}</code></caption>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def way(*steps: tuple[str, str, torch.Tensor]) -> str:
    """Tensors on their way through a model: (what it is, its axes, the tensor itself), one row each."""
    rows = "".join(
        f'<tr><th scope="row">{html_text(told)}</th><td class="mono">{tuple(tensor.shape)}</td>'
        f"<td>{picture(axes.split(), tensor.shape)}</td></tr>"
        for told, axes, tensor in steps
    )
    return f'<div class="bf figure"><table class="shapes"><tbody>{rows}</tbody></table></div>'
