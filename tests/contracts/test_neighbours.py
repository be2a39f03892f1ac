"""The contracts of the neighbours against torch: what is refused, over shapes drawn at random."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from batchfirst.contracts.layers import unpacking
from batchfirst.contracts.losses import broadcast, broadcast_kind
from batchfirst.contracts.neighbours import NEIGHBOURS, check, find
from batchfirst.contracts.violation import Shape, Violation
from batchfirst.model.errors import UsageError
from batchfirst.model.layout import Layout

REFUSALS = (RuntimeError, ValueError, IndexError, AssertionError, TypeError)
some = st.integers(1, 4)
sizes = st.sampled_from((1, 2, 3, 4))
any_shape = st.lists(sizes, max_size=4).map(tuple)


def agrees(violations: tuple[Violation, ...], call: Callable[[], Any]) -> None:
    """The contract refuses exactly what torch refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # broadcasting losses warn: they are accepted
        try:
            call()
            seen = "accepted"
        except REFUSALS as error:
            seen = f"refused ({error})"
    refused = any(violation.outcome == "refused" for violation in violations)
    assert seen.startswith("refused" if refused else "accepted"), violations


@settings(max_examples=150)
@given(any_shape, some, st.data())
def test_layers(shape: Shape, size: int, data: st.DataObject) -> None:
    x = torch.randn(shape)
    agrees(check("Linear", {"in_features": size}, {"input": shape}), lambda: nn.Linear(size, 2)(x))
    kernel, padding, dilation = data.draw(some), data.draw(st.integers(0, 2)), data.draw(st.integers(1, 2))
    conv = {"in_channels": size, "kernel_size": (kernel,), "padding": (padding,), "dilation": dilation}
    agrees(
        check("Conv1d", conv, {"input": shape}),
        lambda: nn.Conv1d(size, 2, kernel, padding=padding, dilation=dilation)(x),
    )
    kept = {name: data.draw(st.booleans()) for name in ("affine", "track_running_stats")}
    norm = nn.BatchNorm1d(size, **kept).train(data.draw(st.booleans()))
    training = norm.training or not kept["track_running_stats"]
    agrees(
        check("BatchNorm1d", {"num_features": size, **kept, "training": training}, {"input": shape}), lambda: norm(x)
    )
    kept = {name: data.draw(st.booleans()) for name in ("affine", "track_running_stats")}
    instance = nn.InstanceNorm1d(size, **kept).train(data.draw(st.booleans()))
    told = check("InstanceNorm1d", {"num_features": size, **kept, "training": instance.training}, {"input": shape})
    agrees(told, lambda: instance(x))
    normalized = data.draw(st.one_of(some, st.lists(sizes, min_size=1, max_size=2).map(tuple)))
    agrees(check("LayerNorm", {"normalized_shape": normalized}, {"input": shape}), lambda: nn.LayerNorm(normalized)(x))


@given(any_shape, st.sampled_from((torch.int64, torch.int32, torch.int16, torch.uint8, torch.float32, torch.bool)))
@settings(max_examples=40)
def test_embedding(shape: Shape, dtype: torch.dtype) -> None:
    told = check("Embedding", {}, {"input": shape}, {"input": str(dtype).removeprefix("torch.")})
    agrees(told, lambda: nn.Embedding(5, 3)(torch.zeros(shape, dtype=dtype)))


@settings(max_examples=200)
@given(st.data(), st.booleans(), st.booleans())
def test_attention(data: st.DataObject, batch_first: bool, training: bool) -> None:
    own = data.draw(st.booleans())
    query = data.draw(st.one_of(st.lists(st.sampled_from((2, 4)), min_size=2, max_size=3).map(tuple), any_shape))
    key = data.draw(st.one_of(st.just(query), st.lists(st.sampled_from((2, 4)), max_size=4).map(tuple)))
    value = data.draw(st.one_of(st.just(key), st.lists(st.sampled_from((2, 4)), max_size=4).map(tuple)))
    sized = {"kdim": data.draw(st.sampled_from((2, 4))), "vdim": 4} if own else {}
    module = nn.MultiheadAttention(4, 2, batch_first=batch_first, **sized).train(training)
    told = check(
        "MultiheadAttention",
        {"embed_dim": 4, "batch_first": batch_first, **sized},
        {"query": query, "key": key, "value": value},
    )
    agrees(told, lambda: module(torch.randn(query), torch.randn(key), torch.randn(value)))
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=batch_first).train(training)
    told = check("TransformerEncoderLayer", {"d_model": 4, "batch_first": batch_first}, {"src": query})
    agrees(told, lambda: layer(torch.randn(query)))


