#!/usr/bin/env python3
"""Does the service know whether it is well, whatever keys its sealer has, and when nobody asks for
anything?"""
from sealed import Sealed, numbered
from service import *

FORMAL = (("2,3,4,5,6,7", "1"),)


class Watched(Sealed):
    """With an admin socket, and a manager that listens."""
    kinds = FORMAL

    def own_keys(self, folder, kinds=None):
        super().own_keys(folder, kinds or self.kinds)

    def configure(self, roles=None, **settings):
        super().configure(roles, canary=1, **settings)

    def start(self):
        self.manager = Manager(self.folder)
        self.manager.admin = f"{self.folder}/admin"
        self.more = ("--admin", self.manager.admin)
        self.env = {"NOTIFY_SOCKET": f"{self.folder}/notify", "WATCHDOG_USEC": "3000000"}
        super().start()

    def again(self):
        """Another service in the same home."""
        self.process.terminate()
        self.process.wait(PATIENCE)
        os.remove(f"{self.folder}/notify")
        self.start()

    def ready(self):
        return self.manager.ask("/readyz")[0] == 200

    def canaries(self):
        text = self.manager.ask("/metrics")[1]
        return int(next(line.split()[1] for line in text.splitlines()
                        if line.startswith("danzheng_canaries_total ")))


def idle(service):
    count = service.canaries()
    ok("when nobody asks for anything a paper is made now and then",
       until(lambda: service.canaries() >= count + 3))
    service.manager.forget()
    ok("and the manager told so", service.manager.told("WATCHDOG=1"))


def without(service):
    """The sealer is away: papers cannot be made, and starting anew would not help."""
    service.unseal()
    ok("without its sealer it is not ready", until(lambda: not service.ready()))
    service.manager.forget()
    ok("and alive", service.manager.told("WATCHDOG=1"))
    service.again()
    ok("so it is when it starts", service.manager.told("READY=1") and not service.ready())
    ok("and answers what needs none", next(service.client().ask({"op": "status"}))[0]["ok"])
    service.seal()
    ok("it is ready when the sealer is back", until(service.ready))


with Watched() as service:
    ok("with a sealer that has no key for check sheets it is ready",
       service.manager.told("READY=1") and service.ready())
    code = works(service, numbered(1), ["check_sheet"])
    ok("which makes none", code == "SEAL_NOT_PERMITTED", code)
    answer, _ = next(service.client().ask({"op": "render", "outputs": ["check_sheet"],
                                           "trial": True, "record": numbered(1)}))
    ok("not even for a client that says what the service does",
       not answer["ok"] and answer["error"]["code"] == "SEAL_NOT_PERMITTED", answer)
    ok("but what it has keys for", works(service, numbered(1), ["goods_list"]) == "")
    idle(service)
    without(service)

Watched.kinds = (("1", "0"),)
with Watched() as service:
    ok("with one that has keys for nothing else, too",
       service.manager.told("READY=1") and service.ready())
    # the record that it tries has another field now, and its number was sealed
    path = f"{service.home}/config/kinds/exhibition_filing.ini"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("[fields]\n", "[fields]\nanother = 另一栏 | text 64\n", 1))
    service.again()
    ok("and with one that sealed another record of the same number",
       service.manager.told("READY=1") and service.ready())
finish()
