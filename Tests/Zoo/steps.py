"""What check.py asks of every network, one function a step."""

import contextlib
import io
import json
import os
import pathlib
import re
import resource
import subprocess
from dataclasses import dataclass, field

import numpy
import onnx
import onnxruntime
from safetensors.numpy import load_file, save_file

import export
from widths import grouped

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
NET2NET = pathlib.Path(os.environ.get("NET2NET", REPOSITORY / ".build" / "release" / "net2net"))

# Rounding of float32 through a deep network; a wrong unit shows as 1e-2 and more.
TOLERANCE = 1e-4
# Of our own time for inspect, libtorch's start-up aside.
INSPECT_SECONDS = 1.0
EXAMPLES = 3

# Operators that stay as they are, with the reason. Nothing else may.
OPAQUE = {}


# What does not work yet, with the reason. A listed step that works fails, so that the list stays true.
WEIGHT_BEHIND_TRANSPOSE = "without constant folding, weights of linear layers come through a Transpose"
GAPS = {}


class Failure(Exception):
    """A step found what should not be."""


@dataclass
class Case:
    """One exported file, and what the steps have learnt of it."""

    model: str
    form: str
    folder: pathlib.Path
    inspection: dict = field(default_factory=dict)
    # Of each drawn input the teacher's output, by onnxruntime, and how rounding moves it.
    teacher: list = field(default_factory=list)

    @property
    def name(self):
        return f"{self.model}.{self.form}"

    @property
    def file(self):
        return self.folder / f"{self.name}.onnx"

    @property
    def judge(self):
        """What onnxruntime runs; it cannot run training forms."""
        return export.reference(self.file) if self.form == "training" else self.file

    def path(self, suffix):
        return self.folder / f"{self.name}.{suffix}"

    def clean(self):
        """Removes grown networks, which are large; exports stay for the next run."""
        for file in self.folder.glob(f"{self.name}.grown*"):
            file.unlink()
        for file in self.folder.glob(f"{self.name}.deeper*"):
            file.unlink()


def net2net(*words):
    """Runs it; gives what it printed and its processor time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Idle OpenMP threads sleep, as other work shares the cores.
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    done = subprocess.run(
        [NET2NET, *map(str, words)], capture_output=True, text=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise Failure((done.stderr or f"net2net ended with {done.returncode}").strip())
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, seconds


def refusal(*words):
    """What it complains of; it must."""
    try:
        net2net(*words)
    except Failure as failure:
        return str(failure)
    raise Failure(f"net2net {' '.join(map(str, words))}: accepted, and should not be")


def onnxruntime_outputs(file, x):
    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return session.run(["output"], {"input": x})[0]


def relative_difference(found, expected):
    """The largest difference, measured by the size of what is expected."""
    if found.shape != expected.shape:
        raise Failure(f"shape {expected.shape} expected, {found.shape} found")
    if not numpy.isfinite(found).all():
        raise Failure("numbers that are not finite")
    return float(numpy.abs(found - expected).max() / numpy.abs(expected).max())


def compare(what, found, expected, rounding=0.0):
    """Relative difference, which may be ten times what rounding the input does to the output, where
    a network magnifies that."""
    difference = relative_difference(found, expected)
    if difference > max(TOLERANCE, 10 * rounding):
        raise Failure(f"{what}: relative difference {difference:.1e}")
    return f"{difference:.1e}"


def rounding(file, x, expected):
    """How far onnxruntime's own output moves when every input moves by one unit in the last place."""
    if x.dtype != numpy.float32:
        return 0.0
    moved = onnxruntime_outputs(file, numpy.nextafter(x, numpy.float32(numpy.inf)))
    return relative_difference(moved, expected)


def export_file(case, table):
    if case.file.exists() and case.judge.exists():
        return "from an earlier run"
    case.folder.mkdir(parents=True, exist_ok=True)
    with contextlib.redirect_stdout(io.StringIO()):
        export.export(case.model, case.form, case.file)
    return f"{case.file.stat().st_size / 1e6:.1f} MB"


