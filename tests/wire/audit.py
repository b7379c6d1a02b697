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


def refusals(service, count):
    """(subject, body) of each, once there are so many."""
    def found():
        rows = [json.loads(line) for line in audit(service, "show", "--json").splitlines()]
        rows = [row for row in rows if row["event"] == "refuse"]
        return rows if len(rows) >= count else None
    return [(row["subject"], row["body"]) for row in until(found, 10) or []]


with Service(COUNTER, state=True) as service:
    client, draft = service.client(), sample("exhibition_filing-draft")
    number, version = draft["data"]["exhibition_pre_entry_no"], draft["version"]
    answers = [answer for answer, _ in client.render(draft, ["goods_list", "check_sheet",
                                                             "filing_application"])]
    ok("two of three are refused", [answer["ok"] for answer in answers].count(False) == 2, answers)
    found = refusals(service, 2)
    wanted = [(f"{number}/v{version}/{output}",
               {"code": "PRINT_NOT_PERMITTED", "op": "render", "role": "counter",
                "status": draft["status"]}) for output in ("goods_list", "filing_application")]
    ok("each is in the audit: the paper, the code, the role, the status",
       found == wanted, (found, wanted))
    next(client.ask({"op": "revise", "record": sample("exhibition_filing-approved", version=5)}))
    next(client.render(sample("exhibition_filing-approved"), ["goods_list"]))
    found = refusals(service, 3)[2:]
    ok("what the registry refuses too", [body["code"] for _, body in found] == ["VERSION_OLD"],
       found)
    next(client.ask({"op": "withdraw", "number": "Z011020240000031", "reason": "x"}))
    found = refusals(service, 4)[3:]
    ok("and what a role may not ask for", [(subject, body["code"], body["op"])
                                           for subject, body in found] ==
       [("Z011020240000031", "RIGHTS_DENIED", "withdraw")], found)
    next(client.render(sample("exhibition_filing-approved", data={"colour": "red"}), ["goods_list"]))
    works(service)
    ok("a faulty record is no refusal", len(refusals(service, 4)) == 4, refusals(service, 4))
    ok("the chain holds", "error" not in audit(service, "verify"), audit(service, "verify"))
finish()
