"""Does to a training run what power cuts, full disks and careless people do, and checks what is left.

Usage: torture.py [kill] [full] [readonly] [--program FILE] [--kills N] [--seed N]

kill      `kill -9` at random times, N times over: after each, the newest checkpoint verifies, at
          most one unfinished folder or file is left, and in the end the network has the bytes that a
          run without interruption gives, also across two growths.
full      a disk that fills up: a sentence, exit code 1, and the checkpoint before is intact.
readonly  a disk that takes no writes: the same.

`full` and `readonly` mount file systems and need root; without, they say so and are left out. Ends with 1
when something does not hold.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

PLAN = """
seed: 3
steps:
  - at: step 60
    growths: [{widen: {all: 1.5x}}]
    relaxSteps: 50
  - at: step 130
    growths: [{deepen: {all: true}}]
    learningRate: rewarm
    rewarmSteps: 20
"""
STEPS = 200
CHECKPOINT_EVERY = 15


class Run:
    """A run's folder, and the commands that begin it and go on with it."""

    def __init__(self, program, folder, network, plan):
        self.folder = pathlib.Path(folder)
        self.begin = [program, "train", network, "--data", "fashion-mnist", "--grow", plan, "-o",
                      str(folder), "--steps", str(STEPS), "--checkpoint-every", str(CHECKPOINT_EVERY),
                      "--evaluate-every", "1000", "--optimizer", "adamw", "--threads", "1"]
        self.resume = [program, "train", "--resume", str(folder), "--threads", "1"]

    def beginning_without_growth(self, steps):
        """For tests that end before the plan's growths."""
        at = self.begin.index("--grow")
        words = self.begin[:at] + self.begin[at + 2:]
        words[words.index("--steps") + 1] = str(steps)
        return words

    def checkpoints(self):
        folder = self.folder / "checkpoints"
        return sorted(p for p in folder.glob("step-*") if ".tmp-" not in p.name) if folder.is_dir() else []

    def leftovers(self):
        return [p for p in self.folder.rglob("*") if ".tmp-" in p.name and p.is_dir()
                or p.name.startswith(".net2net-") and ".tmp-" not in p.parent.name]

    def log_is_whole(self):
        """Every line of the log but the last is JSON."""
        log = self.folder / "metrics.jsonl"
        lines = log.read_text().split("\n") if log.exists() else []
        for line in lines[:-1]:
            json.loads(line)


def verify(checkpoint):
    """Raises where a checkpoint is not what its manifest says."""
    manifest = json.loads((checkpoint / "MANIFEST.json").read_text())
    for name, entry in manifest["files"].items():
        found = (checkpoint / name).read_bytes()
        assert len(found) == entry["bytes"], f"{checkpoint}/{name}: {len(found)} bytes"
        assert hashlib.sha256(found).hexdigest() == entry["sha256"], f"{checkpoint}/{name}: hash"


