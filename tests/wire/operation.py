#!/usr/bin/env python3
"""How the service is run: handed-over sockets, what it tells its manager, log, admin socket."""
import json
import re
import socket
import subprocess
import tempfile

from service import *

HOME, PROGRAM = os.environ["DANZHENG_HOME"], os.environ["DANZHENG"]


class Managed(Manager):
    """The service as a manager of the system would start it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        super().__init__(self.folder)
        self.listeners = []
        for name in ("danzheng", "admin"):
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(f"{self.folder}/{name}")
            listener.listen(64)
            self.listeners.append(listener)
        self.path, self.admin = f"{self.folder}/danzheng", f"{self.folder}/admin"
        self.log = open(f"{self.folder}/log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            ["sh", "-c", 'LISTEN_PID=$$ exec "$0" "$@"', PROGRAM, "serve", "--socket",
             "/nonexistent/socket", "--out", f"{self.folder}/out"],
            env=dict(os.environ, LISTEN_FDS="2", LISTEN_FDNAMES="danzheng:admin",
                     NOTIFY_SOCKET=f"{self.folder}/notify", WATCHDOG_USEC="3000000"),
            preexec_fn=self.hand_over, pass_fds=(3, 4), stderr=self.log)

    def hand_over(self):
        kept = [os.dup(listener.fileno()) for listener in self.listeners]
        for number, fd in enumerate(kept):
            os.dup2(fd, 3 + number)

    def lines(self):
        with open(f"{self.folder}/log", encoding="utf-8") as file:
            return file.read().splitlines()

    def close(self):
        self.process.kill()
        self.process.wait(30)
        self.log.close()
        subprocess.run(["rm", "-rf", self.folder], check=True)


def metrics(text):
    return dict(re.findall(r"(?m)^(danzheng_\S+) (\S+)$", text))


def managed():
    service = Managed()
    try:
        ok("READY=1 when a paper was made", service.told("READY=1"))
        ok("the socket that was handed over is served", works_at(service.path) == "")
        ok("WATCHDOG=1 comes by itself", service.told("WATCHDOG=1", 10))
        ok("/healthz", service.ask("/healthz") == (200, "ok\n"))
        os.rmdir(f"{service.folder}/out")
        status, body = service.ask("/readyz")
        ok("/readyz says that the folder for files is gone", status == 503 and
           json.loads(body) == {"canary": True, "disk": False, "registry": True, "serving": True,
                                 "ready": False},
           body)
        os.mkdir(f"{service.folder}/out")
        ok("and is well when it is there", service.ask("/readyz")[0] == 200)
        ok("another path is none", service.ask("/")[0] == 404)

        before = metrics(service.ask("/metrics")[1])
        client = Client(service.path)
        for status in ("approved", "draft"):
            for _ in client.render(sample("exhibition_filing-approved", status=status),
                                   ["goods_list"]):
                pass
        after = until(lambda: (lambda seen: seen if int(seen["danzheng_request_seconds_count"]) >= 3
                               else None)(metrics(service.ask("/metrics")[1])))
        name = 'danzheng_requests_total{op="render"}'
        ok("/metrics counts requests", float(after[name]) - float(before[name]) == 2)
        name = 'danzheng_answers_total{code="OK"}'
        ok("and papers", float(after[name]) - float(before[name]) == 1)
        ok("and refusals by code", after['danzheng_answers_total{code="PRINT_NOT_PERMITTED"}'] == "1")
        ok("and how long it took", int(after["danzheng_request_seconds_count"]) >= 3 and
           after['danzheng_request_seconds_bucket{le="+Inf"}'] ==
           after["danzheng_request_seconds_count"])
        promtool(service.ask("/metrics")[1])
        ok("and what the renderers are in", sandbox(service))

        service.process.send_signal(signal.SIGHUP)
        ok("HUP tells RELOADING=1", service.told("RELOADING=1"))
        ok("and READY=1 again", service.told("READY=1"))
        ok("and the service goes on", works_at(service.path) == "")
        service.process.send_signal(signal.SIGTERM)
        ok("TERM tells STOPPING=1", service.told("STOPPING=1"))
        ok("exit 0", service.process.wait(30) == 0)
        ok("a socket that was handed over is left where it is", os.path.exists(service.path))
        log(service)
    finally:
        service.close()


def sandbox(service):
    """The self-test's line of the log, and the metric, say the same; where there is a sandbox it
    denies all of it."""
    line = next(line for line in map(json.loads, service.lines()) if line["msg"] == "self-test")
    name = f'danzheng_sandbox_info{{landlock_abi="{line["landlock_abi"]}",' \
           f'seccomp="{line["seccomp"]}"}}'
    denied = [line[what] for what in ("files", "sockets", "forks")] == ["denied"] * 3
    return metrics(service.ask("/metrics")[1]).get(name) == "1" and \
        (denied or "SANITIZED" in os.environ)


def promtool(text):
    """What every reader of this format relies on."""
    names, bad = set(), []
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            names.add(line.split()[2])
        elif not line.startswith("#"):
            name = re.match(r"[a-z_]+", line)[0]
            base = re.sub(r"_(bucket|sum|count)$", "", name)
            if not re.fullmatch(r'[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+', line) or \
                    not {name, base} & names:
                bad.append(line)
    ok("every line of /metrics is well formed and declared", names and not bad, bad)


def works_at(path):
    answer, pdf = next(Client(path).render(sample("disc_import-filed"), ["import_certificate"]))
    return "" if answer["ok"] and pdf.startswith(b"%PDF") else answer["error"]["code"]


def values(data):
    """Every text of a record's data, at any depth."""
    if isinstance(data, dict):
        data = data.values()
    elif isinstance(data, str):
        return [data]
    elif not isinstance(data, (list, tuple)):
        return []
    return [text for part in data for text in values(list(part) if isinstance(part, tuple)
                                                     else part)]


def log(service):
    lines = [json.loads(line) for line in service.lines()]
    ok("every line of the log is JSON with time, level and message",
       lines and all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["ts"]) and
                     line["level"] and line["msg"] for line in lines))
    said = [line["msg"] for line in lines]
    ok("it tells start, readiness, reload and end",
       all(word in said for word in ("started", "ready", "reloaded", "draining", "ended")), said)
    text = "\n".join(service.lines())
    numbers = ("Z011020240000031", "GP3100002024000045")
    record = sample("exhibition_filing-approved")
    found = [value for value in values([record["data"], record["operator"], record["owner"]])
             if len(value) > 4 and value in text and value not in numbers]
    ok("no value of a record is in it but its number", not found, found)
    ok("and each answer is, with its code", '"code":"PRINT_NOT_PERMITTED"' in text and
       '"doc":"Z011020240000031.v4.goods_list.pdf"' in text)


managed()
finish()