def inspect(case, table):
    _, startup = net2net("--version")
    printed, seconds = net2net("inspect", "--json", case.file)
    case.inspection = json.loads(printed)
    if kept := sorted({layer["operator"] for layer in case.inspection["opaque"]} - OPAQUE.keys()):
        raise Failure(f"operators that stay unread: {', '.join(kept)}")
    own = seconds - startup
    if own > INSPECT_SECONDS:
        raise Failure(f"{own:.2f} s of own time")
    return f"{own:.2f} s, {len(case.inspection['layers'])} nodes"


def numbers(case, table):
    """Our outputs against onnxruntime's. Training forms are compared in our evaluation mode
    with the evaluation form of their weights."""
    inputs = export.drawn_inputs(case.model, EXAMPLES)
    outputs = [onnxruntime_outputs(case.judge, x) for x in inputs]
    case.teacher = [(x, expected, rounding(case.judge, x, expected))
                    for x, expected in zip(inputs, outputs)]
    output = case.path("output.safetensors")
    differences = []
    for x, expected, moved in case.teacher:
        save_file({"input": x}, case.path("input.safetensors"))
        net2net("run", case.file, "--input", case.path("input.safetensors"), "-o", output, "--force")
        differences.append(compare(f"output {x.shape}", load_file(output)["output"], expected, moved))
    return max(differences, key=float)


def width_table(case, table):
    return table.compare(case.model, case.form, grouped(case.inspection["widths"]))


def growable(case):
    """All free widths half as large again, all others that can grow doubled."""
    factors = {"free": "1.5x", "uniform": "2x"}
    return {
        width["name"]: factors[width["freedom"]] for width in case.inspection["widths"]
        if width["freedom"] in factors
        and not (width["freedom"] == "free" and width["size"] == 1)
    }


def grow(case, plan, kind):
    """Carries out a plan and judges the result: the grade in float64, the format's own checker,
    onnxruntime's numbers."""
    plan_file, student = case.path(f"{kind}.yml"), case.path(f"{kind}.onnx")
    plan_file.write_text(json.dumps(plan, indent=1) + "\n")
    net2net("grow", case.file, "--plan", plan_file, "-o", student, "--force", "--no-verify")
    onnx.checker.check_model(student, full_check=True)
    printed, _ = net2net(
        "verify", case.file, student, "--receipt", case.path(f"{kind}.receipt.json"),
        "--examples", 2, "--json")
    grade = json.loads(printed)["grade"]
    if grade not in ("exact", "bitExact"):
        raise Failure(f"grade {grade}")
    differences = [
        compare(f"the student {x.shape}", onnxruntime_outputs(student, x), expected, moved)
        for x, expected, moved in case.teacher]
    return f"{grade}, onnxruntime {max(differences, key=float)}"


def widen(case, table):
    widths = growable(case)
    if not widths:
        raise Failure("no width can grow")
    plan = {"seed": 7, "growths": [{"widen": {"widths": widths}}]}
    return f"{len(widths)} widths: " + grow(case, plan, "grown")


def deepen(case, table):
    """Every block gets deeper: residual blocks are repeated, each dense block gets one layer more,
    pairs of factorised kernels another pair, and elsewhere a layer goes in at one site of each part
    of the network (`sites_of_parts`); and at one of each kind, where that leaves any."""
    graph = onnx.load(case.file, load_external_data=False).graph
    blocks = repeated_blocks(case.inspection["blocks"])
    pairs = factorised_pairs(graph)
    taken = {site for members in pairs.values() for site in members}
    sites = [site for site in case.inspection["sites"] if site["name"] not in taken]
    is_dense = len(blocks) < len(case.inspection["blocks"])
    names = chosen_sites(sites) + ([] if is_dense else sites_of_parts(graph, sites))
    names = list(dict.fromkeys(names))
    growths = [{"repeat": {"block": block, "times": 2}} for block in blocks]
    growths += [{"deepen": {"after": members, "kernel": kernels.split(), "batchNorm": False}}
                for kernels, members in pairs.items()]
    if names:
        growths.append({"deepen": {"after": names, "batchNorm": False}})
    if not growths:
        raise Failure("no site and no block")
    found = f"{len(blocks)} blocks, {len(taken)} pairs, {len(names)} sites: "
    return found + grow(case, {"seed": 7, "growths": growths}, "deeper")


