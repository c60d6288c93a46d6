"""What check.py asks of every network, one function a step."""

import contextlib
import io
import json
import re
import os
import pathlib
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
NET2NET = REPOSITORY / ".build" / "release" / "net2net"

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
    input: numpy.ndarray | None = None
    teacher: numpy.ndarray | None = None

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
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return session.run(["output"], {"input": x})[0]


def relative_difference(found, expected):
    """The largest difference, measured by the size of what is expected."""
    if found.shape != expected.shape:
        raise Failure(f"shape {expected.shape} expected, {found.shape} found")
    if not numpy.isfinite(found).all():
        raise Failure("numbers that are not finite")
    return float(numpy.abs(found - expected).max() / numpy.abs(expected).max())


def compare(what, found, expected):
    difference = relative_difference(found, expected)
    if difference > TOLERANCE:
        raise Failure(f"{what}: relative difference {difference:.1e}")
    return f"{difference:.1e}"


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
    case.input = export.drawn_input(case.model, EXAMPLES)
    case.teacher = onnxruntime_outputs(case.judge, case.input)
    save_file({"input": case.input}, case.path("input.safetensors"))
    output = case.path("output.safetensors")
    net2net("run", case.file, "--input", case.path("input.safetensors"), "-o", output, "--force")
    return compare("output", load_file(output)["output"], case.teacher)


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
    difference = compare("the student", onnxruntime_outputs(student, case.input), case.teacher)
    return f"{grade}, onnxruntime {difference}"


def widen(case, table):
    widths = growable(case)
    if not widths:
        raise Failure("no width can grow")
    plan = {"seed": 7, "growths": [{"widen": {"widths": widths}}]}
    return f"{len(widths)} widths: " + grow(case, plan, "grown")


def deepen(case, table):
    """The first block of every stage repeated, and one site of each kind and place, where there are
    such."""
    blocks = case.inspection["blocks"]
    repeated = first_of_stages(blocks)
    growths = [{"repeat": {"block": block, "times": 2}} for block in repeated]
    if sites := chosen_sites(case.inspection["sites"]):
        growths.append({"deepen": {"after": sites, "batchNorm": False}})
    if not growths:
        raise Failure("no site and no block")
    found = f"{len(sites)} sites, {len(repeated)} of {len(blocks)} blocks: "
    return found + grow(case, {"seed": 7, "growths": growths}, "deeper")


def first_of_stages(blocks):
    """Of the blocks whose names differ in their last number alone, the first; at most eight."""
    stages = {}
    for block in blocks:
        stages.setdefault(re.sub(r"\d+(\D*)$", r"\1", block), block)
    return list(stages.values())[:8]


def chosen_sites(sites):
    """Of each number of channels and kind of insertion one, where kernels have one size or two."""
    chosen = {}
    for site in sites:
        if len(site["spatialSizes"]) > 2:
            continue
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
