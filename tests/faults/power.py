#!/usr/bin/env python3
"""The power goes, again and again, at every moment of what the program does; afterwards nothing
that anybody was told of may be missing.

    power.py SCENARIO ROUNDS [SEED]

A scenario runs once with power.so, which writes down what it asks of the disk and when it tells
somebody. Each round takes a moment of it, works out with disk.py what a disk may then hold, and
lets the program go on with that."""
import collections
import concurrent.futures
import ctypes
import glob
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import disk

HOME, PROGRAM = os.environ["DANZHENG_HOME"], os.environ["DANZHENG"]
POWER = os.environ["POWER_SO"]
sys.path.insert(0, f"{HOME}/tests/wire")
from client import Client  # noqa: E402
from service import PATIENCE, sample, until  # noqa: E402

TRACE_MOST = 64 << 20
PASS = b"correct horse"


class Wrong(Exception):
    """A promise that was not kept."""


def must(kept, *what):
    if not kept:
        raise Wrong(" ".join(str(word) for word in what)[:2000])


def digest(data):
    return hashlib.sha256(data).hexdigest()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def files(folder):
    return {os.path.relpath(os.path.join(above, name), folder): os.path.join(above, name)
            for above, _, names in os.walk(folder) for name in names}


class Stream:
    """Bytes that come from a program, counted."""

    def __init__(self, stream):
        self.stream, self.count = stream, 0

    def readline(self):
        line = self.stream.readline()
        self.count += len(line)
        return line

    def read(self, n=-1):
        data = self.stream.read(n)
        self.count += len(data)
        return data


