"""A service with a sealer: keys of its own, the sealer that holds them, and the service that asks."""
import glob
import json
import subprocess

from service import *

PASS = "correct horse"


def program(home, *words, passed=(), **more):
    """The program in that home, with a passphrase behind each descriptor of `passed`."""
    ends = [os.pipe() for _ in passed]
    for _, end in ends:
        os.write(end, PASS.encode())
        os.close(end)
    words = [f"{ends[passed.index(word)][0]}" if word in passed else word for word in words]
    process = subprocess.Popen([PROGRAM, *words], pass_fds=[end for end, _ in ends],
                               env=dict(os.environ, DANZHENG_HOME=home), **more)
    for end, _ in ends:
        os.close(end)
    return process


def numbered(n):
    record = sample("exhibition_filing-approved")
    record["data"]["exhibition_pre_entry_no"] = f"Z{n:015d}"
    return record


class Sealed(Service):
    """Its keys, the sealer that holds them, and the service that asks it."""

    def prepare(self):
        here = self.folder
        self.sealer, self.sealer_log = None, open(f"{here}/sealer.log", "w", encoding="utf-8")
        self.own_keys(f"{here}/keys")
        self.configure(renderers=2, socket=f"{here}/sealer", keys=f"{here}/keys",
                       log=f"{here}/seals")
        self.seal()

    def own_keys(self, folder, kinds=(("2,3,4,5,6,7", "1"), ("1", "0"))):
        """A list of keys of its own, their private halves in that folder."""
        here = self.folder
        roots = self.keys("--new-root", "--name", "Root", "--dir", f"{here}/roots", passed=("A",))
        with open(f"{self.home}/config/roots.txt", "w", encoding="utf-8") as file:
            file.write(roots)
        os.remove(f"{self.home}/config/keys.txt")
        root = glob.glob(f"{here}/roots/*.key")[0]
        for numbers, states in kinds:
            self.keys("--name", "某海关", "--dir", folder, "--kinds", numbers, "--states", states,
                      "--root", root, "--root-passphrase", "B", passed=("A", "B"))

    def keys(self, *words, passed):
        process = program(self.home, "keys", "new", "--passphrase", "A", *words, passed=passed,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        said, wrong = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, wrong
        return said

    def readies(self):
        """What the sealer said each time that it was ready."""
        with open(f"{self.folder}/sealer.log", encoding="utf-8") as file:
            return [line for line in file if "ready" in line and line.endswith("\n")]

    def seal(self):
        before = len(self.readies())
        self.sealer = program(self.home, "sealer", "--passphrase", "A", passed=("A",),
                              stderr=self.sealer_log)
        if not until(lambda: len(self.readies()) > before):
            raise SystemExit("the sealer does not start")

    def unseal(self, number=signal.SIGKILL):
        self.sealer.send_signal(number)
        self.sealer.wait(PATIENCE)
        if os.path.exists(f"{self.folder}/sealer"):
            os.remove(f"{self.folder}/sealer")

    def __exit__(self, *_):
        self.unseal()
        self.sealer_log.close()
        super().__exit__()

    def verdict(self, pdf, *words):
        process = program(self.home, "verify", "-", "--json", *words, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE)
        said, _ = process.communicate(pdf, PATIENCE)
        return json.loads(said)["verdict"]
