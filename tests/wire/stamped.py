#!/usr/bin/env python3
"""Where a time-stamp authority is named, no formal paper is kept without its time-stamp; what the
authority does or fails to do costs only the papers that need it."""
import datetime
import hashlib
import json
import pathlib
import re
import socket
import subprocess

from service import *

STAMPERS = 8


class Stamped(Service):
    """With an authority of its own, that has this socket; it listens when it is called."""

    def prepare(self):
        self.keys = f"{self.folder}/keys"
        os.mkdir(self.keys)
        subprocess.run(["bash", f"{HOME}/tests/certificates.sh", self.keys], check=True)
        self.at = socket.socket()
        self.at.bind(("127.0.0.1", 0))
        self.authority = None
        self.more = (*self.more, "--admin", f"{self.folder}/admin")
        self.manager = Manager(self.folder)
        self.manager.admin = f"{self.folder}/admin"
        self.sign()

    def sign(self, wait=60, stamps=True, trust="root.pem", **more):
        address = f"http://127.0.0.1:{self.at.getsockname()[1]}/stamp"
        self.configure(**{"renderers": 2, "key": f"{self.keys}/p256.key", "deadline": 300,
                          "certificates": f"{self.keys}/p256.chain", "wait": wait,
                          "stamps": address if stamps is True else stamps, "trust": f"{self.keys}/{trust}",
                          **more})

    def reload(self):
        count = self.count("reloaded")
        self.send_signal(signal.SIGHUP)
        until(lambda: self.count("reloaded") > count)

    def call(self):
        self.authority = subprocess.Popen(
            ["python3", f"{HOME}/tests/tsa.py", self.keys, "", f"{self.at.fileno()}"],
            stdout=subprocess.PIPE, pass_fds=(self.at.fileno(),))
        self.authority.stdout.readline()

    def fault(self, name):
        with open(f"{self.keys}/fault.new", "w", encoding="utf-8") as file:
            file.write(name)
        os.rename(f"{self.keys}/fault.new", f"{self.keys}/fault")

    def asked(self):
        return len(list(pathlib.Path(self.keys).glob("asked-*")))

    def metric(self, name):
        _, page = self.manager.ask("/metrics")
        return float(re.search(rf"(?m)^danzheng_{re.escape(name)} (\S+)$", page)[1])

    def askers(self):
        """Processes that have a connection to the authority."""
        port = f":{self.at.getsockname()[1]:04X}"
        with open("/proc/net/tcp", encoding="utf-8") as file:
            lines = [line.split() for line in file]
        ends = {f"socket:[{line[9]}]" for line in lines[1:] if line[2].endswith(port)}
        found = []
        for pid in self.children():
            fds = (f"/proc/{pid}/fd/{fd}" for fd in os.listdir(f"/proc/{pid}/fd"))
            if any(os.path.islink(fd) and os.readlink(fd) in ends for fd in fds):
                found.append(pid)
        return found

    def __exit__(self, *_):
        if self.authority:
            self.authority.kill()
            self.authority.wait(PATIENCE)
        self.at.close()
        super().__exit__()


def record(number):
    made = sample("exhibition_filing-approved")
    made["data"]["exhibition_pre_entry_no"] = f"Z{number:015d}"
    return made


def request(number, *outputs, op="render", **more):
    return {"op": op, "outputs": list(outputs or ["goods_list"]), "record": record(number), **more}


def paper(service, number, *outputs, **more):
    return next(service.client().ask(request(number, *outputs, **more)))


def code(answer):
    return "" if answer["ok"] else answer["error"]["code"]


def run(*words, **more):
    return subprocess.run(words, capture_output=True, check=False, **more)


def verified(service, pdf):
    said = run(PROGRAM, "verify", "-", "--json", input=pdf,
               env=dict(os.environ, DANZHENG_HOME=service.home))
    return json.loads(said.stdout)


def stamped_at(service, pdf):
    """When the authority saw it; "" when it did not, or the file is not as it should be."""
    told = verified(service, pdf)
    return told["signature"].get("stamped_at", "") if told.get("verdict") == "TEST" else ""


def take_apart(pdf):
    """The signature's bytes, and what it signs."""
    at = re.search(rb"/Contents<([0-9a-f]*)>>>", pdf)
    blob = bytes.fromhex(at[1].decode())
    return blob[:4 + int.from_bytes(blob[2:4], "big")], pdf[:at.start(1) - 1] + pdf[at.end(1) + 1:]


def openssl_says(service, pdf):
    blob, signed = take_apart(pdf)
    with open(f"{service.folder}/signed.bin", "wb") as file:
        file.write(signed)
    good = run("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-content",
               f"{service.folder}/signed.bin", "-CAfile", f"{service.keys}/root.pem", "-purpose",
               "any", input=blob)
    told = run("openssl", "cms", "-cmsout", "-print", "-inform", "DER", input=blob)
    return good.returncode == 0 and b"id-smime-aa-timeStampToken" in told.stdout


