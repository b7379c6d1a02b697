#!/usr/bin/env python3
"""Conformance: what is sent, and what must come back, over a pipe and over a socket alike.

    run.py FILE…        with DANZHENG and DANZHENG_HOME set

A file's lines:
    > JSON          a request; @name stands for the sample record of that name, and
                    @name{"status":"…"} for it with these members of its envelope instead
    > raw TEXT      these bytes and a line feed, whatever they are; \\xNN, \\r
    > cut TEXT      the same without the line feed
    > big N JSON    the JSON with "x" of N bytes in its member "pad"
    > paper NAME OUTPUT JSON    with that paper of the sample as its body; `spoiled`: with one
                    byte of it changed
    + TEXT          the body that the last request's "bytes" announced, and a line feed
    + @name         a sample record as body; N stands for its length in "bytes":@name
    < JSON          an answer that has (at least) these members; "*" is any string, 0 any number
    = JSON          the same, and it must come next: answers between two requests may otherwise
                    come in any order
    WHERE in a line stands for "pipe" or "socket"
    close           the client has no more requests
    end             and nothing more must come
    # …             a remark; a test's name is the last one before its answers
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

from client import Client

HOME, PROGRAM = os.environ["DANZHENG_HOME"], os.environ["DANZHENG"]
TIMEOUT = 30


def sample(name, change="{}"):
    with open(f"{HOME}/tests/records/{name}.json", encoding="utf-8") as file:
        record = json.load(file)
    record.update(json.loads(change))
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def expand(text):
    text = re.sub(r'"bytes":@([\w-]+)', lambda m: f'"bytes":{len(sample(m[1]).encode())}', text)
    return re.sub(r"@([\w-]+)(\{(?:[^{}]|\{[^{}]*\})*\})?", lambda m: sample(m[1], m[2] or "{}"), text)


def raw(text):
    return re.sub(rb"\\x(..)", lambda m: bytes([int(m[1], 16)]),
                  text.encode().replace(rb"\r", b"\r"))


def fits(want, have):
    if isinstance(want, dict):
        return isinstance(have, dict) and all(fits(v, have.get(k)) for k, v in want.items())
    if isinstance(want, list):
        return isinstance(have, list) and len(want) == len(have) and all(map(fits, want, have))
    if want == "*":
        return isinstance(have, str) and have != ""
    if want == 0 and not isinstance(want, bool):
        return isinstance(have, (int, float)) and not isinstance(have, bool)
    return want == have


class Talk:
    """One connection; over a pipe it has a service of its own."""

    def __init__(self, path, folder, more=()):
        self.process, self.where = None, "socket" if path else "pipe"
        if path:
            self.client = Client(path)
            self.client.socket.settimeout(TIMEOUT)
        else:
            self.process = subprocess.Popen([PROGRAM, "serve", "--pipe", "--out", folder, *more],
                                            stderr=subprocess.DEVNULL,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.client = Client(stream=(self.process.stdout, self.process.stdin))

    def write(self, data):
        try:
            self.client.output.write(data)
            self.client.output.flush()
        except BrokenPipeError:
            pass

    def receive(self):
        try:
            return self.client.receive()
        except ConnectionResetError:  # it closed before it had read what was sent behind a fault
            return None

    def close(self):
        if self.process:
            self.process.stdin.close()
        else:
            self.client.socket.shutdown(1)

    def finish(self):
        if self.process:
            if not self.process.stdin.closed:
                self.process.stdin.close()
            self.process.stdout.close()
            self.process.wait(TIMEOUT)
        else:
            self.client.socket.close()
            self.client.input.close()


def paper(line):
    """A request with a paper behind it."""
    how, name, output, text = line.split(" ", 3)
    body = bytearray(subprocess.run(
        [PROGRAM, "render", f"{HOME}/tests/records/{name}.json", "--output", output, "-o", "-"],
        capture_output=True, check=True).stdout)
    if how == "spoiled":
        body[len(body) // 2] ^= 1
    head = json.loads(expand(text))
    return json.dumps(dict(head, bytes=len(body))).encode() + b"\n" + bytes(body) + b"\n"


def request(line):
    if line.startswith(("paper ", "spoiled ")):
        return paper(line)
    if line.startswith("raw "):
        return raw(line[4:]) + b"\n"
    if line.startswith("cut "):
        return raw(line[4:])
    if line.startswith("big "):
        _, size, text = line.split(" ", 2)
        return text.replace("{", '{"pad":"' + "x" * int(size) + '",', 1).encode() + b"\n"
    return expand(line).encode() + b"\n"


def converse(name, talk):
    """Yields a test for each answer wanted: its name, and what is wrong (None: nothing)."""
    remark, came, number = "", [], 0
    for line in open(name, encoding="utf-8"):
        number += 1
        line = line.replace("WHERE", talk.where)
        mark, _, text = line.rstrip("\n").partition(" ")
        if mark == "#":
            remark = text
        elif mark == ">":
            talk.write(request(text))
        elif mark == "+":
            talk.write((expand(text) if text.startswith("@") else text).encode() + b"\n")
        elif mark == "close":
            talk.close()
        elif mark == "end":
            got = talk.receive()
            yield f"{remark}: and nothing more", got and f"came {str(got[0])[:400]}"
        elif mark in ("<", "="):
            want, wrong = json.loads(text), None
            while not any(fits(want, answer) for answer in came):
                if mark == "=" and came:
                    break
                got = talk.receive()
                if got is None:
                    break
                came.append(got[0])
            found = [answer for answer in came if fits(want, answer)]
            if found and (mark == "<" or came[0] is found[0]):
                came.remove(found[0])
            else:
                wrong = f"line {number}: wanted {text}, came {str(came)[:600]}"
            yield remark, wrong


def service(folder, path, more=()):
    process = subprocess.Popen([PROGRAM, "serve", "--socket", path, "--out", f"{folder}/out", *more],
                               stderr=subprocess.DEVNULL)
    for _ in range(400):
        try:
            Client(path).socket.close()
            break
        except OSError:
            time.sleep(0.05)
    return process


def stop(process):
    process.terminate()
    process.wait(TIMEOUT)


def run(name, path, own, counts):
    """One file, over the socket of a service that runs, or over a pipe to one of its own."""
    state = ("--state", f"{own}/state") if "/registry/" in name else ()
    process = None
    if path and state:
        path = f"{own}/danzheng.sock"
        process = service(own, path, state)
    talk = Talk(path, f"{own}/out", state)
    for test, wrong in converse(name, talk):
        counts[0] += 1
        counts[1] += bool(wrong)
        file = os.path.basename(name)[:-4]
        print(f"{'not ' if wrong else ''}ok {counts[0]} - {talk.where} {file}: {test}", flush=True)
        if wrong:
            print("#", wrong)
    talk.finish()
    if process:
        stop(process)


def main():
    counts = [0, 0]
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/danzheng.sock"
        process = service(folder, path)
        try:
            for where in (None, path):
                for name in sys.argv[1:]:
                    with tempfile.TemporaryDirectory(dir=folder) as own:
                        run(name, where, own, counts)
        finally:
            stop(process)
    print(f"1..{counts[0]}")
    return counts[1] > 0


sys.exit(main())
