"""Clients that behave badly, each until it is told to stop: never(service, stop)."""
import json
import os
import socket

from service import PATIENCE, sample

FRAME = b'{"op":"render","id":"%d","outputs":["import_certificate"],"record":%s}\n'


def connect(service):
    link = socket.socket(socket.AF_UNIX)
    link.connect(service.path)
    link.settimeout(PATIENCE)
    return link


def requests():
    """Requests without end, each with a number of its own."""
    record = json.dumps(sample("disc_import-filed"), ensure_ascii=False).encode()
    number = 0
    while True:
        number += 1
        yield FRAME % (number, record)


def asks_on(service, stop, reads):
    """Asks on and on, and takes so many octets of the answers each 20 ms. The service may drop it;
    then it comes again."""
    link, rest, ask = None, b"", requests()
    while not stop.is_set():
        try:
            if link is None:
                link, rest = connect(service), b""
                link.setblocking(False)
            while True:
                rest = rest or next(ask)
                rest = rest[link.send(rest):]
        except BlockingIOError:
            pass
        except OSError:
            link = None
        try:
            if link and reads and not link.recv(reads):
                link = None
        except BlockingIOError:
            pass
        except OSError:
            link = None
        stop.wait(0.02)


def never_reads(service, stop):
    """It must be made to wait, not be served."""
    asks_on(service, stop, 0)


def reads_slowly(service, stop):
    """20 KB a second, a fifth of a paper."""
    asks_on(service, stop, 400)


def sends_slowly(service, stop, pause=1):
    """A byte a second; the service gives up after half a minute, and it begins again."""
    while not stop.is_set():
        link = connect(service)
        for byte in next(requests()):
            if stop.wait(pause):
                return
            try:
                link.send(bytes([byte]))
            except OSError:
                break
        link.close()


def garbage(service, stop):
    while not stop.is_set():
        link = connect(service)
        try:
            link.sendall(os.urandom(5000))
            while link.recv(4096):
                pass
        except OSError:
            pass
        link.close()
        stop.wait(0.01)


def leaves(service, stop):
    """Asks and goes away before the answer."""
    while not stop.is_set():
        link = connect(service)
        link.sendall(next(requests()))
        link.close()
        stop.wait(0.01)


def crowd(service, stop, count=600):
    """More connections than there may be; each says something every second, and who was refused
    comes again."""
    links = [None] * count
    while not stop.is_set():
        for i, link in enumerate(links):
            try:
                links[i] = link = link or connect(service)
                link.sendall(b'{"op":"ping","id":"1"}\n')
                if not link.recv(4096):
                    links[i] = None
            except OSError:
                links[i] = None
        stop.wait(1)
