"""Text and places from the user's code in HTML: escaped, and unable to hide or turn around what is beside them."""

from __future__ import annotations

from html import escape

from batchfirst.model.finding import Location
from batchfirst.render.source import shown_path
from batchfirst.render.text import printable


def html_text(text: str) -> str:
    """`text` escaped, with control characters and marks of direction written out; line breaks stay.

    >>> html_text("<b>\\x1b")
    '&lt;b&gt;\\\\x1b'
    """
    return "\n".join(escape(printable(line)) for line in text.split("\n"))


def place_html(location: Location) -> str:
    """`path/model.py:12 in Model.forward`, each name in its own direction of writing."""
    where = f"<bdi>{html_text(shown_path(location.file))}</bdi>:{location.line}"
    return where + (f" in <bdi>{html_text(location.function)}</bdi>" if location.function else "")
