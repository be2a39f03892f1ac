"""Mutants of a program: its source rewritten at one place, in one of the ways in which people get axes wrong."""

from __future__ import annotations

import ast
import copy
import inspect
import linecache
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

import torch
from tests.audit import programs
from tests.audit.programs import Program
from torch import Tensor

import batchfirst as bf

RECURRENT = ("LSTM", "GRU", "RNN")
ATTENTION = ("MultiheadAttention", "TransformerEncoderLayer")
REDUCING = ("mean", "sum", "amax", "max", "prod")


@dataclass(frozen=True)
class Mutant:
    """`way`: the kind of mistake; `change`: the line before and after it."""

    program: type[Program]
    way: str
    change: str
    made: type[Program]


Rewrite = Callable[[ast.AST], Iterator[ast.AST]]


def mutants_of(program: type[Program]) -> Iterator[Mutant]:
    """Every mutant of a program, one rewritten place each."""
    source = textwrap.dedent(inspect.getsource(program))
    tree = ast.parse(source)
    before = ast.unparse(tree).splitlines()
    nodes = list(ast.walk(tree))
    number = 0
    seen: set[str] = set()
    for way, rewrite in WAYS.items():
        for place, node in enumerate(nodes):
            for new in rewrite(node):
                mutated = _with(tree, place, new)
                text = ast.unparse(ast.fix_missing_locations(mutated))
                if text in seen:
                    continue
                seen.add(text)
                number += 1
                yield Mutant(program, way, _difference(before, text), _compiled(program, text, number))


