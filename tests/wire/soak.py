#!/usr/bin/env python3
"""kill -9 of front, renderers, supervisor and sealer at random moments, while clients work.

    soak.py [ROUNDS [SEED]]

Whatever is killed: a paper that was acknowledged is in the registry with the same bytes and is
genuine, nothing is issued twice, there are no two originals, the audit chain is whole."""
import collections
import hashlib
import json
import random
import subprocess
import sys
import threading

from sealed import Sealed
from service import *

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
CLIENTS, NUMBERS = 4, 400
PAUSE = 0.7  # s, at most; a front that lives for less than a second is waited for
TARGETS = {"front": 35, "renderer": 35, "supervisor": 15, "sealer": 15}


class Worker(threading.Thread):
    """Asks for papers and copies, again and again with the same key until one is acknowledged."""

    def __init__(self, service, name, stop):
        super().__init__(daemon=True)
        self.service, self.stop = service, stop
        self.random = random.Random(f"{SEED} {name}")
        self.client = None
        self.got = []  # (op, number, key, paper, sha256)
        self.pdfs = []
        self.wrong = []

    def answer(self, request):
        while not self.stop.is_set():
            try:
                if self.client is None:
                    self.client = self.service.client()
                answer, pdf = next(self.client.ask(request))
                if answer["ok"] or answer["error"]["retry"] == "never":
                    return answer, pdf
            except (OSError, StopIteration, TypeError, ValueError, KeyError):
                self.client = None
            time.sleep(0.01)
        return None, None

    def run(self):
        count = 0
        while not self.stop.is_set():
            count += 1
            number = f"GP{self.random.randrange(NUMBERS):016d}"
            record = sample("disc_import-filed")
            record["data"]["application_no"] = number
            op = self.random.choice(["render", "render", "issue"])
            request = {"op": op, "key": f"{self.name}-{count}", "record": record,
                       "outputs": ["import_certificate"], "reason": "补打"}
            answer, pdf = self.answer(request)
            if answer is None:
                return
            if not answer["ok"]:
                if answer["error"]["code"] not in ("QUOTA_EXHAUSTED", "RENDER_CRASHED",
                                                   "RECORD_SET_ASIDE"):
                    self.wrong.append(answer)
                continue
            digest = hashlib.sha256(pdf).hexdigest()
            if digest != answer["sha256"]:
                self.wrong.append(answer)
            self.got.append((op, number, request["key"], answer["paper"], digest))
            if len(self.got) % 200 == 1:
                self.pdfs.append(pdf)


def find(service, what, chance):
    if what == "front":
        return service.front()
    found = service.renderers()
    return chance.choice(found) if found else None


def kill_something(service, chance):
    what = chance.choices(list(TARGETS), TARGETS.values())[0]
    if what == "supervisor":
        children = service.children()
        service.process.kill()
        service.process.wait(PATIENCE)
        until(lambda: not any(alive(pid) for pid in children))  # who still has the socket
        service.start()
    elif what == "sealer":
        service.unseal()
        time.sleep(chance.uniform(0, 0.3))
        service.seal()
    else:
        try:
            os.kill(until(lambda: find(service, what, chance)), signal.SIGKILL)
        except ProcessLookupError:
            return "nothing"
    return what


def answers(service):
    """A connection that the front had taken when it was killed is reset; the next one is not."""
    try:
        return works(service) == ""
    except OSError:
        return False


def registry(service, *words):
    return subprocess.run([PROGRAM, *words, "--state", f"{service.folder}/state"],
                          env=dict(os.environ, DANZHENG_HOME=service.home), capture_output=True,
                          text=True, check=False)


def check(service, workers):
    wrong = [answer for worker in workers for answer in worker.wrong]
    ok("no answer was wrong", not wrong, wrong[:3])
    found = registry(service, "registry", "find", "--json")
    papers = [json.loads(line) for line in found.stdout.splitlines()]
    kept = {paper["paper"]: paper for paper in papers}
    got = [item for worker in workers for item in worker.got]
    print(f"# {len(got)} acknowledged, {len(papers)} papers kept", flush=True)
    ok("papers were made", got and papers)
    lost = [item for item in got if kept.get(item[3]["id"], {}).get("sha256") != item[4]]
    ok("every paper that was acknowledged is kept, with the same bytes", not lost, lost[:3])
    places = collections.Counter((p["number"], p["output"], p.get("parameters", ""))
                                 for p in papers if p["form"] == "electronic"
                                 and p["state"] in ("sealed", "done"))
    ok("no electronic paper was issued twice", not [p for p, n in places.items() if n > 1])
    originals = collections.Counter((p["number"], p["output"]) for p in papers
                                    if p["form"] == "original" and p["state"] in ("sealed", "done"))
    ok("there are no two originals", not [p for p, n in originals.items() if n > 1])
    copies = collections.Counter((p["number"], p.get("duplicate")) for p in papers
                                 if p["form"] == "duplicate" and p["state"] in ("sealed", "done"))
    ok("no duplicate's number came twice", not [p for p, n in copies.items() if n > 1])
    keys = collections.defaultdict(set)
    for item in got:
        keys[item[2]].add(item[3]["id"])
    found = {service.verdict(pdf) for worker in workers for pdf in worker.pdfs}
    ok("each is genuine", found == {"GENUINE"}, found)
    ok("one key, one paper", all(len(ids) == 1 for ids in keys.values()))
    done = registry(service, "registry", "check", "--bytes")
    ok("the registry is sound, to the last byte", done.returncode == 0, done.stdout + done.stderr)
    done = registry(service, "audit", "verify")
    ok("the audit chain is whole", done.returncode == 0, done.stdout + done.stderr)


def main():
    chance = random.Random(SEED)
    print(f"# seed {SEED}, {ROUNDS} rounds", flush=True)
    with Sealed(state=True) as service:
        stop = threading.Event()
        workers = [Worker(service, name, stop) for name in range(CLIENTS)]
        for worker in workers:
            worker.start()
        killed, begun = collections.Counter(), time.monotonic()
        for _ in range(ROUNDS):
            time.sleep(chance.uniform(0.02, PAUSE))
            killed[kill_something(service, chance)] += 1
        print(f"# killed {dict(killed)} in {time.monotonic() - begun:.0f} s", flush=True)
        ok("the service answers after all that", until(lambda: answers(service)))
        stop.set()
        for worker in workers:
            worker.join(30)
        service.send_signal(signal.SIGTERM)
        ok("and ends when it is told to", service.process.wait(60) == 0)
        check(service, workers)
    finish()


main()
