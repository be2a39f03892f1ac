"""The shape rules of layers, attention and packing. Sources stand in `neighbours.NEIGHBOURS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import Any, TypeAlias

from batchfirst.contracts.violation import Outcome, Reason, Shape, Violation

Settings: TypeAlias = Mapping[str, Any]
Shapes: TypeAlias = Mapping[str, Shape]
Dtypes: TypeAlias = Mapping[str, str]
Rule: TypeAlias = Callable[[Settings, Shapes, Dtypes], Iterator[Violation]]


def linear(settings: Settings, shapes: Shapes, dtypes: Dtypes) -> Iterator[Violation]:
    shape = shapes["input"]
    if not shape:
        yield Violation("input", "rank", "1 axis or more (…, in_features)", "0: ()")
        return
    yield from _axis("input", shape, -1, "features", "features", settings.get("in_features"), "in_features")


def embedding(settings: Settings, shapes: Shapes, dtypes: Dtypes) -> Iterator[Violation]:
    dtype = dtypes.get("input")
    if dtype is not None and dtype not in ("int64", "int32"):
        yield Violation("input", "dtype", "int64 or int32 ids", dtype)


def conv1d(settings: Settings, shapes: Shapes, dtypes: Dtypes) -> Iterator[Violation]:
    shape = shapes["input"]
    if len(shape) not in (2, 3):
        yield _rank("input", shape, "3 axes (batch, channels, seq), or 2 (channels, seq) unbatched")
        return
    yield from _axis("input", shape, -2, "channels", "channels", settings.get("in_channels"), "in_channels")
    kernel, padding = _one(settings.get("kernel_size")), _one(settings.get("padding", 0))
    dilation = _one(settings.get("dilation", 1)) or 1
    if kernel is not None and padding is not None:
        needed = dilation * (kernel - 1) + 1 - 2 * padding
        if shape[-1] < needed:
            told = f"{needed} or more (kernel_size {kernel})"
            yield Violation("input", "size", told, str(shape[-1]), "seq", len(shape) - 1)


def batch_norm(settings: Settings, shapes: Shapes, dtypes: Dtypes) -> Iterator[Violation]:
    shape = shapes["input"]
    if len(shape) not in (2, 3):
        yield _rank("input", shape, "3 axes (batch, channels, seq), or 2 (batch, channels)")
        return
    yield from _num_features(settings, shape, 1, by_default=True)
    if settings.get("training") and prod((shape[0], *shape[2:])) == 1:
        yield Violation("input", "size", "more than 1 value per channel in training mode", "1")


def instance_norm(settings: Settings, shapes: Shapes, dtypes: Dtypes) -> Iterator[Violation]:
    shape = shapes["input"]
    if len(shape) not in (2, 3):
        yield _rank("input", shape, "3 axes (batch, channels, seq), or 2 (channels, seq) unbatched")
        return
    yield from _num_features(settings, shape, -2, by_default=False)
    own = settings.get("training") or not settings.get("track_running_stats", False)
    if own and shape[-1] == 1:
        yield Violation("input", "size", "more than 1 step to take statistics of", "1", "seq", len(shape) - 1)


def _num_features(settings: Settings, shape: Shape, axis: int, *, by_default: bool) -> Iterator[Violation]:
    """num_features against the channels: torch compares them only where there are weights or statistics."""
    compared = settings.get("affine", by_default) or settings.get("track_running_stats", by_default)
    outcome: Outcome = "refused" if compared else "accepted"
    features = settings.get("num_features")
    yield from _axis("input", shape, axis, "channels", "channels", features, "num_features", outcome)


def layer_norm(settings: Settings, shapes: Shapes, dtypes: Dtypes) -> Iterator[Violation]:
    wanted = settings.get("normalized_shape")
    if wanted is None:
        return
    wanted = (wanted,) if isinstance(wanted, int) else tuple(wanted)
    shape = shapes["input"]
    if len(shape) < len(wanted):
        yield _rank("input", shape, f"{len(wanted)} or more, the last {wanted} (normalized_shape)")
        return
    for place, size in enumerate(wanted, len(shape) - len(wanted)):
        yield from _axis("input", shape, place, "features", "features", size, "normalized_shape")


def attention(settings: Settings, shapes: Shapes, dtypes: Dtypes) -> Iterator[Violation]:
    query, key, value = shapes["query"], shapes.get("key", shapes["query"]), shapes.get("value", shapes["query"])
    if len(query) not in (2, 3):
        yield _rank("query", query, "3 axes (batch and seq, embed), or 2 (seq, embed) unbatched")
        return
    embed = settings.get("embed_dim")
    yield from _axis("query", query, -1, "embed", "embed", embed, "embed_dim")
    for name, shape, wanted in (("key", key, "kdim"), ("value", value, "vdim")):
        if len(shape) != len(query):
            yield _rank(name, shape, f"{len(query)} axes, as query {query}")
            continue
        given = settings.get(wanted)
        label = wanted if given is not None else "embed_dim"
        yield from _axis(name, shape, -1, "embed", wanted, embed if given is None else given, label)
        if len(query) == 3:
            batch = 0 if settings.get("batch_first") else 1
            yield from _axis(name, shape, batch, "batch", "batch", query[batch], "query's batch")
    if len(key) == len(value) == len(query):
        source = 1 if len(query) == 3 and settings.get("batch_first") else 0
        yield from _axis("value", value, source, "size", "source", key[source], "key's length")
        yield from _masks(settings, shapes, query, key)


def mask_shapes(
    query: Shape, key: Shape, heads: int | None = None, batch_first: bool = False
) -> dict[str, tuple[Shape, ...]]:
    """The shapes in which attention reads its masks, by argument, for a query and a key of 3 axes.

    key_padding_mask is (batch, source) under either batch_first. Source: the comments on `attn_mask` and
    `key_padding_mask` at https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html.

    >>> mask_shapes((8, 20, 16), (8, 12, 16), heads=4, batch_first=True)
    {'attn_mask': ((20, 12), (32, 20, 12)), 'key_padding_mask': ((8, 12),)}
    """
    batch, seq = (0, 1) if batch_first else (1, 0)
    pairs = (query[seq], key[seq])
    attn_mask = (pairs, (query[batch] * heads, *pairs)) if heads else (pairs,)
    return {"attn_mask": attn_mask, "key_padding_mask": ((query[batch], key[seq]),)}


def _masks(settings: Settings, shapes: Shapes, query: Shape, key: Shape) -> Iterator[Violation]:
    if len(query) != 3 or not {"attn_mask", "key_padding_mask"} & set(shapes):
        return
    wanted = mask_shapes(query, key, settings.get("num_heads"), bool(settings.get("batch_first")))
    for name, accepted in wanted.items():
        given = shapes.get(name)
        if given is not None and given not in accepted:
            # In evaluation without gradients torch reads the numbers of such an attn_mask in the shape that it wants.
            unchecked = name == "attn_mask" and any(prod(given) == prod(shape) for shape in accepted)
            outcome: Outcome = "unchecked" if unchecked else "refused"
            yield Violation(name, "mask", " or ".join(map(str, accepted)), str(given), outcome=outcome)


def encoder_layer(settings: Settings, shapes: Shapes, dtypes: Dtypes) -> Iterator[Violation]:
    yield from _of_d_model("src", shapes["src"], settings)


def decoder_layer(settings: Settings, shapes: Shapes, dtypes: Dtypes) -> Iterator[Violation]:
    tgt, memory = shapes["tgt"], shapes["memory"]
    yield from _of_d_model("tgt", tgt, settings)
    if len(tgt) not in (2, 3):
        return
    if len(memory) != len(tgt):
        yield _rank("memory", memory, f"{len(tgt)} axes, as tgt {tgt}")
        return
    yield from _axis("memory", memory, -1, "embed", "d_model", settings.get("d_model"), "d_model")
    if len(tgt) == 3:
        batch = 0 if settings.get("batch_first") else 1
        yield from _axis("memory", memory, batch, "batch", "batch", tgt[batch], "tgt's batch")


def _of_d_model(argument: str, shape: Shape, settings: Settings) -> Iterator[Violation]:
    if len(shape) not in (2, 3):
        yield _rank(argument, shape, "3 axes (batch and seq, d_model), or 2 (seq, d_model) unbatched")
        return
    yield from _axis(argument, shape, -1, "embed", "d_model", settings.get("d_model"), "d_model")


def packing(
    settings: Settings, shapes: Shapes, dtypes: Dtypes, lengths: Sequence[float] | None = None
) -> Iterator[Violation]:
    """pack_padded_sequence: the shapes of `input` and `lengths`, and the values of `lengths` where given."""
    shape = shapes["input"]
    if len(shape) < 2:
        order = "batch, seq" if settings.get("batch_first") else "seq, batch"
        yield _rank("input", shape, f"2 axes or more ({order}, …)")
        return
    given = shapes["lengths"] if "lengths" in shapes else (len(lengths or ()),)
    if len(given) != 1:
        yield _rank("lengths", given, "1 axis (batch)")
        return
    in_order = settings.get("enforce_sorted", True)
    batch, seq = (shape[0], shape[1]) if settings.get("batch_first") else (shape[1], shape[0])
    if given[0] != batch:
        # Without enforce_sorted the samples are picked by the sorted lengths, so that fewer lengths pick fewer samples.
        outcome: Outcome = "accepted" if 0 < given[0] < batch and not in_order else "refused"
        yield Violation("lengths", "lengths", f"{batch} (one per sample)", str(given[0]), "batch", 0, outcome)
    if lengths is not None:
        yield from _lengths(tuple(lengths), seq, in_order)
    if dtypes.get("lengths", "int64").startswith(("float", "bfloat")):
        yield Violation("lengths", "dtype", "whole numbers", dtypes["lengths"], outcome="accepted")


def _lengths(lengths: tuple[float, ...], seq: int, in_order: bool) -> Iterator[Violation]:
    whole = tuple(int(length) for length in lengths)
    if any(length < 1 for length in whole):
        yield Violation("lengths", "lengths", "1 or more each", str(min(whole)))
    elif in_order and any(later > earlier for earlier, later in pairwise(whole)):
        yield Violation("lengths", "lengths", "decreasing order, as enforce_sorted=True asks for", str(list(whole)))
    if any(length > seq for length in whole):
        yield Violation("lengths", "lengths", f"{seq} (seq) or less each", str(max(whole)), outcome="accepted")


def unpacking(total_length: int | None, steps: int) -> tuple[Violation, ...]:
    """pad_packed_sequence: total_length against the longest sequence's number of steps."""
    if total_length is None or total_length >= steps:
        return ()
    return (Violation("total_length", "size", f"{steps} (longest sequence) or more", str(total_length)),)


RULES: dict[str, Rule] = {
    "Linear": linear,
    "Embedding": embedding,
    "Conv1d": conv1d,
    "BatchNorm1d": batch_norm,
    "InstanceNorm1d": instance_norm,
    "LayerNorm": layer_norm,
    "MultiheadAttention": attention,
    "TransformerEncoderLayer": encoder_layer,
    "TransformerDecoderLayer": decoder_layer,
}


def _rank(argument: str, shape: Shape, expected: str) -> Violation:
    return Violation(argument, "rank", expected, f"{len(shape)}: {shape}")


def _axis(
    argument: str, shape: Shape, place: int, reason: Reason, axis: str, wanted: int | None, setting: str,
    outcome: Outcome = "refused",
) -> Iterator[Violation]:  # fmt: skip
    """The violation where an axis has another size than a setting says; none where the setting is not known."""
    if wanted is not None and shape[place] != wanted:
        told = f"{wanted} ({setting})"
        yield Violation(argument, reason, told, str(shape[place]), axis, place % len(shape), outcome)


def _one(value: Any) -> int | None:
    """The single number of a setting that torch keeps as a tuple of one; None for "same" and what is not given."""
    if isinstance(value, (tuple, list)) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, int) else None