def _with(tree: ast.Module, place: int, new: ast.AST) -> ast.Module:
    """A copy of the tree with the node at that place of the walk exchanged."""
    mutated = copy.deepcopy(tree)
    old = list(ast.walk(mutated))[place]

    class Exchange(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            return new if node is old else self.generic_visit(node)

    result: ast.Module = Exchange().visit(mutated)
    return result


def _difference(before: list[str], text: str) -> str:
    after = text.splitlines()
    pairs = [(a.strip(), b.strip()) for a, b in zip(before, after, strict=False) if a != b]
    return "; ".join(f"{a} → {b}" for a, b in pairs)


def _compiled(program: type[Program], text: str, number: int) -> type[Program]:
    name = f"<mutant {program.__name__} {number}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    namespace = dict(vars(programs), _carry=_carry)
    exec(compile(text, name, "exec"), namespace)
    made: type[Program] = namespace[program.__name__]
    return made


def _carry(owner: Any, name: str, *given: Any) -> Any:
    """A recurrent module that starts from the state its last call left."""
    out, state = getattr(owner, name)(*given, getattr(owner, "_kept", None))
    owner._kept = state
    return out, state


# --- ways to go wrong: each yields the nodes that may stand in the place of one node -------------------------------


def _called(node: ast.AST) -> str:
    """The last part of the name that is called: "LSTM", "transpose"."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _same(node: Any, **fields: Any) -> Any:
    made = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def _parse(text: str, **parts: ast.AST) -> ast.AST:
    """An expression; names written as Python names stand for the nodes given."""
    made = ast.parse(text, mode="eval").body

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return copy.deepcopy(parts[node.id]) if node.id in parts else node

    filled: ast.AST = Fill().visit(made)
    return filled


def _flipped(node: ast.AST, names: tuple[str, ...]) -> Iterator[ast.AST]:
    if _called(node) in names:
        assert isinstance(node, ast.Call)
        now = next((k.value.value for k in node.keywords if k.arg == "batch_first"), False)  # type: ignore[attr-defined]
        rest = [k for k in node.keywords if k.arg != "batch_first"]
        yield _same(node, keywords=[*rest, ast.keyword("batch_first", ast.Constant(not now))])


def flip_batch_first(node: ast.AST) -> Iterator[ast.AST]:
    yield from _flipped(node, RECURRENT)


def flip_attention(node: ast.AST) -> Iterator[ast.AST]:
    yield from _flipped(node, ATTENTION)


def flip_packing(node: ast.AST) -> Iterator[ast.AST]:
    yield from _flipped(node, ("pack_padded_sequence", "pad_packed_sequence"))


def view_not_transpose(node: ast.AST) -> Iterator[ast.AST]:
    if _called(node) == "transpose" and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        a, b = node.args
        yield _parse("_t.reshape(_t.transpose(_a, _b).shape)", _t=node.func.value, _a=a, _b=b)


def drop_transpose(node: ast.AST) -> Iterator[ast.AST]:
    if _called(node) == "transpose" and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield copy.deepcopy(node.func.value)


def other_transpose(node: ast.AST) -> Iterator[ast.AST]:
    if _called(node) == "transpose" and isinstance(node, ast.Call):
        for pair in ((0, 1), (1, 2), (0, 2)):
            yield _same(node, args=[ast.Constant(n) for n in pair])


def reorder_sizes(node: ast.AST) -> Iterator[ast.AST]:
    """.view(batch, 2, H) with two sizes exchanged."""
    if _called(node) in ("view", "reshape") and isinstance(node, ast.Call):
        for i, j in combinations(range(len(node.args)), 2):
            args = list(copy.deepcopy(node.args))
            args[i], args[j] = args[j], args[i]
            yield _same(node, args=args)


def reorder_state(node: ast.AST) -> Iterator[ast.AST]:
    """The last layer taken from what a view made of h_n: rows of layers and samples side by side."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "h_n":
        yield _parse("_h.reshape(_h.size(1), -1)[:, -_h.size(2):]", _h=node.value)


def _index(node: ast.Subscript) -> str:
    return ast.unparse(node.slice).strip("()")


def other_index(node: ast.AST) -> Iterator[ast.AST]:
    """out[:, -1] as out[-1], out[:, 0], out[..., -1]; h_n[-1] as h_n[0], h_n[:, -1]."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
        return
    text = _index(node)
    if text == ":, -1":
        choices = ("_v[-1]", "_v[:, 0]", "_v[0]", "_v[..., -1]")
    elif text == "-1":
        choices = ("_v[0]", "_v[:, -1]")
    elif text == "-2":
        choices = ("_v[-1]", "_v[0]")
    elif text == ":, -1:":
        choices = ("_v[-1:]", "_v[:, :1]")
    else:
        return
    yield from (_parse(choice, _v=node.value) for choice in choices)


def other_axis(node: ast.AST) -> Iterator[ast.AST]:
    """Softmax, reductions, stack, cat and unbind over another axis."""
    known = (*REDUCING, "softmax", "stack", "cat", "unbind")
    if _called(node) not in known or not isinstance(node, ast.Call):
        return
    for axis in range(4):
        if any(k.arg == "dim" for k in node.keywords):
            rest = [k for k in node.keywords if k.arg != "dim"]
            yield _same(node, keywords=[*rest, ast.keyword("dim", ast.Constant(axis))])
        elif node.args:
            yield _same(node, args=[*node.args[:-1], ast.Constant(axis)])


def cell_for_hidden(node: ast.AST) -> Iterator[ast.AST]:
    """c_n read where h_n is meant: the names in (h_n, c_n) exchanged where a module's result is taken apart."""
    if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store) and len(node.elts) == 2:
        names = [getattr(part, "id", "") for part in node.elts]
        if names in (["h_n", "c_n"], ["h", "c"]):
            yield _same(node, elts=node.elts[::-1])


def squeeze_all(node: ast.AST) -> Iterator[ast.AST]:
    if _called(node) == "squeeze" and isinstance(node, ast.Call) and node.args:
        yield _same(node, args=[])


def drop_squeeze(node: ast.AST) -> Iterator[ast.AST]:
    if (
        _called(node) in ("squeeze", "unsqueeze")
        and isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
    ):
        yield copy.deepcopy(node.func.value)


def order_lost(node: ast.AST) -> Iterator[ast.AST]:
    """The sorted batch is never put back; or put back by the order itself."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name):
        if node.slice.id == "inverse":
            yield copy.deepcopy(node.value)
            yield _same(node, slice=ast.Name("order", ast.Load()))
        elif node.slice.id == "order":
            yield copy.deepcopy(node.value)


def wrong_lengths(node: ast.AST) -> Iterator[ast.AST]:
    """Lengths dropped (all full), or of another sample."""
    if _called(node) == "pack_padded_sequence" and isinstance(node, ast.Call):
        full = _parse("torch.full_like(_l, int(_l.max()))", _l=node.args[1])
        yield _same(node, args=[node.args[0], full])
        if any(k.arg == "enforce_sorted" for k in node.keywords):
            yield _same(node, args=[node.args[0], _parse("_l.flip(0)", _l=node.args[1])])


def drop_state(node: ast.AST) -> Iterator[ast.AST]:
    """A cell or a module in a loop that starts anew at each step."""
    if isinstance(node, ast.For):
        for place, inner in enumerate(ast.walk(node)):
            if (
                isinstance(inner, ast.Call)
                and ast.unparse(inner.func) in ("self.cell", "self.gru")
                and len(inner.args) == 2
            ):
                made = copy.deepcopy(node)
                call = list(ast.walk(made))[place]
                assert isinstance(call, ast.Call)
                call.args = call.args[:1]
                yield made


def keep_state(node: ast.AST) -> Iterator[ast.AST]:
    """The state of one call is where the next one starts."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("self.lstm", "self.gru") and len(node.args) == 1:
        assert isinstance(node.func, ast.Attribute)
        yield _parse("_carry(self, _name, _given)", _name=ast.Constant(node.func.attr), _given=node.args[0])