def repeated_blocks(blocks):
    """All residual blocks, and the last layer of each dense block."""
    last = {re.sub(r"denselayer\d+", "denselayer", block): block for block in blocks}
    return list(last.values())


def sites_of_parts(graph, sites):
    """The first site that gains a non-linearity in each part of the network: up to where branches
    meet or pictures get smaller, which is where torchvision's blocks end."""
    joints = [node.op_type in ("Add", "Concat", "MaxPool", "AveragePool") for node in graph.node]
    parts = {node.name: sum(joints[:place]) for place, node in enumerate(graph.node)}
    first = {}
    for site in sites:
        if site["insertion"] != "linear identity":
            part = (parts.get(site["name"]), tuple(site["spatialSizes"]))
            first.setdefault(part, site["name"])
    return list(first.values())


def factorised_pairs(graph):
    """Sites behind pairs such as 1×7 and 7×1, by the kernels: the activations behind the second."""
    readers = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)

    def kernel(node):
        shapes = [list(a.ints) for a in node.attribute if a.name == "kernel_shape"]
        return shapes[0] if node.op_type == "Conv" and shapes else None

    def behind(node):
        """The activation behind a convolution, and what is its only reader."""
        while node.op_type != "Relu":
            following = readers.get(node.output[0], [])
            if len(following) != 1 or following[0].op_type not in ("Relu", "BatchNormalization"):
                return None, None
            node = following[0]
        following = readers.get(node.output[0], [])
        return node, following[0] if len(following) == 1 else None

    pairs = {}
    for node in graph.node:
        first = kernel(node)
        if not first or len(first) != 2 or min(first) != 1 or max(first) == 1:
            continue
        _, second = behind(node)
        if second is not None and kernel(second) == first[::-1]:
            activation, _ = behind(second)
            if activation is not None:
                name = f"{first[0]}x{first[1]} {first[1]}x{first[0]}"
                pairs.setdefault(name, []).append(activation.name)
    return pairs


def chosen_sites(sites):
    """Of each number of channels and kind of insertion one, up to eight."""
    chosen = {}
    for site in sites:
        chosen.setdefault((site["channels"], site["insertion"]), site["name"])
    return list(chosen.values())[:8]


def pinned(case, table):
    """Growing a pinned width is refused with its reason: one width for each reason."""
    asked = {}
    for width in case.inspection["widths"]:
        if width["freedom"] == "pinned":
            asked.setdefault(grouped([width])["pinned"]["reasons"][0], width)
    for width in asked.values():
        sentence = refusal(
            "widen", case.file, "--width", f"{width['name']}=2x", "-o", case.path("grown.onnx"),
            "--dry-run")
        if width["reasons"][0] not in sentence:
            raise Failure(f"{width['reasons'][0]!r} expected, found {sentence!r}")
    return f"{len(asked)} reasons"


@dataclass
class Step:
    run: object
    needs: tuple = ()


STEPS = {
    "export": Step(export_file),
    "inspect": Step(inspect, ("export",)),
    "numbers": Step(numbers, ("export", "inspect")),
    "widths": Step(width_table, ("inspect",)),
    "pinned": Step(pinned, ("inspect",)),
    "widen": Step(widen, ("inspect", "numbers")),
    "deepen": Step(deepen, ("inspect", "numbers")),
}
