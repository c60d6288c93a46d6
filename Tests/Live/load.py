"""Loads a live server with clients while versions are swapped, and compares with onnxruntime.

    .venv/bin/python Tests/Live/load.py            # 64 clients, 60 seconds, 6 swaps, no learning
    .venv/bin/python Tests/Live/load.py --learn    # a learner trains beside both servers

Every answer of both is checked against what the version it names computes for that input: an answer
that mixes two versions, or one that names another than it is of, would differ. Versions that a
learner makes meanwhile are asked afterwards, and their answers checked then. With --learn
onnxruntime is loaded twice: beside a learner that is fed as ours was, and with the machine to itself.
Ends with exit code 1 when a request failed or an answer was wrong.
"""
import argparse
import json
import os
import selectors
import socket
import sys
import tempfile
import threading
import time

from live import ROOT, Server, call, fashion, grown, serve

TOLERANCE = 1e-3  # of the largest output; batches of other sizes add up in another order


class Client:
    """One connection that has one request under way at any time."""

    def __init__(self, port, requests, number, start):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.requests, self.next, self.stride = requests, start, number
        self.held, self.rest = b"", b""

    def send(self):
        self.which = self.next % len(self.requests)
        self.next += self.stride
        self.rest = self.requests[self.which]
        self.began = time.perf_counter()
        self.go_on()

    def go_on(self):
        try:
            self.rest = self.rest[self.socket.send(self.rest):]
        except BlockingIOError:
            pass

    def receive(self):
        """The head and body of a whole answer, or None."""
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError("closed")
        self.held += data
        end = self.held.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.held[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15:head.find(b"\r\n", at) if head.find(b"\r\n", at) > 0 else end])
        if len(self.held) < end + 4 + length:
            return None
        body, self.held = self.held[end + 4:end + 4 + length], self.held[end + 4 + length:]
        return head, body


