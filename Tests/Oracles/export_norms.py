"""Exports small PyTorch networks with norms as ONNX, by both exporters and for several sets.

Usage: export_norms.py DIRECTORY
"""

import sys
import warnings

import torch
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")


class Stream(nn.Module):
    """A residual stream that is normalised by its root mean square."""

    def __init__(self):
        super().__init__()
        self.stem, self.up, self.down = nn.Linear(6, 8), nn.Linear(8, 5), nn.Linear(5, 8)
        self.norm, self.last = nn.RMSNorm(8), nn.RMSNorm(8, eps=1e-3)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = self.stem(x)
        x = x + self.down(F.silu(self.up(self.norm(x))))
        return self.head(self.last(x))


class Groups(nn.Module):
    """Channels normalised in groups, and each by itself."""

    def __init__(self):
        super().__init__()
        self.first, self.group = nn.Conv2d(2, 6, 3), nn.GroupNorm(3, 6, eps=1e-3)
        self.second, self.instance = nn.Conv2d(6, 4, 3), nn.InstanceNorm2d(4, affine=True)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        x = F.relu(self.group(self.first(x)))
        x = F.relu(self.instance(self.second(x)))
        return self.head(x.mean((2, 3)))


torch.manual_seed(0)
batch = torch.export.Dim("N")
for model, x in [(Stream(), torch.randn(2, 4, 6)), (Groups(), torch.randn(2, 2, 9, 9))]:
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.5)
    name = f"{sys.argv[1]}/{type(model).__name__}"
    for version in (18, 20, 23):
        torch.onnx.export(
            model.eval(), (x,), f"{name}-{version}.onnx", dynamo=True, opset_version=version,
            dynamic_shapes=({0: batch},), external_data=False, verbose=False)
    if isinstance(model, Groups):  # the older exporter has no RMS norm
        torch.onnx.export(
            model.eval(), (x,), f"{name}-legacy.onnx", dynamo=False, opset_version=13,
            input_names=["x"], dynamic_axes={"x": {0: "N"}})
