"""Plays the world around a live model: labelled Fashion-MNIST images arrive, questions are asked.

    python3 Examples/05-FeedALiveModel/feed.py http://127.0.0.1:8080 [EXAMPLES-A-SECOND]

Needs nothing but Python and Debian's dataset-fashion-mnist. Ends when all images have arrived, or
with the server.
"""
import gzip
import json
import sys
import time
import urllib.error
import urllib.request

DATA = "/usr/share/datasets/fashion-mnist"
MEAN, DEVIATION = 0.2860, 0.3530  # of all pixels, as Fashion-MNIST's networks are shown them


def images():
    with gzip.open(f"{DATA}/train-images-idx3-ubyte.gz") as file:
        pixels = file.read()[16:]
    with gzip.open(f"{DATA}/train-labels-idx1-ubyte.gz") as file:
        labels = file.read()[8:]
    for index, label in enumerate(labels):
        yield list(pixels[784 * index:784 * (index + 1)]), label


def ask(address, path, body=None):
    """The server's answer; waits and asks again where it is told to."""
    request = urllib.request.Request(
        address + path, headers={"Content-Type": "application/json"},
        data=None if body is None else json.dumps(body).encode())
    while True:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            seconds = error.headers.get("Retry-After")
            if seconds is None:
                sys.exit(f"{path}: {json.load(error)['error']}")
            time.sleep(float(seconds))


def wait_for(address, seconds=120):
    """The model's name, once the server is there."""
    end = time.monotonic() + seconds
    while True:
        try:
            return ask(address, "/v1/status")["model"]
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > end:
                sys.exit(f"{address}: no server there within {seconds} seconds")
            time.sleep(0.5)


def question(pixels):
    values = [round((pixel / 255 - MEAN) / DEVIATION, 5) for pixel in pixels]
    return {"inputs": [
        {"name": "input", "shape": [1, 1, 28, 28], "datatype": "FP32", "data": values}]}


def main():
    address = sys.argv[1].rstrip("/")
    rate = float(sys.argv[2]) if len(sys.argv) > 2 else 200
    model = wait_for(address)
    held, began, sent = [], time.monotonic(), 0
    for pixels, label in images():
        held.append({"label": label, "data": pixels})
        # Asked before it is told: what the model has not seen is what a user would ask.
        if len(held) % 4 == 0:
            ask(address, f"/v2/models/{model}/infer", question(pixels))
        if len(held) == 50:
            ask(address, "/v1/examples", {"examples": held})
            sent, held = sent + len(held), []
            time.sleep(max(0, sent / rate - (time.monotonic() - began)))
    print(f"{sent} examples have arrived")


try:
    main()
except (KeyboardInterrupt, urllib.error.URLError, ConnectionError):
    pass
