"""Names: which assignment, loop, parameter or global a name's value comes from, where it is used."""

from __future__ import annotations

import ast
import builtins
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch

from batchfirst.model.observation import ModuleFact, Setting
from batchfirst.model.origin import Origin
from batchfirst.observe import source
from batchfirst.observe.plain import element, truth
from batchfirst.observe.scope import Read, Scope, arms_at, looped, parameters, within
from batchfirst.observe.shapes import UNKNOWN, run_index, value_fact


class NameReader(ABC):
    """Finds where a name got its value. `read` follows the expression that it was given."""

    def __init__(self) -> None:
        self._scripts: dict[str, Scope] = {}

    @abstractmethod
    def read(self, node: ast.expr, scope: Scope, depth: int = 0) -> Read:
        """The origin and the value of an expression of `scope`."""

    def _made(
        self, op: str, node: ast.AST, scope: Scope, inputs: Sequence[Origin] = (), detail: Sequence[Setting] = (),
        value: Any = UNKNOWN, module: ModuleFact | None = None,
    ) -> Origin:  # fmt: skip
        place = source.location_at(scope.file, node, scope.name)
        text = source.text_of(scope.file, node)
        return Origin(op, text, place, value_fact(value), tuple(inputs), tuple(detail), module)

    def name(self, name: str, node: ast.AST, scope: Scope, depth: int) -> Read:
        """What a name stands for where `node` uses it."""
        binding = self._reaching(name, node, scope, depth)
        live = UNKNOWN
        if scope.live is not None and name in scope.live and self._still_holds(name, binding, scope, depth):
            live = scope.live[name]
        if binding is not None:
            origin, value = self._binding(binding, scope, depth)
            return with_live(origin, live), value if live is UNKNOWN else live
        if name in scope.bound:
            return scope.bound[name]
        if scope.caller is not None and name in parameters(scope.function):
            found = scope.caller(name)
            if found is not None:
                return (with_live(found[0], live), found[1] if live is UNKNOWN else live)
        if live is not UNKNOWN:
            return self._made("data", node, scope, value=live), live
        if name in parameters(scope.function):
            return self._made("data", node, scope), UNKNOWN
        value = scope.outside.get(name, getattr(builtins, name, UNKNOWN))
        if isinstance(value, (torch.Tensor, tuple)) and not isinstance(scope.function, ast.Module):
            return self._global(name, scope, depth) or (self._made("data", node, scope, value=value), value)
        return self._made("data", node, scope, value=value), value

    def _global(self, name: str, scope: Scope, depth: int) -> Read | None:
        """A tensor that the script itself made, outside of the function that uses it."""
        tree = source.tree_of(scope.file)
        if tree is None or not tree.body:
            return None
        end = (tree.body[-1].end_lineno or 0) + 1
        whole = self._scripts.setdefault(scope.file, Scope(scope.file, tree, end, scope.outside, scope.outside))
        place = ast.Name(name, ast.Load())
        place.lineno = end
        if self._reaching(name, place, whole, depth) is None:
            return None
        return self.name(name, place, whole, depth)

    def _reaching(self, name: str, node: ast.AST, scope: Scope, depth: int) -> source.Binding | None:
        line = min(getattr(node, "lineno", scope.line), scope.line) if scope.live is not None else node.lineno  # type: ignore[attr-defined]
        inside = arms_at(scope.function, line)
        later = None
        for binding in reversed(source.bindings(scope.function)):
            if binding.name != name or any(arm in inside and inside[arm] != taken for arm, taken in binding.arms):
                continue
            if any(self._other_arm(arm, taken, scope, depth) for arm, taken in binding.arms if arm not in inside):
                continue
            first, last = binding.statement.lineno, binding.statement.end_lineno or binding.statement.lineno
            if binding.kind == "for":
                if first < line <= last or (first == line and not within(node, binding.value)):
                    return binding
                if last < line:
                    return binding
            elif last < line:
                return binding
            elif any(loop.lineno <= line <= (loop.end_lineno or line) for loop in binding.loops):
                later = binding
        return later

    def _other_arm(self, arm: ast.If, taken: bool, scope: Scope, depth: int) -> bool:
        held = truth(self.read(arm.test, scope, depth)[1])
        return held is not None and held is not taken

    def _still_holds(self, name: str, binding: source.Binding | None, scope: Scope, depth: int) -> bool:
        """Whether the name's live value is the one that this binding gave it."""
        place = ast.Name(name, ast.Load())
        place.lineno = scope.line
        return self._reaching(name, place, scope, depth) is binding

    def _binding(self, binding: source.Binding, scope: Scope, depth: int) -> Read:
        node, path = binding.value, binding.path
        if binding.kind == "for":
            node, path = looped(node, path)
        origin, value = self.read(node, scope, depth)
        if binding.kind == "for":
            origin, value = self._entry_of_loop(binding, origin, value, scope)
            if origin.op == "counter":
                return origin, value
        if not path:
            return origin, value
        # `rows, cols = x.shape` and `out, (h, c) = lstm(x)`: an element of what stands on the right.
        place = source.location_at(scope.file, binding.statement, scope.name)
        for number in path:
            value = element(value, number)
            if origin.op == "tuple" and number < len(origin.inputs):
                origin = origin.inputs[number]
            elif origin.op == "part":
                origin = Origin("part", origin.text, place, value_fact(value), origin.inputs, (*origin.detail, number))
            else:
                origin = Origin("part", origin.text, place, value_fact(value), (origin,), (number,))
        return origin, value

    def _entry_of_loop(self, binding: source.Binding, origin: Origin, value: Any, scope: Scope) -> Read:
        entry: Any = UNKNOWN
        if isinstance(value, torch.Tensor) and value.ndim:
            entry = run_index(value, 0)
        elif isinstance(value, (tuple, list)) and value:
            entry = value[0]
        if isinstance(value, range) or origin.op == "range":
            return self._made("counter", binding.value, scope, [origin]), UNKNOWN
        return self._made("iterate", binding.value, scope, [origin], value=entry), entry


def with_live(origin: Origin, live: Any) -> Origin:
    """The origin with the fact of the live value, which is certain, in place of a computed one."""
    if live is UNKNOWN:
        return origin
    fields = (origin.op, origin.text, origin.location, value_fact(live), origin.inputs, origin.detail, origin.module)
    return Origin(*fields)
