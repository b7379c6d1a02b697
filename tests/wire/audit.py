#!/usr/bin/env python3
"""What the service refuses is in the registry's audit: who, what, and why."""
import json
import subprocess

from service import *

COUNTER = """[role counter]
users   = self
lane    = counter
ops     = render revise status
kinds   = *
outputs = *
owners  = *
"""


def audit(service, verb="show", *words):
    done = subprocess.run([PROGRAM, "audit", verb, "--state", f"{service.folder}/state", *words],
                          capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else done.stderr


def line_of(path, section, key):
    """Line and column of this key in that section."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    start = lines.index(section)
    line = 1 + next(i for i in range(start, len(lines)) if lines[i].startswith(key))
    return f"{line}:1"


def refusals(service, count):
    """(subject, body) of each, once there are so many."""
    def found():
        rows = [json.loads(line) for line in audit(service, "show", "--json").splitlines()]
        rows = [row for row in rows if row["event"] == "refuse"]
        return rows if len(rows) >= count else None
    return [(row.get("subject", ""), row["body"]) for row in until(found, 10) or []]


with Service(COUNTER, state=True) as service:
    client, draft = service.client(), sample("exhibition_filing-draft")
    number, version = draft["data"]["exhibition_pre_entry_no"], draft["version"]
    answers = [answer for answer, _ in client.render(draft, ["goods_list", "check_sheet",
                                                             "filing_application"])]
    ok("two of three are refused", [answer["ok"] for answer in answers].count(False) == 2, answers)
    found = refusals(service, 2)
    rule = line_of(f"{HOME}/config/rules/exhibition_filing.ini", "[status draft]", "print")
    wanted = [(f"{number}/v{version}/{output}",
               {"code": "PRINT_NOT_PERMITTED", "rule": f"config/rules/exhibition_filing.ini:{rule}",
                "op": "render", "role": "counter", "status": draft["status"]})
              for output in ("goods_list", "filing_application")]
    ok("each is in the audit: the paper, the code, the rule's line, the role, the status",
       found == wanted, (found, wanted))
    next(client.ask({"op": "revise", "record": sample("exhibition_filing-approved", version=5)}))
    next(client.render(sample("exhibition_filing-approved"), ["goods_list"]))
    found = refusals(service, 3)[2:]
    ok("what the registry refuses too", [body["code"] for _, body in found] == ["VERSION_OLD"],
       found)
    next(client.ask({"op": "withdraw", "number": "Z011020240000031", "reason": "x"}))
    found = refusals(service, 4)[3:]
    rule = line_of(f"{service.home}/config/danzheng.ini", "[role counter]", "ops")
    ok("and what a role may not ask for, with the line of the role",
       [(subject, body["code"], body["op"], body["rule"]) for subject, body in found] ==
       [("Z011020240000031", "RIGHTS_DENIED", "withdraw", f"config/danzheng.ini:{rule}")], found)
    next(client.render(sample("exhibition_filing-approved", data={"colour": "red"}), ["goods_list"]))
    works(service)
    ok("a faulty record is no refusal", len(refusals(service, 4)) == 4, refusals(service, 4))
    ok("the chain holds", "error" not in audit(service, "verify"), audit(service, "verify"))


def loop():
    """A client that asks for the same thing over and over."""
    with Service(COUNTER, state=True, refusals=5) as service:
        client = service.client()
        for _ in range(40):
            next(client.ask({"op": "verify"}, b"x"))
        draft = sample("exhibition_filing-draft")
        next(client.render(draft, ["goods_list"]))
        ok("a client in a loop has its first refusals in the audit, other codes theirs",
           [body["code"] for _, body in refusals(service, 6)] ==
           ["RIGHTS_DENIED"] * 5 + ["PRINT_NOT_PERMITTED"], refusals(service, 6))
        ok("where counting begins the log says so, once",
           service.count("refusals are counted, no more written") == 1)
        service.configure(COUNTER.replace("self", "4294967294"), refusals=5)
        service.send_signal(signal.SIGHUP)
        until(lambda: not let_in(service))
        before = len(refusals(service, 6))
        for _ in range(3):
            let_in(service)
        found = refusals(service, before)
        ok("who has no role is counted with the rest of its code", len(found) == 6, found)
        client.socket.close()
        client.input.close()
        service.send_signal(signal.SIGTERM)
        service.process.wait(PATIENCE)
        found = refusals(service, 7)
        ok("the others are one row, with their number", len(found) == 7 and
           found[6][1]["code"] == "RIGHTS_DENIED" and found[6][1]["more"] >= 35 + 4, found)
        ok("and the chain holds", "error" not in audit(service, "verify"))


def stranger():
    with Service(COUNTER, state=True) as service:
        service.configure(COUNTER.replace("self", "4294967294"))
        service.send_signal(signal.SIGHUP)
        until(lambda: not let_in(service))
        found = refusals(service, 1)
        ok("who is not let in is in the audit",
           found[0] == ("", {"code": "RIGHTS_DENIED", "rule": "config/danzheng.ini",
                             "op": "connect"}), found)


def let_in(service):
    client = service.client()
    try:
        client.send({"op": "ping", "id": "1"})
    except BrokenPipeError:
        pass
    return client.receive()[0].get("ok")


class Watched(Service):
    def start(self):
        self.manager = Manager(self.folder)
        self.manager.admin = f"{self.folder}/admin"
        self.more = (*self.more, "--admin", self.manager.admin)
        super().start()

    def metrics(self):
        text = self.manager.ask("/metrics")[1]
        return dict(line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")


def metrics():
    with Watched(COUNTER, state=True) as service:
        next(service.client().render(sample("exhibition_filing-approved"), ["goods_list"]))
        next(service.client().render(sample("exhibition_filing-draft"), ["goods_list"]))
        head = until(lambda: len(refusals(service, 1)) and audit(service, "head").split()[1])
        seen = until(lambda: (lambda seen: seen if seen["danzheng_audit_head_seq"] == head
                              else None)(service.metrics()), 10)
        ok("the audit's head is a metric", seen, (head, service.metrics()))
        ok("so are commits and what shares them",
           float(seen["danzheng_store_commit_seconds_sum"]) > 0 and
           int(seen["danzheng_store_batch_size_sum"]) >=
           int(seen["danzheng_store_batch_size_count"]) > 0, seen)
        ok("and refusals", seen['danzheng_refusals_total{audit="row"}'] == "1", seen)
        ok("its folder is looked after", json.loads(service.manager.ask("/readyz")[1])["registry"])


loop()
stranger()
metrics()
finish()
