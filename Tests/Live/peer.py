"""onnxruntime behind a minimal server of asyncio: what a person would write in an afternoon.

It speaks the same protocol and gathers requests by the same rule as net2net: a batch runs as soon
as ROWS examples wait or the first has waited MILLISECONDS, in a thread of its own, while the next
gathers. Usage: peer.py NETWORK ROWS MILLISECONDS; prints its port.
"""
import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime


class Batcher:
    def __init__(self, network, rows, seconds):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(network, options, ["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        self.output = self.session.get_outputs()[0].name
        self.rows, self.seconds = rows, seconds
        self.waiting = asyncio.Queue()
        self.thread = ThreadPoolExecutor(1)

    async def run(self):
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self.waiting.get()]
            rows, end = len(batch[0][0]), loop.time() + self.seconds
            while rows < self.rows:
                if self.waiting.empty() and loop.time() >= end:
                    break
                try:
                    job = await asyncio.wait_for(self.waiting.get(), max(0, end - loop.time()))
                except asyncio.TimeoutError:
                    break
                batch.append(job)
                rows += len(job[0])
            inputs = np.concatenate([job[0] for job in batch])
            outputs = await loop.run_in_executor(self.thread, self.compute, inputs)
            start = 0
            for tensor, answer in batch:
                answer.set_result(outputs[start:start + len(tensor)])
                start += len(tensor)

    def compute(self, inputs):
        return self.session.run([self.output], {self.input: inputs})[0]


class Connection(asyncio.Protocol):
    def __init__(self, batcher):
        self.batcher, self.held = batcher, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.held += data
        while True:
            end = self.held.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.held[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15:].split(b"\r\n")[0])
            if len(self.held) < end + 4 + length:
                return
            body = self.held[end + 4:end + 4 + length]
            self.held = self.held[end + 4 + length:]
            asyncio.ensure_future(self.answer(body))

    async def answer(self, body):
        given = json.loads(body)["inputs"][0]
        tensor = np.array(given["data"], np.float32).reshape(given["shape"])
        done = asyncio.get_running_loop().create_future()
        await self.batcher.waiting.put((tensor, done))
        found = await done
        text = json.dumps({"model_name": "peer", "model_version": "1", "outputs": [{
            "name": self.batcher.output, "shape": found.shape, "datatype": "FP32",
            "data": found.ravel().tolist()}]}).encode()
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (len(text), text))


async def main():
    network, rows, milliseconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    batcher = Batcher(network, rows, milliseconds / 1000)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(batcher), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await batcher.run()


asyncio.run(main())
