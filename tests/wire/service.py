"""A service of its own for a test: a home whose settings differ, the processes, TAP."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from client import Client

HOME, PROGRAM = os.environ["DANZHENG_HOME"], os.environ["DANZHENG"]
PATIENCE = 60
SANITIZED = os.environ.get("SANITIZED")  # the program has sanitizers: which
# Two users' roles, for one that does not wait for the other.
LANES = """
[role counter]
users = self
lane = counter
ops = *
kinds = *
outputs = *
owners = *

[role batch]
users = 65534
lane = batch
ops = render
kinds = *
outputs = *
owners = *
"""
tests = {"count": 0, "failed": 0}


def ok(name, passed, remark=""):
    tests["count"] += 1
    tests["failed"] += not passed
    print(f"{'ok' if passed else 'not ok'} {tests['count']} - {name}", flush=True)
    if not passed and remark != "":
        print("#", str(remark)[:600], flush=True)


def skip(name, why):
    tests["count"] += 1
    print(f"ok {tests['count']} - {name} # SKIP {why}", flush=True)


def finish():
    print(f"1..{tests['count']}")
    raise SystemExit(tests["failed"] > 0)


def sample(name, **change):
    with open(f"{HOME}/tests/records/{name}.json", encoding="utf-8") as file:
        record = json.load(file)
    record.update(change)
    return record


def long_list(rows, number="Z011020240000099"):
    """A record that takes a while."""
    record = sample("exhibition_filing-goods-50")
    goods = record["data"]["goods"]
    record["data"]["goods"] = [goods[i % len(goods)] for i in range(rows)]
    record["data"]["exhibition_pre_entry_no"] = number
    return record


def until(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    return None


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Manager:
    """What a manager of the system hears of a service, in a folder of its own; and what its admin
    socket says."""
    admin = None

    def __init__(self, folder):
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(f"{folder}/notify")

    def forget(self):
        """What was told until now."""
        self.notify.setblocking(False)
        try:
            while self.notify.recv(4096):
                pass
        except BlockingIOError:
            pass

    def told(self, wanted, seconds=PATIENCE):
        """Waits for a message with this line; everything that came until then."""
        end, came = time.monotonic() + seconds, []
        while time.monotonic() < end:
            self.notify.settimeout(max(0.01, end - time.monotonic()))
            try:
                came += self.notify.recv(4096).decode().split("\n")
            except TimeoutError:
                break
            if wanted in came:
                return True
        return False

    def ask(self, path):
        """Status and body of a page of the admin socket."""
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(30)
        link.connect(self.admin)
        link.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        data = b""
        while more := link.recv(65536):
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        return int(head.split()[1]), body.decode()


class Service:
    fds = ()  # that it inherits
    env = {}  # in its environment

    def __init__(self, roles=None, state=False, **settings):
        self.folder = tempfile.mkdtemp()
        self.home = f"{self.folder}/home"
        os.mkdir(self.home)
        for name in ("fonts", "layouts"):
            os.symlink(f"{HOME}/{name}", f"{self.home}/{name}")
        shutil.copytree(f"{HOME}/config", f"{self.home}/config")
        self.configure(roles, **settings)
        self.path = f"{self.folder}/danzheng.sock"
        self.log = open(f"{self.folder}/log", "a+", encoding="utf-8")
        self.more = ("--state", f"{self.folder}/state") if state else ()
        self.prepare()
        self.start()

    def prepare(self):
        """What else a test's home needs."""

    def start(self):
        self.process = subprocess.Popen([PROGRAM, "serve", "--socket", self.path, *self.more],
                                        env=dict(os.environ, DANZHENG_HOME=self.home, **self.env),
                                        stderr=self.log, pass_fds=self.fds)
        if not until(self.answers):
            raise SystemExit("the service does not start")

    def __enter__(self):
        return self

    def end(self):
        """Nothing is to outlive a test; with sanitizers each process looks for leaks first."""
        if SANITIZED and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                pass
        self.process.kill()
        self.process.wait(PATIENCE)

    def __exit__(self, *_):
        self.end()
        self.log.close()
        shutil.rmtree(self.folder)

    def configure(self, roles=None, **settings):
        """Keys of [serve]; roles: the text that takes the place of every [role …]."""
        with open(f"{HOME}/config/danzheng.ini", encoding="utf-8") as file:
            text = file.read()
        settings.setdefault("first", 600)  # a slow machine is no slow client
        for key, value in settings.items():
            text, count = re.subn(rf"(?m)^{key} *=.*$", f"{key} = {value}", text)
            assert count == 1, key
        if roles is not None:
            text = re.sub(r"(?ms)^\[role .*?(?=^\[(?!role )|\Z)", "", text) + "\n" + roles
        with open(f"{self.home}/config/danzheng.ini", "w", encoding="utf-8") as file:
            file.write(text)

    def answers(self):
        try:
            Client(self.path).socket.close()
            return True
        except OSError:
            return False

    def client(self):
        client = Client(self.path)
        client.socket.settimeout(PATIENCE)
        return client

    def children(self):
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
            return [int(word) for word in file.read().split()]

    def status(self, pid, name):
        try:
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                return re.search(rf"(?m)^{name}:\s*(\S+)", file.read())[1]
        except (OSError, TypeError):
            return ""

    def renderers(self):
        """Those in their sandbox, the verifier too; without one (sanitizers) all but the first
        child."""
        found = [pid for pid in self.children() if self.status(pid, "Seccomp") == "2"]
        return found or self.children()[1:]

    def front(self):
        renderers = self.renderers()
        return next((pid for pid in self.children() if pid not in renderers), None)

    def working(self):
        """A renderer that is at work: it has taken some processor time and wants more."""
        return next((pid for pid in self.renderers() if self.status(pid, "State") == "R"), None)

    def said(self, text):
        with open(f"{self.folder}/log", encoding="utf-8") as file:
            return text in file.read()

    def lines(self):
        """What the log has, but for a line that is being written."""
        with open(f"{self.folder}/log", encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]

    def count(self, message):
        return sum(line["msg"] == message for line in self.lines())

    def wipe(self):
        os.truncate(f"{self.folder}/log", 0)

    def tries(self):
        """Another number each time, for papers that were not made before."""
        self.tried = getattr(self, "tried", 0) + 1
        return self.tried

    def send_signal(self, number):
        os.kill(self.process.pid, number)


def works(service, record=None, outputs=("import_certificate",)):
    """The answer's code, or "" when the paper came."""
    answer, pdf = next(service.client().render(record or sample("disc_import-filed"),
                                               list(outputs)))
    return "" if answer["ok"] and pdf.startswith(b"%PDF") else answer["error"]["code"]


__all__ = ["Client", "HOME", "LANES", "Manager", "PATIENCE", "PROGRAM", "SANITIZED", "Service",
           "alive", "finish", "long_list", "ok", "os", "sample", "signal", "skip", "time", "until",
           "works"]
