#!/usr/bin/env python3
"""Clients that behave badly, all at once, while others work on."""
import statistics
import threading

import bad
from service import *

PAPERS, MARGIN = 40, 50


def took(*services):
    """How long so many papers took, in ms, of each service; asked in turn, so that whatever else
    the machine does falls to all of them alike."""
    clients, times = [service.client() for service in services], [[] for _ in services]
    for _ in range(PAPERS):
        for client, of in zip(clients, times):
            start = time.monotonic()
            answer, pdf = next(client.render(sample("disc_import-filed"), ["import_certificate"]))
            assert answer["ok"] and pdf.startswith(b"%PDF"), answer
            of.append(1000 * (time.monotonic() - start))
    return times


def memory(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) // 1024


def behaviour():
    with Service(renderers=1) as quiet, Service(renderers=2) as service:
        stop = threading.Event()
        threads = [threading.Thread(target=who, args=(service, stop), daemon=True)
                   for who in (bad.never_reads, bad.never_reads, bad.reads_slowly,
                               bad.sends_slowly, bad.sends_slowly, bad.garbage, bad.leaves)]
        took(quiet, service)
        for thread in threads:
            thread.start()
        time.sleep(1)
        alone, beside = took(quiet, service)
        print(f"# alone p50 {statistics.median(alone):.1f} ms, most {max(alone):.1f} ms; "
              f"beside p50 {statistics.median(beside):.1f} ms, most {max(beside):.1f} ms; "
              f"front {memory(service.front())} MiB", flush=True)
        ok("beside clients that behave badly others are served as in a service of their own",
           sum(beside) < MARGIN * sum(alone), (alone, beside))
        ok("and the front's memory is bounded", memory(service.front()) < 600,
           memory(service.front()))
        stop.set()
        for thread in threads:
            thread.join(10)
        ok("all renderers and the verifier stand", len(service.renderers()) == 3)
        client = service.client()
        answer, _ = next(client.ask({"op": "status"}))
        ok("nothing is left waiting",
           until(lambda: queued(service) == 0), answer)


def lanes():
    """A counter's request beside a batch that always has more waiting. The roles are those of
    two users."""
    name = "a counter's request does not wait for a batch"
    if os.geteuid() != 0:
        skip(name, "only root can be another user for a moment")
        return
    with Service(roles=LANES, renderers=1) as service:
        os.chmod(service.folder, 0o755)
        os.seteuid(65534)
        batch, other = [service.client() for _ in range(3)], service.client()
        os.seteuid(0)
        answers = []
        record = long_list(300)
        for client in batch:
            for number in range(20):
                client.send({"op": "render", "id": str(number), "outputs": ["goods_list"],
                             "record": record})
        until(lambda: queued(service) > 30)
        for _ in range(5):
            code = works(service)
            answers.append((code, queued(service)))
        ok(name,
           all(code == "" and left > 20 for code, left in answers), answers)
        answer, _ = next(other.ask({"op": "status"}))
        ok("what the batch's role does not list is denied",
           not answer["ok"] and answer["error"]["code"] == "RIGHTS_DENIED", answer)


def queued(service):
    answer, _ = next(service.client().ask({"op": "status"}))
    return answer["running"] + sum(answer["queued"].values())


def talk(link):
    try:
        link.sendall(b'{"op":"ping","id":"1"}\n')
    except OSError:
        pass
    got = link.recv(4096)
    return "ok" if b'"ok":true' in got else "BUSY" if b'"BUSY"' in got else got


def crowd():
    with Service(connections=512, **{"user-connections": 512}) as service:
        links = [bad.connect(service) for _ in range(600)]
        said = [talk(link) for link in links]
        ok("of 600 connections those above the limit are told so",
           80 <= said.count("BUSY") <= 88 + 2, said.count("BUSY"))
        ok("all others are served", said.count("ok") + said.count("BUSY") == 600)
        for link in links:
            link.close()
        ok("and when they have gone there is room again",
           until(lambda: service.answers() and works(service) == ""))


behaviour()
lanes()
crowd()
finish()
