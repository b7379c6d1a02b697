#!/usr/bin/env python3
"""What config/systemd says works: the command lines of the units as they stand there, with their
folders, credentials, sockets and list of system calls, below a folder that stands for /."""
import ctypes
import shlex
import shutil
import stat
import subprocess
import sys

from sealed import PASS, Sealed, numbered
from service import *

UNITS = f"{HOME}/config/systemd"
KILL, ALLOW = 0x80000000, 0x7fff0000  # what libseccomp calls them


class Unit:
    def __init__(self, name):
        with open(f"{UNITS}/{name}", encoding="utf-8") as file:
            pairs = [line.rstrip("\n").split("=", 1) for line in file
                     if "=" in line and line[0] not in "#["]
        self.name, self.pairs = name, pairs

    def all(self, key):
        return [value for name, value in self.pairs if name == key]

    def one(self, key):
        values = self.all(key)
        assert len(values) == 1, (self.name, key, values)
        return values[0]


def calls(word):
    """The names of a group of system calls, or the one name."""
    if word[0] != "@":
        return {word}
    told = subprocess.run(["systemd-analyze", "syscall-filter", word], capture_output=True,
                          text=True, check=True).stdout.splitlines()[1:]
    words = [line.strip() for line in told if line.strip() and "#" not in line]
    return set().union(*map(calls, words))


def permitted(unit, without=""):
    """By the lines of SystemCallFilter=, read as systemd does."""
    names = calls("@default")
    for line in unit.all("SystemCallFilter"):
        for word in line.lstrip("~").split():
            if without and without in line:
                continue
            names = names - calls(word) if line[0] == "~" else names | calls(word)
    return names


def enforce(names):
    """Run before a program begins: what is not in the list ends it."""
    if os.environ.get("SANITIZED"):  # sanitizers ask for more
        return None
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_init.restype = ctypes.c_void_p
    if os.geteuid() == 0:  # whose SQLite gives its files to the owner of the database
        names = names | {"fchown"}
    numbers = [lib.seccomp_syscall_resolve_name(name.encode()) for name in names]

    def begin():
        rules = ctypes.c_void_p(lib.seccomp_init(ctypes.c_uint32(KILL)))
        for number in numbers:
            if number >= 0:
                lib.seccomp_rule_add(rules, ctypes.c_uint32(ALLOW), number, 0)
        if lib.seccomp_load(rules) != 0:
            os._exit(99)
    return begin


class Installed(Sealed):
    """A root with the folders that the units ask for, and nothing else in it."""

    def prepare(self):
        self.root = f"{self.folder}/root"
        self.units = {name: Unit(name) for name in ("danzheng.service", "danzheng.socket",
                                                     "danzheng-admin.socket",
                                                     "danzheng-sealer.service")}
        for unit in self.units.values():
            for kind, base in (("StateDirectory", "/var/lib"), ("RuntimeDirectory", "/run")):
                for name in unit.all(kind):
                    os.makedirs(f"{self.root}{base}/{name}")
            for path in unit.all("ListenStream"):
                os.makedirs(os.path.dirname(self.here(path)), exist_ok=True)
        self.sealer_log = open(f"{self.folder}/sealer.log", "w", encoding="utf-8")
        self.sealer = None
        keys = self.here("/var/lib/danzheng-sealer/keys")
        self.own_keys(keys)
        self.signing = f"{self.folder}/signing"
        os.mkdir(self.signing)
        subprocess.run(["bash", f"{HOME}/tests/certificates.sh", self.signing], check=True)
        with open(f"{self.signing}/locked.pass", encoding="utf-8") as file:
            self.passphrase = file.read()
        self.credential("danzheng.service", "sign-key", self.passphrase)
        self.credential("danzheng-sealer.service", "seal-keys", PASS)
        self.configure(renderers=1, socket=self.here("/run/danzheng-sealer/sealer.sock"),
                       key=f"{self.signing}/locked.key",
                       certificates=f"{self.signing}/p256.chain",
                       trust=f"{self.signing}/root.pem")
        self.path = self.here(self.units["danzheng.socket"].one("ListenStream"))

    def start(self):
        """Its units do."""

    def here(self, text):
        """Paths of a command line or a unit, below this root."""
        for name in ("/run/", "/var/lib/"):
            text = text.replace(name, f"{self.root}{name}")
        return text

    def credential(self, unit, name, text):
        """What systemd would decrypt, if the unit asks for it."""
        folder = f"{self.folder}/{unit}.credentials"
        os.makedirs(folder, exist_ok=True)
        if name in self.units[unit].all("LoadCredentialEncrypted"):
            with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                file.write(text)

    def run(self, name, manager, log, before=(), names=None):
        """The command line of this unit, in its environment."""
        unit = self.units[name]
        env = {"PATH": os.environ["PATH"], "DANZHENG_HOME": self.home,
               "NOTIFY_SOCKET": f"{manager}/notify",
               "CREDENTIALS_DIRECTORY": f"{self.folder}/{name}.credentials"}
        env.update((name, value) for name, value in os.environ.items() if "SAN_OPTIONS" in name)
        for seconds in unit.all("WatchdogSec"):
            env["WATCHDOG_USEC"] = f"{int(seconds) * 1000000}"
        words = shlex.split(self.here(unit.one("ExecStart").replace("/usr/local/bin/danzheng",
                                                                    PROGRAM)))
        passed = [f"-E{name}={value}" for name, value in env.items()] if before else []
        return subprocess.Popen([*before, *passed, *words], env=env, cwd="/", stderr=log,
                                stdin=subprocess.DEVNULL, preexec_fn=enforce(
                                    permitted(unit) if names is None else names))

    def activate(self, **more):
        """The service, by its sockets: it begins when somebody connects."""
        sockets = [self.units[name] for name in ("danzheng.socket", "danzheng-admin.socket")]
        listens = [self.here(unit.one("ListenStream")) for unit in sockets]
        for path in listens:
            if os.path.exists(path):
                os.remove(path)
        names = ":".join(unit.one("FileDescriptorName") for unit in sockets)
        process = self.run("danzheng.service", self.folder, self.log,
                           ["systemd-socket-activate", f"--fdname={names}",
                            *(f"-l{path}" for path in listens)], **more)
        until(lambda: all(map(os.path.exists, listens)))
        until(self.answers)
        return process


