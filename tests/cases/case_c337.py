"""Multi-task voice model: the age head is (batch, 1), the (standardised) ages are (batch,), and the L1 loss
broadcasts."""
import torch
import torch.nn as nn
import torch.nn.functional as F

META = dict(
    id='c337', source='replicahealth/GluPredKit#45 and multi-task speech repositories',
    title='Using a target size ([7]) that is different to the input size ([7, 1])',
    loud=False, cause='loss_broadcast',
    explanation='smooth_l1_loss((7, 1), (7,)) compares every predicted age with every age of the batch. The best '
                'the head '
                'can do is to '
                'predict the mean age.',
    fix='F.smooth_l1_loss(age.squeeze(1), target_age)',
    layout='batch seq features',
)
MFCC, H, GENDERS = 6, 8, 2


class VoiceNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(MFCC, H, bidirectional=True, batch_first=True)
        self.gender = nn.Linear(2 * H, GENDERS)
        self.age = nn.Linear(2 * H, 1)

    def forward(self, mfcc):
        out, _ = self.gru(mfcc)
        pooled = out.max(dim=1).values
        return self.gender(pooled), self.age(pooled)

    def objective(self, mfcc, gender, age):
        logits, years = self(mfcc)
        return F.cross_entropy(logits, gender) + 0.1 * F.smooth_l1_loss(years, age)  # BUG


class VoiceNetFixed(VoiceNet):
    def objective(self, mfcc, gender, age):
        logits, years = self(mfcc)
        return F.cross_entropy(logits, gender) + 0.1 * F.smooth_l1_loss(years.squeeze(1), age)


def _data():
    torch.manual_seed(1)
    return (torch.randn(7, 12, MFCC),), (torch.randint(0, GENDERS, (7,)), torch.randn(7))


def make():
    torch.manual_seed(0)
    return (VoiceNet(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (VoiceNetFixed(),) + _data()


def run(model, inputs, targets):
    return model.objective(*inputs, *targets)
