#!/usr/bin/env python3
"""A time-stamp authority on 127.0.0.1, for tests: openssl answers.

    tsa.py DIR [FAULT]    prints its port; DIR is one that certificates.sh filled

FAULT: refuse (a reply that says no), old (an earlier reply), junk (no reply), mute (status 500).
"""

import http.server
import pathlib
import subprocess
import sys

folder = pathlib.Path(sys.argv[1])
fault = sys.argv[2] if len(sys.argv) > 2 else ""


def reply(query):
    (folder / "asked.tsq").write_bytes(query)
    subprocess.run(["openssl", "ts", "-reply", "-config", "ca.cnf", "-queryfile", "asked.tsq",
                    "-signer", "tsa.pem", "-inkey", "tsa.key", "-out", "asked.tsr"],
                   cwd=folder, check=True, capture_output=True)
    return (folder / "asked.tsr").read_bytes()


class Authority(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        answer = b"no reply at all"
        if fault == "refuse":
            answer = bytes.fromhex("3005300302010200")[:7]
        elif fault == "old":
            kept = folder / "kept.tsr"
            answer = kept.read_bytes() if kept.exists() else reply(query)
            kept.write_bytes(answer)
        elif not fault:
            answer = reply(query)
        if self.headers["Content-Type"] != "application/timestamp-query" or fault == "mute":
            self.send_error(500)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Authority)
print(server.server_port, flush=True)
server.serve_forever()
