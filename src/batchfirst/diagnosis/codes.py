"""The catalogue of codes: the one place where codes, slugs, severities and one-line summaries stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from batchfirst.model.errors import UsageError
from batchfirst.model.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of the catalogue. Codes and slugs are stable; `severity` is the default of its findings."""

    code: str
    slug: str
    summary: str
    severity: Severity = "error"


_TABLE = """
BF001 annotation-mismatch   error   a tensor breaks its declared annotation
BF002 ambiguous-sizes       note    sizes coincide (batch == seq, batch == layers): shapes alone cannot tell
BF101 batch-seq-swapped     error   the module reads batch as time
BF102 unbatched-input       error   a batch of 2-D data is read as one unbatched sequence
BF103 samples-as-steps      error   samples lie along the time axis of a batch of one
BF104 input-rank            error   too many or too few axes
BF105 feature-size          error   last axis is not input_size
BF106 seq-as-features       error   time lies on the feature axis
BF107 input-dtype           error   token ids without an embedding, float64 data, …
BF108 cell-loop-axis        error   a loop over cells runs over the wrong axis
BF201 state-batch-first     error   h_0/c_0 given batch first
BF202 state-layers          error   first axis is not num_layers × num_directions
BF203 state-batch-size      error   state made for another batch size (fixed batch, last partial batch)
BF204 state-structure       error   LSTM needs a tuple (h_0, c_0); GRU/RNN one tensor
BF205 state-hidden-size     error   hidden_size / proj_size
BF206 state-rank            error   2-D state for a batch, 3-D for an unbatched input
BF207 state-scrambled       error   a view or reshape built the initial state out of order
BF208 state-carried         error   state kept across batches without reason, or without detach
BF209 state-random          note    a random initial state makes every evaluation differ
BF210 state-not-carried     error   a loop that should pass its state on starts anew each step
BF301 hidden-scrambled      error   h_n/c_n reshaped across layers, directions and batch
BF302 hidden-index          error   h_n[0] or h_n[-1] picks another layer or direction than meant
BF303 last-step-axis        error   output[-1] takes the last sample, output[:, -1] the last batch entry
BF304 last-step-padding     error   the last position of a padded batch is padding
BF305 last-step-reverse     error   the reverse direction read at its first step
BF306 cell-as-output        error   c_n read where h_n is meant
BF307 head-in-features      error   Linear.in_features is not num_directions × hidden (or proj)
BF308 tuple-passed-on       error   (output, state) handed to a layer that wants a tensor
BF309 all-steps-passed-on   error   every step goes on where one was meant
BF401 view-not-permute      error   view/reshape where a transpose was meant
BF402 samples-mixed         error   one sample changes another one's result, and no closer code fits
BF403 future-leak           error   an output depends on later steps though declared causal
BF404 squeeze-drops-axis    error   squeeze() removes batch or seq when it is 1
BF405 conv-axis             error   Conv1d given (batch, seq, features)
BF406 softmax-axis          error   softmax over batch (or over another axis than meant)
BF407 norm-axis             error   a norm over the wrong axis
BF408 attention-axis        error   attention with the other batch_first
BF409 index-axis            error   samples picked along another axis than the batch
BF410 sample-ignored        error   some samples never reach the output
BF411 step-ignored          error   some time steps never reach the output
BF412 mask-shape            error   an attention mask of another shape than it is read in
BF501 packing-batch-first   error   pack/pad_packed and data disagree about batch_first
BF502 packing-lengths       error   lengths of another order, size or device
BF503 packing-order         error   sorted for packing, never put back
BF601 loss-broadcast        error   prediction and target broadcast against each other
BF602 loss-class-axis       error   class axis of CrossEntropy not at 1
"""


def _read(table: str) -> dict[str, Code]:
    rows = (line.split(None, 3) for line in table.strip().splitlines())
    return {code: Code(code, slug, summary, severity) for code, slug, severity, summary in rows}  # type: ignore[arg-type]


CATALOGUE: dict[str, Code] = _read(_TABLE)
FAMILIES = {  # what the codes that begin alike are about
    "BF0": "declarations",
    "BF1": "what goes into the module",
    "BF2": "its initial state",
    "BF3": "what is read from its results",
    "BF4": "axes on the way through the model",
    "BF5": "packed sequences",
    "BF6": "losses",
}


def find_code(name: str) -> Code:
    """The catalogue's entry for a code ("BF101", any case) or a slug ("batch-seq-swapped").

    Raises UsageError, listing close matches, for any other name.
    """
    wanted = name.strip()
    for code in CATALOGUE.values():
        if wanted.upper() == code.code or wanted.lower() == code.slug:
            return code
    from difflib import get_close_matches

    known = [word for code in CATALOGUE.values() for word in (code.code, code.slug)]
    close = get_close_matches(wanted.upper(), known, 3) + get_close_matches(wanted.lower(), known, 3)
    accepted = f"did you mean {', '.join(close)}? " if close else ""
    raise UsageError("code", name, accepted + "`batchfirst codes` lists all codes and slugs")


def finding(code: str, summary: str = "", **fields: Any) -> Finding:
    """A Finding with the catalogue's slug, default severity and, unless given, summary. `fields` as in Finding."""
    entry = CATALOGUE[code]
    severity = fields.pop("severity", entry.severity)
    return Finding(code=code, slug=entry.slug, severity=severity, summary=summary or entry.summary, **fields)
