"""PyG: nodes of several graphs in one matrix; `index` says whose they are. Graphs are the samples here."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch_geometric.nn import AttentiveFP, GatedGraphConv, JumpingKnowledge, Set2Set
from torch_geometric.nn.aggr import GRUAggregation, LSTMAggregation

from model import Entry, Made

PACKAGE = "torch-geometric"
GRAPHS, NODES, SIZE = 4, 5, 3
NODEWISE = f"(batch={GRAPHS} seq) features"


def ring() -> Tensor:
    """Edges of one ring for every graph."""
    here = torch.arange(GRAPHS * NODES).view(GRAPHS, NODES)
    return torch.stack([here.flatten(), here.roll(1, 1).flatten()])


def index() -> Tensor:
    return torch.arange(GRAPHS).repeat_interleave(NODES)


def aggregation(model: nn.Module) -> Made:
    return Made(model.eval(), (torch.randn(GRAPHS * NODES, SIZE), index()))


def gated() -> Made:
    return Made(GatedGraphConv(6, 2).eval(), (torch.randn(GRAPHS * NODES, SIZE), ring()))


def fingerprint() -> Made:
    model = AttentiveFP(SIZE, 6, 2, edge_dim=2, num_layers=2, num_timesteps=2).eval()
    edges = ring()
    return Made(model, (torch.randn(GRAPHS * NODES, SIZE), edges, torch.randn(edges.shape[1], 2), index()))


def jumping() -> Made:
    model = JumpingKnowledge("lstm", channels=6, num_layers=3).eval()
    return Made(lambda a, b, c: model([a, b, c]), tuple(torch.randn(GRAPHS * NODES, 6) for _ in range(3)))


ENTRIES = [
    Entry("LSTMAggregation", partial(aggregation, LSTMAggregation(SIZE, 6)), [NODEWISE, None]),
    Entry("GRUAggregation", partial(aggregation, GRUAggregation(SIZE, 6)), [NODEWISE, None]),
    Entry("Set2Set", partial(aggregation, Set2Set(SIZE, 3)), [NODEWISE, None], note="softmax over a graph's nodes"),
    Entry("JumpingKnowledge, lstm", jumping, ["batch features"] * 3, note="an LSTM along the layers"),
    Entry(
        "GatedGraphConv", gated, [NODEWISE, None], note="a GRUCell over nodes; neighbours are coupled on purpose"
    ),
    Entry("AttentiveFP", fingerprint, [NODEWISE, None, None, None]),
]  # fmt: skip
