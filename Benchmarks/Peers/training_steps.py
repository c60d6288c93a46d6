"""Training steps of the built-in architectures in PyTorch eager, as its users would write them.

    python training_steps.py ARCHITECTURE CHANNELS ROWS COLUMNS BATCH THREADS

Prints "ready"; then, for each number of steps on standard input, the milliseconds each step took.
"""

import itertools
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def mlp(channels, rows, columns):
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(channels * rows * columns, 256),
        nn.ReLU(inplace=True),
        nn.Linear(256, 256),
        nn.ReLU(inplace=True),
        nn.Linear(256, 10),
    )


def normalized(inputs, outputs, kernel, stride=1):
    return [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    ]


def convnet(channels, rows, columns):
    layers = []
    for width, pools in [(16, True), (32, False), (32, True), (64, True)]:
        layers += normalized(channels, width, 3) + [nn.ReLU(inplace=True)]
        channels = width
        if pools:
            layers.append(nn.MaxPool2d(2))
            rows, columns = rows // 2, columns // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * rows * columns, 10))


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.branch = nn.Sequential(
            *normalized(inputs, outputs, 3, stride),
            nn.ReLU(inplace=True),
            *normalized(outputs, outputs, 3),
        )
        self.shortcut = nn.Sequential(*(normalized(inputs, outputs, 1, stride) if stride > 1 else []))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        h = self.branch(x)
        h += self.shortcut(x)
        return self.relu(h)


def resnet(channels, rows, columns):
    return nn.Sequential(
        *normalized(channels, 16, 3),
        nn.ReLU(inplace=True),
        Residual(16, 16, 1),
        Residual(16, 32, 2),
        Residual(32, 64, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 10),
    )


def main(architecture, *numbers):
    *shape, batch, threads = map(int, numbers)
    torch.set_num_threads(threads)
    network = {"mlp": mlp, "convnet": convnet, "resnet": resnet}[architecture](*shape)
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        network.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4, fused=True
    )
    # Prepared batches in turn, so that each comes out of memory, as it does from a loader.
    batches = itertools.cycle(
        [torch.randn(batch, *shape).to(memory_format=torch.channels_last) for _ in range(16)]
    )
    labels = torch.arange(batch) % 10

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(network(next(batches)), labels).backward()
        optimizer.step()

    print("ready", flush=True)
    for line in sys.stdin:
        steps = int(line)
        for _ in range(steps):  # as many again as are timed: the other side warms up likewise
            step()
        began = time.perf_counter()
        for _ in range(steps):
            step()
        print(1000 * (time.perf_counter() - began) / steps, flush=True)


main(*sys.argv[1:])
