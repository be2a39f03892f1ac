"""The same model fed through every container of tensors, and giving its results in it: the same findings each time."""

from __future__ import annotations

import collections
import dataclasses
import subprocess
import sys
import types
from collections.abc import Callable
from typing import Any, NamedTuple, TypedDict

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence, pad_sequence

import batchfirst as bf

ModelOutput = pytest.importorskip("transformers.utils").ModelOutput

LAYOUT = "batch seq features"
BATCH, SEQ, FEATURES = 4, 7, 3
RIGHT, SWAPPED = nn.LSTM(FEATURES, 5, batch_first=True), nn.LSTM(FEATURES, 5)


@dataclasses.dataclass
class Plain:
    x: Tensor
    y: Tensor
    name: str = "kept"


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    x: Tensor
    y: Tensor


class Named(NamedTuple):
    x: Tensor
    y: Tensor


class Checking(Named):
    """A subclass with a constructor of its own, which must not be run with what was cut."""

    def __new__(cls, x: Tensor, y: Tensor) -> Checking:
        assert x.shape == y.shape == (BATCH, SEQ, FEATURES)
        return super().__new__(cls, x, y)


class Attributes(dict[str, Any]):
    """A dict whose entries are attributes, as several libraries have one."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


@dataclasses.dataclass
class Around:
    inner: Any


def _optional() -> dict[str, tuple[Callable[[Tensor, Tensor], Any], Callable[[Any], Tensor]]]:
    import attrs
    import tensordict
    from transformers import BatchEncoding

    @tensordict.tensorclass
    class TensorClass:
        x: Tensor
        y: Tensor
        name: str = "kept"

    @dataclasses.dataclass
    class Output(ModelOutput):  # type: ignore[misc]
        x: Tensor | None = None
        y: Tensor | None = None
        absent: Tensor | None = None

    @attrs.define
    class Defined:
        x: Tensor
        y: Tensor

    def stored(x: Tensor, y: Tensor) -> Any:
        return tensordict.TensorDict({"x": x, "deep": {"y": y}, "name": "kept"}, batch_size=[len(x)])

    def lazy(x: Tensor, y: Tensor) -> Any:
        parts = [tensordict.TensorDict({"x": one, "y": two}, batch_size=[]) for one, two in zip(x, y, strict=True)]
        return tensordict.LazyStackedTensorDict(*parts, stack_dim=0)

    return {
        "TensorDict": (stored, lambda given: given["x"]),
        "TensorDict of batch and seq": (
            lambda x, y: tensordict.TensorDict({"x": x, "y": y}, batch_size=x.shape[:2]), lambda given: given["x"]),
        "TensorDict without batch": (
            lambda x, y: tensordict.TensorDict({"x": x, "y": y}), lambda given: given.get("x")),
        "TensorDict, locked": (lambda x, y: stored(x, y).lock_(), lambda given: given["x"]),
        "TensorDict, lazily stacked": (lazy, lambda given: given["x"]),
        "tensorclass": (lambda x, y: TensorClass(x=x, y=y, batch_size=[len(x)]), lambda given: given.x),
        "ModelOutput": (lambda x, y: Output(x=x, y=y), lambda given: given.x),
        "ModelOutput by number": (lambda x, y: Output(x=x, y=y), lambda given: given[0]),
        "BatchEncoding": (lambda x, y: BatchEncoding({"x": x, "y": y}), lambda given: given.x),
        "attrs": (Defined, lambda given: given.x),
    }  # fmt: skip


CONTAINERS: dict[str, tuple[Callable[[Tensor, Tensor], Any], Callable[[Any], Tensor]]] = {
    "tuple": (lambda x, y: (x, y), lambda given: given[0]),
    "list": (lambda x, y: [x, y], lambda given: given[0]),
    "deque": (lambda x, y: collections.deque([x, y], 2), lambda given: given[0]),
    "dict": (lambda x, y: {"x": x, "y": y}, lambda given: given["x"]),
    "dict with attributes": (lambda x, y: Attributes(x=x, y=y), lambda given: given.x),
    "OrderedDict": (lambda x, y: collections.OrderedDict(x=x, y=y), lambda given: given["x"]),
    "namespace": (lambda x, y: types.SimpleNamespace(x=x, y=y), lambda given: given.x),
    "dataclass": (Plain, lambda given: given.x),
    "frozen dataclass": (Frozen, lambda given: given.x),
    "namedtuple": (Named, lambda given: given.x),
    "namedtuple that checks": (Checking, lambda given: given.x),
    "nested": (lambda x, y: Around({"a": [Named(x, y)]}), lambda given: given.inner["a"][0].x),
    **_optional(),
}


class Reads(nn.Module):
    def __init__(self, get: Callable[[Any], Tensor], batch_first: bool) -> None:
        super().__init__()
        self.lstm, self.get = nn.LSTM(FEATURES, 5, batch_first=batch_first), get

    def forward(self, data: Any) -> Tensor:
        return self.lstm(self.get(data))[0]


class Writes(nn.Module):
    def __init__(self, make: Callable[[Tensor, Tensor], Any], batch_first: bool) -> None:
        super().__init__()
        self.lstm, self.make = nn.LSTM(FEATURES, FEATURES, batch_first=batch_first), make

    def forward(self, x: Tensor) -> Any:
        output, _ = self.lstm(x)
        return self.make(output, output * 2)


class Sizes:
    """What a program saw. With slots: attributes of the user's objects are put back after an audit."""

    __slots__ = ("seen",)

    def __init__(self) -> None:
        self.seen: tuple[int, ...] = ()


