#!/usr/bin/env python3
"""Papers that go to files ("to") on a disk that does not come back: who asked for files waits, and
nobody else."""
import select

from service import *


class Slow(Service):
    """A sync below its folder for files waits until the file `go` is there."""

    def prepare(self):
        self.out, self.go = f"{self.folder}/out", f"{self.folder}/go"
        self.more = (*self.more, "--out", self.out)
        self.env = {"LD_PRELOAD": os.environ["NTH_SO"], "NTH_CALL": "sync", "NTH_AT": "1",
                    "NTH_FOR": "ever", "NTH_WAY": "wait", "NTH_PATH": self.out, "NTH_GO": self.go}

    def waits(self):
        """A sync is waiting."""
        return until(lambda: os.path.exists(f"{self.go}.in"))

    def goes(self):
        open(self.go, "w", encoding="utf-8").close()

    def stops(self):
        os.remove(self.go)
        os.remove(f"{self.go}.in")

    def files(self, folder):
        try:
            return sorted(os.listdir(f"{self.out}/{folder}"))
        except OSError:
            return []

    def __exit__(self, *_):
        self.goes()
        super().__exit__()


def silent(client):
    """Nothing came for it."""
    return not select.select([client.socket], [], [], 0)[0]


def ask(client, name, folder, *outputs, **more):
    client.send({"op": "render", "id": name, "to": folder, "outputs": list(outputs),
                 "record": sample("exhibition_filing-approved", **more)})


def others(service):
    slow, other = service.client(), service.client()
    ask(slow, "1", "a", "goods_list")
    ok("a sync waits", service.waits())
    answer, _ = next(other.ask({"op": "ping"}))
    ok("another client is answered meanwhile", answer["ok"] and silent(slow), answer)
    answer, pdf = next(other.render(sample("disc_import-filed"), ["import_certificate"]))
    ok("and gets papers", answer["ok"] and pdf.startswith(b"%PDF") and silent(slow), answer)
    slow.send({"op": "ping", "id": "ping"})
    ok("so is what the same client asks besides", slow.receive()[0]["id"] == "ping")
    service.goes()
    answer, _ = slow.receive()
    ok("when it is on the disk it is", answer["id"] == "1" and answer["ok"] and
       os.path.getsize(f"{service.out}/{answer['file']}") == answer["size"], answer)
    service.stops()


def order(service):
    """Several papers of one request, one of them refused."""
    client = service.client()
    ask(client, "1", "b", "goods_list", "check_sheet", "filing_application", status="change_pending")
    ask(client, "2", "b", "goods_list", "no_such_output", version=5)
    service.waits()
    service.goes()
    got = [client.receive()[0] for _ in range(5)]
    for name, count in (("1", 3), ("2", 2)):
        mine = [answer for answer in got if answer["id"] == name]
        ok(f"of {count} papers the last answer comes last",
           [answer["last"] for answer in mine] == [False] * (count - 1) + [True], got)
    ok("refusals among them", [answer["ok"] for answer in got if answer["id"] == "1"].count(False)
       == 2, got)
    service.stops()


def given_up(service):
    client = service.client()
    ask(client, "begun", "c", "goods_list")
    service.waits()
    ask(client, "waits", "d", "goods_list")
    until(lambda: status(client)["running"] == 0)
    ok("what waits can be cancelled",
       next(client.ask({"op": "cancel", "target": "waits"}))[0]["cancelled"])
    gone = service.client()
    ask(gone, "gone", "e", "goods_list")
    next(gone.ask({"op": "ping"}))  # so the one before it was read
    gone.socket.close()
    gone.input.close()
    service.goes()
    until(lambda: status(client) and "begun" in client.waiting)
    answer, _ = client.waiting["begun"][0]
    ok("what was begun is finished", answer["ok"] and len(service.files("c")) == 1, answer)
    ok("what was asked by who has gone is written", until(lambda: service.files("e")))
    ok("and what was cancelled is not", not service.files("d"), service.files("d"))
    ok("the service goes on", works(service) == "")


def status(client):
    return next(client.ask({"op": "status"}))[0]


def draining(service):
    service.stops()
    client = service.client()
    ask(client, "9", "f", "goods_list")
    service.waits()
    service.send_signal(signal.SIGTERM)
    got = [client.receive()[0]]
    service.goes()
    while (came := client.receive()) is not None:
        got.append(came[0])
    ok("who waits for a file when the service ends is told of it",
       got[0] == {"event": "draining"} and got[-1].get("ok") and got[-1]["id"] == "9", got)
    ok("and it ends well", service.process.wait(PATIENCE) == 0)


if os.environ.get("SANITIZED"):
    print("1..0 # skip nothing is preloaded under a sanitizer")
    raise SystemExit
with Slow(renderers=1) as service:
    others(service)
    order(service)
    given_up(service)
    draining(service)
finish()