def sealer(service):
    folder = f"{service.folder}/sealing"
    os.mkdir(folder)
    manager = Manager(folder)
    service.sealer = service.run("danzheng-sealer.service", folder, service.sealer_log)
    ok("the sealer starts as its unit says, and tells READY=1", manager.told("READY=1"),
       service.sealer.poll())
    path = service.here("/run/danzheng-sealer/sealer.sock")
    mode = stat.S_IMODE(os.stat(path).st_mode)
    ok("its group may open its socket, and no other", mode == 0o660, oct(mode))


def papers(service, manager):
    service.process = service.activate()
    ok("the service starts when somebody connects, and tells READY=1", manager.told("READY=1"),
       service.process.poll())
    ok("and WATCHDOG=1", manager.told("WATCHDOG=1"))
    client = service.client()
    answer, pdf = next(client.render(numbered(1), ["goods_list"]))
    ok("a formal paper is made", answer["ok"], answer)
    ok("by a key of the sealer's", service.verdict(pdf) == "GENUINE", service.verdict(pdf))
    ok("signed by the key whose passphrase is a credential", b"/ByteRange" in pdf)
    told, _ = next(client.ask({"op": "verify"}, pdf))
    ok("and verified", told.get("verdict") == "GENUINE", told)
    ok("the registry lies in the unit's folder",
       os.path.exists(service.here("/var/lib/danzheng/registry")))
    answer, _ = next(client.ask({"op": "issue", "outputs": ["goods_list"], "reason": "窗口",
                                 "record": numbered(1)}))
    ok("so that an original can be issued", answer["ok"], answer)
    answer, _ = next(client.ask({"op": "render", "to": "today", "outputs": ["check_sheet"],
                                 "record": numbered(2)}))
    ok("and files, too", answer["ok"] and os.path.getsize(
        service.here(f"/var/lib/danzheng/out/{answer['file']}")) == answer["size"], answer)
    manager.admin = service.here(service.units["danzheng-admin.socket"].one("ListenStream"))
    status, body = manager.ask("/readyz")
    ok("it is ready", status == 200, body)


def ends(service, manager):
    words = service.units["danzheng.service"].one("ExecReload")
    subprocess.run(shlex.split(words.replace("$MAINPID", str(service.process.pid))), check=True)
    ok("the unit's reload is one", manager.told("RELOADING=1") and manager.told("READY=1"))
    ok("after which papers are made", works(service, numbered(3), ["goods_list"]) == "")
    service.process.terminate()
    ok("it is told to stop, says so", manager.told("STOPPING=1"))
    ok("and ends well", service.process.wait(PATIENCE) == 0)
    service.sealer.terminate()
    ok("so does the sealer", service.sealer.wait(PATIENCE) == 0)


def refusals(service):
    os.remove(f"{service.folder}/danzheng.service.credentials/sign-key")
    service.process = service.activate()
    ok("without its credential it does not start", service.process.wait(PATIENCE) == 78 and
       service.said("PASSPHRASE_MISSING"))


def caged(service):
    """The renderers' own sandbox needs calls that no group of systemd's has."""
    if os.environ.get("SANITIZED"):
        return
    service.credential("danzheng.service", "sign-key", service.passphrase)
    names = permitted(service.units["danzheng.service"], without="landlock")
    service.process = service.activate(names=names)
    ok("without the calls for its sandbox it does not start, and says so",
       service.process.wait(PATIENCE) == 78 and service.said("SANDBOX_FAILED"))


if not shutil.which("systemd-socket-activate"):
    print("1..0 # skip no systemd-socket-activate")
    sys.exit()
with Installed() as service:
    manager = Manager(service.folder)
    sealer(service)
    papers(service, manager)
    ends(service, manager)
    refusals(service)
    caged(service)
finish()
