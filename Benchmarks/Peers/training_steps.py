"""Training steps of the built-in architectures in PyTorch, as its users would write them.

    python training_steps.py ARCHITECTURE MODE DEVICE CHANNELS ROWS COLUMNS BATCH THREADS
    python training_steps.py gpt MODE DEVICE CONTEXT BATCH THREADS

MODE is eager or compiled, DEVICE cpu or cuda. Prints "ready"; then, for each number of steps on
standard input, the milliseconds each step took and the most memory the process has had, in MB.
"""

import itertools
import resource
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


def resnet(channels, rows, columns, depth=20):
    layers = [*normalized(channels, 16, 3), nn.ReLU(inplace=True)]
    inputs = 16
    for width in (16, 32, 64):
        for block in range((depth - 2) // 6):
            layers.append(Residual(inputs, width, 2 if width > 16 and block == 0 else 1))
            inputs = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def rectified(inputs, outputs, kernel):
    padding = (kernel[0] // 2, kernel[1] // 2)
    return [
        nn.Conv2d(inputs, outputs, kernel, 1, padding, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]


class InceptionModule(nn.Module):
    def __init__(self, inputs, base):
        super().__init__()
        wide = base * 3 // 2
        self.one = nn.Sequential(*rectified(inputs, base, (1, 1)))
        self.three = nn.Sequential(
            *rectified(inputs, base, (1, 1)), *rectified(base, wide, (3, 3))
        )
        self.five = nn.Sequential(
            *rectified(inputs, base, (1, 1)),
            *rectified(base, base, (1, 5)),
            *rectified(base, base, (5, 1)),
        )
        self.pooled = nn.Sequential(
            nn.AvgPool2d(3, 1, 1, count_include_pad=False),
            *rectified(inputs, base // 2, (1, 1)),
        )
        self.channels = base + wide + base + base // 2

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pooled(x)], 1)


def inception(channels, rows, columns):
    layers = [*rectified(channels, 32, (3, 3)), nn.MaxPool2d(2)]
    inputs = 32
    for module in range(4):
        if module == 2:
            layers.append(nn.MaxPool2d(2))
        layers.append(InceptionModule(inputs, 16 if module < 2 else 32))
        inputs = layers[-1].channels
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10)
    )


class Block(nn.Module):
    def __init__(self, stream, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(stream), nn.LayerNorm(stream)
        self.query, self.key, self.value, self.attended = (
            nn.Linear(stream, stream) for _ in range(4)
        )
        self.perceptron = nn.Sequential(
            nn.Linear(stream, 4 * stream), nn.GELU(), nn.Linear(4 * stream, stream)
        )

    def forward(self, h):
        x = self.norm1(h)
        q, k, v = (
            layer(x).unflatten(2, (self.heads, -1)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        # The scale is in the first weights of the query.
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=1.0)
        h = h + self.attended(mixed.transpose(1, 2).flatten(2))
        return h + self.perceptron(self.norm2(h))


class GPT(nn.Module):
    def __init__(self, context, stream=128, heads=4, depth=4):
        super().__init__()
        self.embed = nn.Embedding(256, stream)
        self.position = nn.Parameter(0.1 * torch.randn(context, stream))
        self.blocks = nn.Sequential(*[Block(stream, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(stream)
        self.head = nn.Linear(stream, 256, bias=False)

    def forward(self, tokens):
        h = self.blocks(self.embed(tokens) + self.position)
        return self.head(self.norm(h)).flatten(0, 1)


ARCHITECTURES = {"mlp": mlp, "convnet": convnet, "resnet": resnet, "inception": inception, "gpt": GPT}


def main(architecture, mode, device, *numbers):
    *shape, batch, threads = map(int, numbers)
    torch.set_num_threads(threads)
    network = ARCHITECTURES[architecture](*shape)
    network = network.to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        network.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4, fused=True
    )
    # Prepared batches in turn, so that each comes out of memory, as it does from a loader.
    if architecture == "gpt":
        drawn = [torch.randint(0, 256, (batch, *shape)) for _ in range(16)]
        labels = torch.arange(batch * shape[0]) % 256
    else:
        drawn = [
            torch.randn(batch, *shape).to(memory_format=torch.channels_last) for _ in range(16)
        ]
        labels = torch.arange(batch) % 10
    if device == "cuda":
        drawn = [batch.pin_memory() for batch in drawn]
    labels = labels.to(device)
    batches = itertools.cycle(drawn)
    run = torch.compile(network) if mode == "compiled" else network

    def step():
        optimizer.zero_grad(set_to_none=True)
        inputs = next(batches).to(device, non_blocking=True)
        F.cross_entropy(run(inputs), labels).backward()
        optimizer.step()

    def finish():
        if device == "cuda":
            torch.cuda.synchronize()

    step()
    print("ready", flush=True)
    for line in sys.stdin:
        steps = int(line)
        for _ in range(steps):  # as many again as are timed: the other side warms up likewise
            step()
        finish()
        began = time.perf_counter()
        for _ in range(steps):
            step()
        finish()
        milliseconds = 1000 * (time.perf_counter() - began) / steps
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(milliseconds, memory, flush=True)


main(*sys.argv[1:])
