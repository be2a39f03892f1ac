"""Text in columns: how wide it is on a terminal, how it wraps, how it is shortened."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

ELLIPSIS = "…"

# A short bracketed group, such as a shape, is one word: "(32, 50, 8)" does not come apart at a line's end.
_WORD = re.compile(r"[^\s(\[]*[(\[][^()\[\]]{1,24}[)\]]\S*|\S+")


def columns(text: str) -> int:
    """Columns that `text` takes on a terminal: wide East Asian characters two, combining marks none.

    >>> columns("batch"), columns("批次"), columns("e\\N{COMBINING ACUTE ACCENT}")
    (5, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(_columns_of(character) for character in text)


def _columns_of(character: str) -> int:
    # Widths after Unicode Standard Annex 11; marks and most format characters are drawn onto their neighbour. The one
    # that turns a sign into an emoji makes it wide. Where in doubt rather too many columns: no line becomes too long.
    category = unicodedata.category(character)
    if category in ("Mn", "Me"):
        return 1 if character == "\ufe0f" else 0
    if category == "Cf":
        return 1 if character in _SEEN_FORMATS else 0
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return 2  # half of a flag: a line may end between the halves, and one alone takes as much as both
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


# Format characters that are drawn: the soft hyphen, and signs that stand before numbers in Arabic, Syriac and Kaithi.
_SEEN_FORMATS = frozenset("\xad\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")


def printable(text: str) -> str:
    """`text` with control characters written out, so that no name or value can move the cursor or set a colour.

    >>> printable("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    if text.isprintable():
        return text
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    hidden = unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _DIRECTION
    return character.encode("unicode_escape", "surrogatepass").decode("ascii") if hidden else character


# Characters that change the direction of what follows: they could make an edit read as another one.
_DIRECTION = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def pad(text: str, width: int, *, right: bool = False) -> str:
    """`text` filled with blanks to `width` columns, on its left where `right` aligned."""
    blanks = " " * max(0, width - columns(text))
    return blanks + text if right else text + blanks


def cut(text: str, width: int) -> str:
    """The beginning of `text` in at most `width` columns, with an ellipsis where some of it is missing.

    >>> cut("features", 5)
    'feat…'
    """
    if columns(text) <= width:
        return text
    return _take(text, max(0, width - 1))[0] + ELLIPSIS


def cut_left(text: str, width: int) -> str:
    """The end of `text` in at most `width` columns: of a path, the part that tells it from others.

    >>> cut_left("/home/me/project/model.py", 12)
    '…ct/model.py'
    """
    if columns(text) <= width:
        return text
    kept, used = "", 0
    for character in reversed(text):
        used += _columns_of(character)
        if used > width - 1:
            break
        kept = character + kept
    return ELLIPSIS + kept


def wrap(text: str, width: int, *, hang: int = 0) -> list[str]:
    """Lines of at most `width` columns; a line of `text` goes on in lines indented by `hang` more.

    Line breaks and leading blanks in `text` are kept; a word wider than the line is broken.

    >>> wrap("both readings of (32, 50) are valid", 21)
    ['both readings of', '(32, 50) are valid']
    """
    lines: list[str] = []
    for paragraph in text.expandtabs(4).splitlines() or [""]:
        lines.extend(_wrapped(printable(paragraph), width, hang))
    return lines


def _wrapped(paragraph: str, width: int, hang: int) -> Iterator[str]:
    indent = paragraph[: len(paragraph) - len(paragraph.lstrip())]
    indent = indent[: max(0, width // 2)]
    line, empty = indent, True
    for word in _WORD.findall(paragraph):
        joined = line + word if empty else f"{line} {word}"
        if columns(joined) > width and not empty:
            yield line
            indent = (indent + " " * hang)[: max(0, width // 2)] if hang else indent
            hang = 0
            joined = indent + word
        while columns(joined) > width:
            head, joined = _take(joined, width)
            yield head
            joined = indent + joined
        line, empty = joined, False
    yield line.rstrip()


def _take(text: str, width: int) -> tuple[str, str]:
    """The longest beginning of `text` within `width` columns, at least one character, and the rest."""
    used = 0
    for index, character in enumerate(text):
        used += _columns_of(character)
        if used > width and index:
            return text[:index], text[index:]
    return text, ""
