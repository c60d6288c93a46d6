"""What ways of growing can grow, the error they make, and the time they take, beside net2net.

    python compare.py NET2NET

Prints a table in Markdown. Errors are the largest difference between the outputs of the grown network
and its teacher, relative to the largest output, in float64, on drawn pictures; in training mode too.
net2net grows the same networks from files that torch.onnx.export makes; its errors are those that it
finds and writes into its receipt, and its time is that of the whole command without verifying.
"""

import copy
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

import models
import peers


def difference(teacher, student, training):
    with torch.no_grad():
        outputs = []
        for network in (teacher, student):
            network = copy.deepcopy(network).double()
            outputs.append(network.train(training)(models.pictures().double()))
    return ((outputs[0] - outputs[1]).abs().max() / outputs[0].abs().max()).item()


def of_peer(method, name):
    teacher = models.build(name).double()
    torch.manual_seed(3)
    began = time.perf_counter()
    try:
        student = method(teacher)
    except peers.NotGrowable as error:
        return "no: " + str(error).strip().splitlines()[0]
    seconds = time.perf_counter() - began
    try:
        found = [difference(teacher, student, training) for training in (False, True)]
    except RuntimeError as error:
        return f"no: the grown network does not run ({str(error).splitlines()[0][:60]})"
    return f"{words(found[0])} · {words(found[1])} · {seconds * 1000:.0f} ms"


def words(error):
    return "0" if error == 0 else f"{error:.0e}"


def of_net2net(program, arguments, name, folder):
    teacher, student = folder / "teacher.onnx", folder / "student.onnx"
    torch.onnx.export(
        models.build(name), (models.pictures(2),), teacher, dynamo=True, verbose=False,
        input_names=["input"], output_names=["output"],
        dynamic_shapes=({0: torch.export.Dim("N")},))
    command = [program, *arguments, str(teacher), "-o", str(student), "--force"]
    began = time.perf_counter()
    run = subprocess.run(command + ["--no-verify"], capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if run.returncode == 0:
        run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        return "no: " + run.stderr.strip().splitlines()[-1].removeprefix("net2net: ")
    findings = json.loads((folder / "student.receipt.json").read_text())["findings"]
    found = {f["mode"]: f["maxRelativeDifference"] for f in findings if f["elementType"] == "float64"}
    return (
        f"{words(found['evaluation'])} · {words(found['training'])} · {seconds * 1000:.0f} ms")


def main():
    program = sys.argv[1]
    ways = {
        "chain, noise": lambda name: of_peer(peers.chain_with_noise, name),
        "a map for each layer": lambda name: of_peer(peers.per_layer_maps, name),
        "block expansion": lambda name: of_peer(peers.block_expansion, name),
    }
    with tempfile.TemporaryDirectory() as folder:
        ways["net2net widen"] = lambda name: of_net2net(
            program, ["widen", "--all", "2x"], name, Path(folder))
        ways["net2net deepen"] = lambda name: of_net2net(
            program, ["deepen", "--all", "--no-batch-norm"], name, Path(folder))
        print("| network | " + " | ".join(ways) + " |")
        print("|---" * (len(ways) + 1) + "|")
        for name in models.NETWORKS:
            print(f"| {name} | " + " | ".join(way(name) for way in ways.values()) + " |", flush=True)


if __name__ == "__main__":
    main()
