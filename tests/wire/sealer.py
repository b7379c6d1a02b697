#!/usr/bin/env python3
"""The service with keys of its own behind a sealer: what it makes is genuine; while the sealer is
away it says so and nothing is lost."""
import threading

from sealed import Sealed, numbered
from service import *


def seals(service):
    """How many are in the sealer's log, as it says when it starts."""
    return int(service.readies()[-1].split(" and ")[1].split()[0])


def formal(service):
    """How many of the seals in its log are of formal papers."""
    with open(f"{service.folder}/seals", "rb") as file:
        log, at, count = file.read(), len("danzheng-seal-log/1\n"), 0
    while at < len(log):
        # place in its round and length, sequence, two digests; of the seal version and suite, key, kind, state
        count += log[at + 4 + 8 + 64 + 6]
        at += 4 + int.from_bytes(log[at + 2:at + 4], "big") + 32
    return count


def papers(service):
    outputs = ["goods_list", "filing_application", "check_sheet"]
    answers = list(service.client().render(numbered(1), outputs))
    ok("papers are sealed by the sealer", len(answers) == 3 and
       all(answer["ok"] for answer, _ in answers), answers)
    found = {answer["output"]: service.verdict(pdf) for answer, pdf in answers}
    ok("formal ones are genuine, a check sheet proves nothing",
       found == {"goods_list": "GENUINE", "filing_application": "GENUINE",
                 "check_sheet": "DRAFT"}, found)
    ok("no other formal paper was sealed", formal(service) == 2, formal(service))
    pdf = next(pdf for answer, pdf in answers if answer["output"] == "goods_list")
    answer, _ = next(service.client().ask({"op": "verify"}, pdf))
    ok("the service says so too", answer.get("verdict") == "GENUINE", answer)
    ok("the renderers are in their sandbox", until(lambda: len(service.renderers()) == 3))
    return pdf


def down(service):
    service.unseal()
    answer, _ = next(service.client().render(numbered(2), ["goods_list"]))
    fault = answer.get("error", {})
    ok("without the sealer it is said, as try later",
       (fault.get("code"), fault.get("retry")) == ("SEALER_DOWN", "later"), answer)
    begun = time.monotonic()
    codes = [works(service, numbered(n), ["goods_list"]) for n in range(3, 9)]
    ok("every time, and soon", set(codes) == {"SEALER_DOWN"} and
       time.monotonic() - begun < PATIENCE, codes)
    seen, begun = set(), time.monotonic()

    def replaced():
        seen.update(service.renderers())
        return len(seen) > 4 and time.monotonic() - begun > 3
    ok("renderers are replaced, to ask for it anew", until(replaced), len(seen))
    took = time.monotonic() - begun
    ok("without haste", len(seen) < 4 * took + 4, (len(seen), took))


def well(service, pdf):
    service.seal()
    ok("when it is back papers are made again",
       until(lambda: works(service, numbered(2), ["goods_list"]) == "", 30))
    codes = [works(service, numbered(n), ["goods_list"]) for n in range(3, 9)]
    ok("all those that were refused", set(codes) == {""}, codes)
    _, again = next(service.client().render(numbered(1), ["goods_list"]))
    ok("and an old one is what it was", again == pdf)


def killed(service):
    """In the midst of many: each is made or told to come later, and none is lost."""
    codes, client = {}, service.client()

    def ask():
        for n in range(100, 220):
            answer, pdf = next(client.render(numbered(n), ["goods_list"]))
            codes[n] = "" if answer["ok"] and pdf else answer["error"]["code"]
    thread = threading.Thread(target=ask)
    thread.start()
    until(lambda: len(codes) > 20)
    service.unseal()
    until(lambda: "SEALER_DOWN" in codes.values())
    service.seal()
    thread.join(PATIENCE)
    ok("killed among many, each is answered", len(codes) == 120 and
       set(codes.values()) == {"", "SEALER_DOWN"}, sorted(set(codes.values())))
    ok("asked again, all are made", until(lambda: not [
        n for n in codes if works(service, numbered(n), ["goods_list"])]))
    service.unseal(signal.SIGTERM)
    service.seal()
    # 3 of papers(), 7 of well(), 120 of these, and the check sheet that the service tries itself
    count = until(lambda: seals(service))
    ok("and each has one seal", count in (130, 131), count)


if __name__ == "__main__":
    with Sealed(state=True) as service:
        pdf = papers(service)
        down(service)
        well(service, pdf)
        killed(service)
    finish()