def all_steps(node: ast.AST) -> Iterator[ast.AST]:
    """Every step goes into the loss where one was meant; where all are returned, that may be meant."""
    if isinstance(node, ast.Assign) and ast.unparse(node) == "prediction = self.head(h_n[-1])":
        yield ast.parse("prediction = self.head(out)").body[0]


WAYS: dict[str, Rewrite] = {
    "batch_first flipped": flip_batch_first,
    "attention's batch_first flipped": flip_attention,
    "packing's batch_first flipped": flip_packing,
    "view for transpose": view_not_transpose,
    "transpose left out": drop_transpose,
    "other axes transposed": other_transpose,
    "sizes of a view exchanged": reorder_sizes,
    "state reshaped": reorder_state,
    "another index": other_index,
    "another axis": other_axis,
    "c_n for h_n": cell_for_hidden,
    "squeeze() of all axes": squeeze_all,
    "squeeze left out": drop_squeeze,
    "order not undone": order_lost,
    "lengths dropped or misaligned": wrong_lengths,
    "state dropped in the loop": drop_state,
    "state kept across calls": keep_state,
    "all steps passed on": all_steps,
}


# --- what becomes of a mutant -------------------------------------------------------------------------------------

SIZES = ((4, 7), (6, 6))
ALONE = (1, 6)  # for what only a batch of one shows


@dataclass(frozen=True)
class Outcome:
    """What a mutant does at one size.

    effect: "raises"; "equal": the results of the right program; "rearranged": these, with axes moved or joined in
    what is returned, which is no mistake as long as nobody says what the result's axes are; "other": other numbers.
    codes: of errors and warnings; errors: of errors alone.
    """

    mutant: Mutant
    size: tuple[int, int]
    effect: str
    codes: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


def outcomes(program: type[Program]) -> Iterator[Outcome]:
    """Every mutant of a program at every size."""
    for mutant in mutants_of(program):
        for size in (*SIZES, ALONE) if mutant.way.startswith("squeeze()") else SIZES:
            try:
                made = run(mutant.made, *size)
            except (RuntimeError, IndexError, TypeError, ValueError):
                yield Outcome(mutant, size, "raises")
                continue
            findings = audit(mutant.made, *size).findings
            serious = [found for found in findings if found.severity != "note"]
            errors = tuple(found.code for found in serious if found.severity == "error")
            effect = _effect(run(program, *size), made)
            yield Outcome(mutant, size, effect, tuple(found.code for found in serious), errors)


def audit(made: type[Program], batch: int, seq: int) -> bf.Audit:
    torch.manual_seed(0)
    program = made().eval()
    return bf.audit(program, *made.given(batch, seq), layout=made.layout)


def run(made: type[Program], batch: int, seq: int) -> list[Tensor]:
    """What a program returns, from the same parameters and inputs each time, in two calls one after the other."""
    torch.manual_seed(0)
    program, inputs = made().eval(), made.given(batch, seq)
    results = []
    for _ in range(2):
        torch.manual_seed(1)
        results.append(program(*inputs).detach())
    return results


def _effect(right: list[Tensor], made: list[Tensor]) -> str:
    if all(_close(a, b) for a, b in zip(right, made, strict=True)):
        return "equal"
    return "rearranged" if all(_rearranged(a, b) for a, b in zip(right, made, strict=True)) else "other"


def _close(right: Tensor, made: Tensor) -> bool:
    return right.shape == made.shape and torch.allclose(right, made, atol=1e-6)


def _rearranged(right: Tensor, made: Tensor) -> bool:
    if right.numel() != made.numel():
        return False
    orders = permutations(range(right.ndim))
    return any(_close(right.permute(order).reshape(made.shape), made) for order in orders)
