"""torchvision's ResNet-18 to ONNX, wider and deeper there, and back into a larger torchvision model.

Usage: round_trip.py NET2NET [DIRECTORY]

NET2NET is the program, such as .build/release/net2net; what is written goes into DIRECTORY.
"""

import subprocess
import sys
import warnings

import torch
from safetensors.torch import load_file, save_file

try:
    import torchvision
except RuntimeError:  # its wheel is built for another torch: declare what it looks for, never used here
    for name in [name for name in sys.modules if name.startswith("torchvision")]:
        del sys.modules[name]
    library = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

from torchvision.models.resnet import BasicBlock, ResNet

warnings.filterwarnings("ignore")
net2net, folder = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "."


def trained_resnet18():
    """Random weights, and batch norms as training leaves them: with statistics of their own."""
    torch.manual_seed(0)
    model = torchvision.models.resnet18(weights=None)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean, 0, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.1)
            module.num_batches_tracked += 1000
    return model.eval()


def sizes(state):
    """Channels and number of blocks of the four stages, read off a state dict."""
    channels = [state[f"layer{stage}.0.conv2.weight"].shape[0] for stage in (1, 2, 3, 4)]
    blocks = [
        len({name.split(".")[1] for name in state if name.startswith(f"layer{stage}.")})
        for stage in (1, 2, 3, 4)
    ]
    return channels, blocks


def resnet(state):
    """torchvision's own model, as large as a state dict says, with its parameters."""
    channels, blocks = sizes(state)
    model = ResNet(BasicBlock, [1, 1, 1, 1], num_classes=state["fc.bias"].shape[0])
    model.conv1 = torch.nn.Conv2d(3, channels[0], 7, stride=2, padding=3, bias=False)
    model.bn1 = torch.nn.BatchNorm2d(channels[0])
    model.inplanes = channels[0]
    for stage in range(4):
        layer = model._make_layer(
            BasicBlock, channels[stage], blocks[stage], stride=1 if stage == 0 else 2)
        setattr(model, f"layer{stage + 1}", layer)
    model.fc = torch.nn.Linear(channels[3], state["fc.bias"].shape[0])
    model.load_state_dict(state)  # strict: every name and every shape
    return model.eval()


def described(state):
    channels, blocks = sizes(state)
    return f"{', '.join(map(str, channels))} channels, {', '.join(map(str, blocks))} blocks"


teacher = trained_resnet18()
x = torch.randn(4, 3, 64, 64)
save_file(teacher.state_dict(), f"{folder}/teacher.safetensors")
torch.onnx.export(  # PRESERVE: batch norms stay what they are, instead of going into convolutions
    teacher, (x,), f"{folder}/teacher.onnx", dynamo=False,
    training=torch.onnx.TrainingMode.PRESERVE, input_names=["input"],
    output_names=["output"], dynamic_axes={"input": {0: "N"}})


def grow(verb, source, target, *options):
    subprocess.run(
        [net2net, verb, f"{folder}/{source}.onnx", "-o", f"{folder}/{target}.onnx", *options,
         "--names", f"{folder}/{source}.safetensors",
         "--state-dict", f"{folder}/{target}.safetensors"],
        check=True)


grow("widen", "teacher", "wide", "--all", "1.5x")
grow("deepen", "wide", "student", "--repeat", "layer2.1=2")

state = load_file(f"{folder}/student.safetensors")
student = resnet(state)
with torch.no_grad():
    expected, found = teacher(x), student(x)
difference = ((expected - found).abs().max() / expected.abs().max()).item()

print()
print("ResNet-18:", described(teacher.state_dict()))
print("grown to", described(state))
assert difference < 1e-5, f"the outputs differ by {difference:.1e}, relatively"
print(f"the same outputs: they differ by {difference:.1e}, relatively")
