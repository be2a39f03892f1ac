"""What the neighbours of a recurrent module read: layers, attention, packing and losses, as data.

Every entry says which axis of which argument is batch, seq, channels, classes or features, the rule that torch holds
the shapes to, and what passes in silence. `check` applies the rules to shapes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from batchfirst.contracts import layers, losses
from batchfirst.contracts.violation import Shape, Violation
from batchfirst.model.errors import UsageError

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn."


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One neighbour's contract.

    kind: the class or function ("Conv1d", "pack_padded_sequence"); functions: functional forms under the same rule;
    arguments: the layouts that torch accepts for each argument, usual one first; batch_first: the same under
    batch_first=True where that changes them; result: the layout of what it returns, for the usual one; rule: in one
    line; dangers: what torch accepts in silence; source: where torch documents it.
    """

    kind: str
    arguments: Mapping[str, tuple[str, ...]]
    result: str
    rule: str
    source: str
    functions: tuple[str, ...] = ()
    batch_first: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dangers: tuple[str, ...] = ()

    def layouts(self, settings: Mapping[str, Any] | None = None) -> Mapping[str, tuple[str, ...]]:
        """The accepted layouts of each argument under these settings (only `batch_first` matters)."""
        return self.batch_first if self.batch_first and (settings or {}).get("batch_first") else self.arguments


_SWAP = "batch and seq exchanged: every size passes, attention then runs over the samples"
_UNBATCHED = "two axes: taken as one unbatched sequence"
_SAME = "target has the shape of input"
_BROADCAST = "(batch, 1) against (batch,): broadcast to (batch, batch), with a UserWarning only"
_CLASS_AXIS = "(batch, seq, classes) passes where seq == classes: axis 1 is then taken for the classes"
_LOSS = {"input": ("...",), "target": ("...",)}


def _elementwise(kind: str, *functions: str, dangers: tuple[str, ...] = (_BROADCAST,)) -> Neighbour:
    return Neighbour(kind, _LOSS, "", _SAME, f"{_DOCS}{kind}.html#Shape", functions, dangers=dangers)


