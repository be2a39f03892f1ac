"""Torch's functions by what they do to the places of elements. Names are torch's own, operators without underscores."""

from __future__ import annotations

# Functions that move elements without changing them: applying them to element numbers tells where each one went.
MOVES = frozenset(
    """view reshape view_as reshape_as permute transpose swapaxes swapdims movedim moveaxis t T mT H mH adjoint squeeze
    unsqueeze flatten unflatten ravel contiguous clone detach getitem select narrow index_select gather
    take_along_dim take masked_select cat concat concatenate stack hstack vstack dstack column_stack chunk split
    split_with_sizes unbind tensor_split hsplit vsplit dsplit expand expand_as broadcast_to repeat repeat_interleave
    tile
    flip fliplr flipud roll rot90 unfold diagonal alias atleast_1d atleast_2d atleast_3d as_strided
    _pack_padded_sequence _pad_packed_sequence data iter""".split()
)

# The moves that read memory order: a transposition mistaken for one of these scrambles.
RESHAPES = frozenset(
    "view reshape view_as reshape_as flatten unflatten ravel as_strided squeeze unsqueeze resize_ resize".split()
)
TRANSPOSES = frozenset("permute transpose swapaxes swapdims movedim moveaxis t T mT H mH adjoint einsum".split())

# One element in, the element at the same place out.
ELEMENTWISE = frozenset(
    """relu relu_ tanh tanh_ sigmoid sigmoid_ gelu elu selu celu silu mish leaky_relu leaky_relu_ hardtanh hardswish
    hardsigmoid softplus softsign logsigmoid prelu rrelu threshold dropout dropout_ feature_dropout alpha_dropout
    dropout1d
    dropout2d neg abs exp log log1p expm1 sqrt rsqrt square pow clamp clamp_ clip to float double half bfloat16 type
    type_as nan_to_num masked_fill masked_fill_ requires_grad_ cpu cuda relu6 sin cos to long int bool""".split()
)
CASTS = frozenset("to float double half bfloat16 long int bool type type_as cpu cuda".split())
BINARY = frozenset(
    "add sub mul div true_divide floor_divide rsub rdiv where add_ sub_ mul_ div_ maximum minimum eq ne lt le gt ge "
    "addcmul lerp subtract multiply divide remainder fmod pow".split()
)
REDUCTIONS = frozenset(
    """mean sum max min amax amin aminmax argmax argmin std var std_mean var_mean norm vector_norm prod median mode
    logsumexp any all nanmean nansum cumsum cumprod logcumsumexp count_nonzero""".split()
)
SPREADS = frozenset("mean std var std_mean var_mean norm vector_norm amax amin max min aminmax sum".split())
SOFTMAXES = frozenset("softmax log_softmax softmin gumbel_softmax _softmax _log_softmax".split())
NORMS = frozenset("normalize layer_norm batch_norm instance_norm group_norm rms_norm local_response_norm".split())
PRODUCTS = frozenset(
    "matmul bmm mm mv dot einsum baddbmm addmm tensordot linear inner outer bilinear chain_matmul".split()
)
INDEXES = frozenset("getitem index_select gather take_along_dim take masked_select select narrow".split())
JOINS = frozenset("cat concat concatenate stack hstack vstack dstack column_stack".split())
# Each row, along the last axis, from that row alone (layer_norm as nn.LayerNorm(features) uses it).
ROW_BY_ROW = frozenset("linear layer_norm rms_norm".split())
REORDERS = frozenset(
    "sort argsort topk msort unique unique_consecutive searchsorted bucketize bincount nonzero".split()
)
RANDOM = frozenset(
    """rand randn randint randperm rand_like randn_like randint_like normal normal_ uniform_ bernoulli bernoulli_
    multinomial random_ exponential_ dropout dropout_ alpha_dropout feature_dropout rrelu gumbel_softmax poisson
    binomial _standard_gamma cauchy_ geometric_ log_normal_""".split()
)
# Windows that slide along the last axes, and how many of these there are.
WINDOWS = {
    **dict.fromkeys("conv1d conv_transpose1d max_pool1d avg_pool1d lp_pool1d".split(), 1),
    **dict.fromkeys("conv2d conv_transpose2d max_pool2d avg_pool2d lp_pool2d".split(), 2),
}
CONVOLUTIONS = frozenset("conv1d conv_transpose1d".split())
POINTWISE_LOSSES = frozenset(
    """mse_loss l1_loss smooth_l1_loss huber_loss binary_cross_entropy binary_cross_entropy_with_logits
    gaussian_nll_loss poisson_nll_loss kl_div""".split()
)
CLASS_LOSSES = frozenset("cross_entropy nll_loss".split())
OTHER_LOSSES = frozenset(
    """margin_ranking_loss cosine_embedding_loss triplet_margin_loss triplet_margin_with_distance_loss
    hinge_embedding_loss soft_margin_loss multilabel_margin_loss multilabel_soft_margin_loss multi_margin_loss
    ctc_loss""".split()
)
LOSSES = POINTWISE_LOSSES | CLASS_LOSSES | OTHER_LOSSES
ATTENTIONS = frozenset("scaled_dot_product_attention multi_head_attention_forward".split())
RECURRENT = {
    "lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "rnn_relu": "RNN", "lstm_cell": "LSTMCell",
    "gru_cell": "GRUCell", "rnn_tanh_cell": "RNNCell", "rnn_relu_cell": "RNNCell",
}  # fmt: skip

# They copy a shape, not values: what they are given does not influence what they return.
SHAPE_ONLY = frozenset(
    "zeros_like ones_like full_like empty_like rand_like randn_like randint_like new_zeros new_ones new_full new_empty "
    "new_tensor bernoulli".split()
)
EMPTY = frozenset("empty empty_like new_empty empty_strided".split())
