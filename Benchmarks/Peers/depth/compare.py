"""Twice the depth for a language model: mergekit's block expansion beside net2net deepen.

    python compare.py NET2NET MERGEKIT-YAML [ROUNDS]

MERGEKIT-YAML is the command of that name; `pip install mergekit` into an environment of its own brings it.
The teacher has GPT-2's shape and drawn weights (124 million parameters). mergekit reads a model's folder and
writes one in which every layer is followed by its own copy, whose two last projections are multiplied by
zero (LLaMA-Pro's expansion); net2net reads the ONNX file that torch.onnx.export makes of the same model and
repeats every layer. Both write float32. The two take turns. Prints a table in Markdown: median seconds of
the whole command, peak memory of its process, parameters, and the largest difference between the logits of
the teacher and of the student, relative to the largest logit, in transformers and in onnxruntime without fusions.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

sys.path.insert(0, str(Path(__file__).parents[3] / "Tests" / "Zoo"))
import language

LAYERS, LENGTH, VOCABULARY = 12, 64, 50257
MEGABYTE = 1 << 20


def teacher_of(folder):
    torch.manual_seed(1)
    config = language.GPT2Config(n_layer=LAYERS, use_cache=False)
    model = language.GPT2LMHeadModel(config).eval()
    model.save_pretrained(folder)
    return model


def expansion(folder):
    """mergekit's recipe, in the JSON that YAML contains."""
    zeroed = {"scale": [{"filter": "c_proj", "value": 0.0}, {"value": 1.0}]}
    slices = []
    for layer in range(LAYERS):
        source = {"model": str(folder), "layer_range": [layer, layer + 1]}
        slices += [{"sources": [source]}, {"sources": [{**source, "parameters": zeroed}]}]
    return {"slices": slices, "merge_method": "passthrough", "dtype": "float32"}


def layers(program, network):
    """Names of the blocks that a layer begins and ends with: attention, then perceptron."""
    run = subprocess.run(
        [program, "inspect", str(network), "--json"], capture_output=True, text=True, check=True)
    blocks = json.loads(run.stdout)["blocks"]
    assert len(blocks) == 2 * LAYERS, blocks
    return list(zip(blocks[::2], blocks[1::2]))


def measured(command):
    """Wall seconds, and the peak memory of the process and of those that it waits for."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status != 0:
        sys.exit(f"{command[0]} failed:\n{errors[-2000:]}")
    return seconds, usage.ru_maxrss * 1024


def relative(found, expected):
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def in_onnxruntime(path, tokens):
    # Its fusions differ from graph to graph, and so does their rounding.
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: tokens.numpy()})[0]


def main():
    program, mergekit = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    with tempfile.TemporaryDirectory() as name, torch.no_grad():
        folder = Path(name)
        model = teacher_of(folder / "teacher")
        tokens = torch.randint(0, VOCABULARY, (2, LENGTH))
        torch.onnx.export(
            language.Only(model, "logits").eval(), (tokens,), folder / "teacher.onnx", dynamo=True,
            verbose=False, input_names=["input"], output_names=["output"],
            dynamic_shapes=({0: torch.export.Dim("N")},))
        (folder / "expansion.yml").write_text(json.dumps(expansion(folder / "teacher")))
        plan = [
            {"repeat": {"block": first, "through": last}}
            for first, last in layers(program, folder / "teacher.onnx")]
        (folder / "plan.yml").write_text(json.dumps({"growths": plan}))
        commands = {
            "mergekit": [
                mergekit, str(folder / "expansion.yml"), str(folder / "merged"),
                "--no-copy-tokenizer"],
            "net2net": [
                program, "grow", str(folder / "teacher.onnx"), "--plan", str(folder / "plan.yml"),
                "-o", str(folder / "student.onnx"), "--force", "--no-verify"],
        }
        found = {way: [] for way in commands}
        for _ in range(rounds):
            for way, command in commands.items():
                found[way].append(measured(command))

        merged = language.GPT2LMHeadModel.from_pretrained(folder / "merged").eval()
        expected = model(tokens).logits.numpy()
        student = onnx.load(folder / "student.onnx", load_external_data=False)
        parameters = {
            "mergekit": sum(p.numel() for p in merged.parameters()),
            "net2net": sum(int(np.prod(t.dims)) for t in student.graph.initializer if t.dims),
        }
        differences = {
            "mergekit": relative(merged(tokens).logits.numpy(), expected),
            "net2net": relative(
                in_onnxruntime(folder / "student.onnx", tokens),
                in_onnxruntime(folder / "teacher.onnx", tokens)),
        }
        print("| | seconds | peak memory | parameters | difference |\n|---|---|---|---|---|")
        for way, runs in found.items():
            seconds = statistics.median(seconds for seconds, _ in runs)
            memory = max(memory for _, memory in runs) / MEGABYTE
            print(
                f"| {way} | {seconds:.2f} | {memory:.0f} MB | {parameters[way] / 1e6:.1f} million "
                f"| {differences[way]:.1e} |")


if __name__ == "__main__":
    main()
