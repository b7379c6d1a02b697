#!/usr/bin/env python3
"""The front: no client holds up another, is told what is not so, or has more than its share."""
import json
import select
import subprocess

from service import *

CHUNK = 65536  # of the front's reads


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


waiting()
finish()
