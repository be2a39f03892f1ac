"""The constructor's arguments of LSTM, GRU, RNN and the cells: what each means, and which shape it changes.

Source of every entry: section "Args" and the shape sections of `batchfirst.contracts.recurrent.source(kind)`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from textwrap import wrap

from batchfirst.contracts.recurrent import KINDS, Kind, named_kind, source

_WIDTH = 80


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its default as written (None: it has none), what it means, for text, for time series, for shapes.

    kinds: the modules that take it.
    """

    name: str
    default: str | None
    what: str
    text: str
    series: str
    shapes: str
    kinds: tuple[Kind, ...] = KINDS


_STACKED: tuple[Kind, ...] = ("LSTM", "GRU", "RNN")
_OUTPUT = "; times directions, the last axis of output. The layer behind needs in_features = directions × hidden_size"
_OUTPUT_OF_CELL = ". The layer behind needs in_features = hidden_size"

ARGUMENTS: tuple[Argument, ...] = (
    Argument(
        "input_size", None,
        "How many numbers describe one step of one sample.",
        "The size of a token's embedding: nn.Embedding(vocabulary, input_size) goes before. It is neither the size of "
        "the vocabulary nor the length of a sentence.",
        "How many values are measured per time step: 1 for a single series, 3 with the sine and cosine of the month "
        "beside it. It is not the length of the window.",
        "The last axis of input, and nothing else.",
    ),
    Argument(
        "hidden_size", None,
        "How many numbers the memory of one layer and direction has.",
        "How much of the sentence so far can be remembered; the layer behind maps it to tags, classes or the "
        "vocabulary.",
        "How much of the past can be remembered; the layer behind maps it to the forecast. It has nothing to do with "
        "the number of steps.",
        "The last axis of {states}{output}.",
    ),
    Argument(
        "num_layers", "1",
        "How many layers stand on top of each other; each reads the output of the one below, step by step.",
        "Each layer reads the one below, token by token; only the last one's states come out as output.",
        "The same. One layer is where to begin: more have to earn their place on held-out data.",
        "The first axis of {states} is num_layers × directions. Input and output stay as they are.",
        _STACKED,
    ),
    Argument(
        "nonlinearity", "'tanh'",
        "What bends the state: 'tanh' keeps it between -1 and 1, 'relu' lets it grow. In RNN it is the fourth "
        "argument, where LSTM and GRU have bias.",
        "No difference.",
        "No difference; with 'relu' a long window can make the state overflow.",
        "None.",
        ("RNN", "RNNCell"),
    ),
    Argument(
        "bias", "True",
        "Whether each gate adds a learned constant (b_ih and b_hh).",
        "No difference.",
        "No difference.",
        "None; with False the state_dict has no bias_ih and bias_hh.",
    ),
    Argument(
        "batch_first", "False",
        "Whether samples or steps are the first axis of input and output.",
        "True where sentences are stacked as rows, as a DataLoader does: (batch, seq, embedding).",
        "True where windows are stacked as rows: (batch, window, values). With False the same tensor runs without an "
        "error, and the memory runs from sample to sample.",
        "Exchanges the first two axes of input and output. {states} stay (layers*directions, batch, hidden). "
        "Unbatched and packed input take no notice. The state_dict is the same either way.",
        _STACKED,
    ),
    Argument(
        "dropout", "0.0",
        "The probability with which an element between two layers is set to zero, in training mode only.",
        "Between the layers, at every token; not behind the last layer and not along time.",
        "The same. With num_layers=1 there is nothing in between: torch warns, and it does nothing.",
        "None.",
        _STACKED,
    ),
    Argument(
        "bidirectional", "False",
        "Whether a second pass reads every sequence from its end to its beginning.",
        "Every token knows what follows it: right for tagging and for classes of whole sentences, wrong for predicting "
        "the next token.",
        "Every step knows what follows it: right over a window that lies wholly in the past, a leak where a step's "
        "output predicts a later step of the same window.",
        "Doubles the last axis of output (forward and reverse side by side) and the first of {states}. "
        "The reverse pass ends at step 0: its last state is output[step 0], not output[last step].",
        _STACKED,
    ),
    Argument(
        "proj_size", "0",
        "With a number above 0, h is mapped to this many numbers after every step; less than hidden_size.",
        "A large memory with a small output, as large-vocabulary speech recognition used it (arXiv:1402.1128).",
        "The same, where hidden_size is large; else leave it.",
        "The last axis of h_0 and h_n is proj_size, that of output directions × proj_size. c_0 and c_n keep "
        "hidden_size. The layer behind needs in_features = directions × proj_size.",
        ("LSTM",),
    ),
)  # fmt: skip


def arguments(kind: str) -> tuple[Argument, ...]:
    """The arguments that `kind` takes, in the order of its constructor. The kind's name in any case.

    >>> [argument.name for argument in arguments("grucell")]
    ['input_size', 'hidden_size', 'bias']
    """
    found = named_kind(kind)
    taken = [argument for argument in ARGUMENTS if found in argument.kinds]
    if found == "RNNCell":  # bias comes before nonlinearity there
        taken.sort(key=lambda argument: argument.name == "nonlinearity")
    last = "1" if found.endswith("Cell") else "n"
    states = f"h_0, c_0, h_{last} and c_{last}" if found.startswith("LSTM") else f"h_0 and h_{last}"
    output = _OUTPUT_OF_CELL if found.endswith("Cell") else _OUTPUT
    return tuple(replace(one, shapes=one.shapes.format(states=states, output=output)) for one in taken)


def arguments_text(kind: str) -> str:
    """What every argument of `kind` means for text and for time series, and what it does to which shape.

    At most 80 columns wide. Raises UsageError for an unknown kind.

    >>> print(arguments_text("lstm").splitlines()[0])
    LSTM(input_size, hidden_size, num_layers=1, bias=True, batch_first=False,
    """
    found = named_kind(kind)
    taken = arguments(found)
    written = [one.name if one.default is None else f"{one.name}={one.default}" for one in taken]
    indent = " " * (len(found) + 1)
    lines = wrap(f"{found}({', '.join(written)})", _WIDTH, subsequent_indent=indent)
    for argument in taken:
        lines += ["", argument.name]
        for label in ("what", "text", "series", "shapes"):
            lines += wrap(
                getattr(argument, label), _WIDTH, initial_indent=f"  {label:<8}", subsequent_indent=" " * 10,
                break_on_hyphens=False,
            )  # fmt: skip
    return "\n".join([*lines, "", f"source: {source(found)}"])