def finish(command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


def digest(run):
    return hashlib.sha256((run.folder / "network.onnx").read_bytes()).hexdigest()


def kill(make, kills, generator):
    whole = make("whole")
    start = time.monotonic()
    done = finish(whole.begin)
    assert done.returncode == 0, done.stderr
    seconds = time.monotonic() - start
    expected = digest(whole)

    completed, killed, lost = 0, 0, []
    run = make("killed")
    while killed < kills:
        # A run that came to its end makes room for a new one.
        begins = not run.checkpoints()
        if begins and run.folder.exists():
            shutil.rmtree(run.folder)
        process = subprocess.Popen(run.begin if begins else run.resume, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        try:
            process.wait(timeout=generator.uniform(0.05, seconds))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
            leftovers = run.leftovers()
            assert len(leftovers) <= 1, f"kill {killed}: {leftovers} are left"
            if run.checkpoints():
                verify(run.checkpoints()[-1])
                run.log_is_whole()
                log = [json.loads(line) for line in
                       (run.folder / "metrics.jsonl").read_text().split("\n")[:-1]]
                steps = [line["step"] for line in log if line["kind"] == "training"]
                newest = int(run.checkpoints()[-1].name.removeprefix("step-"))
                lost.append(max(0, (steps[-1] if steps else 0) - newest))
            continue
        message = process.stderr.read()
        assert process.returncode == 0, f"after {killed} kills: {message}"
        completed += 1
        assert digest(run) == expected, f"after {killed} kills: other bytes than without"
        assert not run.leftovers(), run.leftovers()
        shutil.rmtree(run.folder)
    # What was killed last comes to its end too.
    if run.checkpoints():
        done = finish(run.resume)
        assert done.returncode == 0, done.stderr
        completed += 1
        assert digest(run) == expected, "other bytes than without kills"
    most = max(lost, default=0)
    assert most <= CHECKPOINT_EVERY + 10, f"{most} steps were lost"  # The log is every 10 steps.
    return (f"{killed} kills, {completed} runs came to their end with the bytes of one without; "
            f"at most {most} logged steps to repeat")


def mounted(folder, *mount):
    subprocess.run(["mount", *mount, str(folder)], check=True, capture_output=True)


def full(make, _kills, _generator):
    run = make("full")
    disk = run.folder.parent
    mounted(disk, "-t", "tmpfs", "-o", "size=6m", "tmpfs")
    try:
        done = finish(run.beginning_without_growth(30))
        assert done.returncode == 0, done.stderr
        before = run.checkpoints()
        left = shutil.disk_usage(disk).free
        (disk / "filler").write_bytes(bytes(max(0, left - 20_000)))
        refused = finish(run.resume + ["--steps", "60"])
        assert refused.returncode == 1, (refused.returncode, refused.stderr)
        assert "the disk is full" in refused.stderr, refused.stderr
        assert "tmp-" not in refused.stderr, refused.stderr
        assert run.checkpoints() == before and not run.leftovers()
        verify(before[-1])
        os.remove(disk / "filler")
        done = finish(run.resume + ["--steps", "60"])
        assert done.returncode == 0, done.stderr
        return f"said «{sentence(refused, run)}», and went on when there was room"
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def sentence(done, run):
    text = (done.stderr or done.stdout).strip().split("\n")[-1]
    return text.replace(str(run.folder.parent) + "/", "")


def readonly(make, _kills, _generator):
    run = make("readonly")
    done = finish(run.beginning_without_growth(30))
    assert done.returncode == 0, done.stderr
    before = run.checkpoints()
    mounted(run.folder, "--bind", str(run.folder))
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(run.folder)], check=True)
        done = finish(run.resume + ["--steps", "60"])
        assert done.returncode == 1, (done.returncode, done.stderr)
        assert "read-only" in done.stderr, done.stderr
        assert run.checkpoints() == before
        verify(before[-1])
        return f"said «{sentence(done, run)}»"
    finally:
        subprocess.run(["umount", str(run.folder)], check=True)


TESTS = {"kill": kill, "full": full, "readonly": readonly}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tests", nargs="*", metavar="TEST")
    parser.add_argument("--program", default=".build/release/net2net")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    arguments = parser.parse_args()
    for name in arguments.tests:
        if name not in TESTS:
            parser.error(f"{name}: one of {', '.join(TESTS)} expected")
    program = str(pathlib.Path(arguments.program).resolve())
    print(f"seed {arguments.seed}", flush=True)

    failed = False
    with tempfile.TemporaryDirectory() as folder:
        network = f"{folder}/network.onnx"
        plan = f"{folder}/plan.yml"
        pathlib.Path(plan).write_text(PLAN)
        finish([program, "new", "convnet", "--width-factor", "0.25", "-o", network], check=True)

        def make(name):
            place = pathlib.Path(folder) / name
            place.mkdir(exist_ok=True)
            return Run(program, place / "run", network, plan)

        for name in arguments.tests or TESTS:
            if name != "kill" and os.geteuid() != 0:
                print(f"{name:9} left out: it mounts a file system, which needs root", flush=True)
                continue
            try:
                note = TESTS[name](make, arguments.kills, random.Random(arguments.seed))
                print(f"{name:9} ok: {note}", flush=True)
            except AssertionError as error:
                failed = True
                print(f"{name:9} FAILED: {error}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