def pdfsig_says(service, pdf):
    store = f"sql:{service.folder}"
    run("certutil", "-N", "-d", store, "--empty-password")
    run("certutil", "-A", "-d", store, "-n", "root", "-t", "C,C,C", "-i",
        f"{service.keys}/root.pem")
    with open(f"{service.folder}/x.pdf", "wb") as file:
        file.write(pdf)
    told = run("pdfsig", "-nssdir", store, f"{service.folder}/x.pdf").stdout
    return all(words in told for words in (b"Signature is Valid", b"Certificate is Trusted",
                                           b"Total document signed", b"ETSI.CAdES.detached"))


def well(service):
    service.call()
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    answer, pdf = paper(service, 1)
    ok("a formal paper is made", answer["ok"], answer)
    ok("what is told is the digest of the stamped file",
       answer.get("sha256") == hashlib.sha256(pdf).hexdigest())
    at = stamped_at(service, pdf)
    ok("danzheng verify finds its time-stamp, which is of now",
       at and before <= datetime.datetime.fromisoformat(at) <=
       datetime.datetime.now(datetime.timezone.utc), verified(service, pdf))
    ok("openssl finds it CAdES, with a time-stamp", openssl_says(service, pdf))
    ok("pdfsig finds it good", pdfsig_says(service, pdf))
    told, _ = next(service.client().ask({"op": "verify"}, pdf))
    ok("the service itself verifies it", told.get("signature", {}).get("stamped_at") == at, told)
    ok("one question was asked, which is a digest and a number", service.asked() == 1 and
       os.path.getsize(f"{service.keys}/asked-1") < 80)
    answer, again = paper(service, 1)
    ok("what is kept is the stamped file", answer.get("dup") and again == pdf)
    _, sheet = paper(service, 1, "check_sheet")
    ok("a check sheet needs none", sheet and b"/ByteRange" not in sheet)
    ok("so nobody was asked again", service.asked() == 1)
    answer, pdf = paper(service, 1, op="issue", reason="补打")
    ok("an original has its own", answer["ok"] and stamped_at(service, pdf), answer)
    answer, pdf = paper(service, 1, profile="1b")
    ok("and a file of PDF/A-1b", answer["ok"] and stamped_at(service, pdf), answer)
    ok("it is counted", service.metric('stamps_total{result="had"}') == 3 and
       service.metric('stamps_total{result="failed"}') == 0 and
       service.metric("stamp_seconds_count") == 3 and service.metric("stamps_waiting") == 0)


def wrong(service):
    for number, name in enumerate(("refuse", "junk", "mute", "nonce", "imprint", "old", "old"), 10):
        if number == 15:  # the first one is an answer to its question, and kept
            service.fault(name)
            paper(service, number)
            continue
        service.fault(name)
        got = {answer["output"]: (code(answer), answer, pdf) for answer, pdf in
               service.client().ask(request(number, "check_sheet", "goods_list"))}
        ok(f"an answer that is none ({name}) is refused", got["goods_list"][0] == "STAMP_FAILED",
           got["goods_list"][1])
        ok("to be tried later", got["goods_list"][1]["error"].get("retry") == "later",
           got["goods_list"][1])
        ok("and no file comes", not got["goods_list"][2])
        ok("the other output does", got["check_sheet"][0] == "" and got["check_sheet"][2],
           got["check_sheet"][1])
        told = next(service.client().ask({"op": "status", "number": f"Z{number:015d}"}))[0]
        ok("and nothing else is registered",
           [each["output"] for each in told["papers"]] == ["check_sheet"], told)
    ok("the log says that there are none", service.count("no time-stamps") >= 1)
    service.fault("")
    answer, pdf = paper(service, 10)
    ok("asked again when all is well, it comes", answer["ok"] and stamped_at(service, pdf), answer)
    ok("and the log says that it is", service.count("time-stamps again") >= 1)
    ok("what failed is counted", service.metric('stamps_total{result="failed"}') == 6 and
       service.metric('answers_total{code="STAMP_FAILED"}') == 6)


def slow(service):
    """As long as the authority says nothing, everything else goes on."""
    service.fault("slow")
    asked, count = service.asked(), STAMPERS + 4
    client = service.client()
    for number in range(count):
        client.send(request(100 + number, id=f"{number}"))
    ok("no more are asked for than there are to ask",
       until(lambda: service.metric("stamps_waiting") == count) and
       until(lambda: service.asked() == asked + STAMPERS))
    for number in range(count):
        client.send(request(100 + number, "check_sheet", id=f"sheet-{number}"))
    came = [client.receive() for _ in range(count)]
    ok("meanwhile other papers come, on the same connection too",
       all(answer["id"].startswith("sheet-") and answer["ok"] for answer, _ in came))
    answer, pdf = paper(service, 1)
    ok("and papers that are kept with theirs", answer.get("dup") and stamped_at(service, pdf))
    service.fault("")
    came = [client.receive() for _ in range(count)]
    ok("then all come, each with its own", all(answer["ok"] and stamped_at(service, pdf)
                                               for answer, pdf in came), came[0][0])


