"""What torch accepts though a contract is broken, or though the data means something else: our reason to exist.

The list is complete as far as the recurrent contract goes: `check.accepts` gives a violation the outcome "accepted" or
"unchecked" only where an entry with `refused_by_contract` says so, and tests/contracts holds that against torch. The
other entries break no shape rule: only what the axes mean tells them apart. Every example runs in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Silent:
    """One thing that torch lets pass.

    name: stable; code: the finding that explains it; what: one line; why: what torch does instead of refusing; example:
    a program that shows it by its asserts; refused_by_contract: whether a shape rule of ours is broken;
    ends_process: whether the example ends in the operating system's hands instead of an exception.
    """

    name: str
    code: str
    what: str
    why: str
    example: str
    refused_by_contract: bool = False
    ends_process: bool = False


_IMPORTS = """\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
torch.manual_seed(0)
"""

SILENT: tuple[Silent, ...] = (
    Silent(
        "batch-as-seq", "BF101", "batch-first data in a module with batch_first=False, or the reverse",
        "both readings of three axes are valid",
        """\
x = torch.randn(32, 50, 8)  # batch seq features
lstm = nn.LSTM(8, 16)
y = x.clone(); y[0] += 1
changed = (lstm(x)[0] != lstm(y)[0]).any(-1)
assert changed.any(1).sum() == 32  # sample 0 reaches every sample""",
    ),
    Silent(
        "batch-as-one-sequence", "BF102", "a batch of 2-D data",
        "two axes are one unbatched sequence (seq, features)",
        """\
x = torch.randn(32, 8)  # batch features
y = x.clone(); y[0] += 1
gru = nn.GRU(8, 16, batch_first=True)
assert (gru(x)[0] != gru(y)[0]).any(-1).sum() == 32""",
    ),
    Silent(
        "samples-as-steps", "BF103", "a batch of 2-D data with an axis added in the wrong place",
        "a batch of one with as many steps as there are samples is valid",
        """\
x = torch.randn(32, 8)  # batch features
y = x.clone(); y[0] += 1
gru = nn.GRU(8, 16, batch_first=True)
assert (gru(x[None])[0] != gru(y[None])[0]).any(-1).sum() == 32""",
    ),
    Silent(
        "seq-as-features", "BF106", "(batch, features, seq) where seq == input_size",
        "only the size of the last axis is compared",
        """\
x = torch.randn(4, 8, 8)  # batch features seq
output, _ = nn.LSTM(8, 16, batch_first=True)(x)
assert output.shape == (4, 8, 16)""",
    ),
    Silent(
        "state-batch-first", "BF201", "a state (batch, layers, hidden) where batch == layers × directions",
        "the sizes are right",
        """\
state = torch.randn(2, 2, 16)  # batch layers hidden
gru = nn.GRU(8, 16, num_layers=2, batch_first=True)
_, right = gru(torch.randn(2, 5, 8), state.transpose(0, 1).contiguous())
_, wrong = gru(torch.randn(2, 5, 8), state)
assert right.shape == wrong.shape""",
    ),
    Silent(
        "state-scrambled", "BF207", "a state built with view or reshape where a transpose was meant",
        "the sizes are right",
        """\
kept = torch.arange(3.0)[:, None, None].expand(3, 2, 4)  # sample 0, 1, 2: batch layers hidden
h_0 = kept.reshape(2, 3, 4)
nn.GRU(8, 4, num_layers=2)(torch.randn(5, 3, 8), h_0)
assert h_0[0, :, 0].tolist() == [0, 0, 1]  # not 0, 1, 2""",
    ),
    Silent(
        "state-stacked", "BF204", "one tensor for (h_0, c_0) beside unbatched input",
        "hx[0] and hx[1] are read, which a tensor has as well",
        """\
both = torch.zeros(2, 1, 4)  # h_0 and c_0, layers, hidden
output, _ = nn.LSTM(8, 4)(torch.randn(5, 8), both)
assert output.shape == (5, 4)
h, c = nn.LSTMCell(8, 4)(torch.randn(8), torch.zeros(2, 4))
assert h.shape == (4,)""",
        refused_by_contract=True,
    ),
    Silent(
        "state-of-three", "BF204", "a tuple of three for (h_0, c_0), unbatched or packed with enforce_sorted=False",
        "hx[0] and hx[1] are read, the rest is dropped",
        """\
zeros = torch.zeros(1, 4)
output, _ = nn.LSTM(8, 4)(torch.randn(5, 8), (zeros, zeros, zeros))
assert output.shape == (5, 4)""",
        refused_by_contract=True,
    ),
    Silent(
        "packed-lstm-features", "BF105", "packed input of another feature size in LSTM, all lengths equal (CPU)",
        "LSTM.forward checks nothing of packed input, and oneDNN takes the memory as if it had input_size features",
        """\
packed = pack_padded_sequence(torch.randn(5, 3, 8), [5, 5, 5])
if torch.backends.mkldnn.is_available():
    output, _ = nn.LSTM(4, 16)(packed)  # input_size is 4, the data has 8
    assert output.data.shape == (15, 16)""",
        refused_by_contract=True,
    ),
    Silent(
        "packed-lstm-rank", "BF104", "packed input with one more axis of size 1 in LSTM, all lengths equal (CPU)",
        "LSTM.forward checks nothing of packed input, and oneDNN takes the memory as if it had two axes",
        """\
packed = pack_padded_sequence(torch.randn(5, 3, 1, 8), [5, 5, 5])
if torch.backends.mkldnn.is_available():
    output, _ = nn.LSTM(8, 16)(packed)
    assert output.data.shape == (15, 16)""",
        refused_by_contract=True,
    ),
    Silent(
        "packed-lstm-state-stacked", "BF204", "one tensor for (h_0, c_0) beside input packed with enforce_sorted=False",
        "hx[0] and hx[1] are read to put them in the packed order, which a tensor has as well",
        """\
packed = pack_padded_sequence(torch.randn(5, 3, 8), [2, 5, 3], enforce_sorted=False)
output, _ = nn.LSTM(8, 4)(packed, torch.zeros(2, 1, 3, 4))
assert output.data.shape == (10, 4)""",
        refused_by_contract=True,
    ),
    Silent(
        "packed-lstm-state-hidden", "BF205", "packed input in LSTM with proj_size and a c_0 one element wide",
        "LSTM.forward checks nothing of packed input; c_0 is broadcast",
        """\
packed = pack_padded_sequence(torch.randn(5, 3, 8), [5, 3, 2])
_, (h_n, c_n) = nn.LSTM(8, 4, proj_size=2)(packed, (torch.zeros(1, 3, 2), torch.ones(1, 3, 1)))
assert c_n.shape == (1, 3, 4)""",
        refused_by_contract=True,
    ),
    Silent(
        "packed-lstm-state-rows", "BF202", "packed input in LSTM with more rows in c_0 than layers × directions",
        "LSTM.forward checks nothing of packed input; the first rows are read",
        """\
packed = pack_padded_sequence(torch.randn(5, 3, 8), [5, 3, 2])
_, (h_n, c_n) = nn.LSTM(8, 4)(packed, (torch.zeros(1, 3, 4), torch.zeros(2, 3, 4)))
assert c_n.shape == (1, 3, 4)""",
        refused_by_contract=True,
    ),
    Silent(
        "packed-lstm-state-batch", "BF203", "packed input in LSTM with a c_0 made for one sample",
        "LSTM.forward checks nothing of packed input; c_0 is broadcast",
        """\
packed = pack_padded_sequence(torch.randn(5, 3, 8), [5, 3, 2])
_, (h_n, c_n) = nn.LSTM(8, 4)(packed, (torch.zeros(1, 3, 4), torch.ones(1, 1, 4)))
assert c_n.shape == (1, 3, 4)""",
        refused_by_contract=True,
    ),
    Silent(
        "packed-lstm-crash", "BF202", "packed input in LSTM with fewer rows in c_0 than in h_0",
        "LSTM.forward checks nothing of packed input; memory behind the end of c_0 is read",
        """\
packed = pack_padded_sequence(torch.randn(5, 3, 8), [5, 3, 2])
nn.LSTM(8, 4, num_layers=2)(packed, (torch.zeros(2, 3, 4), torch.zeros(1, 3, 4)))""",
        refused_by_contract=True, ends_process=True,
    ),
    Silent(
        "packed-state-batch", "BF203", "input packed with enforce_sorted=False and a state for more samples",
        "index_select puts the state in the packed order and leaves out the samples beyond the batch",
        """\
packed = pack_padded_sequence(torch.randn(5, 3, 8), [2, 5, 3], enforce_sorted=False)
_, h_n = nn.GRU(8, 4)(packed, torch.randn(1, 7, 4))
assert h_n.shape == (1, 3, 4)""",
        refused_by_contract=True,
    ),
    Silent(
        "cell-state-rank", "BF206", "one unbatched step in a cell with a state (hidden, hidden)",
        "the cell adds an axis in front, and the middle one passes for hidden_size",
        """\
h = nn.RNNCell(8, 4)(torch.randn(8), torch.zeros(4, 4))
assert h.shape == (4, 4)""",
        refused_by_contract=True,
    ),
    Silent(
        "hidden-by-view", "BF301", "h_n.view(batch, -1) with more than one layer or direction",
        "the number of elements is right",
        """\
x = torch.randn(3, 5, 8)
y = x.clone(); y[0] += 1
gru = nn.GRU(8, 4, num_layers=2, batch_first=True)
read = [gru(data)[1].view(3, -1) for data in (x, y)]
assert (read[0] != read[1]).any(-1).tolist() == [True, True, False]  # sample 0 reaches row 1""",
    ),
    Silent(
        "last-sample-as-last-step", "BF303", "output[-1] of a batch-first module",
        "indexing takes the first axis, whatever it means",
        """\
output, _ = nn.GRU(8, 4, batch_first=True)(torch.randn(3, 5, 8))
assert output[-1].shape == (5, 4)  # the steps of the last sample""",
    ),
    Silent(
        "attention-over-samples", "BF408", "batch-first data in attention with batch_first=False",
        "both readings of three axes are valid",
        """\
x = torch.randn(3, 5, 8)  # batch seq embed
y = x.clone(); y[0] += 1
attention = nn.MultiheadAttention(8, 2)
read = [attention(data, data, data)[0] for data in (x, y)]
assert (read[0] != read[1]).flatten(1).any(1).all()""",
    ),
    Silent(
        "padding-as-attn-mask", "BF412", "a padding mask (batch, seq) given as attn_mask where batch == seq",
        "the sizes are those of a mask (seq, seq)",
        """\
x = torch.randn(5, 5, 8)  # batch seq embed
padding = torch.zeros(5, 5, dtype=torch.bool)
padding[3, 1:] = True  # sample 3 has one step
attention = nn.MultiheadAttention(8, 2, batch_first=True)
_, weights = attention(x, x, x, attn_mask=padding)
assert weights[0, 3].tolist() == [1, 0, 0, 0, 0]  # step 3 of sample 0 looks at one step""",
    ),
    Silent(
        "conv-over-features", "BF405", "(batch, seq, features) in Conv1d where seq == in_channels",
        "only the size of the channel axis is compared",
        """\
assert nn.Conv1d(8, 4, 3)(torch.randn(2, 8, 20)).shape == (2, 4, 18)
assert nn.Conv1d(8, 4, 3)(torch.randn(2, 8, 8)).shape == (2, 4, 6)  # batch seq features""",
    ),
    Silent(
        "norm-over-features", "BF407", "(batch, seq, features) in BatchNorm1d where seq == num_features",
        "only the size of axis 1 is compared",
        """\
out = nn.BatchNorm1d(8)(torch.randn(32, 8, 8))  # batch seq features
assert out.mean((0, 2)).abs().max() < 1e-5  # each step is centred, no feature is""",
    ),
    Silent(
        "norm-unchecked", "BF407", "any channel count in BatchNorm1d(affine=False, track_running_stats=False)",
        "there is no parameter or buffer to compare with",
        """\
norm = nn.BatchNorm1d(8, affine=False, track_running_stats=False)
assert norm(torch.randn(32, 5, 8)).shape == (32, 5, 8)""",
        refused_by_contract=True,
    ),
    Silent(
        "packing-swapped", "BF501", "packing with the other batch_first where batch == seq",
        "the number of lengths is right",
        """\
x = torch.randn(3, 3, 8)  # batch seq features
packed = pack_padded_sequence(x, [3, 2, 1])
assert torch.equal(packed.data[:3], x[0])  # the steps of sample 0, as if of three samples""",
    ),
    Silent(
        "packing-drops-samples", "BF502", "fewer lengths than samples with enforce_sorted=False",
        "samples are picked by the sorted lengths",
        """\
packed = pack_padded_sequence(torch.randn(5, 3, 8), [5, 4], enforce_sorted=False)
padded, lengths = pad_packed_sequence(packed)
assert padded.shape == (5, 2, 8)  # the third sample is gone""",
        refused_by_contract=True,
    ),
    Silent(
        "packing-beyond-the-end", "BF502", "a length beyond seq",
        "what is packed claims more steps than it holds; the module that reads it fails",
        """\
packed = pack_padded_sequence(torch.randn(5, 3, 8), [6, 4, 1])
assert packed.batch_sizes.sum() == 11 and len(packed.data) == 10""",
        refused_by_contract=True,
    ),
    Silent(
        "packing-cuts-lengths", "BF502", "lengths that are no whole numbers",
        "they are cut down to whole ones",
        """\
packed = pack_padded_sequence(torch.randn(5, 2, 8), torch.tensor([4.9, 1.5]))
assert pad_packed_sequence(packed)[1].tolist() == [4, 1]""",
        refused_by_contract=True,
    ),
    Silent(
        "loss-crossed", "BF601", "prediction (batch, 1) against target (batch,) in MSE, L1, SmoothL1 and Huber",
        "broadcast to (batch, batch): every prediction meets every target; a UserWarning is all",
        """\
import warnings
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    loss = nn.MSELoss(reduction="none")(torch.randn(4, 1), torch.randn(4))
assert loss.shape == (4, 4) and len(told) == 1""",
        refused_by_contract=True,
    ),
    Silent(
        "gaussian-loss-crossed", "BF601", "prediction (batch, 1) against target (batch,) in GaussianNLLLoss",
        "broadcast to (batch, batch), without even a warning",
        """\
import warnings
with warnings.catch_warnings():
    warnings.simplefilter("error")
    loss = nn.GaussianNLLLoss(reduction="none")(torch.randn(4, 1), torch.randn(4), torch.ones(4, 1))
assert loss.shape == (4, 4)""",
        refused_by_contract=True,
    ),
    Silent(
        "class-axis", "BF602", "(batch, seq, classes) in CrossEntropyLoss where seq == classes",
        "axis 1 is taken for the classes; the target fits",
        """\
scores = torch.randn(4, 7, 7)  # batch seq classes
wrong = nn.CrossEntropyLoss()(scores, torch.zeros(4, 7, dtype=torch.long))
right = nn.CrossEntropyLoss()(scores.transpose(1, 2), torch.zeros(4, 7, dtype=torch.long))
assert wrong != right""",
    ),
)  # fmt: skip


def program(entry: Silent) -> str:
    """The example as a whole program."""
    return _IMPORTS + entry.example
