"""Small networks with what torchvision lacks."""

import torch
from torch import nn
from torch.nn import functional as F


class RootMeanSquareBlock(nn.Module):
    """A gated block behind RMSNorm, which the exporters write in pieces."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(12, 16)
        self.norm = nn.RMSNorm(16, eps=1e-5)
        self.gate, self.up = nn.Linear(16, 24, bias=False), nn.Linear(16, 24, bias=False)
        self.down = nn.Linear(24, 16, bias=False)
        self.last = nn.RMSNorm(16, eps=1e-5)
        self.head = nn.Linear(16, 7)

    def forward(self, x):
        x = self.embed(x)
        y = self.norm(x)
        x = x + self.down(F.silu(self.gate(y)) * self.up(y))
        return self.head(self.last(x))


class ByHand(nn.Module):
    """RMSNorm spelt out, as networks that bring their own class do; also the legacy exporter
    can write it."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(12, 16)
        self.scale = nn.Parameter(torch.ones(16))
        self.head = nn.Linear(16, 7)

    def forward(self, x):
        x = self.embed(x)
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.scale
        return self.head(x)


class GroupNormNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.norm = nn.GroupNorm(4, 16)
        self.branch = nn.Conv2d(16, 16, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, 16)
        self.head = nn.Linear(16, 5)

    def forward(self, x):
        x = F.silu(self.norm(self.stem(x)))
        x = F.relu(x + self.norm2(self.branch(x)))
        return self.head(x.mean((2, 3)))


class CausalAttention(nn.Module):
    """Fused q, k, v; a causal mask; a residual stream without norm, and one with."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(12, 32)
        self.norm = nn.LayerNorm(32)
        self.qkv = nn.Linear(32, 96)
        self.out = nn.Linear(32, 32)
        self.head = nn.Linear(32, 7)

    def forward(self, x):
        x = self.embed(x)
        batch, length, width = x.shape
        q, k, v = self.qkv(self.norm(x)).split(width, 2)
        q, k, v = (y.view(batch, length, 4, 8).transpose(1, 2) for y in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.head(x + self.out(y.transpose(1, 2).reshape(batch, length, width)))


class TiedHead(nn.Module):
    """One matrix embeds tokens and predicts them."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(29, 16)
        self.hidden = nn.Linear(16, 16)
        self.head = nn.Linear(16, 29, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, ids):
        x = self.embed(ids)
        return self.head(x + self.hidden(x))


class LayerNormMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(12, 20), nn.LayerNorm(20), nn.GELU(), nn.Linear(20, 24), nn.LayerNorm(24),
            nn.Tanh(), nn.Linear(24, 6))

    def forward(self, x):
        return self.layers(x)


def sequences(count):
    return torch.randn(count, 5, 12)


def small_pictures(count):
    return torch.randn(count, 3, 8, 8)


def few_tokens(count):
    return torch.randint(0, 29, (count, 6))


NETWORKS = {
    "rmsnorm": (RootMeanSquareBlock, sequences),
    "rmsnorm_by_hand": (ByHand, sequences),
    "groupnorm": (GroupNormNetwork, small_pictures),
    "causal_attention": (CausalAttention, sequences),
    "tied_head": (TiedHead, few_tokens),
    "layernorm_mlp": (LayerNormMLP, lambda count: torch.randn(count, 12)),
}
