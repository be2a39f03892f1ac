"""Fixes as edits of the user's source: keyword arguments of a constructor, and calls put around an expression."""

from __future__ import annotations

import ast

from batchfirst.model.finding import Edit, Location
from batchfirst.model.origin import Origin
from batchfirst.model.syntax import syntax_tree


def with_keyword(location: Location | None, before: str, name: str, value: str | None) -> Edit | None:
    """The call `before` with `name=value` set, or, with None, without that argument.

    None where there is no place to write it, where the call cannot be read, and where nothing would change.

    >>> with_keyword(Location("m.py", 3, "", 8, 22), "nn.LSTM(8, 16)", "batch_first", "True").after
    'nn.LSTM(8, 16, batch_first=True)'
    """
    call = _call(before)
    if location is None or location.end_column is None or call is None:
        return None
    if any(keyword.arg is None for keyword in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args):
        return None
    kept = [keyword for keyword in call.keywords if keyword.arg != name]
    old = [keyword for keyword in call.keywords if keyword.arg == name]
    if value is None:
        if not old:
            return None
        call.keywords = kept
        after = ast.unparse(call)
    elif old:
        part = old[0].value
        start, end = part.col_offset, part.end_col_offset
        raw = before.encode()
        after = (raw[:start] + value.encode() + raw[end:]).decode()
    else:
        separator = ", " if call.args or call.keywords else ""
        after = before.rstrip().removesuffix(")").rstrip().removesuffix(",") + f"{separator}{name}={value})"
    return None if after == before else Edit(location, before, after)


def with_position(location: Location | None, before: str, position: int, name: str, value: str) -> Edit | None:
    """The call `before` with its argument `name` (or the one at `position`) replaced by `value`."""
    call = _call(before)
    if location is None or location.end_column is None or call is None:
        return None
    if any(isinstance(a, ast.Starred) for a in call.args):
        return None
    part = next((k.value for k in call.keywords if k.arg == name), None)
    if part is None and position < len(call.args):
        part = call.args[position]
    if part is None or part.lineno != part.end_lineno:
        return None
    raw = before.encode()
    after = (raw[: part.col_offset] + value.encode() + raw[part.end_col_offset :]).decode()
    return None if after == before else Edit(location, before, after)


def appended(location: Location | None, text: str, suffix: str) -> Edit | None:
    """The expression `text` with `suffix` (`.transpose(0, 1)`) behind it, in brackets where it needs them.

    >>> appended(Location("m.py", 3, "", 8, 13), "x + y", ".unsqueeze(-1)").after
    '(x + y).unsqueeze(-1)'
    """
    if location is None or location.end_column is None or not text:
        return None
    return Edit(location, text, (text if is_simple(text) else f"({text})") + suffix)


def replaced(origin: Origin | None, after: str) -> Edit | None:
    """The expression that a value was written as, replaced by another one."""
    if origin is None or origin.location is None or origin.location.end_column is None or not origin.text:
        return None
    return None if origin.text == after else Edit(origin.location, origin.text, after)


def base_text(text: str) -> str:
    """What stands before the method's dot or the index's bracket, "" where there is none.

    >>> base_text("self.rnn(x)[0].squeeze()"), base_text("out[-1]")
    ('self.rnn(x)[0]', 'out')
    """
    try:
        node = syntax_tree(text, "eval").body
    except (SyntaxError, ValueError):
        return ""
    base: ast.expr | None = None
    if isinstance(node, ast.Subscript):
        base = node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        base = node.func.value
    if base is None or (isinstance(base, ast.Name) and base.id == "torch"):
        return ""
    return ast.get_source_segment(text, base) or ""


def base_name(origin: Origin) -> str:
    """How the value that a step works on is written there: `data` in `data[chosen]`; of a loop, what it runs over."""
    if origin.op in ("iterate", "part"):
        return origin.text
    return base_text(origin.text) or (origin.inputs[0].text if origin.inputs else "")


def is_name(text: str) -> bool:
    """Whether a text is a name or dotted names, which can be written again elsewhere: `x`, `self.x`."""
    return all(part.isidentifier() for part in text.split("."))


def argument_texts(text: str) -> list[str]:
    """The source of each positional argument of a call; [] where it is no call.

    >>> argument_texts("x.new_zeros(2, x.size(0), 16)")
    ['2', 'x.size(0)', '16']
    """
    call = _call(text)
    if call is None:
        return []
    return [ast.get_source_segment(text, argument) or "" for argument in call.args]


def tuple_texts(text: str) -> list[str]:
    """The source of each part of a tuple or list; [] where it is none.

    >>> tuple_texts("(h0, c0.clone())")
    ['h0', 'c0.clone()']
    """
    try:
        node = syntax_tree(text, "eval").body
    except (SyntaxError, ValueError):
        return []
    if not isinstance(node, (ast.Tuple, ast.List)):
        return []
    return [ast.get_source_segment(text, part) or "" for part in node.elts]


def _call(text: str) -> ast.Call | None:
    try:
        tree = syntax_tree(text.strip(), "eval")
    except (SyntaxError, ValueError):
        return None
    return tree.body if isinstance(tree.body, ast.Call) else None


def is_simple(text: str) -> bool:
    """Whether an attribute can be written behind the text without brackets."""
    try:
        node = syntax_tree(text, "eval").body
    except (SyntaxError, ValueError):
        return False
    return isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Tuple, ast.List))
