#!/usr/bin/env python3
"""What the service does when its processes are killed, stopped, told to reload or to end."""
import json
import threading

from service import *


def later(function):
    """Runs beside; the result is in the list when it has ended."""
    result = []
    thread = threading.Thread(target=lambda: result.append(function()))
    thread.start()
    return thread, result


def has_socket_alone(pid):
    try:
        return all(fd == "2" or os.readlink(f"/proc/{pid}/fd/{fd}").startswith(("socket:",
                                                                                "/dev/null"))
                   for fd in os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return False


def renderers():
    # Long enough for a busy machine to make the list.
    patience, rows = (20, 1000) if SANITIZED else (10, 4000)
    with Service(renderers=2, patience=patience, deadline=300) as service:
        ok("every renderer is in its sandbox", until(lambda: len(service.renderers()) == 3))
        ok("and has no file open but its socket", until(lambda: all(map(has_socket_alone,
                                                                         service.renderers()))))

        record = long_list(rows)
        thread, result = later(lambda: works(service, record, ["goods_list"]))
        os.kill(until(service.working), signal.SIGKILL)
        thread.join()
        ok("a renderer that is killed costs an attempt, not the request", result == [""], result)

        thread, result = later(lambda: works(service, record, ["goods_list"]))
        os.kill(until(service.working), signal.SIGSTOP)
        thread.join()
        ok("a renderer that hangs is replaced, and the request answered", result == [""], result)
        ok("and the one that hung is gone", until(lambda: len(service.renderers()) == 3))

        record = long_list(rows, "Z011020240000077")
        thread, result = later(lambda: works(service, record, ["goods_list"]))
        while thread.is_alive():
            pid = service.working()
            if pid:
                os.kill(pid, signal.SIGKILL)
                until(lambda: not alive(pid))
            thread.join(0.01)
        ok("a record that ends two renderers is given up", result == ["RENDER_CRASHED"], result)
        code = works(service, record, ["goods_list"])
        ok("and set aside", code == "RECORD_SET_ASIDE", code)
        text = json.dumps(record, ensure_ascii=False).encode()
        answer, _ = next(service.client().ask({"op": "verify"}, text))
        ok("but for who prints it, not for who verifies a file of the same bytes",
           answer.get("error", {}).get("code") != "RECORD_SET_ASIDE", answer)
        ok("others go on", works(service) == "")


def keys():
    with Service(renderers=1) as service:
        record = long_list(2000)
        gone = service.client()
        gone.send({"op": "render", "id": "1", "outputs": ["goods_list"], "record": record})
        gone.send({"op": "render", "id": "2", "key": "k", "outputs": ["goods_list"],
                   "record": record})
        until(service.working)
        gone.socket.close()
        gone.input.close()
        answer, _ = until(lambda: repeat(service, record))
        ok("a key whose client has gone can be used again", answer["ok"], answer)


def repeat(service, record):
    got = next(service.client().ask({"op": "render", "key": "k", "outputs": ["goods_list"],
                                     "record": record}))
    return got if got[0]["ok"] or got[0]["error"]["code"] != "KEY_IN_USE" else None


def recycling():
    with Service(renderers=1, recycle=3) as service:
        before = until(service.renderers)
        codes = [works(service) for _ in range(10)]
        ok("renderers are replaced without an answer lost", codes == [""] * 10, codes)
        ok("and were replaced", until(lambda: service.renderers() and
                                      service.renderers() != before))


def processes():
    with Service(renderers=2) as service:
        client, front = service.client(), until(service.front)
        ok("before", works(service) == "")
        os.kill(front, signal.SIGKILL)
        ok("a killed front ends its connections", until(lambda: client.receive() is None))
        ok("another takes its place, and works", works(service) == "")
        ok("with renderers of its own", until(lambda: len(service.renderers()) == 3))
        children = service.children()
        os.kill(service.process.pid, signal.SIGKILL)
        ok("no process outlives its supervisor",
           until(lambda: not any(alive(pid) for pid in children)))


CLERK = """
[role clerk]
users = self
lane = counter
ops = render
kinds = disc_import
outputs = import_certificate
owners = *
"""


def rights():
    with Service(roles=CLERK) as service:
        ok("what a role lists is done", works(service) == "")
        answer, _ = next(service.client().render(sample("exhibition_filing-approved"),
                                                 ["goods_list"]))
        ok("a kind that it does not list is denied",
           answer["error"]["code"] == "RIGHTS_DENIED" and answer["error"]["at"] == "/kind", answer)
        ok("and the answer names the line of the role",
           answer["error"]["rule"].startswith("config/danzheng.ini:"), answer)
        answer, _ = next(service.client().ask({"op": "status"}))
        ok("so is an operation", answer["error"]["code"] == "RIGHTS_DENIED", answer)
        refused = sample("disc_import-filed", status="draft")
        answer, _ = next(service.client().render(refused, ["import_certificate"]))
        ok("a role does not widen the rules",
           answer["error"]["code"] == "PRINT_NOT_PERMITTED", answer)

        service.configure(roles=CLERK.replace("disc_import", "disc_imports"))
        service.send_signal(signal.SIGHUP)
        ok("a faulty configuration is not taken", until(lambda: service.said("disc_imports")))
        ok("and the old one stays", works(service) == "")
        service.configure(roles=CLERK.replace("disc_import", "exhibition_filing"))
        service.send_signal(signal.SIGHUP)
        ok("a sound one is", until(lambda: works(service) == "RIGHTS_DENIED"))
        service.configure(roles=CLERK.replace("self", "4294967294"))
        service.send_signal(signal.SIGHUP)
        ok("who has no role is told so and not let in", until(lambda: no_role(service)))


def no_role(service):
    client = service.client()
    try:
        client.send({"op": "ping", "id": "1"})
    except BrokenPipeError:
        pass
    answer = client.receive()[0]
    return answer.get("fatal") and answer["error"]["code"] == "RIGHTS_DENIED"


def draining():
    with Service() as service:
        client = service.client()
        client.send({"op": "render", "id": "1", "outputs": ["goods_list"],
                     "record": long_list(2000)})
        client.send({"op": "ping", "id": "2"})
        client.receive() # so the first was read too
        service.send_signal(signal.SIGTERM)
        answers = []
        while (got := client.receive()) is not None:
            answers.append(got[0])
        ok("TERM is told to who is connected", answers and answers[0] == {"event": "draining"})
        ok("and what is open is finished", answers[-1].get("ok") and answers[-1]["id"] == "1")
        ok("exit 0", service.process.wait(30) == 0)


renderers()
keys()
recycling()
processes()
rights()
draining()
finish()
