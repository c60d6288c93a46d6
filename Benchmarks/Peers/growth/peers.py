"""Published ways of growing, written anew as they are described, with their limits.

Each takes a network and returns a larger one, or raises NotGrowable with the reason.
"""

import copy

import torch
import torch.fx
from torch import nn


class NotGrowable(Exception):
    pass


def drawn_map(old, new):
    """New unit → old unit: the old ones first, then draws (Chen et al., equation 3)."""
    return torch.cat([torch.arange(old), torch.randint(old, (new - old,))])


def gathered(layer, outputs, inputs, shared=True):
    """The layer with units of both sides by maps; weights of copies on the input side are shared
    out, so that they add up to the old ones."""
    weight = layer.weight.data
    if inputs is not None:
        weight = weight[:, inputs]
        if shared:
            copies = torch.bincount(inputs).to(weight.dtype)[inputs]
            weight = weight / copies.reshape(1, -1, *[1] * (weight.dim() - 2))
    bias = layer.bias
    if outputs is not None:
        weight = weight[outputs]
        bias = bias[outputs] if bias is not None else None
    grown = copy.deepcopy(layer)
    grown.weight = nn.Parameter(weight.clone())
    grown.bias = nn.Parameter(bias.detach().clone()) if bias is not None else None
    if isinstance(layer, nn.Linear):
        grown.out_features, grown.in_features = weight.shape
    else:
        grown.out_channels, grown.in_channels = weight.shape[:2]
    return grown


# Chain-only copying with noise, in the manner of the example that was long part of Keras: every layer
# but the last is widened together with the one behind it, copies on both sides get noise of a
# twentieth of the weights' deviation.


@torch.no_grad()
def chain_with_noise(network, factor=2, noise=0.05):
    if not isinstance(network, nn.Sequential):
        raise NotGrowable("not a chain of layers")
    links = (nn.Linear, nn.Conv2d, nn.ReLU, nn.MaxPool2d, nn.Flatten)
    for module in network:
        if not isinstance(module, links):
            raise NotGrowable(f"{type(module).__name__} is no link of its chain")
    layers = [i for i, m in enumerate(network) if isinstance(m, (nn.Linear, nn.Conv2d))]
    grown = copy.deepcopy(network)
    for here, behind in zip(layers, layers[1:]):
        old = grown[here].weight.shape[0]
        outputs = drawn_map(old, old * factor)
        inputs = outputs
        if isinstance(grown[here], nn.Conv2d) and isinstance(grown[behind], nn.Linear):
            places = grown[behind].weight.shape[1] // old
            inputs = (outputs[:, None] * places + torch.arange(places)).flatten()
        grown[here] = gathered(grown[here], outputs, None)
        grown[behind] = gathered(grown[behind], None, inputs)
        copies = grown[here].weight[old:]
        copies += noise * copies.std() * torch.randn_like(copies)
        shared = grown[behind].weight[:, inputs.numel() // factor:]
        shared += noise * shared.std() * torch.randn_like(shared)
    return grown


# A map for each layer, drawn for itself, and the rest of the network taken as it comes: what several
# implementations for PyTorch do. The map goes along with the values; where values are added, that of the
# first is taken.


class PerLayer(torch.fx.Interpreter):
    """Grows while it walks: values carry their map (None: as before) in place of numbers."""

    def __init__(self, network, factor):
        self.traced = torch.fx.symbolic_trace(network)
        super().__init__(self.traced)
        self.factor = factor
        self.grown = {}
        targets = [n.target for n in self.traced.graph.nodes if n.op == "call_module"]
        layers = [t for t in targets if isinstance(network.get_submodule(t), (nn.Linear, nn.Conv2d))]
        self.last = layers[-1]

    def call_module(self, target, args, kwargs):
        module, units = self.traced.get_submodule(target), args[0]
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            return self.layer(target, module, units)
        if isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)):
            if units is not None:
                self.grown[target] = carried(module, units)
            return units
        return units

    def layer(self, target, module, units):
        if getattr(module, "groups", 1) > 1:
            raise NotGrowable("a grouped convolution")
        if units is not None and isinstance(module, nn.Linear):
            places = module.in_features // (int(units.max()) + 1)  # Behind a flattened picture.
            units = (units[:, None] * places + torch.arange(places)).flatten()
        outputs = None
        if target != self.last:
            old = module.weight.shape[0]
            outputs = drawn_map(old, old * self.factor)
        self.grown[target] = gathered(module, outputs, units)
        return outputs

    def call_function(self, target, args, kwargs):
        if target is torch.cat:
            return self.joined(args[0])
        name = getattr(target, "__name__", str(target))
        if name in ("relu", "gelu", "add", "mean"):
            return next((units for units in args if isinstance(units, torch.Tensor)), None)
        raise NotGrowable(f"{name} of values with a map")

    def joined(self, parts):
        sizes = [int(units.max()) + 1 for units in parts]
        starts = [sum(sizes[:i]) for i in range(len(sizes))]
        return torch.cat([units + start for units, start in zip(parts, starts)])

    def call_method(self, target, args, kwargs):
        if target in ("mean",):
            return args[0]
        if target == "flatten" and args[0] is None:
            return None
        raise NotGrowable(f"{target} of values with a map")


def carried(norm, units):
    grown = copy.deepcopy(norm)
    for name, parameter in norm.named_parameters():
        setattr(grown, name, nn.Parameter(parameter.detach()[units].clone()))
    for name, buffer in norm.named_buffers():
        if buffer.dim() == 1:
            setattr(grown, name, buffer[units].clone())
    if isinstance(norm, nn.LayerNorm):
        grown.normalized_shape = (len(units),)
    return grown


@torch.no_grad()
def per_layer_maps(network, factor=2):
    walk = PerLayer(network, factor)
    walk.run(None)
    grown = copy.deepcopy(network)
    for target, module in walk.grown.items():
        parent, _, name = target.rpartition(".")
        setattr(grown.get_submodule(parent), name, module)
    return grown


# Block expansion (Wu et al., LLaMA Pro, 2024): a copy behind each block, whose last weights are zero, so
# that it adds nothing to the stream.


@torch.no_grad()
def block_expansion(network):
    blocks = getattr(network, "blocks", None)
    if blocks is None:
        raise NotGrowable("no list of blocks")
    grown = copy.deepcopy(network)
    expanded = []
    for block in grown.blocks:
        added = copy.deepcopy(block)
        lasts = [m for m in added.modules() if isinstance(m, (nn.Linear, nn.Conv2d))][-1:]
        if hasattr(added, "attended"):
            lasts = [added.attended, added.fc2]
        for last in lasts:
            last.weight.zero_()
            if last.bias is not None:
                last.bias.zero_()
        expanded += [block, added]
    grown.blocks = nn.ModuleList(expanded)
    return grown