@settings(max_examples=150)
@given(st.data(), st.booleans(), st.booleans(), st.integers(1, 2))
def test_masks_of_attention(data: st.DataObject, batch_first: bool, training: bool, heads: int) -> None:
    batch, steps, source = (data.draw(sizes) for _ in range(3))
    query, key = ((batch, n, 4) if batch_first else (n, batch, 4) for n in (steps, source))
    name, likely = data.draw(
        st.sampled_from((("attn_mask", (steps, source)), ("attn_mask", (batch * heads, steps, source)),
                         ("key_padding_mask", (batch, source))))
    )  # fmt: skip
    mask = data.draw(st.one_of(st.just(likely), st.permutations(likely).map(tuple), any_shape))
    module = nn.MultiheadAttention(4, heads, batch_first=batch_first).train(training)
    told = check(
        "MultiheadAttention",
        {"embed_dim": 4, "num_heads": heads, "batch_first": batch_first},
        {"query": query, "key": key, "value": key, name: mask},
    )
    if any(violation.outcome == "unchecked" for violation in told):
        return
    x, memory = torch.randn(query), torch.randn(key)
    agrees(told, lambda: module(x, memory, memory, **{name: torch.zeros(mask, dtype=torch.bool)}))


@settings(max_examples=150)
@given(st.data(), st.booleans(), st.booleans())
def test_decoder_layer(data: st.DataObject, batch_first: bool, training: bool) -> None:
    tgt = data.draw(st.one_of(st.lists(st.sampled_from((2, 4)), min_size=2, max_size=3).map(tuple), any_shape))
    memory = data.draw(st.one_of(st.just(tgt), st.lists(st.sampled_from((2, 4)), max_size=4).map(tuple)))
    layer = nn.TransformerDecoderLayer(4, 2, 8, batch_first=batch_first).train(training)
    told = check(
        "TransformerDecoderLayer", {"d_model": 4, "batch_first": batch_first}, {"tgt": tgt, "memory": memory}
    )
    agrees(told, lambda: layer(torch.randn(tgt), torch.randn(memory)))


LENGTHS = st.lists(st.integers(0, 5), max_size=4)


@settings(max_examples=300)
@given(any_shape, LENGTHS, st.booleans(), st.booleans(), st.booleans())
def test_packing(shape: Shape, lengths: list[int], batch_first: bool, in_order: bool, sort: bool) -> None:
    lengths = sorted(lengths, reverse=True) if sort else lengths
    options = {"batch_first": batch_first, "enforce_sorted": in_order}
    told = check("pack_padded_sequence", options, {"input": shape}, lengths=tuple(lengths))
    agrees(told, lambda: pack_padded_sequence(torch.randn(shape), torch.tensor(lengths), **options))


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.none() | st.integers(0, 6), st.booleans())
@settings(max_examples=50)
def test_unpacking(lengths: list[int], total: int | None, batch_first: bool) -> None:
    packed = pack_padded_sequence(torch.randn(4, len(lengths), 2), torch.tensor(lengths), enforce_sorted=False)
    told = unpacking(total, max(lengths))
    agrees(told, lambda: pad_packed_sequence(packed, batch_first, total_length=total))


ELEMENTWISE: dict[str, Callable[..., torch.Tensor]] = {
    "MSELoss": F.mse_loss, "L1Loss": F.l1_loss, "SmoothL1Loss": F.smooth_l1_loss, "HuberLoss": F.huber_loss,
    "BCELoss": F.binary_cross_entropy, "BCEWithLogitsLoss": F.binary_cross_entropy_with_logits,
}  # fmt: skip


@settings(max_examples=200)
@given(st.sampled_from(sorted(ELEMENTWISE)), any_shape, any_shape, st.booleans())
def test_elementwise_losses(kind: str, shape: Shape, other: Shape, same: bool) -> None:
    target = shape if same else other
    told = check(kind, {}, {"input": shape, "target": target})
    agrees(told, lambda: ELEMENTWISE[kind](torch.rand(shape), torch.rand(target)))


DTYPES = (torch.int64, torch.uint8, torch.int32, torch.float32)


