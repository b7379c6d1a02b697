#!/usr/bin/env python3
"""Where a registry keeps papers and [sign] has a key, the formal ones are signed files."""
import hashlib
import json
import subprocess

from service import *


class Signed(Service):
    """With certificates of its own, and a key behind a passphrase."""
    passphrase = None

    def prepare(self):
        self.kept, self.keys = self.more, f"{self.folder}/keys"
        os.mkdir(self.keys)
        subprocess.run(["bash", f"{HOME}/tests/certificates.sh", self.keys], check=True)
        self.configure(renderers=2, key=f"{self.keys}/locked.key",
                       certificates=f"{self.keys}/p256.chain", trust=f"{self.keys}/root.pem")
        with open(f"{self.keys}/locked.pass", encoding="utf-8") as file:
            self.passphrase = file.read()

    def start(self):
        end, to = os.pipe()
        os.write(to, self.passphrase.encode())
        os.close(to)
        self.fds = (end,) if self.kept else ()
        self.more = (*self.kept, "--passphrase", f"{end}") if self.kept else ()
        super().start()
        os.close(end)

    def says(self, *words, pdf=b""):
        return subprocess.run([PROGRAM, *words], input=pdf, capture_output=True, check=False,
                              env=dict(os.environ, DANZHENG_HOME=self.home))


def is_signed(pdf):
    return b"/ByteRange" in pdf


def paper(service, op="render", **more):
    request = {"op": op, "outputs": ["goods_list"], "record": sample("exhibition_filing-approved")}
    return next(service.client().ask({**request, **more}))


with Signed(state=True) as service:
    answer, pdf = paper(service)
    ok("a formal paper is signed", answer["ok"] and is_signed(pdf), answer)
    ok("what is told is the digest of the signed file",
       answer.get("sha256") == hashlib.sha256(pdf).hexdigest())
    answer, again = paper(service)
    ok("what is kept is the signed file", answer.get("dup") and again == pdf)
    answer, _ = next(service.client().ask({"op": "verify"}, pdf))
    ok("the service verifies it", answer.get("verdict") == "TEST" and
       answer.get("signature", {}).get("algorithm") == "P-256", answer)
    ok("as what the registry has", answer.get("seal", {}).get("registered") is True, answer)
    told = json.loads(service.says("verify", "-", "--json", pdf=pdf).stdout)
    ok("and so does who has only the file", told["verdict"] == "TEST" and "signature" in told, told)
    answer, _ = next(service.client().ask({"op": "verify"}, pdf[:-7] + b"x" + pdf[-6:]))
    ok("changed it is not genuine", answer.get("verdict") == "NOT GENUINE", answer)
    _, sheet = paper(service, outputs=["check_sheet"])
    ok("a check sheet is not signed", sheet and not is_signed(sheet))
    answer, copy = paper(service, "issue", reason="补打")
    ok("an original is", answer["ok"] and is_signed(copy), answer)
    answer, copy = paper(service, "issue", reason="补打")
    ok("and a duplicate", is_signed(copy) and answer["paper"]["duplicate"] == 1, answer)
    service.send_signal(signal.SIGHUP)
    until(lambda: service.said("reloaded"))
    answer, pdf = paper(service, profile="1b")
    ok("after reloading too", answer["ok"] and is_signed(pdf), answer)
    said = service.says("serve", "--pipe", "--state", f"{service.folder}/other")
    ok("without its passphrase it does not start", said.returncode == 78 and
       b"SIGN_KEY" in said.stderr, said)
    said = service.says("serve", "--pipe", "--passphrase", "3")
    ok("without a registry there is nothing to sign", said.returncode == 2, said)

with Signed() as service:
    answer, pdf = paper(service)
    ok("what nobody keeps is not signed", answer["ok"] and not is_signed(pdf), answer)
finish()