def gone(service):
    """Clients and processes that give up meanwhile."""
    service.fault("slow")
    asked, client = service.asked(), service.client()
    client.send(request(200, id="a"))
    client.send(request(200, op="issue", id="b"))
    until(lambda: service.asked() == asked + 2)
    for target in "ab":
        client.send({"op": "cancel", "id": f"cancel-{target}", "target": target})
    came = {answer["id"]: code(answer) for answer, _ in (client.receive() for _ in range(4))}
    ok("who waits for a time-stamp can cancel", came == {
        "a": "CANCELLED", "b": "CANCELLED", "cancel-a": "", "cancel-b": ""}, came)
    service.fault("")
    answer, pdf = paper(service, 200)
    ok("an electronic paper that nobody waits for is kept", answer.get("dup") and
       stamped_at(service, pdf), answer)
    answer, pdf = paper(service, 200, op="issue")
    ok("of a paper copy it was not the original", answer["ok"] and
       answer["paper"]["form"] == "original", answer)

    service.fault("slow")
    asked, client = service.asked(), service.client()
    client.send(request(201, id="a"))
    until(lambda: service.asked() == asked + 1)
    asker = service.askers()
    ok("one process asks, in a sandbox", len(asker) == 1 and
       service.status(asker[0], "Seccomp") == ("0" if os.environ.get("SANITIZED") else "2"), asker)
    os.kill(asker[0], signal.SIGKILL)
    ok("where it is killed, another one asks",
       until(lambda: service.asked() == asked + 2))
    service.fault("")
    answer, pdf = client.receive()
    ok("and the paper comes", answer["ok"] and stamped_at(service, pdf), answer)

    service.fault("slow")
    asked, client = service.asked(), service.client()
    client.send(request(202, id="a"))
    until(lambda: service.asked() > asked)
    os.kill(service.front(), signal.SIGKILL)
    ok("where the front is killed, its clients are", client.receive() is None)
    service.fault("")
    until(lambda: service.answers())
    answer, pdf = paper(service, 202)
    ok("and ask again", answer["ok"] and not answer.get("dup") and stamped_at(service, pdf), answer)


def late(service):
    service.sign(wait=1)
    service.reload()
    service.fault("slow")
    answer = until(lambda: (lambda got: got if not got["ok"] else None)(paper(service, 300)[0]))
    ok("one that is too slow is not waited for", code(answer) == "STAMP_FAILED", answer)
    ok("and a check sheet comes", code(paper(service, 300, "check_sheet")[0]) == "")
    service.fault("")
    service.sign()
    service.reload()
    ok("when it is quick enough it comes", until(
        lambda: (lambda got: got[0]["ok"] and stamped_at(service, got[1]))(paper(service, 300))))


def configured(service):
    service.sign(stamps="")
    service.reload()

    def kept(number):
        answer, pdf = paper(service, number)
        return answer["ok"] and verified(service, pdf)["signature"]
    ok("after a reload without an authority signatures have no time-stamp", until(
        lambda: "stamped_at" not in kept(400 + service.tries())))
    ok("and nobody asks any more", until(lambda: len(service.children()) == 4))
    service.sign()
    service.reload()
    ok("after one with an authority they have", until(
        lambda: "stamped_at" in (kept(500 + service.tries()) or {})))
    for change, words in ((dict(trust="none.pem"), "trusted certificates"),
                          (dict(wait=0), "'wait' must be 1 to 60"),
                          (dict(certificates=f"{service.keys}/late.pem"),
                           "outside of the certificate's validity"),
                          (dict(certificates=f"{service.keys}/rsa.chain"),
                           "does not belong to the first certificate"),
                          (dict(stamps="https://127.0.0.1/"), "is no http:// address")):
        service.sign(**change)
        said = run(PROGRAM, "serve", "--pipe", "--state", f"{service.folder}/other",
                   env=dict(os.environ, DANZHENG_HOME=service.home))
        ok(f"with what cannot be used no service starts ({words})", said.returncode == 78 and
           words in said.stderr.decode(), said)
        service.wipe()
        service.send_signal(signal.SIGHUP)
        ok(f"what cannot be used is not taken ({words})",
           until(lambda: service.said("not reloaded")) and service.said(words))
    service.sign()  # for who verifies
    ok("and the old one stays", "stamped_at" in kept(600))
    service.sign(trust="other-root.pem")
    service.reload()
    answer = until(lambda: (lambda got: got if not got["ok"] else None)
                   (paper(service, 700 + service.tries())[0]))
    ok("an authority that is not trusted is refused", code(answer) == "STAMP_FAILED", answer)


with Stamped(state=True) as service:
    well(service)
    wrong(service)
    slow(service)
    gone(service)
    late(service)
    configured(service)

with Stamped(state=True) as service:
    service.sign(wait=2)
    service.reload()
    answer = until(lambda: (lambda got: got if not got["ok"] else None)(paper(service, 1)[0]))
    ok("an authority that is not there: STAMP_FAILED", code(answer) == "STAMP_FAILED", answer)
    ok("a check sheet comes", code(paper(service, 1, "check_sheet")[0]) == "")
    service.call()
    ok("when it is there again the paper comes, and nothing was started anew", until(
        lambda: (lambda got: got[0]["ok"] and stamped_at(service, got[1]))(paper(service, 1))))
finish()
