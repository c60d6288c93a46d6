"""What tests of a live server share: the program, requests to it, data to send."""
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("NET2NET", os.path.join(ROOT, ".build/release/net2net"))
DATA = "/usr/share/datasets/fashion-mnist"


def run(*arguments):
    subprocess.run([PROGRAM, *arguments], check=True, stdout=subprocess.DEVNULL)


def call(port, path, body=None, token=None):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers=headers,
        data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


class Server:
    """A started program that prints the address it listens at."""

    def __init__(self, *arguments):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=self.log, text=True,
            env={**os.environ, "OMP_WAIT_POLICY": "passive"})
        line = self.process.stdout.readline()
        digits = line.strip().rstrip("/").rsplit(":", 1)[-1]
        if not digits.isdigit():
            self.log.seek(0)
            sys.exit(f"{arguments[0]} did not start: {line}{self.log.read()}")
        self.port = int(digits)

    def processor(self):
        """Seconds of processor time so far, of all its threads."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def fashion(count, mean=0.2860, deviation=0.3530):
    """(pixels, label, pixels as a network sees them) of the first training images."""
    with gzip.open(f"{DATA}/train-images-idx3-ubyte.gz") as file:
        pixels = file.read(16 + 784 * count)[16:]
    with gzip.open(f"{DATA}/train-labels-idx1-ubyte.gz") as file:
        labels = file.read(8 + count)[8:]
    table = [round((value / 255 - mean) / deviation, 6) for value in range(256)]
    images = [pixels[784 * index:784 * (index + 1)] for index in range(count)]
    return [(list(image), label, [table[value] for value in image])
            for image, label in zip(images, labels)]


def serve(live, rows=32, milliseconds=1, learns=True):
    """The model's name, the server that is started for it, and its token."""
    server = Server(
        PROGRAM, "live", "serve", live, "--port", "0", "--batch-size", str(rows),
        "--batch-delay", str(milliseconds), *([] if learns else ["--no-learn"]))
    with open(os.path.join(live, "token")) as file:
        token = file.read().strip()
    return call(server.port, "/v1/status")["model"], server, token


def grown(folder, samples, versions, seconds=300):
    """A live model that has learnt until it has so many versions, and its first network's file."""
    network, live = os.path.join(folder, "small.onnx"), os.path.join(folder, "model")
    run("new", "convnet", "--data", "fashion-mnist", "--width-factor", "0.25", "-o", network)
    run("live", "init", live, "--network", network, "--data", "fashion-mnist")
    _, server, _ = serve(live)
    end = time.time() + seconds
    try:
        for start in range(0, len(samples), 1000):
            call(server.port, "/v1/examples", {"examples": [
                {"label": label, "data": pixels} for pixels, label, _ in samples[start:start + 1000]]})
            while len(call(server.port, "/v1/versions")["versions"]) < 2 + start // 1000:
                if time.time() > end:
                    sys.exit("no new version came in time")
                time.sleep(0.2)
            if 2 + start // 1000 >= versions:
                break
    finally:
        server.stop()
    return live, network