@settings(max_examples=400)
@given(st.sampled_from(("CrossEntropyLoss", "NLLLoss")), any_shape, st.sampled_from(DTYPES), st.data())
def test_class_losses(kind: str, shape: Shape, dtype: torch.dtype, data: st.DataObject) -> None:
    without = shape[:1] + shape[2:]
    target = data.draw(st.one_of(st.just(without), st.just(shape), st.just(()), st.just((1,)), any_shape))
    told = check(kind, {}, {"input": shape, "target": target}, {"target": str(dtype).removeprefix("torch.")})
    agrees(told, lambda: getattr(nn, kind)()(torch.randn(shape), torch.zeros(target, dtype=dtype)))


@settings(max_examples=200)
@given(any_shape, any_shape, st.data())
def test_gaussian_loss(shape: Shape, other: Shape, data: st.DataObject) -> None:
    target = data.draw(st.sampled_from((shape, other)))
    var = data.draw(st.one_of(st.sampled_from((shape, shape[:-1], (*shape[:-1], 1))), any_shape))
    told = check("GaussianNLLLoss", {}, {"input": shape, "target": target, "var": var})
    agrees(told, lambda: nn.GaussianNLLLoss()(torch.rand(shape), torch.rand(target), torch.rand(var)))


@given(any_shape, any_shape)
def test_broadcasting_is_torchs(one: Shape, other: Shape) -> None:
    try:
        wanted: Shape | None = tuple(torch.broadcast_shapes(one, other))
    except RuntimeError:
        wanted = None
    assert broadcast(one, other) == wanted


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ((4, 1), (4,), "crossed"), ((4,), (4, 1), "crossed"), ((4, 3), (3,), "stretched"), ((4, 3), (), "constant"),
        ((4, 3), (1, 1), "constant"), ((1,), (), "harmless"), ((4, 1), (1, 4, 1), "harmless"), ((4,), (4,), "none"),
        ((4,), (5,), "impossible"), ((4, 7, 1), (4, 7), "impossible"), ((4, 4, 1), (4, 4), "crossed"),
    ],
)  # fmt: skip
def test_kinds_of_broadcasting(one: Shape, other: Shape, kind: str) -> None:
    assert broadcast_kind(one, other) == kind


def test_every_neighbour_is_documented_and_found_by_every_name() -> None:
    for entry in NEIGHBOURS.values():
        assert entry.source.startswith("https://docs.pytorch.org/"), entry.kind
        for name in (entry.kind, *entry.functions):
            assert find(name) is entry
        for options in ({}, {"batch_first": True}):
            for layouts in entry.layouts(options).values():
                for layout in layouts:
                    Layout.parse(layout, annotation=True)
        assert hasattr(nn, entry.kind) or entry.kind in ("pack_padded_sequence", "pad_packed_sequence")
        assert all(hasattr(F, name) for name in entry.functions)
    with pytest.raises(UsageError, match="kind='Dropout' is not valid; accepted: BCELoss, "):
        check("Dropout", {}, {})


@pytest.mark.parametrize(
    ("kind", "options", "shapes", "told"),
    [
        ("Linear", {"in_features": 64}, {"input": (5, 30, 128)},
         "input, axis 2 (features): expected 64 (in_features), given 128"),
        ("Conv1d", {"in_channels": 8}, {"input": (4, 30, 8)},
         "input, axis 1 (channels): expected 8 (in_channels), given 30"),
        ("cross_entropy", {}, {"input": (4, 30, 7), "target": (4, 30)},
         "target: expected (4, 7): input (4, 30, 7) without its class axis 1, given (4, 30)"),
        ("gaussian_nll_loss", {}, {"input": (4, 1), "target": (4,), "var": (4, 1)},
         "target: expected the shape of input (4, 1), given (4,), broadcast to (4, 4)"),
        ("MultiheadAttention", {"embed_dim": 4}, {"query": (3, 5, 4), "key": (3, 7, 4), "value": (3, 7, 4)},
         "key, axis 1 (batch): expected 5 (query's batch), given 7"),
        ("pack_padded_sequence", {}, {"input": (4, 30, 8), "lengths": (4,)},
         "lengths, axis 0 (batch): expected 30 (one per sample), given 4"),
    ],
)  # fmt: skip
def test_words(kind: str, options: Mapping[str, Any], shapes: Mapping[str, Shape], told: str) -> None:
    assert str(check(kind, options, shapes)[0]) == told
