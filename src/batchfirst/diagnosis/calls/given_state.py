"""The tensors of a state beside what the contract asks of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from batchfirst.contracts.recurrent import Form, RecurrentSettings, expected
from batchfirst.contracts.violation import AxisShape, Shape, sizes
from batchfirst.diagnosis.calls.case import Case, parts
from batchfirst.diagnosis.calls.tables import where
from batchfirst.model.observation import PackedFact, TensorFact
from batchfirst.model.origin import Origin


@dataclass(frozen=True)
class State:
    """One tensor of a state beside what the contract asks of it. batch: samples that the module reads in the input."""

    name: str  # "h_0" or "c_0"
    given: TensorFact
    wanted: AxisShape
    batch: int
    form: Form
    origin: Origin | None

    @property
    def shape(self) -> Shape:
        return self.given.shape

    @property
    def size(self) -> Shape:
        return sizes(self.wanted)


def states_of(case: Case, settings: RecurrentSettings) -> Iterator[State]:
    """The tensors of the state with what the contract asks of each, for the input of this call."""
    x, hx = case.fact("input"), case.fact("hx")
    form, batch = _form(settings, x)
    if form is None:
        return
    shapes = expected(settings, batch, 1, form)
    given = parts(hx) if settings.has_cell_state else (hx,)
    if given is None:
        return
    for number, (name, part) in enumerate(zip(("h_0", "c_0"), given, strict=False)):
        if isinstance(part, TensorFact):
            yield State(name, part, shapes[name], batch, form, _part(case.origin("hx"), number, settings))


def _form(settings: RecurrentSettings, x: object) -> tuple[Form | None, int]:
    if isinstance(x, PackedFact):
        return (None, 0) if settings.is_cell else ("packed", x.batch)
    if not isinstance(x, TensorFact):
        return None, 0
    batched = 2 if settings.is_cell else 3
    if x.ndim not in (batched, batched - 1):
        return None, 0
    axis = settings.batch_axis(x.ndim == batched)
    return ("unbatched", 1) if axis is None else ("batched", x.shape[axis])


def _part(origin: Origin | None, number: int, settings: RecurrentSettings) -> Origin | None:
    if origin is None or not settings.has_cell_state:
        return origin
    if origin.op == "tuple" and number < len(origin.inputs):
        return origin.inputs[number]
    return origin


def asked(case: Case, state: State) -> str:
    """Where the sizes that are asked for stand."""
    return "by its settings" + where(case.call.module.built_at)
