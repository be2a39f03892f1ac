"""Where a state was made, as the source says; and the edits of the call that made it."""

from __future__ import annotations

from batchfirst.diagnosis.calls.case import LAYERED, RECURRENT, seen
from batchfirst.diagnosis.calls.edits import argument_texts, with_position
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
    return [seen(f"it is made at {short(nearest)}: {nearest.text}", "source")]


def short(origin: Origin) -> str:
    """`model.py:12`."""
    return where(origin.location).removeprefix(", ")


def doubled(origin: Origin) -> Edit | None:
    """`h` as `(h, h)`."""
    if origin.location is None or origin.location.end_column is None:
        return None
    return Edit(origin.location, origin.text, f"({origin.text}, {origin.text})")


def times_two(origin: Origin | None) -> Edit | None:
    """The first size of the call that made a state, times two."""
    if origin is None or origin.op not in FACTORIES:
        return None
    texts = argument_texts(origin.text)
    if len(texts) < 3:
        return None
    first = texts[0]
    bare = first.replace(".", "").replace("_", "").isalnum()
    return with_position(origin.location, origin.text, 0, "", f"{first if bare else f'({first})'} * 2")


def is_part(origin: Origin | None) -> bool:
    """Whether a value is an element of a tuple."""
    return origin is not None and origin.op == "part"


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
