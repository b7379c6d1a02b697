"""A client of the service in the standard library alone: any language can speak to it.

    with Client("run/danzheng.sock") as client:
        for answer, pdf in client.render(record, ["goods_list"]):
            ...

An answer is a dict; the PDF is bytes, or None where the answer is a refusal. Answers to other
requests that come in between are kept for those who wait for them."""
import json
import socket


class Client:
    def __init__(self, path=None, stream=None):
        if path:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(path)
            stream = self.socket.makefile("rwb")
        self.input, self.output = stream if isinstance(stream, tuple) else (stream, stream)
        self.waiting, self.number = {}, 0

    def send(self, request, body=None):
        """Sends one request; the body is bytes."""
        if body is not None:
            request = dict(request, bytes=len(body))
        line = json.dumps(request, ensure_ascii=False).encode() + b"\n"
        self.output.write(line if body is None else line + body + b"\n")
        self.output.flush()

    def receive(self):
        """The next answer and its body; None at the end."""
        line = self.input.readline()
        if not line:
            return None
        answer = json.loads(line)
        if "bytes" not in answer:
            return answer, None
        body = self.input.read(answer["bytes"])
        assert self.input.read(1) == b"\n"
        return answer, body

    def ask(self, request, body=None):
        """All answers to one request."""
        self.number += 1
        name = str(self.number)
        self.send(dict(request, id=name), body)
        while True:
            while not self.waiting.get(name):
                answer, got = self.receive()
                self.waiting.setdefault(answer.get("id"), []).append((answer, got))
            answer, got = self.waiting[name].pop(0)
            yield answer, got
            if answer["last"]:
                return

    def render(self, record, outputs, **more):
        return self.ask(dict(more, op="render", outputs=outputs, record=record))
