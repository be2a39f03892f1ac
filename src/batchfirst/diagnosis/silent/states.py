"""States between calls: BF208, BF209, BF210."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from batchfirst.diagnosis.silent.flow import moved_from
from batchfirst.diagnosis.silent.suspect import (
    Suspect,
    audit_evidence,
    is_cell,
    kind_of,
    recurrent_calls,
    role_value,
    suspect,
)  # fmt: skip
from batchfirst.model.finding import Fix
from batchfirst.model.trace import OpFact, Trace

_DRAWN = frozenset("randn rand randn_like rand_like normal normal_ uniform_ xavier_normal_ xavier_uniform_".split())


def state_mistakes(trace: Trace) -> Iterator[Suspect]:
    """Suspects for states that come from where they should not, or from nowhere."""
    yield from _random(trace)
    yield from _kept(trace)
    yield from _dropped(trace)
    yield from _restarted(trace)


def _random(trace: Trace) -> Iterator[Suspect]:
    seen: set[tuple[str, str]] = set()
    for call in recurrent_calls(trace):
        value = role_value(call, "h_0")
        if value is None or (call.path, call.name) in seen:
            continue
        op = trace.producer(value)
        while op is not None and op.name not in _DRAWN and op.inputs and op.name in ("to", "cuda", "float", "double"):
            op = trace.producer(op.inputs[0])
        if op is not None and op.name in _DRAWN:
            seen.add((call.path, call.name))
            yield suspect(
                trace, op, "BF209", f"the initial state of {kind_of(call)} is drawn at random",
                effects=("every evaluation of the same data gives another result",),
                evidence=(audit_evidence(f"{op.name} made h_0"),),
                fix=Fix("leave the state away: torch starts from zeros"),
            )  # fmt: skip


def _kept(trace: Trace) -> Iterator[Suspect]:
    """A state that outlives its batch: the module keeps it, and the next batch, unrelated, starts from it."""
    calls = {call.index: call for call in recurrent_calls(trace)}
    told: set[str] = set()
    for call in calls.values():
        value = role_value(call, "h_0")
        if value is None or is_cell(call) or call.path in told or _steps(trace, call) < 2:
            continue
        data = trace.values[call.inputs[0]]
        for up in trace.upstream(value):
            earlier = calls.get(up.index)
            if earlier is None or (earlier.path, earlier.name) != (call.path, call.name):
                continue
            other = earlier.options.get("call") != call.options.get("call")
            before = trace.values[earlier.inputs[0]]
            unrelated = data.batch.kind == "absent" and before.batch.kind != "absent"
            if (other and unrelated and trace.kept_by_module) or _other_data(trace, call, earlier, value):
                told.add(call.path)
                yield _carried(trace, call, "it comes from an earlier call with other data")
            break
    for index in trace.kept:
        call = trace.ops[index]
        if call.path not in told and _steps(trace, call) > 1 and not is_cell(call):
            told.add(call.path)
            yield _carried(trace, call, "a second, equal call starts from another state", note=trace.resettable)


def _other_data(trace: Trace, call: OpFact, earlier: OpFact, state: int) -> bool:
    """Two declared inputs, each with samples and steps of its own, and the state undetached between them."""
    sources = [
        {v for up in (*trace.upstream(c.inputs[0]), c) for v in up.inputs if trace.values[v].kind == "input"}
        for c in (earlier, call)
    ]
    own = [{v for v in found if trace.values[v].seq.clean and trace.values[v].batch.clean} for found in sources]
    detached = any(up.name in ("detach", "detach_", "data") for up in trace.upstream(state))
    return bool(own[0]) and bool(own[1]) and not own[0] & own[1] and not detached and _steps(trace, earlier) > 1


def _steps(trace: Trace, call: OpFact) -> int:
    return next((fact.steps for fact in trace.recurrent if fact.call == call.index), 1)


def _carried(trace: Trace, call: OpFact, seen: str, note: bool = False) -> Suspect:
    return suspect(
        trace, call, "BF208", f"{kind_of(call)} starts from the state that an earlier batch left", table=None,
        effects=("the result of a batch depends on what was run before it",),
        evidence=(audit_evidence(seen),),
        fix=Fix(
            "start each batch from zeros: output, state = lstm(x); keep a state only between parts of one sequence"
        ),
        severity="note" if note else "error",
    )  # fmt: skip


def _dropped(trace: Trace) -> Iterator[Suspect]:
    """A loop over steps in which no call receives what the one before it left."""
    groups: dict[tuple[str, str, object, object], list[OpFact]] = defaultdict(list)
    for call in recurrent_calls(trace):
        if call.location is not None and _steps(trace, call) == 1:
            groups[(call.path, call.name, call.location.line, call.options.get("call"))].append(call)
    for calls in groups.values():
        if len(calls) < 3:
            continue
        indices = {call.index for call in calls}
        carried = any(
            up.index in indices
            for call in calls[1:]
            for role in ("h_0", "c_0")
            if (value := role_value(call, role)) is not None
            for up in trace.upstream(value)
        )
        if carried or not _walks_along_time(trace, calls):
            continue
        kind = kind_of(calls[0])
        at = calls[1]
        if at.loop is not None and role_value(at, "h_0") is not None:  # the state comes from the function that loops
            at = replace(at, location=at.loop, source="")
        yield suspect(
            trace, at, "BF210", f"{kind} starts anew at each of the {len(calls)} steps of the loop", table=None,
            effects=("no step remembers another one",),
            evidence=(audit_evidence("no call's initial state comes from the call before it"),),
            fix=Fix("pass the state on: output, state = rnn(step, state)" if not is_cell(calls[0])
                    else "pass the state on: h = cell(step, h)"),
        )  # fmt: skip


def _restarted(trace: Trace) -> Iterator[Suspect]:
    """Consecutive parts of one sequence, each started from a state that is given, but not from the part before."""
    facts = {fact.call: fact for fact in trace.recurrent}
    groups: dict[tuple[str, str], list[OpFact]] = defaultdict(list)
    for call in recurrent_calls(trace):
        fact = facts[call.index]
        if fact.fed_steps is not None and fact.steps > 1 and role_value(call, "h_0") is not None:
            groups[(call.path, call.name)].append(call)
    for calls in groups.values():
        for before, call in pairwise(calls):
            mine, theirs = facts[call.index].fed_steps or (), facts[before.index].fed_steps or ()
            state = role_value(call, "h_0")
            assert state is not None
            if mine[0] != theirs[-1] + 1 or any(up.index == before.index for up in trace.upstream(state)):
                continue
            yield suspect(
                trace, call, "BF210", f"{kind_of(call)} starts anew at step {mine[0]}, in the middle of the sequence",
                table=None, effects=(f"nothing of the steps up to {theirs[-1]} is remembered",),
                evidence=(audit_evidence("the parts follow each other, the initial state is not the one left before"),),
                fix=Fix("pass the state on, detached where the gradient should end: state = state.detach()"),
            )  # fmt: skip
            break


def _walks_along_time(trace: Trace, calls: list[OpFact]) -> bool:
    """Whether the calls read different steps of the data, or predictions of the ones before.

    Where a call reads the hidden state itself as its input, the loop carries it that way.
    """
    outputs = {value for call in calls for value in call.outputs}
    if any(moved_from(trace, call.inputs[0], outputs) for call in calls[1:]):
        return False
    reached = [frozenset(trace.values[call.inputs[0]].seq.reached) for call in calls]
    if len({found for found in reached if len(found) == 1}) > 1:
        return True
    indices = {call.index for call in calls}
    return all(any(up.index in indices for up in trace.upstream(call.inputs[0])) for call in calls[1:])
