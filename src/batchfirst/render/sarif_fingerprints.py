"""What makes a result of one log the same as a result of another one, so that a line that only moved keeps its history.

Two of them: batchfirst's own, and the one that GitHub's code scanning computes from the source when a log lacks it.
"""

from __future__ import annotations

import hashlib

from batchfirst.model.finding import Finding, Location
from batchfirst.render.source import shown_path, source_line

_WINDOW = 100  # characters from the beginning of a line on, blanks left out
_BASE = 37
_END = 0xFFFF  # stands for the end of the file


class Fingerprints:
    """Fingerprints of a log's results. Keeps what it read of each file."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}

    def of(self, finding: Finding, location: Location) -> dict[str, str]:
        """Section 3.27.17 of SARIF: partialFingerprints, by name."""
        found = {"batchfirst/1": _own(finding, location)}
        if location.file not in self._lines:
            self._lines[location.file] = _read(location.file)
        lines = self._lines[location.file]
        if 0 < location.line <= len(lines):
            found["primaryLocationLineHash"] = lines[location.line - 1]
        return found


def _own(finding: Finding, location: Location) -> str:
    """Of code, file, function and the line's text."""
    line = source_line(location.file, location.line).strip()
    told = "\0".join((finding.code, shown_path(location.file), location.function, line))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _read(file: str) -> list[str]:
    try:
        with open(file, encoding="utf-8", errors="replace", newline="") as source:
            return line_hashes(source.read())
    except (OSError, ValueError):
        return []


def line_hashes(text: str) -> list[str]:
    """GitHub's "primaryLocationLineHash" of every line of `text`.

    A line's hash is that of the 100 UTF-16 units from its first one on, blanks and tabs left out, as a number to the
    base 37 in 64 bits; after the colon stands the how-manieth line with this hash it is. Source: the behaviour of
    github/codeql-action, src/fingerprints.ts, as its own tests state it.

    >>> line_hashes("")
    ['c129715d7a2bc9a3:1']
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "")
    data = text.encode("utf-16-le", "surrogatepass")
    units = [int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2)] + [_END]
    starts = [0, *(at + 1 for at, unit in enumerate(units) if unit == 10)]
    counts: dict[int, int] = {}
    hashes = []
    for start in starts:
        number = 0
        window = units[start : start + _WINDOW]
        for unit in window:
            number = number * _BASE + unit
        number = number * _BASE ** (_WINDOW - len(window)) % 2**64
        counts[number] = counts.get(number, 0) + 1
        hashes.append(f"{number:x}:{counts[number]}")
    return hashes