class Load:
    """Clients in one thread of one process; the server has the rest of the machine."""

    def __init__(self, port, path, inputs, check):
        self.port, self.check = port, check
        self.requests = []
        for data in inputs:
            body = json.dumps(inference(data)).encode()
            self.requests.append(
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self.latencies, self.failures = [], []

    def run(self, clients, seconds):
        selector = selectors.DefaultSelector()
        for number in range(clients):
            client = Client(self.port, self.requests, clients, number)
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.send()
        processor = time.process_time()
        began, open_clients, stopping = time.perf_counter(), clients, False
        while open_clients:
            for key, _ in selector.select(1):
                client = key.data
                try:
                    if client.rest:
                        client.go_on()
                    answer = client.receive()
                except (ConnectionError, OSError) as error:
                    self.failures.append(f"connection: {error}")
                    selector.unregister(client.socket)
                    open_clients -= 1
                    continue
                if answer is None:
                    continue
                now = time.perf_counter()
                self.latencies.append(now - client.began)
                wrong = self.check(client.which, *answer)
                if wrong:
                    self.failures.append(wrong)
                stopping = stopping or now - began > seconds
                if stopping:
                    selector.unregister(client.socket)
                    client.socket.close()
                    open_clients -= 1
                else:
                    client.send()
        self.seconds = time.perf_counter() - began
        self.processor = time.process_time() - processor
        return self

    def words(self):
        ordered = sorted(self.latencies)
        share = lambda part: ordered[min(len(ordered) - 1, int(part * len(ordered)))] * 1000
        return (f"{len(ordered)} requests, {len(ordered) / self.seconds:.0f} a second, "
                f"p50 {share(.5):.2f} ms, p99 {share(.99):.2f} ms, {len(self.failures)} failed")


def inference(data):
    return {"inputs": [
        {"name": "input", "shape": [1, 1, 28, 28], "datatype": "FP32", "data": data}]}


def expected_answers(port, model, versions, inputs):
    """What each version computes for each input, from the server itself, one input at a time."""
    found = {}
    for version in versions:
        found[version] = []
        for data in inputs:
            answer = call(
                port, f"/v2/models/{model}/versions/{version}/infer", inference(data))
            found[version].append(answer["outputs"][0]["data"])
    return found


class Checker:
    """Compares answers with what the version that they name computes."""

    def __init__(self, expected):
        self.expected, self.seen, self.changes, self.last = expected, {}, 0, None
        # The same network gives the same bytes again and again; what is known to be right, or waits
        # to be looked at, is not read twice.
        self.known, self.later = set(), {}

    def __call__(self, which, head, body):
        if not head.startswith(b"http/1.1 200"):
            return f"{head[:40]!r} {body[:200]!r}"
        at = head.find(b"x-model-version:")
        version = int(head[at + 16:].split(b"\r\n")[0]) if at >= 0 else 1
        self.seen[version] = self.seen.get(version, 0) + 1
        self.changes += self.last not in (None, version)
        self.last = version
        key = (version, which, body)
        if key in self.known:
            return None
        answer = json.loads(body)
        if answer["model_version"] != str(version):
            return f"the header says {version}, the body {answer['model_version']}"
        found = answer["outputs"][0]["data"]
        if version in self.expected:
            wrong = self.difference(version, which, found)
            if wrong:
                return wrong
        else:
            self.later.setdefault(version, []).append((which, found))
        self.known.add(key)
        return None

    def difference(self, version, which, found):
        wanted = self.expected[version][which]
        scale = max(1, max(map(abs, wanted)))
        if max(abs(a - b) for a, b in zip(found, wanted)) > TOLERANCE * scale:
            return f"version {version} answers otherwise than it computes"
        return None

    def settle(self, ask):
        """What is wrong with the answers of versions that were not there before; `ask` says what one
        computes for each input."""
        wrong = []
        for version, answers in sorted(self.later.items()):
            self.expected[version] = ask(version)
            wrong += filter(None, (self.difference(version, *answer) for answer in answers))
        return wrong


def swap_between(port, token, versions, count, seconds):
    """Promotes the versions in turn, evenly over the time."""
    done = []

    def swaps():
        for number in range(count):
            time.sleep(seconds / (count + 1))
            call(port, "/v1/promote", {"version": versions[number % len(versions)]}, token)
            done.append(time.time())

    thread = threading.Thread(target=swaps)
    thread.start()
    return thread, done


def feed(port, samples, stop):
    """Keeps the learner busy: 50 examples, ten times a second."""
    number = 0
    while not stop.is_set():
        part = [samples[(number + index) % len(samples)] for index in range(50)]
        call(port, "/v1/examples", {
            "examples": [{"label": label, "data": pixels} for pixels, label, _ in part]})
        number += 50
        time.sleep(0.1)


def told(name, server, load, before):
    """Prints what came of a load, and what it cost; `before` is the server's processor time then."""
    count = len(load.latencies)
    print(f"{name + ':':13}{load.words()}")
    print(f"             processor time for each: {1e6 * (server.processor() - before) / count:.0f} us "
          f"of the server, {1e6 * load.processor / count:.0f} us of the clients", flush=True)


def ours(live, options, samples):
    """What net2net does under load."""
    model, server, token = serve(live, *options.batching, learns=options.learn)
    stop = threading.Event()
    try:
        inputs = [values for _, _, values in samples[:options.inputs]]
        versions = sorted(entry["number"] for entry in call(server.port, "/v1/versions")["versions"])
        versions = versions[-3:]

        def asked(version):
            call(server.port, "/v1/promote", {"version": version}, token)
            return expected_answers(server.port, model, [version], inputs)[version]

        check = Checker({version: asked(version) for version in versions})
        if options.learn:
            threading.Thread(target=feed, args=(server.port, samples, stop), daemon=True).start()
        load = Load(server.port, f"/v2/models/{model}/infer", inputs, check)
        thread, done = swap_between(
            server.port, token, versions, options.swaps, options.seconds)
        before = server.processor()
        load.run(options.clients, options.seconds)
        told("net2net", server, load, before)
        thread.join()
        stop.set()
        load.failures += check.settle(asked)
        print(f"             {len(done)} swaps by hand, {len(check.seen)} versions answered, "
              f"{check.changes} times another than the answer before:")
        print(f"             {dict(sorted(check.seen.items()))}", flush=True)
        return load
    finally:
        stop.set()
        server.stop()


def peer(name, network, expected, options, samples):
    """What onnxruntime behind a minimal server does under the same load."""
    rows, milliseconds = options.batching
    server = Server(
        sys.executable, os.path.join(ROOT, "Tests/Live/peer.py"), network, str(rows),
        str(milliseconds))
    try:
        inputs = [values for _, _, values in samples[:options.inputs]]
        load = Load(server.port, "/", inputs, Checker({1: expected}))
        before = server.processor()
        load.run(options.clients, options.seconds)
        told(name, server, load, before)
        return load
    finally:
        server.stop()


def beside_learner(live, options, samples, body):
    """`body()` while a learner trains on what is fed to it, as it did under our own load."""
    _, server, _ = serve(live, *options.batching)
    stop = threading.Event()
    try:
        threading.Thread(target=feed, args=(server.port, samples, stop), daemon=True).start()
        return body()
    finally:
        stop.set()
        server.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--swaps", type=int, default=6)
    parser.add_argument("--inputs", type=int, default=64, help="different requests")
    parser.add_argument("--batching", nargs=2, type=float, default=[32, 1],
                        help="examples and milliseconds, for both servers")
    parser.add_argument("--learn", action="store_true", help="a learner trains beside the servers")
    options = parser.parse_args()
    options.batching = (int(options.batching[0]), options.batching[1])
    samples = fashion(6000)
    rate = lambda load: len(load.latencies) / load.seconds
    with tempfile.TemporaryDirectory() as folder:
        live, network = grown(folder, samples, versions=3)
        model, server, token = serve(live, learns=False)
        call(server.port, "/v1/promote", {"version": 1}, token)
        first = expected_answers(
            server.port, model, [1], [values for _, _, values in samples[:options.inputs]])[1]
        server.stop()
        load = ours(live, options, samples)
        loads = [load]
        if options.learn:
            ask = lambda: peer("onnxruntime, beside a learner", network, first, options, samples)
            loads.append(beside_learner(live, options, samples, ask))
            print(f"ratio beside a learner: {rate(load) / rate(loads[-1]):.2f}", flush=True)
        loads.append(peer("onnxruntime", network, first, options, samples))
        alone = " (it alone, ours beside a learner)" if options.learn else ""
        print(f"ratio: {rate(load) / rate(loads[-1]):.2f} times the requests a second{alone}")
    failures = [failure for load in loads for failure in load.failures]
    for failure in failures[:10]:
        print(f"failed: {failure}")
    sys.exit(bool(failures))


main()
