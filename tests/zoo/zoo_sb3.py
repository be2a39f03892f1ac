"""sb3-contrib: RecurrentPPO's policies; rollouts lie as (n_seq * max_length, features), see `_process_sequence`."""

from __future__ import annotations

from functools import partial

import torch
from gymnasium import spaces
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.common.recurrent.type_aliases import RNNStates

from model import Entry, Made

PACKAGE = "sb3-contrib"
SEQUENCES, STEPS, SIZE = 4, 6, 3


def policy(layers: int = 1, shared: bool = False) -> RecurrentActorCriticPolicy:
    return RecurrentActorCriticPolicy(
        spaces.Box(-1, 1, (SIZE,)), spaces.Discrete(3), lambda _: 1e-3, lstm_hidden_size=6, n_lstm_layers=layers,
        shared_lstm=shared, enable_critic_lstm=not shared,
    ).eval()  # fmt: skip


def states(layers: int, count: int) -> RNNStates:
    pair = (torch.randn(layers, count, 6), torch.randn(layers, count, 6))
    return RNNStates(pair, pair)


def acting(layers: int = 1) -> Made:
    """One step of each of several environments."""
    inputs = (torch.randn(SEQUENCES, SIZE), states(layers, SEQUENCES), torch.zeros(SEQUENCES))
    return Made(policy(layers), inputs, dict(deterministic=True))


def learning(starts: bool, shared: bool = False) -> Made:
    """Whole sequences, padded and flattened, with episodes that begin in the middle."""
    begins = torch.zeros(SEQUENCES, STEPS)
    if starts:
        begins[1, 3] = begins[2, 0] = 1
    count = SEQUENCES * STEPS
    inputs = (torch.randn(count, SIZE), torch.randint(3, (count,)), states(1, SEQUENCES), begins.flatten())
    return Made(policy(shared=shared).evaluate_actions, inputs)


FLAT = {"0": "(batch=4 seq=6) features", "2/*": "layers batch hidden"}
ENTRIES = [
    Entry("RecurrentActorCriticPolicy, acting", acting, {"0": "batch features", "1/*": "layers batch hidden"}),
    Entry("the same, two layers", partial(acting, 2), {"0": "batch features", "1/*": "layers batch hidden"}),
    Entry("evaluate_actions", partial(learning, False), FLAT, note="sequences folded into the batch and back"),
    Entry("evaluate_actions, new episodes", partial(learning, True), FLAT, note="states reset in the middle"),
    Entry("evaluate_actions, shared LSTM", partial(learning, True, True), FLAT),
]  # fmt: skip
