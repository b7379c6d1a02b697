#!/usr/bin/env python3
"""What stands on copies, and that they prove themselves."""
import json
import subprocess

from service import *


def text(pdf):
    return subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True,
                          check=True).stdout.decode()


def verdict(service, pdf):
    answer, _ = next(service.client().ask({"op": "verify"}, pdf))
    return answer.get("verdict"), answer.get("why_en", "")


with Service(state=True) as service:
    client, record = service.client(), sample("disc_import-filed")

    def issue():
        return next(client.ask({"op": "issue", "outputs": ["import_certificate"],
                                "reason": "补打", "record": record}))
    first, original = issue()
    second, duplicate = issue()
    third, another = issue()
    electronic, pdf = next(client.render(record, ["import_certificate"]))
    ok("an original has no mark of a copy", "副本" not in text(original))
    ok("it is the paper that the electronic one is", original == pdf)
    ok("a duplicate says that it is one, and which", "副本 1" in text(duplicate))
    ok("and so does the next", "副本 2" in text(another))
    ok("the mark of test keys stays", "仅供测试" in text(duplicate))
    ok("no two of them are the same", len({original, duplicate, another}) == 3)
    for name, paper in (("an original", original), ("a duplicate", duplicate)):
        found = verdict(service, paper)
        ok(f"{name} proves itself", found[0] == "TEST", found)
    forged = duplicate.replace("副本 1".encode(), "副本 3".encode())
    ok("a duplicate cannot be given another number",
       forged == duplicate or verdict(service, forged)[0] == "NOT GENUINE")
    answer, _ = next(client.ask({"op": "status", "number": first["doc"]["number"]}))
    forms = [(paper["form"], paper.get("duplicate")) for paper in answer["papers"]]
    ok("the registry knows them apart", forms == [("electronic", None), ("duplicate", 2),
                                                  ("duplicate", 1), ("original", None)], forms)
finish()
