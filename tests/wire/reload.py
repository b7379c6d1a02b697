#!/usr/bin/env python3
"""HUP: what is taken at once, also by who is connected; what stays when something is faulty; what
waits for a restart, and is said to."""
import json
import shutil
import subprocess

from service import *

ROLE = """
[role NAME]
users = USER
lane = counter
ops = OPS
kinds = *
outputs = *
owners = *
"""
NOBODY = "4294967294"


def role(name, ops, user="self"):
    return ROLE.replace("NAME", name).replace("OPS", ops).replace("USER", user)


def reload(service):
    """HUP, and until the front has taken it: a new client sees the new roles."""
    count = service.count("reloaded")
    service.send_signal(signal.SIGHUP)
    return until(lambda: service.count("reloaded") > count)


def ask(client, op, **more):
    return next(client.ask({"op": op, **more}))[0]


def code(answer):
    return "" if answer["ok"] else answer["error"]["code"]


def connected():
    with Service(roles=role("clerk", "render status")) as service:
        client, idle = service.client(), service.client()
        idle.send({"op": "ping", "id": "i"})
        idle.receive()
        ok("a role may ask for what it lists", code(ask(client, "status")) == "")
        service.configure(roles=role("clerk", "render"))
        reload(service)
        answer = until(lambda: (lambda got: got if not got["ok"] else None)(ask(client, "status")))
        ok("after a reload who is connected may ask for no more than the role lists now",
           answer and code(answer) == "RIGHTS_DENIED", answer)
        ok("and is told the line", answer["error"]["rule"].startswith("config/danzheng.ini:"),
           answer)
        service.configure(roles=role("chief", "render status"))
        reload(service)
        hello = until(lambda: (lambda got: got if got["role"] == "chief" else None)
                      (ask(client, "hello")))
        ok("who has another role has its rights", hello and "status" in hello["ops"], hello)
        answer, pdf = next(client.render(sample("disc_import-filed"), ["import_certificate"]))
        ok("and its papers", answer["ok"] and pdf.startswith(b"%PDF"), answer)

        client.send({"op": "render", "id": "long", "outputs": ["goods_list"],
                     "record": long_list(2000)})
        client.send({"op": "ping", "id": "p"})
        client.receive()  # so the one before it was read
        service.configure(roles=role("chief", "render status", NOBODY))
        reload(service)
        until(lambda: refused(service))
        client.send({"op": "ping", "id": "q"})
        got = {}
        while (came := client.receive()) is not None:
            got[came[0]["id"]] = came[0]
        ok("what was asked before the role went is answered",
           got.get("long", {}).get("ok") is True, got)
        fatal = got.get(None, {})
        ok("who has no role any more is refused", fatal.get("fatal") and
           fatal["error"]["code"] == "RIGHTS_DENIED" and "q" not in got, got)
        ok("with the file of the roles", fatal["error"]["rule"] == "config/danzheng.ini", fatal)
        service.configure(roles=role("again", "render"))
        reload(service)
        until(lambda: not refused(service))
        ok("who said nothing in between has a role again, and speaks on",
           ask(idle, "hello")["role"] == "again")


def refused(service):
    client = service.client()
    try:
        client.send({"op": "ping", "id": "1"})
    except BrokenPipeError:
        pass
    return client.receive()[0].get("fatal")


def waiting():
    with Service(renderers=1, connections=10) as service:
        ok("before", works(service) == "")
        service.configure(renderers=2, connections=11)
        reload(service)
        hello = until(lambda: (lambda got: got if got["limits"]["connections"] == 11 else None)
                      (ask(service.client(), "hello")))
        ok("a limit is taken at once", hello)
        said = waits(service)  # before "reloaded"
        ok("another number of renderers waits, and is said to", said == ["[serve] renderers"], said)
        ok("and they are as many as they were", until(lambda: len(service.renderers()) == 2))
        service.configure(renderers=1, check="no", duplicates=3, **{"segment-mib": 7})
        service.wipe()
        reload(service)
        said = waits(service)
        ok("so are the registry's", said == ["[registry] check", "[registry] segment-mib",
                                             "[quota] duplicates"], said)
        service.configure(renderers=1)
        service.wipe()
        reload(service)
        ok("what is as it was at the start is not", waits(service) == [], waits(service))


def waits(service):
    return [line["setting"] for line in service.lines() if "restart" in line["msg"]]


