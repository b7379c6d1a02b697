#!/usr/bin/env python3
"""Papers of several requests for one record: nobody waits for what waits for him, each copy has a
name of its own, and a paper is the same one however it is asked for."""
import subprocess

from service import *

OUTPUTS = ["filing_application", "goods_list"]


class Writing(Service):
    def prepare(self):
        self.more += ("--out", f"{self.folder}/out")


def begun(service):
    return subprocess.run([PROGRAM, "registry", "find", "--state", f"{service.folder}/state", "--only",
                           "begun"], capture_output=True, check=False).stdout


def answers(client, count):
    return [client.receive()[0] for _ in range(count)]


with Writing(state=True, renderers=4) as service:
    first, forth, back = service.client(), service.client(), service.client()
    record = long_list(12000)
    first.send({"op": "render", "id": "first", "outputs": OUTPUTS[1:], "record": record})
    until(lambda: begun(service))
    renderer = until(service.working)
    os.kill(renderer, signal.SIGSTOP)
    forth.send({"op": "render", "id": "forth", "outputs": OUTPUTS, "record": record})
    back.send({"op": "render", "id": "back", "outputs": OUTPUTS[::-1], "record": record})
    # both have asked for what the first one makes, and then it gives up
    until(lambda: next(service.client().ask({"op": "status"}))[0]["running"] == 3)
    time.sleep(0.3)
    first.send({"op": "cancel", "id": "x", "target": "first"})
    os.kill(renderer, signal.SIGCONT)
    got = answers(forth, 2) + answers(back, 2)
    ok("two that ask for the same papers in other orders both have them",
       all(answer["ok"] for answer in got), got)
    ok("and they are the same papers",
       len({(answer["output"], answer["sha256"]) for answer in got}) == 2, got)

    client = service.client()
    for number in range(3):
        answer, _ = next(client.ask({"op": "issue", "outputs": ["import_certificate"], "to": "copies",
                                     "reason": "卡纸", "record": sample("disc_import-filed")}))
        ok(f"copy {number} is a file of its own", answer["ok"], answer)
        ok("named by its form",
           answer["file"].endswith(".duplicate-%d.pdf" % number if number else ".original.pdf"), answer)
    answer, _ = next(client.render(sample("disc_import-filed"), ["import_certificate"], to="copies"))
    ok("the electronic paper is another file", answer["ok"], answer)
    answer, _ = next(client.render(sample("disc_import-filed"), ["import_certificate"], to="copies",
                                   profile="1b", dpi=203))
    ok("and so is one with other parameters", answer["ok"] and
       answer["file"].endswith("import_certificate.profile-1b-dpi-203.pdf"), answer)

    record, number = sample("temporary_extension-approved"), None
    for minute in range(60):
        for zone in ("+08:00", "+09:00"):
            answer, _ = next(client.render(record, ["extension_slip"],
                                           printed_at=f"2026-01-01T00:{minute:02}:00{zone}"))
    number = answer["doc"]["number"]
    newest, _ = next(client.ask({"op": "status", "number": number}))
    ok("of many papers the newest hundred are told, and that there are more",
       len(newest["papers"]) == 100 and newest["more"] and
       newest["papers"][0]["parameters"] == "printed_at=2026-01-01T00:59:00+09:00", answer)
    older, _ = next(client.ask({"op": "status", "number": number,
                                "before": newest["papers"][-1]["paper"]}))
    ok("and then the older ones", len(older["papers"]) == 20 and "more" not in older, older)
finish()
