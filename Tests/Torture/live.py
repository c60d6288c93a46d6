"""Kills a server that learns while clients write and ask, fills its disk, and checks what is left.

Usage: live.py [kill] [full] [--program FILE] [--kills N] [--seed N]

kill  `kill -9` of the whole process at random times under load, N times over: after each, every
      acknowledged example is in the segments under its number, the registry passes SQLite's
      integrity check, every version's file has its SHA-256, at most one temporary file is left, and
      the server starts again, answers with the champion, and has cleaned up.
full  a disk that fills up: examples are refused with 507 and a sentence, requests are answered all the
      while, nothing acknowledged is lost, and taking examples goes on once there is room.

The segments are read here by their description (docs/lifelong.md), not by the program. `full` mounts
a file system and needs root; without, it says so and is left out. Ends with 1 when something does
not hold.
"""

import argparse
import hashlib
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import zlib

PIXELS = 784


class Segment:
    """A file of examples: a header that explains itself, and records of one size."""

    def __init__(self, path):
        data = path.read_bytes()
        length = int.from_bytes(data[8:12], "little")
        text = data[16:16 + length]
        assert data[:8] == b"net2netE" and zlib.crc32(text) == int.from_bytes(data[12:16], "little"), path
        self.first = json.loads(text)["first"]
        size = 16 + PIXELS
        start = 16 + length
        self.samples = []
        for at in range(start, len(data) - size + 1, size):
            record = data[at:at + size]
            whole = zlib.crc32(record[4:]) == int.from_bytes(record[:4], "little")
            self.samples.append(record[16:] if whole else None)


def samples(folder):
    """Every sample by its number; None for a record that is not whole."""
    found = {}
    for path in sorted((folder / "examples").glob("*.segment")):
        try:
            segment = Segment(path)
        except (AssertionError, ValueError, KeyError):
            continue  # A file that was being begun; nothing in it was acknowledged.
        found.update(enumerate(segment.samples, segment.first))
    return found