class Scenario:
    """Facts are what somebody was told: (when, fact). `when` is a mark, (stream, bytes read of
    it) or (pid, mark): the last that it said before the mark."""

    def __init__(self, folder):
        self.folder, self.live, self.crash = folder, f"{folder}/live", f"{folder}/crash"
        self.home, self.facts, self.marks, self.streams = f"{folder}/home", [], 0, {}
        os.mkdir(self.live)
        os.mkdir(self.home)
        for name in ("fonts", "layouts"):
            os.symlink(f"{HOME}/{name}", f"{self.home}/{name}")
        shutil.copytree(f"{HOME}/config", f"{self.home}/config")
        self.env = dict(os.environ, DANZHENG_HOME=self.home)
        self.prepare()

    def prepare(self):
        """What is on the disk long before."""

    def configure(self, **settings):
        path = f"{self.home}/config/danzheng.ini"
        text = read(path).decode()
        for key, value in settings.items():
            text, count = re.subn(rf"(?m)^{key.replace('_', '-')} *=.*$", f"{key.replace('_', '-')} = {value}", text)
            must(count == 1, key)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    # ---- recording

    def start(self, *words, recorded=False, **more):
        env = dict(self.env)
        if recorded:
            env.update(LD_PRELOAD=POWER, POWER_TRACE=self.trace, POWER_ROOT=self.live)
        return subprocess.Popen([PROGRAM, *words], env=env, **more)

    def run(self, *words, code=0, recorded=False, data=None):
        process = self.start(*words, recorded=recorded, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = process.communicate(data or b"", PATIENCE)
        codes = (code,) if isinstance(code, int) else code
        must(process.returncode in codes, words, process.returncode, out.decode(), err.decode())
        return out

    def mark(self):
        self.marks += 1
        self.power.power_mark(ctypes.c_int64(self.marks))
        return self.marks

    def record(self):
        self.trace = f"{self.folder}/trace"
        with open(self.trace, "wb") as file:
            file.truncate(TRACE_MOST)
        self.power = ctypes.CDLL(POWER)
        self.power.power_open(self.trace.encode())
        self.power.power_begin()
        self.disk = disk.Disk(self.live)
        self.act()
        self.records = list(disk.records(self.trace))
        os.remove(self.trace)
        self.settle()

    def settle(self):
        """Facts by the place in the trace from which on they hold."""
        said, marks, last, reached = collections.Counter(), {}, {}, []
        for at, (what, who, n, _, _) in enumerate(self.records):
            if what == "a":
                said[who] += n
                last[who[0]] = at
                reached.append((at, who, said[who]))
            elif what == "!":
                marks[n] = (at, dict(last))
        of = {}
        for name, count in self.streams.items():
            found = [who for who, n in said.items() if n == count and who not in of.values()]
            must(len(found) == 1, "no stream of", count, dict(said))
            of[name] = found[0]
        def place(when):
            if isinstance(when, int):
                return marks[when][0]
            if when[0] in of:
                return next(at for at, who, n in reached if who == of[when[0]] and n >= when[1])
            return marks[when[1]][1][when[0]]
        self.facts = sorted(((place(when), fact) for when, fact in self.facts),
                            key=lambda fact: fact[0])

    # ---- rounds

    def moments(self, chance, rounds):
        """Half of them just before or behind a promise or what makes something last."""
        edges = [at + more for at, record in enumerate(self.records) for more in (0, 1)
                 if record[0] in "sSa!ulr"]
        return sorted(chance.choice(edges) if chance.random() < 0.5 else
                      chance.randrange(len(self.records) + 1) for _ in range(rounds))

    def rounds(self, chance, rounds):
        happened, bad = 0, 0
        for moment in self.moments(chance, rounds):
            for record in self.records[happened:moment]:
                self.disk.happens(record)
            happened = moment
            shutil.rmtree(self.crash, ignore_errors=True)
            self.disk.fail(chance, self.crash)
            facts = [fact for at, fact in self.facts if at < moment]
            try:
                self.check(facts)
            except Wrong as wrong:
                bad += 1
                print(f"# before call {moment} of {len(self.records)}, {len(facts)} facts:",
                      str(wrong).replace("\n", "\n#   "), flush=True)
                if os.environ.get("POWER_KEEP"):
                    shutil.copytree(self.crash, f"{os.environ['POWER_KEEP']}/{moment}")
        return bad

    def registry_whole(self, state):
        self.run("registry", "check", "--bytes", "--state", state)
        self.run("audit", "verify", "--state", state)

    def papers(self, state):
        out = self.run("registry", "find", "--json", "--state", state)
        return [json.loads(line) for line in out.splitlines()]


def disc(number, **change):
    record = sample("disc_import-filed", **change)
    record["data"]["application_no"] = f"GP{number:016d}"
    return record


class Registry(Scenario):
    """serve --state: electronic papers, copies, revisions, withdrawals, files on request."""

    def prepare(self):
        self.configure(segment_mib=1, renderers=2)

    def requests(self):
        """Lists of what is asked at once."""
        def render(number, **more):
            return dict(op="render", outputs=["import_certificate"], record=disc(number), **more)

        def issue(number, key):
            return dict(op="issue", outputs=["import_certificate"], record=disc(number), key=key,
                        reason="补打")
        for n in range(0, 16, 4):
            yield [render(n + i, to=f"day{n}/in" if n % 8 else "all") for i in range(4)]
            yield [issue(n, f"first {n}"), issue(n + 1, f"other {n}")]
            yield [issue(n, f"second {n}"), render(n + 1, key=f"again {n}")]
            yield [dict(op="revise", record=disc(n + 2, version=7)),
                   dict(op="withdraw", number=f"GP{n + 3:016d}", reason="误报")]

    def serve(self, root, recorded=False):
        process = self.start("serve", "--pipe", "--state", f"{root}/state", "--out", f"{root}/out",
                             recorded=recorded, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
        return process, Client(stream=(Stream(process.stdout), process.stdin))

    @staticmethod
    def end(process):
        process.stdin.close()
        must(process.wait(PATIENCE) == 0, "serve ended with", process.returncode)
        process.stdout.close()

    @staticmethod
    def ask(client, requests):
        """(request, answer) of each, and how far the stream was read for it."""
        for i, request in enumerate(requests):
            client.send(dict(request, id=str(i)))
        for _ in requests:
            got = client.receive()
            must(got, "no answer to", requests)
            answer, body = got
            must("sha256" not in answer or body is None or digest(body) == answer["sha256"],
                 "other bytes than", answer)
            yield requests[int(answer["id"])], answer, client.input.count

    def act(self):
        groups = list(self.requests())
        for part in (groups[:9], groups[9:]):
            process, client = self.serve(self.live, recorded=True)
            for requests in part:
                for request, answer, count in self.ask(client, requests):
                    must(answer["ok"], answer)
                    self.facts.append(((process.pid, count), (request, answer)))
            self.end(process)
            self.streams[process.pid] = client.input.count
        self.whole = {name: digest(read(path)) for name, path in files(f"{self.live}/out").items()}

    def check(self, facts):
        state, out = f"{self.crash}/state", f"{self.crash}/out"
        if facts:
            self.registry_whole(state)
        for name, path in files(out).items():
            must("/." in f"/{name}" or digest(read(path)) == self.whole.get(name), name, "is no paper")
        for request, answer in facts:
            must("file" not in answer or os.path.exists(f"{out}/{answer['file']}"),
                 answer, "has no file")
        kept = {paper["paper"]: paper for paper in self.papers(state)} if facts else {}
        for request, answer in facts:
            if "paper" in answer:
                paper = kept.get(answer["paper"]["id"], {})
                must(paper.get("sha256") == answer["sha256"] and paper["state"] in ("sealed", "done"),
                     answer, "is", paper)
        told = {json.dumps(request): answer for request, answer in facts}
        process, client = self.serve(self.crash)
        for requests in self.requests():
            for request, answer, _ in self.ask(client, requests):
                self.again(request, answer, told.get(json.dumps(request)))
        self.end(process)
        self.registry_whole(state)
        self.once(self.papers(state))
        must(set(files(out)) >= set(self.whole), "files are missing")

    @staticmethod
    def again(request, answer, before):
        if not answer["ok"]:  # of a paper whose number was withdrawn, or has a newer version
            must(not before and answer["error"]["code"] in ("NUMBER_WITHDRAWN", "VERSION_OLD"),
                 request["op"], answer, before)
        elif before and "paper" in before:
            same = {name: answer["paper"].get(name) for name in before["paper"]}
            must(answer["dup"] and answer["sha256"] == before["sha256"] and
                 same == before["paper"], answer, "was", before)

    @staticmethod
    def once(papers):
        places = collections.Counter((p["number"], p["version"], p["output"], p["form"], p.get("duplicate"))
                                     for p in papers if p["state"] in ("sealed", "done"))
        must(max(places.values()) == 1, "issued twice:", places)


class Batch(Scenario):
    """batch, registered: stopped by the power it goes on to the same end."""
    options = ("--jobs", "2")
    state = True

    def command(self, root):
        state = ("--state", f"{root}/state") if self.state else ()
        return ("batch", "--out", f"{root}/papers/today", *self.options, *state)

    def prepare(self):
        """Every fifth line is refused, every seventh came before."""
        lines = [disc(n - 1 if n % 7 == 0 else n) for n in range(1, 25)]
        for n in range(5, 25, 5):
            lines[n - 1]["status"] = "待审核"
        self.lines = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
        os.mkdir(f"{self.folder}/whole")
        self.answers = self.plain(self.run(*self.command(f"{self.folder}/whole"), data=self.lines, code=1))
        self.whole = self.made(f"{self.folder}/whole")

    @staticmethod
    def plain(out):
        return [re.sub(r',"ms":[0-9.]*|"file":"[^"]*/|,"dup":(true|false)|,"faces":[^]]*]', "", line)
                for line in out.decode().splitlines()]

    @staticmethod
    def made(root):
        return {name: digest(read(path)) for name, path in files(f"{root}/papers/today").items()}

    def act(self):
        process = self.start(*self.command(self.live), recorded=True, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        out, chunk = Stream(process.stdout), len(self.lines) // 5
        for at in range(0, len(self.lines), chunk):
            process.stdin.write(self.lines[at:at + chunk])
            process.stdin.flush()
            if at == 0:
                self.told(process, out, out.readline())
        process.stdin.close()
        while line := out.readline():
            self.told(process, out, line)
        must(process.wait(PATIENCE) == 1, "batch ended with", process.returncode)
        process.stdout.close()
        self.streams[process.pid] = out.count
        self.facts.append((self.mark(), "end"))
        must(self.made(self.live) == self.whole, "it is not that of before")

    def told(self, process, out, line):
        answer = json.loads(line)
        if answer["ok"]:
            name = os.path.relpath(answer["file"], f"{self.live}/papers/today")
            self.facts.append(((process.pid, out.count), (name, answer["sha256"])))

    def check(self, facts):
        here, state = self.made(self.crash), f"{self.crash}/state"
        for fact in facts:
            must(fact == "end" or here.get(fact[0]) == fact[1], fact, "is missing")
        for name, sum_ in here.items():
            must("/." in f"/{name}" or sum_ == self.whole.get(name), name, "is no paper")
        if facts and self.state:
            self.registry_whole(state)
        if "end" in facts:
            must({name: here.get(name) for name in self.whole} == self.whole, "files are missing")
        if "manifest.txt" not in here or ".danzheng-batch" in here:
            answers = self.plain(self.run(*self.command(self.crash), data=self.lines, code=1))
            must(answers == self.answers, "other answers:", *set(answers) ^ set(self.answers))
        if "end" not in facts:
            made = self.made(self.crash)
            must(made == self.whole, "other files:", set(made.items()) ^ set(self.whole.items()))
        if self.state:
            self.registry_whole(state)
            Registry.once(self.papers(state))
            done = [paper["state"] for paper in self.papers(state)]
            must(set(done) == {"done"} or "end" in facts, done)


def running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Spread(Batch):
    """batch --shard, without a registry, one process: killed before, it goes on as recorded."""
    options = ("--jobs", "1", "--shard")
    state = False

    def prepare(self):
        super().prepare()
        process = self.start(*self.command(self.live), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
        process.stdin.write(self.lines[:len(self.lines) // 3])
        process.stdin.flush()
        for _ in range(4):
            process.stdout.readline()
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="utf-8") as file:
            children = file.read().split()
        process.kill()
        # its children end with it, and must not see the end of their input before
        while any(map(running, children)):
            time.sleep(0.01)
        process.communicate()


class Sealer(Scenario):
    """The log of seals: what is sealed has that seal ever after."""

    def keys(self, *words, passed):
        ends = [os.pipe() for _ in range(passed)]
        for _, end in ends:
            os.write(end, PASS)
            os.close(end)
        words = [f"{ends[int(word[1])][0]}" if word in ("@0", "@1") else word for word in words]
        process = self.start(*words, pass_fds=[end for end, _ in ends], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
        for end, _ in ends:
            os.close(end)
        out, _ = process.communicate(timeout=PATIENCE)
        must(process.returncode == 0, words)
        return out

    def prepare(self):
        roots = self.keys("keys", "new", "--passphrase", "@0", "--new-root", "--name", "Root",
                          "--dir", f"{self.folder}/roots", passed=1)
        with open(f"{self.home}/config/roots.txt", "wb") as file:
            file.write(roots)
        os.remove(f"{self.home}/config/keys.txt")
        for kinds, states in (("2,3,4,5,6,7", "1"), ("1", "0")):
            self.keys("keys", "new", "--passphrase", "@0", "--name", "某海关", "--dir",
                      f"{self.folder}/keys", "--kinds", kinds, "--states", states, "--root",
                      glob.glob(f"{self.folder}/roots/*.key")[0], "--root-passphrase", "@1", passed=2)
        self.configure(keys=f"{self.folder}/keys")
        self.lines = b"".join(json.dumps(disc(n), ensure_ascii=False).encode() + b"\n"
                              for n in range(8))

    def seal(self, root, recorded=False):
        text = read(f"{self.home}/config/danzheng.ini").decode()
        sealer = f"{self.folder}/{'live' if recorded else 'crash'}.socket"
        text = re.sub(r"(?ms)^\[sealer\].*?^\[serve\]", f"[sealer]\nsocket = {sealer}\n"
                      f"keys = {self.folder}/keys\nlog = {root}/log\n\n[serve]", text)
        with open(f"{self.home}/config/danzheng.ini", "w", encoding="utf-8") as file:
            file.write(text)
        pipe, end = os.pipe()
        os.write(end, PASS)
        os.close(end)
        with open(f"{self.folder}/said", "w", encoding="utf-8") as said:
            process = self.start("sealer", "--passphrase", str(pipe), pass_fds=[pipe],
                                 recorded=recorded, stderr=said)
        os.close(pipe)
        until(lambda: b"ready" in read(f"{self.folder}/said") or process.poll() is not None)
        must(process.poll() is None, "the sealer does not start:", read(f"{self.folder}/said").decode())
        return process

    def make(self, name):
        """Digests of the papers, made by several processes at once."""
        shutil.rmtree(f"{self.folder}/made", ignore_errors=True)
        self.run("batch", "--jobs", "3", "--out", f"{self.folder}/made", data=name)
        return {name: digest(read(path)) for name, path in files(f"{self.folder}/made").items()
                if name.endswith(".pdf")}

    def act(self):
        lines = self.lines.splitlines(True)
        self.parts = [b"".join(lines[:3]), b"".join(lines[3:])]
        self.made = []
        for part in self.parts:
            sealer = self.seal(self.live, recorded=True)
            made = self.make(part)
            self.facts.append(((sealer.pid, self.mark()), made))
            sealer.terminate()
            must(sealer.wait(PATIENCE) == 0, "the sealer ended with", sealer.returncode)

    def check(self, facts):
        sealer = self.seal(self.crash)
        try:
            for part, made in zip(self.parts, facts):
                again = self.make(part)
                must(again == made, "other seals than before:", set(again.items()) ^ set(made.items()))
            self.make(self.lines)
        finally:
            sealer.terminate()
            code = sealer.wait(PATIENCE)
        must(code == 0, "the sealer ended with", code)
        sealer = self.seal(self.crash)
        sealer.terminate()
        sealer.wait(PATIENCE)


class Files(Scenario):
    """Commands that say that a file was written, in folders that were not there before."""

    def act(self):
        filing = f"{HOME}/tests/records/exhibition_filing-approved.json"
        live, words = self.live, ("--output", "goods_list")
        os.chdir(live)
        for command in (
                ("render", filing, *words, "-o", f"{live}/list.pdf"),
                ("render", filing, "--all", "-o", f"{live}/new/of/today"),
                ("render", filing, "--all", "-o", "there/too"),
                ("render", filing, "--all", "-o", f"{live}/registered", "--state", f"{live}/state"),
                ("registry", "export", "--state", f"{live}/state", "-o", f"{live}/export/all"),
                ("registry", "backup", "--state", f"{live}/state", "-o", f"{live}/backup")):
            self.run(*command, recorded=True)
            made = {name: digest(read(path)) for name, path in files(live).items()
                    if not re.search(r"/lock$|state/registry", name)}
            self.facts.append((self.mark(), (made, command)))

    def check(self, facts):
        for made, command in facts[-1:]:
            for name, sum_ in made.items():
                path = f"{self.crash}/{name}"
                must(os.path.exists(path), command[0:2], ": no", name)
                must(digest(read(path)) == sum_, name, "is another")
        last = self.facts[-1][1][0]
        for name, path in files(self.crash).items():
            must(not name.endswith(".pdf") or "/." in f"/{name}" or digest(read(path)) == last[name], name, "is half")
        if facts and facts[-1][1][1] == "backup":
            self.registry_whole(f"{self.crash}/backup")
        if len(facts) >= 5:
            self.registry_whole(f"{self.crash}/state")


SCENARIOS = {one.__name__.lower(): one for one in (Registry, Batch, Spread, Sealer, Files)}


def main(name, rounds, seed=None):
    seed = int(seed or random.randrange(1 << 30))
    with tempfile.TemporaryDirectory() as folder:
        scenario = SCENARIOS[name](os.path.realpath(folder))
        scenario.record()
        print(f"# {name}: seed {seed}, {len(scenario.records)} calls, {len(scenario.facts)} facts,",
              f"{rounds} times", flush=True)
        return scenario.rounds(random.Random(seed), int(rounds)) > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
