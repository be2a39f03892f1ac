"""What torch says of recurrent modules that is no layout mistake: what it means, and what to do."""

from __future__ import annotations

# By the words that torch's message holds. Source of the first: aten/src/ATen/native/cudnn/RNN.cpp; cuDNN alone says it.
_MEANINGS = {
    "not part of single contiguous chunk of memory": """\
no layout mistake: the results are right. cuDNN wants all weights of a recurrent
module in one block of memory, and these are not, so they are copied at every
call. That happens to replicas of DataParallel, to copies (copy.deepcopy), to
weights that are shared, parametrized (weight_norm) or set one by one, and after
functional_call. Call lstm.flatten_parameters() once after that; in a model under
DataParallel, whose replicas are new at every call, as the first line of forward.
batch_first and the order of the axes have nothing to do with it.""",
}

# Seen with jaxtyping 0.3 under torch 2.13: right values are refused, and fullgraph=True ends in "Unsupported".
JAXTYPED_COMPILED = """\
no layout mistake is certain here: jaxtyping's decorator (jaxtyped, with beartype or
another checker) is inside what torch.compile compiles, and there it refuses right
values too, or stops the compiler. Call the function once without torch.compile:
what it says then is true. Under torch.compile use @batchfirst.checked, which reads
the same annotations and checks them while torch.compile traces, or compile the
function without jaxtyping's decorator."""


def meaning(message: str) -> str:
    """What such a message means; "" for any other.

    >>> meaning("RNN module weights are not part of single contiguous chunk of memory.").split(":")[0]
    'no layout mistake'
    """
    return next((text for words, text in _MEANINGS.items() if words in message), "")