def codes(findings: tuple[bf.Finding, ...]) -> list[str]:
    return [found.code for found in findings]


def data() -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    return torch.randn(BATCH, SEQ, FEATURES), torch.randn(BATCH, SEQ, FEATURES)


@pytest.mark.parametrize("batch_first", [True, False], ids=["right", "wrong"])
@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_model_that_reads(kind: str, batch_first: bool) -> None:
    make, get = CONTAINERS[kind]
    x, y = data()
    before = x.clone(), y.clone()
    given_data, model, wanted = make(x, y), Reads(get, batch_first), [] if batch_first else ["BF101"]
    expected = model(given_data)

    assert codes(bf.audit(model, given_data, layout=LAYOUT).findings) == wanted
    assert codes(bf.audit(model, kwargs={"data": given_data}, layout=LAYOUT).findings) == wanted
    with bf.watch(model, layout=LAYOUT, on_mismatch="record") as watched:
        assert torch.equal(model(given_data), expected)
    if kind != "TensorDict, lazily stacked":  # each reading stacks anew: of that tensor nothing is known
        assert codes(watched.findings) == wanted

    assert torch.equal(x, before[0])
    assert torch.equal(y, before[1])
    assert torch.equal(get(given_data), x)


@pytest.mark.parametrize("batch_first", [True, False], ids=["right", "wrong"])
@pytest.mark.parametrize("kind", [kind for kind in CONTAINERS if kind != "namedtuple that checks"])
def test_a_model_that_gives(kind: str, batch_first: bool) -> None:
    x, _ = data()
    result = bf.audit(Writes(CONTAINERS[kind][0], batch_first), x, layout=LAYOUT)
    assert codes(result.findings) == ([] if batch_first else ["BF101"])
    # Both results are seen, or of a lazy stack the samples that it is made of.
    found = [result.trace.values[number] for number in result.trace.results]
    if kind != "TensorDict, lazily stacked":
        assert [value.shape for value in found] == [(BATCH, SEQ, FEATURES)] * 2
        assert {value.batch.kind for value in found} == ({"carried"} if batch_first else {"mixed"})


@pytest.mark.parametrize(
    ("kind", "layout"),
    [
        ("tuple", {"0/0": LAYOUT}), ("dict", {"0/x": LAYOUT}), ("namedtuple", {"0/x": LAYOUT}),
        ("dataclass", {"0/x": LAYOUT}), ("nested", {"0/inner/a/0/x": LAYOUT}), ("nested", {"0/*/x": LAYOUT}),
        ("TensorDict", {"0/x": LAYOUT, "0/deep/y": LAYOUT}), ("tensorclass", {"0/x": LAYOUT, "0/y": None}),
        ("ModelOutput", {"0/x": LAYOUT}), ("attrs", {"0/x": LAYOUT}),
    ],
    ids=str,
)  # fmt: skip
def test_a_path_leads_into(kind: str, layout: dict[str, str | None]) -> None:
    make, get = CONTAINERS[kind]
    model = Reads(get, batch_first=False)
    assert codes(bf.audit(model, make(*data()), layout=layout).findings) == ["BF101"]
    with bf.watch(model, layout=layout, on_mismatch="record") as watched:
        model(make(*data()))
    assert codes(watched.findings) == ["BF101"]


