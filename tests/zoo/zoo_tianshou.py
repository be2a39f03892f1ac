"""Tianshou: "obs [bsz, len, dim] (training) or [bsz, dim] (evaluation)"; its states lie as [bsz, layers, hidden]."""

from __future__ import annotations

import torch
from tianshou.utils.net.common import Recurrent
from tianshou.utils.net.continuous import RecurrentActorProb, RecurrentCritic

from model import Entry, Made

PACKAGE = "tianshou"
OBS = "batch seq features"


def recurrent(state: bool, steps: int = 7) -> Made:
    model = Recurrent(layer_num=2, state_shape=3, action_shape=2, hidden_layer_size=6).eval()
    obs = torch.randn(5, steps, 3) if steps else torch.randn(5, 3)
    held = dict(hidden=torch.randn(5, 2, 6), cell=torch.randn(5, 2, 6))
    return Made(model, (obs, held) if state else (obs,))


def actor() -> Made:
    model = RecurrentActorProb(layer_num=2, state_shape=(3,), action_shape=(2,), hidden_layer_size=6)
    return Made(model.eval(), (torch.randn(5, 7, 3),))


def critic() -> Made:
    model = RecurrentCritic(2, (3,), (2,), 6).eval()
    return Made(model, (torch.randn(5, 7, 3), torch.randn(5, 2)))


STATE = {"1/*": "batch layers hidden"}
ENTRIES = [
    Entry("Recurrent", lambda: recurrent(False), OBS),
    Entry("Recurrent, given state", lambda: recurrent(True), {"0": OBS} | STATE),
    Entry("Recurrent, evaluation", lambda: recurrent(True, 0), {"0": "batch features"} | STATE),
    Entry("RecurrentActorProb", actor, OBS),
    Entry("RecurrentCritic", critic, [OBS, "batch features"]),
]
