"""Exports networks as users do, for check.py.

Usage: export.py MODEL FORM [DIRECTORY]    writes MODEL.FORM.onnx; FORM is dynamo, legacy or training
       export.py --list                    all models

Weights are random but not idle: activations keep their size from layer to layer, batch norms have
statistics of their own, and nothing is left at zero, so that a wrong unit shows in the outputs.
"""

import argparse
import logging
import pathlib
import sys
import warnings

import torch
from torch import nn

import handmade
import language
import vision

FORMS = ("dynamo", "legacy", "training")
CACHE = pathlib.Path(__file__).resolve().parents[2] / ".build" / "zoo"

# What an exporter of torch 2.13 cannot write, in its own words.
IMPOSSIBLE = {
    ("gpt2", "legacy"): "the legacy exporter has no 'aten::diff', which transformers' masks use",
    ("gpt2", "training"): "the legacy exporter has no 'aten::diff', which transformers' masks use",
    ("rmsnorm", "legacy"): "the legacy exporter has no 'aten::rms_norm'",
    ("rmsnorm", "training"): "the legacy exporter has no 'aten::rms_norm'",
}

# The default selection: a member of every family.
MODELS = [
    "alexnet_slim", "vgg11_slim", "vgg11_bn_slim", "resnet18", "resnet50_slim",
    "wide_resnet50_2_slim", "resnext50_32x4d_slim", "googlenet", "inception_v3", "densenet121",
    "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "mnasnet0_5",
    "shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "regnet_x_400mf", "regnet_y_400mf",
    "efficientnet_b0", "efficientnet_v2_slim", "convnext_slim", "vit_slim", "swin_slim",
    "swin_v2_slim", "maxvit_slim", *language.NETWORKS, *handmade.NETWORKS,
]


def build(name):
    """The network, its weights drawn, in evaluation mode."""
    torch.manual_seed(sum(map(ord, name)))
    if name in language.NETWORKS:
        network = language.NETWORKS[name]()
    elif name in handmade.NETWORKS:
        network = handmade.NETWORKS[name][0]()
    else:
        network = vision.build(name)
    network.eval()
    draw_weights(network)
    settle_statistics(network, batch(name, 8))
    return network.eval()


def batch(name, count):
    """Random inputs of the network."""
    if name in language.NETWORKS:
        return language.tokens(count)
    if name in handmade.NETWORKS:
        return handmade.NETWORKS[name][1](count)
    return vision.pictures(name, count)


@torch.no_grad()
def draw_weights(network):
    for module in network.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if isinstance(module, NORMS) and name == "weight":
                parameter.uniform_(0.7, 1.3)
            elif parameter.dim() < 2 or "scale" in name:
                nn.init.normal_(parameter, std=0.1)
            elif isinstance(module, (nn.Linear, nn.Conv2d)):
                nn.init.kaiming_normal_(parameter, nonlinearity="relu")
            else:  # Embeddings, tokens, tables of positions, fused projections of attention.
                nn.init.normal_(parameter, std=parameter.shape[-1] ** -0.5)
        for name, parameter in module.named_parameters(recurse=False):
            # Scales of whole branches: torchvision starts ConvNeXt's at 1e-6.
            if name in ("layer_scale", "scale"):
                parameter.uniform_(0.4, 0.8)
            if name == "logit_scale":
                parameter.uniform_(0.5, 1.5)
    # Drawn branches as large as what they are added to magnify rounding from block to block, by 10^4
    # and more in EfficientNets of real size; those of trained networks do not.
    for module in network.modules():
        if isinstance(module, vision.SCALED_BLOCKS) and module.use_res_connect:
            module.block[-1][1].weight *= 0.2


NORMS = (nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)


@torch.no_grad()
def settle_statistics(network, x):
    """Gives batch norms the statistics of what they see, and then moves them off it."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
        norm.train()
    network(x)
    for norm, momentum in zip(norms, momenta):
        norm.momentum = momentum
        norm.running_mean += 0.2 * norm.running_var.sqrt() * torch.randn(norm.num_features)
        norm.running_var *= torch.empty(norm.num_features).uniform_(0.6, 1.6)


def drawn_inputs(name, count):
    """A batch as an array, the same at each call; a second one, of other sizes, where lengths are
    open."""
    torch.manual_seed(1)
    drawn = [batch(name, count)]
    if name in language.OF_ANY_LENGTH:
        drawn.append(language.tokens(count + 2, language.OTHER_LENGTH))
    return [x.numpy() for x in drawn]


def open_axes(name):
    """The axes of the input whose sizes an exported network leaves open, with their names."""
    return {0: "N", 1: "T"} if name in language.OF_ANY_LENGTH else {0: "N"}


def every_model():
    return MODELS + [name for name in vision.names() if name not in MODELS]


def hush():
    """Exporters tell a lot about how they do it."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)


def export(name, form, file):
    if (name, form) in IMPOSSIBLE:
        sys.exit(f"{name} {form}: {IMPOSSIBLE[name, form]}")
    network = build(name)
    x = batch(name, 2)
    axes = open_axes(name)
    if form == "dynamo":
        sizes = {axis: torch.export.Dim(size) for axis, size in axes.items()}
        torch.onnx.export(
            network, (x,), file, dynamo=True, dynamic_shapes=(sizes,), verbose=False, **NAMES)
    elif form == "legacy":
        export_legacy(network, x, file, axes)
    else:
        export_legacy(
            network.train(), x, file, axes, training=torch.onnx.TrainingMode.TRAINING,
            do_constant_folding=False)
        # Tracing moves the running statistics, so the evaluation form of just these weights is
        # written too, for onnxruntime, which cannot run the other.
        export_legacy(network.eval(), x, reference(file), axes)


NAMES = {"input_names": ["input"], "output_names": ["output"]}


def export_legacy(network, x, file, axes, **settings):
    torch.onnx.export(
        network, (x,), file, dynamo=False, opset_version=20,
        dynamic_axes={"input": axes, "output": axes}, **NAMES, **settings)


def reference(file):
    """The evaluation form beside a training form."""
    return file.with_suffix(".reference.onnx")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?")
    parser.add_argument("form", nargs="?", choices=FORMS)
    parser.add_argument("directory", nargs="?", type=pathlib.Path, default=CACHE)
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(every_model()))
        return
    if not arguments.model or not arguments.form:
        parser.error("MODEL and FORM, or --list")
    hush()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    file = arguments.directory / f"{arguments.model}.{arguments.form}.onnx"
    export(arguments.model, arguments.form, file)


if __name__ == "__main__":
    main()