@pytest.mark.parametrize("kind", ["TensorDict", "tensorclass", "dict", "dataclass"])
def test_large_data_are_cut_and_a_batch_of_one_grows(kind: str) -> None:
    make, get = CONTAINERS[kind]
    sizes = Sizes()

    def program(given_data: Any) -> Tensor:
        size = len(get(given_data))
        sizes.seen += (size,)
        assert getattr(given_data, "batch_size", (size,))[0] == size
        return torch.softmax(get(given_data).sum(1), 0)

    large, one = torch.randn(64, 100, FEATURES), torch.randn(1, SEQ, FEATURES)
    assert codes(bf.audit(program, make(large, large), layout=LAYOUT).findings) == ["BF406"]
    assert 5 in sizes.seen
    assert codes(bf.audit(program, make(one, one + 1), layout=LAYOUT).findings) == ["BF406"]
    assert 3 in sizes.seen


@settings(max_examples=25)
@given(st.lists(st.sampled_from(["tuple", "dict", "dataclass", "namedtuple", "list", "namespace"]), max_size=4))
def test_containers_in_containers(kinds: list[str]) -> None:
    x, y = data()

    def make() -> Any:
        tree: Any = x
        for kind in kinds:
            tree = CONTAINERS[kind][0](tree, y)
        return tree

    def get(tree: Any) -> Tensor:
        for kind in reversed(kinds):
            tree = CONTAINERS[kind][1](tree)
        return tree

    keys = {"tuple": "0", "list": "0"}
    path = "/".join(["0", *(keys.get(kind, "x") for kind in reversed(kinds))])
    with bf.watch(model := Reads(get, False), layout={path: LAYOUT}, on_mismatch="record") as watched:
        model(make())
    assert codes(watched.findings) == ["BF101"]
    assert codes(bf.audit(model, make(), layout={path: LAYOUT}).findings) == ["BF101"]


def test_packed_data_in_containers() -> None:
    x, _ = data()
    packed = pack_padded_sequence(x, torch.tensor([3, 7, 2, 5]), batch_first=True, enforce_sorted=False)
    lstm = nn.LSTM(FEATURES, 5)

    def right(given_data: Any) -> PackedSequence:
        return lstm(given_data["x"])[0]

    assert bf.audit(right, {"x": packed}, layout={"0/x": LAYOUT}).ok

    def wrong(given_data: Any) -> Tensor:
        return lstm(given_data.x)[1][0][-1].softmax(0)

    assert codes(bf.audit(wrong, types.SimpleNamespace(x=packed), layout={"0/x": LAYOUT}).findings) == ["BF406"]
    with bf.watch(lstm, layout=LAYOUT, on_mismatch="record") as watched:
        lstm(packed)
    assert watched.findings == ()


# --- annotations of what lies inside ---------------------------------------------------------------------------------

Data = Float[Tensor, "batch seq features"]


@dataclasses.dataclass
class Annotated:
    x: Data
    mask: Float[Tensor, "batch seq"] | None = None


class AnnotatedTuple(NamedTuple):
    x: Data
    name: str


class AnnotatedDict(TypedDict):
    x: Data


@dataclasses.dataclass
class AnnotatedOutput(ModelOutput):  # type: ignore[misc]
    x: Data | None = None


ANNOTATED: dict[str, tuple[Any, Callable[[Tensor], Any], Callable[[Any], Tensor]]] = {
    "dict": (dict[str, Data], lambda x: {"x": x}, lambda given: given["x"]),
    "list": (list[Data], lambda x: [x, x + 1], lambda given: given[1]),
    "tuple": (tuple[Data, int], lambda x: (x, 3), lambda given: given[0]),
    "tuple of any length": (tuple[Data, ...], lambda x: (x + 1, x), lambda given: given[1]),
    "dataclass": (Annotated, Annotated, lambda given: given.x),
    "namedtuple": (AnnotatedTuple, lambda x: AnnotatedTuple(x, "a"), lambda given: given.x),
    "typed dict": (AnnotatedDict, lambda x: {"x": x}, lambda given: given["x"]),
    "ModelOutput": (AnnotatedOutput, lambda x: AnnotatedOutput(x=x), lambda given: given[0]),
    "optional": (Annotated | None, Annotated, lambda given: given.x),
    "tensor or dict": (Data | dict[str, Data], lambda x: {"x": x}, lambda given: given["x"]),
    "nested": (dict[str, list[Annotated]], lambda x: {"a": [Annotated(x)]}, lambda given: given["a"][0].x),
}


