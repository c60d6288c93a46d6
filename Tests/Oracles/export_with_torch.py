"""Exports small PyTorch networks as ONNX, as torch.onnx writes them at several operator sets.

Usage: export_with_torch.py DIRECTORY
"""

import sys
import warnings

import torch
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")


class Residual(nn.Module):
    """Batch norms that the exporter folds, sums, a global average."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.branch = nn.Conv2d(8, 8, 3, padding=1)
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = F.relu(self.norm(self.stem(x)))
        x = F.relu(x + self.branch(x))
        return self.head(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class Shuffle(nn.Module):
    """Shape arithmetic, groups, a transpose, clips, a join."""

    def __init__(self):
        super().__init__()
        self.expand = nn.Conv2d(3, 8, 1)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.head = nn.Linear(8 * 4 * 4, 5)

    def forward(self, x):
        x = F.relu6(self.depthwise(self.expand(x)))
        batch, channels, height, width = x.shape
        x = x.view(batch, 2, channels // 2, height, width).transpose(1, 2)
        x = x.reshape(batch, channels, height, width)
        x = torch.cat([F.hardswish(x), F.leaky_relu(x, 0.2)], 1)[:, 4:12]
        x = F.max_pool2d(x, 2)
        return F.log_softmax(self.head(x.view(x.size(0), -1)), -1)


class Attention(nn.Module):
    """Layer norm, matrix products over batches, softmax, a mean."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(16)
        self.query, self.key, self.value = nn.Linear(16, 16), nn.Linear(16, 16), nn.Linear(16, 16)
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        x = self.norm(x)
        scores = self.query(x) @ self.key(x).transpose(-1, -2)
        x = x + F.softmax(scores, -1) @ F.gelu(self.value(x))
        return self.head(x.mean(1))


torch.manual_seed(0)
image, sequence = torch.randn(2, 3, 8, 8), torch.randn(2, 5, 16)
for model, x in [(Residual(), image), (Shuffle(), image), (Attention(), sequence)]:
    for version in (11, 13, 17, 18, 20):
        torch.onnx.export(
            model.eval(), (x,), f"{sys.argv[1]}/{type(model).__name__}-{version}.onnx",
            dynamo=False, opset_version=version, input_names=["x"], dynamic_axes={"x": {0: "N"}})