class Signed(Service):
    """Where a registry keeps papers, and [sign] has a key."""

    def prepare(self):
        self.keys = f"{self.folder}/keys"
        os.mkdir(self.keys)
        subprocess.run(["bash", f"{HOME}/tests/certificates.sh", self.keys], check=True)
        subprocess.run(["openssl", "pkcs8", "-topk8", "-in", f"{self.keys}/rsa.key", "-out",
                        f"{self.keys}/locked-rsa.key", "-passout",
                        f"file:{self.keys}/locked.pass"], check=True)
        subprocess.run(["openssl", "pkcs8", "-topk8", "-in", f"{self.keys}/rsa.key", "-out",
                        f"{self.keys}/other-rsa.key", "-passout", "pass:another"], check=True)
        self.sign()

    def sign(self, key="locked.key", certificates="p256.chain"):
        self.configure(renderers=1, key=key and f"{self.keys}/{key}",
                       certificates=certificates and f"{self.keys}/{certificates}",
                       trust=f"{self.keys}/root.pem")

    def algorithm(self, number):
        """By which a paper of its own is signed; "" when it is not."""
        record = sample("exhibition_filing-approved")
        record["data"]["exhibition_pre_entry_no"] = f"Z{number:015d}"
        client = self.client()
        answer, pdf = next(client.render(record, ["goods_list"]))
        if not answer["ok"]:
            return code(answer)
        told, _ = next(client.ask({"op": "verify"}, pdf))
        return told.get("signature", {}).get("algorithm", "")


class ByDescriptor(Signed):
    def start(self):
        end, to = os.pipe()
        with open(f"{self.keys}/locked.pass", "rb") as file:
            os.write(to, file.read())
        os.close(to)
        self.fds, self.more = (end,), (*self.more, "--passphrase", f"{end}")
        super().start()
        os.close(end)


class ByCredential(Signed):
    def start(self):
        self.credentials = f"{self.folder}/credentials"
        os.mkdir(self.credentials)
        shutil.copy(f"{self.keys}/locked.pass", f"{self.credentials}/sign-key")
        self.more = (*self.more, "--passphrase", "sign-key")
        self.env = {"CREDENTIALS_DIRECTORY": self.credentials}
        super().start()


def signing():
    with ByDescriptor(state=True) as service:
        ok("signed by the one key", service.algorithm(1) == "P-256")
        service.sign("locked-rsa.key", "rsa.chain")
        reload(service)
        ok("after a reload by the other, with the passphrase that was given",
           until(lambda: service.algorithm(2 + service.tries()) == "RSA"))
        if not os.environ.get("SANITIZED"):  # whose shadow is too long to read
            found = [pid for pid in [service.process.pid, *service.children()]
                     if memory_has(pid, b"open sesame")]
            ok("which no child of its has", found == [service.process.pid], found)
        service.sign("weak.key", "weak.pem")
        service.send_signal(signal.SIGHUP)
        ok("one that may not sign is not taken", until(lambda: service.said("not reloaded")) and
           service.said("SIGN_KEY"))
        ok("and the old one stays", service.algorithm(100) == "RSA")
        service.sign("", "")
        reload(service)
        ok("without one nobody signs", until(lambda: service.algorithm(200 + service.tries()) == ""))
    with ByCredential(state=True) as service:
        ok("by credential", service.algorithm(1) == "P-256")
        service.sign("other-rsa.key", "rsa.chain")
        service.send_signal(signal.SIGHUP)
        ok("a key with another passphrase is not taken",
           until(lambda: service.said("not reloaded")) and service.algorithm(2) == "P-256")
        with open(f"{service.credentials}/sign-key", "w", encoding="utf-8") as file:
            file.write("another\n")
        reload(service)
        ok("unless the credential has it now",
           until(lambda: service.algorithm(3 + service.tries()) == "RSA"))


def memory_has(pid, words):
    """Whether the words stand in memory that the process may write."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, \
                open(f"/proc/{pid}/mem", "rb", 0) as memory:
            spans = [line.split()[:2] for line in maps if "[v" not in line]
            for start, end in (span.split("-") for span, mode in spans if "w" in mode):
                memory.seek(int(start, 16))
                if words in memory.read(int(end, 16) - int(start, 16)):
                    return True
    except OSError:  # it has gone
        pass
    return False


connected()
waiting()
signing()
finish()
