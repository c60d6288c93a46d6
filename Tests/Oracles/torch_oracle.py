"""Evaluates Python statements with PyTorch, for the tests of Net2NetTorch.

Reads a JSON list of questions from standard input: {"code", "tensors": {name: {"type", "shape",
"values"}}, "wanted": [name]}; answers with a JSON list of {name: {"shape", "values"}}. The code
sees `torch`, `F` and the tensors by name, and assigns the names that are wanted.
"""

import json
import sys

import torch
import torch.nn.functional as F


def tensor(described):
    kind = getattr(torch, described["type"])
    return torch.tensor(described["values"], dtype=torch.float64).to(kind).reshape(described["shape"])


def answer(question):
    names = {name: tensor(described) for name, described in question["tensors"].items()}
    names.update(torch=torch, F=F)
    exec(question["code"], names)
    return {
        name: {
            "shape": list(names[name].shape),
            "values": names[name].detach().double().flatten().tolist(),
        }
        for name in question["wanted"]
    }


json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
