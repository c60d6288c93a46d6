"""torchvision's ResNet-18 as docs/pytorch.md exports it, and some of Fashion-MNIST to train it on.

Usage: resnet18.py DIRECTORY TRAINING TEST    writes resnet18.onnx, and fashion/ with so many images
"""

import gzip
import pathlib
import struct
import sys
import warnings

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Zoo"))
from vision import torchvision

warnings.filterwarnings("ignore")
FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
directory, counts = pathlib.Path(sys.argv[1]), {"train": int(sys.argv[2]), "t10k": int(sys.argv[3])}

torch.manual_seed(0)
torch.onnx.export(
    torchvision.models.resnet18(weights=None).eval(), (torch.randn(2, 3, 32, 32),),
    str(directory / "resnet18.onnx"), dynamo=False,
    training=torch.onnx.TrainingMode.PRESERVE, input_names=["input"], output_names=["logits"],
    dynamic_axes={"input": {0: "N"}})

(directory / "fashion").mkdir()
for split, count in counts.items():
    for kind, header, size in (("images-idx3", 16, 784), ("labels-idx1", 8, 1)):
        name = f"{split}-{kind}-ubyte"
        with gzip.open(FASHION / f"{name}.gz") as file:
            magic, _ = struct.unpack(">II", file.read(8))
            rest = file.read(header - 8 + count * size)
        (directory / "fashion" / name).write_bytes(struct.pack(">II", magic, count) + rest)
