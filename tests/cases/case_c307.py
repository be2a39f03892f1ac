"""Drug-target affinity: Conv1d takes the residue positions of the protein as its channels."""
import torch
import torch.nn as nn

META = dict(
    id='c307', source='thinng/GraphDTA#13',
    title='Questions about 1D convolution: the last two dimensions are not exchanged',
    loud=False, cause='conv_no_permute',
    explanation='Conv1d wants (batch, channels, length). Given (batch, 20 residues, 8) with in_channels=20 it slides '
                'along the embedding '
                'dimensions, and every residue position has its own weights.',
    fix='nn.Conv1d(emb, ...) on self.prot_emb(protein).permute(0, 2, 1)',
    layout=['batch seq', 'batch seq'],
)
N_ATOM, N_AA, PROT_LEN = 17, 26, 20


class DTA(nn.Module):
    def __init__(self, emb=8, filters=6, hid=9):
        super().__init__()
        self.drug_emb = nn.Embedding(N_ATOM, emb)
        self.drug_gru = nn.GRU(emb, hid, batch_first=True)
        self.prot_emb = nn.Embedding(N_AA, emb)
        self.prot_conv = nn.Conv1d(PROT_LEN, filters, kernel_size=3)  # BUG
        self.mlp = nn.Sequential(nn.Linear(hid + filters, 12), nn.ReLU(), nn.Linear(12, 1))

    def protein(self, seq):
        return torch.relu(self.prot_conv(self.prot_emb(seq))).amax(-1)  # BUG

    def forward(self, smiles, seq):
        _, h = self.drug_gru(self.drug_emb(smiles))
        return self.mlp(torch.cat([h[-1], self.protein(seq)], 1))


class DTAFixed(DTA):
    def __init__(self, emb=8, filters=6, hid=9):
        super().__init__(emb, filters, hid)
        self.prot_conv = nn.Conv1d(emb, filters, kernel_size=3)

    def protein(self, seq):
        return torch.relu(self.prot_conv(self.prot_emb(seq).permute(0, 2, 1))).amax(-1)


def _data():
    torch.manual_seed(1)
    return torch.randint(0, N_ATOM, (5, 11)), torch.randint(0, N_AA, (5, PROT_LEN))


def make():
    torch.manual_seed(0)
    return DTA(), _data(), None


def fixed():
    torch.manual_seed(0)
    return DTAFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)
