#!/usr/bin/env python3
"""Workload F through the socket: how many documents a second, how long one takes, what memory the
service needs; the same beside clients that behave badly, each sort alone; then a counter's requests,
one at a time, beside a batch at full speed; then all of it with a registry.

    load.py LOAD BENCH [SECONDS [DEPTH]]       with DANZHENG and DANZHENG_HOME set

The front's memory is that of the registry's clerk too, which is a thread of it. Nothing here fails
for being slow, but when an answer does not come at all, or is a refusal."""
import os
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../wire")

import bad
from service import LANES, PATIENCE, Service, signal, time

LOAD, BENCH = sys.argv[1:3]
SECONDS = float(sys.argv[3]) if len(sys.argv) > 3 else 60
MANY = 32, int(sys.argv[4]) if len(sys.argv) > 4 else 8  # connections, requests open on each
BAD = (("a slow reader", bad.reads_slowly), ("one that never reads", bad.never_reads),
       ("a byte a second", bad.sends_slowly), ("one that sends garbage", bad.garbage),
       ("600 connections", bad.crowd))


class Lines:
    """What LOAD says in numbers."""

    def __init__(self, text):
        # DOCUMENTS documents in SECONDS s: …/s, … MB/s; p50 … ms, p99 … ms, most … ms; … failed
        words = text.replace(";", "").replace(",", "").replace("/s", " ").split()
        self.documents, self.rate = int(words[0]), float(words[5])
        self.p50, self.p99, self.most = (float(words[words.index(name) + 1])
                                         for name in ("p50", "p99", "most"))


def load(service, connections, depth, seconds=SECONDS, **more):
    process = subprocess.Popen([LOAD, service.path, service.record, "filing_application",
                                str(connections), str(depth), str(seconds)],
                               stdout=subprocess.PIPE, text=True, **more)
    if process.stdout.readline() != "connected\n":
        raise SystemExit("the load does not connect")
    return process


def said(process):
    try:
        text, _ = process.communicate(timeout=SECONDS + PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise SystemExit("the others are not served")
    if process.returncode:
        raise SystemExit(f"the load failed: {text}")
    return Lines(text)


def memory(service):
    """MiB of the front and of all renderers with the verifier. What they share counts for each."""
    front = service.front()
    sizes = {pid: int(service.status(pid, "VmRSS") or 0) / 1024 for pid in service.children()}
    return sizes.pop(front, 0), sum(sizes.values())


def spent(pid):
    """Seconds of processor time."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        words = file.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def measure(service, name, quiet=None, bad_one=None):
    """A row: so many connections for so long; what a document costs the front in processor time;
    memory after a sixth of the time and at the end."""
    front = service.front()
    used = spent(front)
    process = load(service, *MANY)
    # in a process of its own, and after all connections stand, of which there may be so many
    beside = os.fork() if bad_one else None
    if beside == 0:
        bad_one(service, threading.Event())
        os._exit(1)
    time.sleep(SECONDS / 6)
    before = memory(service)
    time.sleep(SECONDS * 5 / 6 - 0.2)
    after = memory(service)
    got = said(process)
    used = 1000 * (spent(front) - used) / got.documents
    if beside:
        os.kill(beside, signal.SIGKILL)
        os.waitpid(beside, 0)
    ratio = f"{got.p99 / quiet.p99:8.2f}" if quiet else f"{'':8}"
    print(f"{name:29}{got.rate:5.0f}{got.p50:9.1f}{got.p99:9.1f}{ratio}{used:10.2f}"
          f"{before[0]:9.0f}{after[0] - before[0]:+6.0f}{before[1]:9.0f}{after[1] - before[1]:+6.0f}",
          flush=True)
    return got


def counter(service):
    print(f"{'one request at a time':29}{'p50 ms':>14}{'p99 ms':>9}", flush=True)
    alone = said(load(service, 1, 1))
    print(f"{'  alone':34}{alone.p50:9.1f}{alone.p99:9.1f}", flush=True)
    other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    batch = load(service, 8, 32, SECONDS + 2, **other)
    time.sleep(min(1, SECONDS / 10))
    got = said(load(service, 1, 1))
    print(f"{'  beside a batch' if other else '  beside itself':34}{got.p50:9.1f}{got.p99:9.1f}"
          f"   and {said(batch).rate:.0f}/s of 8 connections with 32 open", flush=True)


class Loaded(Service):
    def prepare(self):
        os.chmod(self.folder, 0o755)
        self.record = f"{self.folder}/f.json"
        with open(self.record, "wb") as file:
            subprocess.run([BENCH, "records", "0", "1"], stdout=file, check=True)

    def warm(self):
        said(load(self, *MANY, seconds=min(2, SECONDS / 5)))


def main():
    print(f"{MANY[0]} connections, {MANY[1]} requests open on each, {SECONDS:g} s\n"
          f"{'':29}{'/s':>5}{'p50 ms':>9}{'p99 ms':>9}{'x quiet':>8}"
          f"{'front ms':>10}{'front MiB':>15}{'renderers':>15}   then, and grown since")
    for name, state in (("quiet", False), ("quiet, with a registry", True)):
        with Loaded(roles=LANES, state=state) as service:
            service.warm()
            quiet = measure(service, name)
            for sort, who in BAD:
                measure(service, f"  beside {sort}", quiet, who)
            measure(service, "  quiet again", quiet)
            counter(service)


main()