class Server:
    def __init__(self, program, folder, words=()):
        self.process = subprocess.Popen(
            [program, "live", "serve", str(folder), "--port", "0", *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        if not address:
            self.process.kill()
            raise AssertionError(f"it did not start: {line}{self.process.stderr.read()}")
        self.port = int(address[1])
        # Nobody reads what else it says; a full pipe would stop it.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.process.terminate()
        return self.process.wait(timeout=60)


class Client:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, method, path, body=None):
        text = None if body is None else json.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        self.connection.request(method, path, text, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.headers.get("X-Model-Version"), json.loads(answer.read() or b"{}")


def sample(generator):
    """Pixels that no other example has; a class can be told from them."""
    label = generator.randrange(10)
    pixels = bytearray(generator.randbytes(PIXELS))
    pixels[label * 70:label * 70 + 70] = b"\xff" * 70
    return label, bytes(pixels)


def put(client, generator, count):
    """Adds examples; what was acknowledged, by number."""
    made = [sample(generator) for _ in range(count)]
    status, _, answer = client.ask(
        "POST", "/v1/examples", {"examples": [{"label": l, "data": list(p)} for l, p in made]})
    if status != 200:
        return status, answer
    return status, {answer["first"] + at: pixels for at, (_, pixels) in enumerate(made)}


def infer(client, generator):
    tensor = {"name": NAMES["input"], "shape": [1, *NAMES["shape"]], "datatype": "FP32",
              "data": [generator.uniform(-1, 1) for _ in range(PIXELS)]}
    return client.ask("POST", f"/v2/models/{NAMES['model']}/infer", {"inputs": [tensor]})


NAMES = {}


def learn_names(client, model):
    status, _, answer = client.ask("GET", f"/v2/models/{model}")
    assert status == 200, answer
    NAMES.update(model=model, input=answer["inputs"][0]["name"], shape=answer["inputs"][0]["shape"][1:])


def load(port, seconds, acknowledged, failures, seed):
    """Two clients that write and two that ask, until the server is gone."""
    stop = time.monotonic() + seconds

    def work(number):
        generator = random.Random(seed * 10 + number)
        try:
            client = Client(port)
            while time.monotonic() < stop:
                if number < 2:
                    status, answer = put(client, generator, generator.randrange(1, 40))
                    if status == 200:
                        acknowledged.update(answer)
                else:
                    status, version, answer = infer(client, generator)
                    if status == 200 and not (version and version.isdigit()):
                        failures.append(f"an answer without a version: {answer}")
                if status != 200:
                    failures.append(f"{status}: {answer}")
        except (OSError, http.client.HTTPException, ValueError):
            pass  # It was killed.

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    return threads


def leftovers(folder):
    """The temporary files and folders; what lies in a temporary folder goes with it and counts as one."""
    def is_temporary(path):
        return ".tmp-" in path.name or path.name.startswith(".net2net-")

    return [p for p in folder.rglob("*")
            if is_temporary(p) and not any(map(is_temporary, p.relative_to(folder).parents))]


def check(folder, acknowledged):
    """Raises where something acknowledged is missing, or the registry and its files disagree."""
    found = samples(folder)
    for number, pixels in acknowledged.items():
        assert found.get(number) == pixels, f"example {number} was acknowledged and is not there"
    # A copy, so that looking mends nothing.
    with tempfile.TemporaryDirectory() as copy:
        for file in folder.glob("registry.sqlite*"):
            shutil.copy(file, copy)
        database = sqlite3.connect(f"{copy}/registry.sqlite")
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        versions = dict(database.execute("SELECT number, sha256 FROM version"))
        champion = database.execute("SELECT version FROM alias WHERE name = 'champion'").fetchone()[0]
        database.close()
    for number, sha256 in versions.items():
        file = folder / "networks" / sha256[:2] / f"{sha256}.onnx"
        assert hashlib.sha256(file.read_bytes()).hexdigest() == sha256, f"version {number}: {file}"
    return champion, len(versions)


def made(program, place):
    """A live model, and its folder."""
    network = place / "small.onnx"
    subprocess.run([program, "new", "convnet", "--data", "fashion-mnist", "--width-factor", "0.125",
                    "-o", network], check=True, capture_output=True)
    folder = place / "model"
    subprocess.run([program, "live", "init", folder, "--network", network, "--data", "fashion-mnist"],
                   check=True, capture_output=True)
    return folder


def kill(program, place, kills, generator):
    folder = made(program, place)
    acknowledged, failures, versions = {}, [], 1
    for number in range(kills):
        server = Server(program, folder)
        assert not leftovers(folder), f"start {number + 1}: {leftovers(folder)} are left"
        learn_names(Client(server.port), folder.name)
        status, version, answer = infer(Client(server.port), generator)
        assert status == 200 and version, f"start {number + 1}: {status} {answer}"
        threads = load(server.port, 60, acknowledged, failures, generator.randrange(1 << 30))
        time.sleep(generator.uniform(0.05, 4))
        server.kill()
        for thread in threads:
            thread.join()
        assert not failures, f"before kill {number + 1}: {failures[0]}"
        assert len(leftovers(folder)) <= 1, f"kill {number + 1}: {leftovers(folder)}"
        _, versions = check(folder, acknowledged)
    server = Server(program, folder)
    assert not leftovers(folder)
    status, _, answer = Client(server.port).ask("GET", "/v1/status")
    assert status == 200 and answer["examples"] >= len(acknowledged), answer
    assert server.end() == 0, "Ctrl-C did not end it cleanly"
    check(folder, acknowledged)
    return f"{kills} kills, {len(acknowledged)} acknowledged examples all there, {versions} versions"


def full(program, place, _kills, generator):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", place], check=True)
    try:
        folder = made(program, place)
        server = Server(program, folder, ["--no-learn"])
        client = Client(server.port)
        learn_names(client, folder.name)
        acknowledged = {}
        status, answer = put(client, generator, 20)
        acknowledged.update(answer)
        filler = place / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(place).free - 60_000))
        for _ in range(40):
            status, answer = put(client, generator, 20)
            if status != 200:
                break
            acknowledged.update(answer)
        assert status == 507 and "full" in answer["error"], (status, answer)
        sentence = answer["error"]
        status, _, refused = infer(client, generator)
        assert status == 200, (status, refused)
        filler.unlink()
        status, answer = put(client, generator, 20)
        assert status == 200, (status, answer)
        acknowledged.update(answer)
        assert server.end() == 0
        check(folder, acknowledged)
        return f"507 «{sentence.replace(str(place) + '/', '')}», and went on when there was room"
    finally:
        subprocess.run(["umount", place], check=False)


TESTS = {"kill": kill, "full": full}


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
    for name in arguments.tests or TESTS:
        if name == "full" and os.geteuid() != 0:
            print(f"{name:9} left out: it mounts a file system, which needs root", flush=True)
            continue
        with tempfile.TemporaryDirectory() as place:
            try:
                note = TESTS[name](program, pathlib.Path(place), arguments.kills,
                                   random.Random(arguments.seed))
                print(f"{name:9} ok: {note}", flush=True)
            except AssertionError as error:
                failed = True
                print(f"{name:9} FAILED: {error}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
