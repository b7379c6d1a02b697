#!/usr/bin/env python3
"""Every limit of the service: told, kept, counted. Times are short here; only what comes, and in
which order, is asked."""
import re
import resource
import threading

from service import *


BODIES, LINES = 14, 20


class Limited(Service):
    def start(self):
        self.manager = Manager(self.folder)
        self.manager.admin = f"{self.folder}/admin"
        self.more = ("--admin", self.manager.admin)
        super().start()

    def metrics(self):
        return dict(re.findall(r"(?m)^danzheng_(\S+) (\S+)$", self.manager.ask("/metrics")[1]))

    def counted(self, name):
        return until(lambda: int(self.metrics().get(name, 0)))


def hello(client):
    return next(client.ask({"op": "hello"}))[0]


def fatal(client):
    """The code of the fault that ends the stream, and whether it ended."""
    answer, _ = client.receive()
    return answer.get("fatal") and answer["error"]["code"], client.receive() is None


def enter(service):
    """A client that was let in."""
    client = service.client()
    client.send({"op": "ping", "id": "in"})
    return client if client.receive()[0]["ok"] else None


def told():
    with Limited(first=11, frame=12, write=13, deadline=14, connections=15) as service:
        limits = hello(service.client())["limits"]
        ok("hello tells what [serve] says", [limits[name] for name in (
            "first_ms", "frame_ms", "write_ms", "deadline_ms", "connections")] ==
           [11000, 12000, 13000, 14000, 15], limits)
        seen = {name[len('limit{name="'):-2]: int(value) for name, value in
                service.metrics().items() if name.startswith("limit{")}
        ok("and the metrics what hello tells", seen == limits, seen)
        with open(f"{HOME}/config/man/danzheng-protocol.7", encoding="utf-8") as file:
            words = set(re.findall(r"\w+", file.read().partition(".SH LIMITS")[2]))
        ok("the manual has each", not set(limits) - words, set(limits) - words)


def first():
    with Limited(first=1) as service:
        waits, silent, half = service.client(), service.client(), service.client()
        hello(waits)
        half.output.write(b'{"op":"ping","id":"1"')
        half.output.flush()
        ok("who connects and says nothing is told so, and dropped",
           fatal(silent) == ("FRAME_TIMEOUT", True))
        ok("so is who does not finish its first request", fatal(half) == ("FRAME_TIMEOUT", True))
        ok("who said hello may wait", next(waits.ask({"op": "ping"}))[0]["ok"])
        ok("it is counted", service.counted('streams_lost_total{code="FRAME_TIMEOUT"}') >= 2)


def frame():
    with Limited(frame=1) as service:
        other, half, body = service.client(), service.client(), service.client()
        hello(other)
        for client, text in ((half, b'{"op":"ping"'), (body, b'{"op":"verify","bytes":9}\n%PDF')):
            hello(client)
            client.output.write(text)
            client.output.flush()
        ok("a line that is not finished ends the stream", fatal(half) == ("FRAME_TIMEOUT", True))
        ok("and a body", fatal(body) == ("FRAME_TIMEOUT", True))
        ok("others go on", next(other.ask({"op": "ping"}))[0]["ok"])


def write():
    with Limited(write=1, renderers=1) as service:
        client = service.client()
        try:
            for number in range(30):
                client.send({"op": "render", "id": str(number), "outputs": ["goods_list"],
                             "record": long_list(1000, f"Z{number:015d}")})
        except BrokenPipeError:
            pass  # so soon
        ok("who reads nothing is dropped",
           service.counted('streams_lost_total{code="WRITE_TIMEOUT"}') == 1)
        ok("and the log says why", service.said('"code":"WRITE_TIMEOUT"'))
        ok("the service goes on", works(service) == "")


def held():
    with Limited(renderers=1) as service:
        client = service.client()
        for number in range(40):
            client.send({"op": "render", "id": str(number), "outputs": ["goods_list"],
                         "record": long_list(100)})
        answers = [client.receive()[0] for _ in range(40)]
        ok("who asks for more than may be open waits, and is answered",
           all(answer["ok"] for answer in answers), answers)
        ok("and it is counted", service.counted("clients_held_total") >= 1)


def crowd():
    with Limited(connections=2) as service:
        clients = [until(lambda: enter(service)) for _ in range(2)]
        ok("more than may be connected are told so",
           until(lambda: fatal(service.client()) == ("BUSY", True)))
        ok("and counted", service.counted('connections_refused_total{code="BUSY"}') >= 1)
        ok("those that are go on", all(hello(client)["ok"] for client in clients))


def shares():
    """What one user may take of it."""
    with Limited(connections=8, **{"user-connections": 2}) as service:
        clients = [until(lambda: enter(service)) for _ in range(2)]
        ok("more than one user may connect are told so",
           until(lambda: fatal(service.client()) == ("BUSY", True)))
        ok("and those that are go on", all(hello(client)["ok"] for client in clients))


def memory(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) // 1024


def ask_much(client):
    for number in range(BODIES):
        client.send({"op": "render", "id": str(number), "deadline_ms": 300000}, b" " * (16 << 20))


def hoard():
    """Two clients of a user ask for more than may be held for him, while nothing is done."""
    with Limited(renderers=1, patience=300, **{"user-memory": 64}) as service:
        renderer = until(lambda: len(service.renderers()) == 2 and service.renderers()[0])
        client = until(lambda: enter(service))
        os.kill(renderer, signal.SIGSTOP)
        clients = [service.client(), service.client()]
        threads = [threading.Thread(target=ask_much, args=(one,), daemon=True) for one in clients]
        for thread in threads:
            thread.start()
        ok("who has his share is not read on",
           until(lambda: service.counted("clients_held_total") >= 2))
        if not SANITIZED:
            ok("and no more is held for him", memory(service.front()) < 300,
               memory(service.front()))
        os.kill(renderer, signal.SIGCONT)
        codes = [one.receive()[0]["error"]["code"] for one in clients for _ in range(BODIES)]
        ok("until there is room again: all are answered", codes == ["JSON_SYNTAX"] * 2 * BODIES,
           codes)
        client.send({"op": "ping", "id": "after"})
        ok("also who was not read for it", client.receive()[0]["id"] == "after")


def lines():
    """A long line leaves no memory behind."""
    name = "what a long line took is given back"
    if SANITIZED:
        skip(name, "freed memory is kept for a while")
        return
    with Limited() as service:
        before, clients = memory(service.front()), []
        for _ in range(LINES):
            clients.append(service.client())
            clients[-1].send({"op": "ping", "id": "1", "record": "x" * (15 << 20)})
            clients[-1].receive()
        ok(name, memory(service.front()) - before < LINES * 5, memory(service.front()) - before)


def descriptors():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, before[1]))
    with Limited(connections=150, **{"user-connections": 150}) as service:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, before[1]), before[1]))
        clients = [until(lambda: enter(service)) for _ in range(120)]
        ok("as many descriptors are taken as connections need", all(clients))
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


for test in (descriptors, told, first, frame, write, held, crowd, shares, hoard, lines):
    test()
finish()