NEIGHBOURS: dict[str, Neighbour] = {
    entry.kind: entry
    for entry in (
        Neighbour(
            "Linear", {"input": ("batch ... in_features", "in_features")}, "batch ... out_features",
            "the last axis is in_features; all others are kept", _DOCS + "Linear.html#Shape", ("linear",),
            dangers=("any number of axes passes: every step, or one step, or the wrong axis of the right size",),
        ),
        Neighbour(
            "Embedding", {"input": ("batch seq", "...")}, "batch seq embedding_dim",
            "int64 or int32 ids of any shape; embedding_dim is added as the last axis",
            _DOCS + "Embedding.html#Shape", ("embedding",),
            dangers=("ids laid out (seq, batch) pass: the axes are only handed on",),
        ),
        Neighbour(
            "Conv1d", {"input": ("batch channels seq", "channels seq")}, "batch out_channels seq",
            "axis -2 is in_channels, the last axis is the one convolved over", _DOCS + "Conv1d.html#Shape", ("conv1d",),
            dangers=("(batch, seq, features) passes where seq == in_channels: it then runs over the features",
                     "two axes: taken as one unbatched (channels, seq)"),
        ),
        Neighbour(
            "BatchNorm1d", {"input": ("batch channels seq", "batch channels")}, "batch channels seq",
            "axis 1 is num_features; in training mode more than one value per channel",
            _DOCS + "BatchNorm1d.html#Shape",
            dangers=("(batch, seq, features) passes where seq == num_features: it then normalises each time step",
                     "num_features is not checked with affine=False and track_running_stats=False"),
        ),
        Neighbour(
            "InstanceNorm1d", {"input": ("batch channels seq", "channels seq")}, "batch channels seq",
            "axis -2 is num_features; more than one step while the statistics are the input's own",
            _DOCS + "InstanceNorm1d.html#Shape", ("instance_norm",),
            dangers=("(batch, seq, features): it then normalises each step over its features",
                     "num_features is compared with affine=True or track_running_stats=True only; else a UserWarning",
                     "two axes: taken as one unbatched (channels, seq)"),
        ),
        Neighbour(
            "LayerNorm", {"input": ("batch ... normalized_shape",)}, "batch ... normalized_shape",
            "the last axes are normalized_shape", _DOCS + "LayerNorm.html#Shape", ("layer_norm",),
            dangers=("any other axis of the right size passes when it is last",),
        ),
        Neighbour(
            "MultiheadAttention",
            {"query": ("seq batch embed", "seq embed"), "key": ("source batch kdim", "source kdim"),
             "value": ("source batch vdim", "source vdim")},
            "seq batch embed",
            "query, key and value share the batch; key and value share the source length; attn_mask is (seq, source) "
            "or (batch × heads, seq, source), key_padding_mask (batch, source)",
            _DOCS + "MultiheadAttention.html#torch.nn.MultiheadAttention.forward",
            ("multi_head_attention_forward",),
            {"query": ("batch seq embed", "seq embed"), "key": ("batch source kdim", "source kdim"),
             "value": ("batch source vdim", "source vdim")},
            (_SWAP, _UNBATCHED, "a padding mask given as attn_mask passes where batch == seq"),
        ),
        Neighbour(
            "TransformerEncoderLayer", {"src": ("seq batch d_model", "seq d_model")}, "seq batch d_model",
            "the last axis is d_model", _DOCS + "TransformerEncoderLayer.html", (),
            {"src": ("batch seq d_model", "seq d_model")}, (_SWAP, _UNBATCHED),
        ),
        Neighbour(
            "TransformerDecoderLayer",
            {"tgt": ("seq batch d_model", "seq d_model"), "memory": ("source batch d_model", "source d_model")},
            "seq batch d_model", "the last axis of both is d_model; tgt and memory share the batch",
            _DOCS + "TransformerDecoderLayer.html", (),
            {"tgt": ("batch seq d_model", "seq d_model"), "memory": ("batch source d_model", "source d_model")},
            (_SWAP, _UNBATCHED),
        ),
        Neighbour(
            "pack_padded_sequence", {"input": ("seq batch ...",), "lengths": ("batch",)}, "PackedSequence",
            "one length per sample, from 1 to seq; decreasing unless enforce_sorted=False",
            _DOCS + "utils.rnn.pack_padded_sequence.html", (),
            {"input": ("batch seq ...",), "lengths": ("batch",)},
            ("batch and seq exchanged passes where batch == seq",
             "fewer lengths than samples with enforce_sorted=False: the other samples are dropped",
             "a length beyond seq: what comes out holds fewer steps than it claims",
             "lengths that are no whole numbers are cut down"),
        ),
        Neighbour(
            "pad_packed_sequence", {"sequence": ("PackedSequence",)}, "seq batch ...",
            "total_length is no less than the longest length", _DOCS + "utils.rnn.pad_packed_sequence.html", (),
            dangers=("its own batch_first decides the result, whatever pack_padded_sequence and the module were told",),
        ),
        _elementwise("MSELoss", "mse_loss"),
        _elementwise("L1Loss", "l1_loss"),
        _elementwise("SmoothL1Loss", "smooth_l1_loss"),
        _elementwise("HuberLoss", "huber_loss"),
        _elementwise("BCELoss", "binary_cross_entropy", dangers=()),
        _elementwise("BCEWithLogitsLoss", "binary_cross_entropy_with_logits", dangers=()),
        Neighbour(
            "CrossEntropyLoss",
            {"input": ("batch classes", "classes", "batch classes ..."), "target": ("batch", "1", "batch ...")}, "",
            "axis 1 of input is the classes (axis 0 where it has one axis); target is input without it, int64 ids; or "
            "all of input's shape, floating-point probabilities",
            _DOCS + "CrossEntropyLoss.html#Shape", ("cross_entropy",), dangers=(_CLASS_AXIS,),
        ),
        Neighbour(
            "NLLLoss",
            {"input": ("batch classes", "classes", "batch classes ..."), "target": ("batch", "1", "batch ...")}, "",
            "axis 1 of input is the classes (axis 0 where it has one axis); target is input without it, int64 ids",
            _DOCS + "NLLLoss.html#Shape", ("nll_loss",), dangers=(_CLASS_AXIS,),
        ),
        Neighbour(
            "GaussianNLLLoss", {"input": ("...",), "target": ("...",), "var": ("...",)}, "",
            "target has the shape of input; var too, or that without its last axis, or with 1 for one axis",
            _DOCS + "GaussianNLLLoss.html#Shape", ("gaussian_nll_loss",),
            dangers=("(batch, 1) against (batch,): broadcast to (batch, batch), without even a warning",),
        ),
    )
}  # fmt: skip

_ALIASES = {name: entry for entry in NEIGHBOURS.values() for name in (entry.kind, *entry.functions)}


def find(kind: str) -> Neighbour | None:
    """The contract of a class or function by its name ("MSELoss", "mse_loss"); None where there is none."""
    return _ALIASES.get(kind)


def check(
    kind: str,
    settings: Mapping[str, Any],
    shapes: Mapping[str, Shape],
    dtypes: Mapping[str, str] | None = None,
    lengths: tuple[float, ...] | None = None,
) -> tuple[Violation, ...]:
    """What of a call breaks the neighbour's rule; empty where nothing does.

    settings: constructor settings or arguments by torch's names (in_features, batch_first, …); a rule whose setting is
    not given is not applied. shapes: by argument name; dtypes: the same ("float32"), applied where given. lengths: the
    values that pack_padded_sequence was given, where they are at hand.

    Raises UsageError for a kind without a contract.

    >>> for violation in check("MSELoss", {}, {"input": (32, 1), "target": (32,)}):
    ...     print(violation, f"[{violation.outcome}]")
    target: expected the shape of input (32, 1), given (32,), broadcast to (32, 32) [accepted]
    """
    entry = find(kind)
    if entry is None:
        raise UsageError("kind", kind, ", ".join(sorted(_ALIASES)))
    if entry.kind == "pack_padded_sequence":
        return tuple(layers.packing(settings, shapes, dtypes or {}, lengths))
    rule = {**layers.RULES, **losses.RULES}.get(entry.kind)
    return () if rule is None else tuple(rule(settings, shapes, dtypes or {}))
