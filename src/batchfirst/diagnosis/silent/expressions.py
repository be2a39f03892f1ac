"""The user's expressions as syntax trees, and edits of them."""

from __future__ import annotations

import ast

from batchfirst.diagnosis.silent.suspect import is_recurrent
from batchfirst.model.finding import Edit
from batchfirst.model.syntax import syntax_tree
from batchfirst.model.trace import OpFact, ReadFact, Trace

_SIMPLE = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)


def expression(source: str) -> ast.expr | None:
    """The tree of an expression on one line; None where there is none."""
    try:
        node = syntax_tree(source, "eval").body if source else None
    except (SyntaxError, ValueError):
        return None
    return node if node is not None and node.end_lineno == 1 else None


def text_of(op: OpFact, node: ast.AST) -> str:
    """The text of a part of the operation's expression."""
    return ast.get_source_segment(op.source, node) or ""


def is_simple(node: ast.expr) -> bool:
    """Whether a method can be written behind it without brackets."""
    return isinstance(node, _SIMPLE)


def is_name(node: ast.expr) -> bool:
    """Whether it may be written twice: a name or an attribute, that nothing is called for."""
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and is_name(node.value))


def written(op: OpFact, after: str) -> Edit | None:
    """The operation's whole expression, replaced."""
    return None if op.location is None or not after or not op.source else Edit(op.location, op.source, after)


def behind(op: OpFact, node: ast.expr, suffix: str) -> Edit | None:
    """The operation's expression with `suffix` behind one part of it."""
    raw = op.source.encode()
    if node.lineno != 1 or node.end_lineno != 1 or node.end_col_offset is None:
        return None
    return written(op, (raw[: node.end_col_offset] + suffix.encode() + raw[node.end_col_offset :]).decode())


def reading(trace: Trace, op: OpFact) -> ReadFact | None:
    """What `op` selects of a recurrent call's results."""
    return next((read for read in trace.reads if read.via == op.index), None)


def read_in(trace: Trace, op: OpFact) -> OpFact | None:
    """The recurrent call that the operation reads, as its selection or through its inputs."""
    read = reading(trace, op)
    if read is not None:
        return trace.ops[read.call]
    return next((up for value in op.inputs for up in trace.upstream(value) if is_recurrent(up)), None)
