#!/usr/bin/env python3
"""Clients that behave badly, all at once, while others work on."""
import socket
import threading

from service import *

PATIENCE_S = 60
FRAME = b'{"op":"render","id":"1","outputs":["import_certificate"],"record":'


def connect(service):
    link = socket.socket(socket.AF_UNIX)
    link.connect(service.path)
    link.settimeout(PATIENCE_S)
    return link


def never_reads(service, stop):
    """Asks on and on and takes no answer: it must be made to wait, not be served."""
    link, rest, number = connect(service), b"", 0
    link.setblocking(False)
    while not stop.is_set():
        if not rest:
            number += 1
            rest = FRAME.replace(b'"1"', b'"%d"' % number) + json_of("disc_import-filed") + b"}\n"
        try:
            rest = rest[link.send(rest):]
        except BlockingIOError:
            stop.wait(0.05)


def slow_reader(service, stop):
    """Takes its answers a few hundred octets at a time."""
    link = connect(service)
    link.sendall((FRAME + json_of("disc_import-filed") + b"}\n").replace(b'"1"', b'"slow"'))
    while not stop.is_set():
        link.recv(300)
        stop.wait(0.02)


def slow_writer(service, stop):
    """A byte now and then."""
    link, text = connect(service), FRAME
    for byte in text:
        if stop.is_set():
            break
        link.send(bytes([byte]))
        stop.wait(0.05)


def garbage(service, stop):
    while not stop.is_set():
        link = connect(service)
        try:
            link.sendall(os.urandom(5000))
            while link.recv(4096):
                pass
        except OSError:
            pass
        link.close()
        stop.wait(0.01)


def leaves(service, stop):
    """Asks and goes away before the answer."""
    while not stop.is_set():
        link = connect(service)
        link.sendall(FRAME + json_of("exhibition_filing-approved") + b"}\n")
        link.close()
        stop.wait(0.01)


def json_of(name):
    import json
    return json.dumps(sample(name), ensure_ascii=False).encode()


def took(service, count):
    """How long each of so many papers took, one after the other, in ms."""
    client, times = service.client(), []
    for _ in range(count):
        start = time.monotonic()
        answer, pdf = next(client.render(sample("disc_import-filed"), ["import_certificate"]))
        assert answer["ok"] and pdf.startswith(b"%PDF"), answer
        times.append(1000 * (time.monotonic() - start))
    return sorted(times)


def memory(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) // 1024


def behaviour():
    with Service(renderers=2) as service:
        alone = took(service, 40)
        stop = threading.Event()
        bad = [threading.Thread(target=who, args=(service, stop), daemon=True)
               for who in (never_reads, never_reads, slow_reader, slow_writer, slow_writer,
                           garbage, leaves)]
        for thread in bad:
            thread.start()
        time.sleep(1)
        beside = took(service, 40)
        print(f"# alone p50 {alone[20]:.1f} ms, most {alone[-1]:.1f} ms; "
              f"beside p50 {beside[20]:.1f} ms, most {beside[-1]:.1f} ms; "
              f"front {memory(service.front())} MiB")
        ok("beside clients that behave badly others are served", beside[-1] < 2000, beside)
        ok("and the front's memory is bounded", memory(service.front()) < 600,
           memory(service.front()))
        stop.set()
        for thread in bad:
            thread.join(10)
        ok("all renderers and the verifier stand", len(service.renderers()) == 3)
        client = service.client()
        answer, _ = next(client.ask({"op": "status"}))
        ok("nothing is left waiting",
           until(lambda: queued(service) == 0), answer)


LANES = """
[role counter]
users = self
lane = counter
ops = *
kinds = *
outputs = *
owners = *

[role batch]
users = 65534
lane = batch
ops = render
kinds = *
outputs = *
owners = *
"""


def lanes():
    """A counter's request beside a batch that always has more waiting; who runs the test must be
    able to be somebody else for a moment."""
    if os.geteuid() != 0:
        return
    with Service(roles=LANES, renderers=1) as service:
        os.chmod(service.folder, 0o755)
        os.seteuid(65534)
        batch, other = [service.client() for _ in range(3)], service.client()
        os.seteuid(0)
        answers = []
        record = long_list(300)
        for client in batch:
            for number in range(20):
                client.send({"op": "render", "id": str(number), "outputs": ["goods_list"],
                             "record": record})
        until(lambda: queued(service) > 30)
        for _ in range(5):
            code = works(service)
            answers.append((code, queued(service)))
        ok("a counter's request does not wait for a batch",
           all(code == "" and left > 20 for code, left in answers), answers)
        answer, _ = next(other.ask({"op": "status"}))
        ok("what the batch's role does not list is denied",
           not answer["ok"] and answer["error"]["code"] == "RIGHTS_DENIED", answer)


def queued(service):
    answer, _ = next(service.client().ask({"op": "status"}))
    return answer["running"] + sum(answer["queued"].values())


def talk(link):
    try:
        link.sendall(b'{"op":"ping","id":"1"}\n')
    except OSError:
        pass
    got = link.recv(4096)
    return "ok" if b'"ok":true' in got else "BUSY" if b'"BUSY"' in got else got


def crowd():
    with Service(connections=512) as service:
        links = [connect(service) for _ in range(600)]
        said = [talk(link) for link in links]
        ok("of 600 connections those above the limit are told so",
           80 <= said.count("BUSY") <= 88 + 2, said.count("BUSY"))
        ok("all others are served", said.count("ok") + said.count("BUSY") == 600)
        for link in links:
            link.close()
        ok("and when they have gone there is room again",
           until(lambda: service.answers() and works(service) == ""))


behaviour()
lanes()
crowd()
finish()
