#!/usr/bin/env python3
"""The front: no client holds up another, is told what is not so, or has more than its share."""
import json
import select
import subprocess

from service import *

CHUNK, LINE = 65536, 16 << 20  # of the front's reads; the most of a line


def line(size, request):
    """The request as a line of this size."""
    text = json.dumps(request).encode()
    return b" " * (size - len(text) - 1) + text + b"\n"


def waiting():
    """A client that has sent just as much as is read at a time, and then waits."""
    with Service(renderers=1) as service:
        other, client = service.client(), service.client()
        client.output.write(b" " * CHUNK)
        client.output.flush()
        other.socket.settimeout(PATIENCE)
        try:
            answers = [next(other.ask({"op": "ping"}))[0]["ok"] for _ in range(20)]
        except TimeoutError:
            answers = []
        ok("who waits in the middle of a request holds up nobody", answers == [True] * 20)
    process = subprocess.Popen([PROGRAM, "serve", "--pipe"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    client = Client(stream=(process.stdout, process.stdin))
    client.output.write(line(CHUNK, {"op": "render", "id": "1", "outputs": ["import_certificate"],
                                      "record": sample("disc_import-filed")}))
    client.output.flush()
    answered = select.select([process.stdout], [], [], PATIENCE)[0]
    ok("a request of that size is answered while its client waits", answered)
    process.stdin.close()
    process.wait(PATIENCE)
    process.stdout.close()


def both(service):
    """The renderer and the verifier, when they are there."""
    found = service.renderers()
    return found if len(found) == 2 else None


def records():
    """Of a verification the record is told to the verifier as it came."""
    with Service(renderers=1) as service:
        verifiers, client = until(lambda: both(service)), service.client()
        body = json.dumps(sample("disc_import-filed")).encode()
        for name, record in (("a record with a raw NUL", b'"x\0y"'),
                             ("a record that fills the line", b'"%s"' % (b"a" * (LINE - 80)))):
            client.output.write(b'{"op":"verify","id":"1","record":%s,"bytes":%d}\n%s\n' %
                                (record, len(body), body))
            client.output.flush()
            answer, _ = client.receive()
            ok(f"{name} is a fault of the record", not answer["ok"] and
               answer["error"]["code"] in ("JSON_SYNTAX", "RECORD_NOT_OBJECT"), answer)
        ok("and ends no verifier", both(service) == verifiers)
        answer, _ = next(client.ask({"op": "render", "outputs": ["import_certificate"]}, body))
        ok("nor sets aside what was beside it", answer["ok"], answer)


def together(client, asks):
    """At one go, so that the front has all when it has the first."""
    client.output.write(b"".join(json.dumps(ask).encode() + b"\n" for ask in asks))
    client.output.flush()


def ordered():
    """Answers in the order of requests, each request's once, whatever becomes of it."""
    with Service(renderers=1, state=True, patience=300) as service:
        renderer = until(lambda: both(service))[0]
        client, other = service.client(), service.client()
        next(client.ask({"op": "hello", "ordered": True}))
        number = sample("disc_import-filed")["data"]["application_no"]
        os.kill(renderer, signal.SIGSTOP)
        asks = [{"op": "render", "id": "a", "outputs": ["goods_list"],
                 "record": sample("exhibition_filing-approved")}]
        asks += [{"op": "render", "id": name, "outputs": ["import_certificate"],
                  "record": sample("disc_import-filed")} for name in "bcdef"]
        asks += [{"op": "status", "id": "g", "number": number}]
        asks += [{"op": "cancel", "id": f"cancel {name}", "target": name} for name in "bcdeg"]
        asks += [{"op": "ping", "id": "last"}]
        together(client, asks)
        until(lambda: at_work(other) >= 2)
        os.kill(renderer, signal.SIGCONT)
        came = [client.receive()[0] for _ in range(13)]
        names = [answer["id"] for answer in came]
        ok("answers come in the order of requests, the cancelled ones' too",
           names == [*"abcdefg", *(f"cancel {name}" for name in "bcdeg"), "last"], names)
        ok("who was told that it is cancelled is not answered anew",
           [answer.get("error", {}).get("code") for answer in came[1:5] + came[6:7]] ==
           ["CANCELLED"] * 5)
        ok("the others are answered", came[0]["ok"] and came[5]["ok"], came[5])
        client.send({"op": "status", "id": "s", "number": number})
        answer, _ = client.receive()
        ok("and nothing comes after the last answer", answer["id"] == "s", answer)
        ok("nor is a paper left half made",
           [paper["state"] for paper in answer.get("papers", [])] in (["sealed"], ["done"]), answer)


def at_work(client):
    answer, _ = next(client.ask({"op": "status"}))
    return answer["running"] + sum(answer["queued"].values())


def lasting():
    """What is on its way into the registry is not called back."""
    with Service(renderers=1, state=True) as service:
        client, record = service.client(), sample("disc_import-filed")
        number = record["data"]["application_no"]
        answer, _ = next(client.ask({"op": "issue", "outputs": ["import_certificate"],
                                     "record": record}))
        ok("an original is issued", answer["ok"], answer)
        together(client, [{"op": "withdraw", "id": "w", "number": number, "reason": "作废"},
                          {"op": "cancel", "id": "c", "target": "w"}])
        came = dict((answer["id"], answer) for answer, _ in (client.receive(), client.receive()))
        ok("a withdrawal that is under way cannot be cancelled", not came["c"]["cancelled"])
        ok("and is answered as it went", came["w"].get("withdrawn") == 1, came["w"])


def pause(service, client, seconds):
    """Sends the second half of each request with the first half of the next one for so long, and
    whether it was ever slow itself."""
    ask = b'{"op":"ping","id":"1"}\n'
    begun = last = time.monotonic()
    client.output.write(ask[:9])
    slow, answer = False, {"ok": True}
    while time.monotonic() - begun < seconds and answer and answer.get("ok"):
        try:
            client.output.write(ask[9:] + ask[:9])
            client.output.flush()
            answer = (client.receive() or (None,))[0]
        except OSError:
            answer = None
        slow, last = slow or time.monotonic() - last > 1, time.monotonic()
        time.sleep(0.05)
    return slow, answer


def streaming():
    with Service(renderers=1, frame=2) as service:
        slow, answer = True, None
        while slow:  # what this machine's pauses do to it is no matter
            slow, answer = pause(service, service.client(), 4)
        ok("who always has half of a next request there is served on", answer and answer["ok"], answer)


waiting()
records()
ordered()
lasting()
streaming()
finish()