@pytest.mark.parametrize("kind", ANNOTATED)
def test_a_checked_function_knows_what_its_annotations_say_of_the_parts(kind: str) -> None:
    hint, make, get = ANNOTATED[kind]
    x, _ = data()

    def checked(lstm: nn.LSTM, on_mismatch: str | None = None) -> Any:
        def program(given_data):  # type: ignore[no-untyped-def]
            return lstm(get(given_data))[0]

        program.__annotations__ = {"given_data": hint}
        return bf.checked(program, on_mismatch=on_mismatch) if on_mismatch else bf.checked(program)

    assert torch.equal(checked(RIGHT)(make(x)), RIGHT(get(make(x)))[0])
    with pytest.raises(bf.LayoutError, match="BF101"):
        checked(SWAPPED)(make(x))
    found = bf.audit(checked(SWAPPED), make(x)).findings  # the annotations are its layouts
    assert [(one.code, one.severity) for one in found] == [("BF101", "error")]
    assert bf.audit(checked(RIGHT), make(x)).ok
    assert bf.audit(checked(RIGHT), kwargs={"given_data": make(x)}).ok


# --- lists of samples ------------------------------------------------------------------------------------------------

SAMPLES = [torch.randn(length, FEATURES) for length in (7, 5, 4, 6)]
LISTS: dict[str, tuple[Callable[[list[Tensor]], Any], list[str]]] = {
    "padded": (lambda xs: RIGHT(pad_sequence(xs, batch_first=True))[0], []),
    "padded, read the other way": (lambda xs: SWAPPED(pad_sequence(xs, batch_first=True))[0], ["BF101"]),
    "padded the other way": (lambda xs: SWAPPED(pad_sequence(xs))[0], []),
    "packed": (lambda xs: SWAPPED(pack_sequence(xs, enforce_sorted=False))[1][0][-1], []),
    "packed, mixed": (lambda xs: SWAPPED(pack_sequence(xs, enforce_sorted=False))[1][0][-1].softmax(0), ["BF406"]),
    "one by one": (lambda xs: torch.stack([SWAPPED(x)[0][-1] for x in xs]), []),
    "one by one, mixed": (lambda xs: torch.stack([SWAPPED(x)[0][-1] for x in xs]).softmax(0), ["BF406"]),
    "one by one, as a batch of one": (lambda xs: [SWAPPED(x[:, None])[0] for x in xs], []),
    "one by one, steps as samples": (lambda xs: [SWAPPED(x[None])[0] for x in xs], ["BF103"]),
}


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_of_samples_of_their_own_lengths(kind: str) -> None:
    program, wanted = LISTS[kind]
    layouts: list[Any] = [LAYOUT, [LAYOUT], {"0": LAYOUT}, {"0/*": LAYOUT}]
    for layout in layouts:
        result = bf.audit(program, SAMPLES, layout=layout)
        assert codes(result.findings) == wanted, str(result)
        assert result.trace.batch == 4
    assert codes(bf.audit(lambda given: program(given["x"]), {"x": SAMPLES}, layout={"0/x": LAYOUT}).findings) == wanted


def test_a_tensor_of_too_few_axes_is_no_list() -> None:
    for given_data in (SAMPLES[0], (SAMPLES[0], "name"), {"x": SAMPLES[0]}):
        with pytest.raises(bf.UsageError, match="a layout with 2 axes"):
            bf.audit(lambda x: x, given_data, layout=LAYOUT)
    with pytest.raises(bf.UsageError, match="a layout with 2 axes"):
        bf.audit(lambda xs: xs, SAMPLES, layout="seq batch features")


def test_no_optional_package_is_imported_by_us() -> None:
    code = "import sys, torch, batchfirst as bf\nbf.audit(torch.nn.LSTM(3, 4), torch.zeros(2, 5, 3), layout='b t f')\n"
    code += "print(sorted(set(sys.modules) & {'tensordict', 'transformers', 'attrs', 'lightning', 'skorch'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
