#!/usr/bin/env python3
"""A time-stamp authority on 127.0.0.1, for tests: openssl answers.

    tsa.py DIR [FAULT [FD]]    prints its port; DIR is one that certificates.sh filled; FD: of a
                               socket that is bound already

FAULT: refuse (a reply that says no), old (an earlier reply), junk (no reply), mute (status 500),
nonce, imprint (a reply to another question), slow (none as long as this is the fault). Where
DIR/fault is, it has the fault of now. DIR/asked-N is the N-th question.
"""

import http.server
import itertools
import pathlib
import socket
import subprocess
import sys
import threading
import time

folder = pathlib.Path(sys.argv[1])
numbers, alone = itertools.count(1), threading.Lock()


def fault():
    now = folder / "fault"
    return now.read_text() if now.exists() else "".join(sys.argv[2:3])


def reply(query):
    (folder / "asked.tsq").write_bytes(query)
    subprocess.run(["openssl", "ts", "-reply", "-config", "ca.cnf", "-queryfile", "asked.tsq",
                    "-signer", "tsa.pem", "-inkey", "tsa.key", "-out", "asked.tsr"],
                   cwd=folder, check=True, capture_output=True)
    return (folder / "asked.tsr").read_bytes()


def other(query, at):
    """The question with one bit of it changed."""
    return query[:at] + bytes([query[at] ^ 1]) + query[at + 1:]


def answer(query, wrong):
    if wrong == "refuse":
        return bytes.fromhex("3005300302010200")[:7]
    if wrong == "junk":
        return b"no reply at all"
    if wrong == "old":
        kept = folder / "kept.tsr"
        if not kept.exists():
            kept.write_bytes(reply(query))
        return kept.read_bytes()
    if wrong == "nonce":  # its last byte, before certReq
        return reply(other(query, len(query) - 4))
    if wrong == "imprint":
        return reply(other(query, query.index(b"\x04\x20") + 2))
    return reply(query)


class Authority(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        with alone:
            (folder / f"asked-{next(numbers)}").write_bytes(query)
        while fault() == "slow":
            time.sleep(0.02)
        if self.headers["Content-Type"] != "application/timestamp-query" or fault() == "mute":
            self.send_error(500)
            return
        with alone:
            made = answer(query, fault())
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(made)))
        self.end_headers()
        try:
            self.wfile.write(made)
        except OSError:  # who asked has given up
            pass

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Authority,
                                         bind_and_activate=len(sys.argv) < 4)
server.daemon_threads = True
if len(sys.argv) > 3:
    server.socket = socket.socket(fileno=int(sys.argv[3]))
    server.server_activate()
print(server.socket.getsockname()[1], flush=True)
server.serve_forever()
