"""Errors that are no layout mistake, or whose cause is not certain: no finding of severity error, and no failure."""

# ruff: noqa: RET503, SIM, PERF - as people write them

import torch
from torch import nn


def user_raises():
    lstm = nn.LSTM(3, 4)
    out, _ = lstm(torch.randn(7, 5, 3))
    if out.shape[-1] == 4:
        raise ValueError("not today")


def user_asserts():
    x = torch.randn(7, 5, 3)
    assert x.dim() == 2, x.shape


def missing_key():
    lstm = nn.LSTM(3, 4)
    return {"a": lstm}["b"]


def missing_file():
    torch.load("/nowhere/at/all.pt")


def id_beyond_the_vocabulary():
    return nn.Embedding(5, 3)(torch.tensor([[1, 7]]))


def class_beyond_the_classes():
    return nn.CrossEntropyLoss()(torch.randn(4, 3), torch.tensor([0, 1, 2, 3]))


def bad_constructor():
    return nn.LSTM(3, 4, proj_size=9)


def state_dict_of_another_model():
    nn.LSTM(3, 4).load_state_dict(nn.LSTM(3, 5).state_dict())


def unknown_attribute():
    lstm = nn.LSTM(3, 4)
    return lstm.hiden_size


def no_gradient():
    lstm = nn.LSTM(3, 4)
    with torch.no_grad():
        loss = lstm(torch.randn(7, 5, 3))[0].sum()
    loss.backward()


def plain_list_index():
    values = [torch.zeros(2), torch.zeros(2)]
    return values[5]


def divides_by_zero():
    x = torch.zeros(3)
    return len(x) / 0


def plain_tensors_do_not_fit():
    a, b = torch.randn(3, 4), torch.randn(5, 4)
    return a + b


def wrong_keyword():
    return nn.GRU(3, 4)(torch.randn(7, 5, 3), hidden=torch.zeros(1, 5, 4))


def batch_of_one_in_training():
    return nn.BatchNorm1d(4).train()(torch.randn(1, 4))


def recursion():
    def again(x):
        return again(x)

    return again(torch.zeros(2))


def steps_of_a_buffer():
    gru = nn.GRU(4, 256)
    outputs = torch.zeros(10, 256)
    for t in range(11):
        out, _ = gru(torch.randn(1, 1, 4))
        outputs[t] = out[0, 0]


def none_where_a_tensor_is_compared():
    hidden = torch.zeros(2, 3)
    if hidden == torch.ones(2, 3):
        return nn.LSTM(3, 4)


def gradient_of_a_vector():
    nn.GRU(3, 4)(torch.randn(7, 5, 3))[0].backward()


class Patches(nn.Module):
    """A vision model that happens to live beside a recurrent one."""

    def __init__(self):
        super().__init__()
        self.heads = 3

    def forward(self, x):
        return x.view(2, self.heads, 5, 7)


def view_without_a_recurrent_module_near():
    text, image = nn.LSTM(3, 4), Patches()
    text(torch.randn(7, 5, 3))
    return image(torch.randn(2, 64))
