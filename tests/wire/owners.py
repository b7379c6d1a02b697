#!/usr/bin/env python3
"""A number belongs to its kind, and to the owner of its newest record: who may have some owners'
records only neither supersedes nor lists nor withdraws what is another's."""
from service import *

ROLE = """
[role NAME]
users = self
lane = counter
ops = *
kinds = KINDS
outputs = *
owners = OWNERS
"""
MINE, OTHERS = "91110105MAFAKE019T", "91310000MAFAKE0021"


def role(service, name, kinds="*", owners="*"):
    """A client of that role: the service takes it up while it runs."""
    service.configure(roles=ROLE.replace("NAME", name).replace("KINDS", kinds)
                      .replace("OWNERS", owners))
    service.send_signal(signal.SIGHUP)
    client = service.client()
    until(lambda: next(client.ask({"op": "hello"}))[0]["role"] == name)
    return client


def ask(client, op, **more):
    return next(client.ask({"op": op, **more}))[0]


def code(answer):
    return "" if answer["ok"] else answer["error"]["code"]


def filing(**more):
    return sample("exhibition_filing-approved", **more)


with Service(roles=ROLE.replace("NAME", "all").replace("KINDS", "*").replace("OWNERS", "*"),
             state=True) as service:
    first, number = filing(), filing()["data"]["exhibition_pre_entry_no"]
    ok("a paper of one enterprise", works(service, first, ["goods_list"]) == "")
    disc = sample("disc_import-filed", version=9)
    disc["data"]["application_no"] = number
    answer = ask(service.client(), "revise", record=disc)
    ok("the number is not given to another kind", code(answer) == "NUMBER_TAKEN", answer)
    answer, _ = next(service.client().render(disc, ["import_certificate"]))
    ok("nor a paper of it made", code(answer) == "NUMBER_TAKEN", answer)

    client = role(service, "other", owners=OTHERS)
    stolen = filing(version=5, owner=OTHERS)
    answer = ask(client, "revise", record=stolen)
    ok("another enterprise does not revise it in its own name", code(answer) == "RIGHTS_DENIED",
       answer)
    ok("the line of the role is named", answer["error"]["rule"].startswith("config/danzheng.ini:"),
       answer)
    ok("and not whose it is", MINE not in str(answer), answer)
    for op, wanted in (("render", ["goods_list"]), ("issue", ["goods_list"])):
        answer = ask(client, op, outputs=wanted, record=stolen)
        ok(f"nor is there a paper by {op}", code(answer) == "RIGHTS_DENIED", answer)
    for op, more in (("status", {}), ("withdraw", {"reason": "x"})):
        answer = ask(client, op, number=number, **more)
        ok(f"nor {op} of the number", code(answer) == "RIGHTS_DENIED" and MINE not in str(answer),
           answer)
    own = filing(owner=OTHERS)
    own["data"]["exhibition_pre_entry_no"] = "Z011020240000032"
    answer = ask(client, "revise", record=own)
    ok("a number of its own is well", code(answer) == "", answer)

    client = role(service, "kinds", kinds="disc_import")
    answer = ask(client, "withdraw", number=number, reason="x")
    ok("a role for another kind does not withdraw it", code(answer) == "RIGHTS_DENIED", answer)

    client = role(service, "mine", owners=MINE)
    answer = ask(client, "status", number=number)
    ok("its own enterprise sees it as it was", code(answer) == "" and
       [paper["standing"] for paper in answer["papers"]] == ["current"], answer)

    client = role(service, "everyone")
    answer = ask(client, "revise", record=filing(version=5, owner=OTHERS))
    ok("who may have all owners hands it over", code(answer) == "" and answer["superseded"] == 1,
       answer)
    client = role(service, "mine", owners=MINE)
    answer = ask(client, "revise", record=filing(version=6))
    ok("and then it is the other's", code(answer) == "RIGHTS_DENIED", answer)
finish()
