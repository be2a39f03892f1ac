"""What is written behind a magic: expressions of the user's, options, and a layout with or without quotes."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from IPython.core.error import UsageError

from batchfirst.model.layout import BATCH_NAMES, SEQ_NAMES

_OPEN, _CLOSE, _QUOTES = "([{", ")]}", "\"'"
_KEYWORD = re.compile(r"([^\W\d]\w*)=(?!=)(.+)", re.DOTALL)


@dataclass
class AuditLine:
    """What `%audit` is to do: the words as Python expressions, not yet evaluated."""

    target: str
    inputs: list[str] = field(default_factory=list)
    keywords: dict[str, str] = field(default_factory=dict)
    layouts: list[str | None] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)


def split(line: str) -> list[str]:
    """The words of a line: blanks inside of quotes and brackets do not end a word.

    >>> split('model torch.zeros(4, 7, 8) mask=m "batch seq features"')
    ['model', 'torch.zeros(4, 7, 8)', 'mask=m', '"batch seq features"']
    """
    words, word, depth, quote = [], "", 0, ""
    for sign in line:
        if quote:
            quote = "" if sign == quote and not word.endswith("\\") else quote
        elif sign in _QUOTES:
            quote = sign
        else:
            depth += (sign in _OPEN) - (sign in _CLOSE)
        if sign.isspace() and not depth and not quote:
            words += [word] if word else []
            word = ""
        else:
            word += sign
    if quote or depth:
        raise UsageError(f"a {'quote' if quote else 'bracket'} is not closed: {line.strip()}")
    return [*words, word] if word else words


def take_options(words: list[str], valued: Collection[str], flags: Collection[str] = ()) -> dict[str, str]:
    """Take `--name value`, `--name=value` and `--flag` out of the words."""
    found: dict[str, str] = {}
    rest = list(words)
    words.clear()
    while rest:
        name, equals, value = (word := rest.pop(0)).partition("=")
        if not word.startswith("--"):
            words.append(word)
        elif name in flags and not equals:
            found[name] = ""
        elif name in valued and (equals or rest):
            found[name] = value if equals else rest.pop(0)
        elif name in valued:
            raise UsageError(f"{name} wants a value behind it")
        else:
            raise UsageError(f"there is no option {name}; there are: {', '.join([*valued, *flags])}")
    return found


def layout_of(words: list[str]) -> str | None:
    """One layout, quoted or not; None where there are no words."""
    quoted = [text for word in words if (text := _quoted(word)) is not None]
    if quoted and len(words) > 1:
        raise UsageError(f"one layout is wanted, for the first input: {' '.join(words)}")
    return quoted[0] if quoted else " ".join(words) or None


def audit_line(line: str, names: Mapping[str, Any]) -> AuditLine:
    """The words of `%audit`. names: what the user's namespace holds; a word that it does not hold begins the layout."""
    words = split(line)
    options = take_options(words, ("--layout", "--lengths", "--seed"), ("--causal",))
    if not words:
        raise UsageError('what is to be audited? for example: %audit model x "batch seq features"')
    found = AuditLine(_known(words[0], names), options=options)
    for number, word in enumerate(words[1:], 1):
        text, keyword = _quoted(word), _KEYWORD.fullmatch(word)
        if text is not None or (word == "None" and found.layouts):
            found.layouts.append(text)
        elif keyword is not None:
            found.keywords[keyword[1]] = _known(keyword[2], names)
        elif (found.inputs or found.keywords) and _begins_layout(word, names) and not found.layouts:
            found.layouts.append(_unquoted(words[number:], found.inputs, word))
            break
        elif found.layouts:
            raise UsageError(f"inputs stand before the layouts: {word}")
        else:
            found.inputs.append(_known(word, names))
    if not found.inputs and not found.keywords:
        raise UsageError(f"on what input? for example: %audit {words[0]} x \"batch seq features\"")
    return found


def _quoted(word: str) -> str | None:
    if word[0] not in _QUOTES:
        return None
    try:
        text = ast.literal_eval(word)
    except (SyntaxError, ValueError):
        return None
    return text if isinstance(text, str) else None


def _unquoted(words: list[str], inputs: list[str], first: str) -> str:
    if any(word[0] in _QUOTES for word in words):
        raise UsageError(f"there is no name {first!r}")
    if len(inputs) > 1 and inputs[-1].lower() in {*BATCH_NAMES, *SEQ_NAMES}:
        # A variable that is called like an axis: is it an input, or does the layout begin with it?
        raise UsageError(f"{inputs[-1]!r} is a name of yours and of an axis: write the layout in quotes")
    return " ".join(words)


def _begins_layout(word: str, names: Mapping[str, Any]) -> bool:
    missing = _missing(word, names)
    return missing is None or missing == word


def _known(word: str, names: Mapping[str, Any]) -> str:
    """The word, where it is an expression whose names are known."""
    missing = _missing(word, names)
    if missing is None:
        raise UsageError(f"no expression of Python: {word}")
    if missing:
        raise UsageError(f"there is no name {missing!r}")
    return word


def _missing(word: str, names: Mapping[str, Any]) -> str | None:
    """The first name in it that is not known; "" where all are, None where it is no expression."""
    try:
        tree = ast.parse(word, mode="eval")
    except SyntaxError:
        return None
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    own = {node.id for node in used if not isinstance(node.ctx, ast.Load)}
    own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    unknown = [node.id for node in used if node.id not in names and node.id not in own]
    return next((name for name in unknown if not hasattr(builtins, name)), "")
