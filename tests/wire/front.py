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


waiting()
records()
finish()
