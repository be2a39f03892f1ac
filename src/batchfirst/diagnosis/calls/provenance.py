"""Where a state was made, as the source says; and the edits of the call that made it."""

from __future__ import annotations

from batchfirst.contracts.recurrent import RecurrentSettings
from batchfirst.diagnosis.calls.case import LAYERED, RECURRENT, Case, seen
from batchfirst.diagnosis.calls.edits import argument_texts, is_name, is_simple, tuple_texts, with_position
from batchfirst.diagnosis.calls.given_state import states_of
from batchfirst.diagnosis.calls.tables import where
from batchfirst.model.finding import Edit, Evidence
from batchfirst.model.observation import TensorFact
from batchfirst.model.origin import Origin

FACTORIES = ("zeros", "ones", "randn", "rand", "empty", "full", "new_zeros", "new_ones", "new_empty", "new_full")


def made_at(origin: Origin | None) -> list[Evidence]:
    """Where the state was made, as the source says."""
    if origin is None or origin.location is None or not origin.text:
        return []
    nearest = next((o for o in origin.walk() if o.op in (*FACTORIES, *RECURRENT)), origin)
    if nearest.location is None or nearest.op in ("data", "?", "part"):
        return []
    if nearest.op == "self":
        return [seen(f"it is kept in {nearest.text}", "source")]
    return [seen(f"it is made at {short(nearest)}: {nearest.text}", "source")]


def short(origin: Origin) -> str:
    """`model.py:12`."""
    return where(origin.location).removeprefix(", ")


def doubled(origin: Origin) -> Edit | None:
    """`h` as `(h, h)`."""
    if origin.location is None or origin.location.end_column is None:
        return None
    return Edit(origin.location, origin.text, f"({origin.text}, {origin.text})")


def factories(case: Case, settings: RecurrentSettings) -> list[Origin]:
    """The calls of zeros, randn and the like that made the parts of the state, with three sizes written out."""
    found: list[Origin] = []
    for state in states_of(case, settings):
        origin = state.origin
        if origin is None or origin.op not in FACTORIES or origin.location in [known.location for known in found]:
            continue
        if len(argument_texts(origin.text)) == len(state.shape) == 3:
            found.append(origin)
    return found


def times_two(origin: Origin) -> Edit | None:
    """The first size of the call that made a state, times two."""
    first = argument_texts(origin.text)[0]
    bare = is_name(first) or first.isdigit()
    return with_position(origin.location, origin.text, 0, "", f"{first if bare else f'({first})'} * 2")


def exchanged(origin: Origin) -> Edit | None:
    """The first two sizes of the call that made a state, exchanged."""
    first, second, *_ = argument_texts(origin.text)
    one = with_position(origin.location, origin.text, 0, "", second)
    other = with_position(one.location, one.after, 1, "", first) if one is not None else None
    return Edit(other.location, origin.text, other.after) if other is not None else None


def sized(case: Case, origin: Origin, position: int, size: str) -> Edit | None:
    """One size of the call that made a state replaced, where the input's name is known there already."""
    here, made = case.call.location, origin.location
    x = case.origin("input")
    if here is None or made is None or x is None or case.tensor("input") is None or not is_name(case.written("input")):
        return None
    if (here.file, here.function) != (made.file, made.function):
        return None
    inside = x.location is not None and (x.location.file, x.location.function) == (made.file, made.function)
    if inside and x.location is not None and x.location.line > made.line:
        return None
    return with_position(made, origin.text, position, "", size)


def each_part(case: Case, settings: RecurrentSettings, suffix: str) -> Edit | None:
    """The state as it is written in the call, with `suffix` behind it, or behind both parts of a tuple."""
    text = case.written("hx")
    if not settings.has_cell_state:
        return case.append("hx", suffix)
    parts = tuple_texts(text)
    place = case.crash.places.get("hx") if case.crash is not None else None
    if place is None or place.end_column is None or not text:
        return None
    if len(parts) == 2:
        written = [f"{part if is_simple(part) else f'({part})'}{suffix}" for part in parts]
        return Edit(place, text, f"({', '.join(written)})")
    return Edit(place, text, f"tuple(s{suffix} for s in {text})") if is_name(text) else None


def is_output(origin: Origin | None, source: Origin) -> bool:
    """Whether a value is, or is a slice or a transposition of, the output sequence of a recurrent module."""
    if source.op not in LAYERED or origin is None:
        return False
    for step in origin.walk():
        if step.op == "part" and step.inputs and step.inputs[0] is source:
            return step.detail[:1] == (0,)
    return False


def is_kept(origin: Origin | None) -> bool:
    """Whether a state is an attribute that one batch leaves to the next."""
    return origin is not None and any(step.op == "self" and isinstance(step.fact, (TensorFact, tuple))
                                      for step in list(origin.walk())[:3])  # fmt: skip
