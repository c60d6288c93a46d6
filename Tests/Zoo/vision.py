"""torchvision, loadable beside a PyTorch build that lacks its compiled operators, and the
networks of its classifier families: real ones by their names, and `_slim` ones built from the same
blocks by torchvision's own constructors, small enough for every run."""

import sys
from functools import partial

import torch

try:
    import torchvision
except RuntimeError:
    # The wheel's C++ operators are built for another PyTorch. No classifier uses them; it is
    # enough that their names exist.
    for name in [name for name in sys.modules if name.startswith("torchvision")]:
        del sys.modules[name]
    library = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(operator + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

from torchvision.models import (
    alexnet, convnext, efficientnet, maxvit, resnet, swin_transformer, vgg, vision_transformer
)

CLASSES = 10

# Blocks of EfficientNets; their branches end in a batch norm.
SCALED_BLOCKS = (efficientnet.MBConv, efficientnet.FusedMBConv)


def alexnet_slim():
    network = alexnet(num_classes=CLASSES)
    network.classifier = torch.nn.Sequential(
        torch.nn.Dropout(), torch.nn.Linear(256 * 36, 32), torch.nn.ReLU(inplace=True),
        torch.nn.Dropout(), torch.nn.Linear(32, 24), torch.nn.ReLU(inplace=True),
        torch.nn.Linear(24, CLASSES))
    return network


def vgg11_slim(batch_norm=False):
    widths = [8, "M", 12, "M", 16, 16, "M", 20, 20, "M", 20, 20, "M"]
    network = vgg.VGG(vgg.make_layers(widths, batch_norm), num_classes=CLASSES)
    network.classifier = torch.nn.Sequential(
        torch.nn.Linear(20 * 49, 32), torch.nn.ReLU(True), torch.nn.Dropout(),
        torch.nn.Linear(32, 24), torch.nn.ReLU(True), torch.nn.Dropout(),
        torch.nn.Linear(24, CLASSES))
    return network


def bottlenecks(**settings):
    return resnet.ResNet(resnet.Bottleneck, [2, 1, 1, 1], num_classes=CLASSES, **settings)


def efficientnet_v2_slim():
    fused, plain = efficientnet.FusedMBConvConfig, efficientnet.MBConvConfig
    return efficientnet.EfficientNet(
        [fused(1, 3, 1, 16, 16, 2), fused(4, 3, 2, 16, 24, 2), plain(4, 3, 2, 24, 32, 2)],
        dropout=0.2, stochastic_depth_prob=0.2, num_classes=CLASSES,
        norm_layer=partial(torch.nn.BatchNorm2d, eps=1e-3), last_channel=64)


def convnext_slim():
    block = convnext.CNBlockConfig
    return convnext.ConvNeXt(
        [block(24, 48, 2), block(48, None, 2)], stochastic_depth_prob=0.1, num_classes=CLASSES)


def vit_slim():
    return vision_transformer.VisionTransformer(
        image_size=32, patch_size=8, num_layers=2, num_heads=4, hidden_dim=32, mlp_dim=48,
        dropout=0.1, num_classes=CLASSES)


def swin_slim(block=None, downsample=swin_transformer.PatchMerging):
    return swin_transformer.SwinTransformer(
        patch_size=[4, 4], embed_dim=24, depths=[2, 2], num_heads=[2, 4], window_size=[4, 4],
        stochastic_depth_prob=0.2, num_classes=CLASSES, block=block, downsample_layer=downsample)


def swin_v2_slim():
    return swin_slim(swin_transformer.SwinTransformerBlockV2, swin_transformer.PatchMergingV2)


def maxvit_slim():
    return maxvit.MaxVit(
        input_size=(56, 56), stem_channels=16, partition_size=7, block_channels=[16, 32],
        block_layers=[1, 1], head_dim=8, stochastic_depth_prob=0.2, num_classes=CLASSES)


SLIM = {
    "alexnet_slim": alexnet_slim,
    "vgg11_slim": vgg11_slim,
    "vgg11_bn_slim": partial(vgg11_slim, batch_norm=True),
    "resnet50_slim": partial(bottlenecks),
    "wide_resnet50_2_slim": partial(bottlenecks, width_per_group=128),
    "resnext50_32x4d_slim": partial(bottlenecks, groups=32, width_per_group=4),
    "efficientnet_v2_slim": efficientnet_v2_slim,
    "convnext_slim": convnext_slim,
    "vit_slim": vit_slim,
    "swin_slim": swin_slim,
    "swin_v2_slim": swin_v2_slim,
    "maxvit_slim": maxvit_slim,
}

# The smallest picture that each network takes without changing its structure; 64 elsewhere.
# The legacy exporter wants adaptive pooling to divide evenly, hence 128 for googlenet.
PICTURES = {
    "alexnet": 224, "vgg": 224, "inception_v3": 299, "googlenet": 128, "vit_slim": 32, "vit_": 224,
    "swin_slim": 32, "swin_v2_slim": 32, "swin_v2": 256, "swin": 224, "maxvit_slim": 56,
    "maxvit": 224,
}


def names():
    return torchvision.models.list_models(module=torchvision.models)


def build(name):
    if name in SLIM:
        return SLIM[name]()
    without_slow_drawing = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    return torchvision.models.get_model(name, weights=None, **without_slow_drawing)


def pictures(name, count):
    size = next((size for start, size in PICTURES.items() if name.startswith(start)), 64)
    if name.startswith("vit_h"):
        size = 224
    return torch.randn(count, 3, size, size)
