"""Computes a network of `net2net new gpt` by its formula in PyTorch.

gpt.py NETWORK HEADS: reads NETWORK (ONNX, a window of any length) and prints the logits of two windows,
whose tokens are 0, 7, 14, … modulo the classes, flat: in double, from the file's weights.
"""

import json
import sys

import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

model = onnx.load(sys.argv[1])
heads = int(sys.argv[2])
weights = {
    tensor.name: torch.tensor(numpy_helper.to_array(tensor).copy()).double()
    for tensor in model.graph.initializer
}
classes, width = weights["embed.weight"].shape
length = weights["position.weight"].shape[0]
tokens = (torch.arange(2 * length) * 7 % classes).view(2, length)


def norm(x, name):
    return F.layer_norm(x, (width,), weights[name + ".weight"], weights[name + ".bias"])


def linear(x, name):
    return x @ weights[name + ".weight"] + weights[name + ".shift.bias"]


x = weights["embed.weight"][tokens] + weights["position.weight"]
block = 1
while f"block{block}.norm1.weight" in weights:
    name = f"block{block}."
    seen = norm(x, name + "norm1")
    q, k, v = (
        linear(seen, name + part).view(2, length, heads, -1).transpose(1, 2)
        for part in ("query", "key", "value")
    )
    # The scale is in the query's weights.
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=1.0)
    x = x + linear(mixed.transpose(1, 2).reshape(2, length, -1), name + "attended")
    x = x + linear(F.gelu(linear(norm(x, name + "norm2"), name + "fc1")), name + "fc2")
    block += 1
print(json.dumps((norm(x, "norm") @ weights["head.weight"]).ravel().tolist()))
