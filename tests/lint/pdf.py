"""A PDF as plain data, read by qpdf: objects, streams, pages and the operators of a page.

Values are qpdf's JSON, version 2: "/Name", "u:text", "b:hex", "12 0 R", numbers, lists, objects.
"""

import base64
import json
import re
import subprocess


class Document:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        said = subprocess.run(
            ["qpdf", "--json=2", "--json-stream-data=inline", "--decode-level=generalized",
             "--json-key=qpdf", path],
            capture_output=True, check=True)
        head, self.objects = json.loads(said.stdout)["qpdf"]
        self.version = head["pdfversion"]
        self.trailer = self.objects.pop("trailer")["value"]

    def of(self, value):
        """The value that a reference stands for; of a stream its dictionary."""
        if not isinstance(value, str) or not re.fullmatch(r"\d+ 0 R", value):
            return value
        whole = self.objects.get("obj:" + value, {"value": None})
        return whole["stream"]["dict"] if "stream" in whole else whole["value"]

    def at(self, value, *keys):
        """The value at the end of a path of keys; None where it ends before."""
        value = self.of(value)
        for key in keys:
            if not isinstance(value, dict):
                return None
            value = self.of(value.get(key))
        return value

    def stream(self, reference):
        """The decoded bytes, or None."""
        whole = self.objects.get("obj:%s" % reference, {})
        if "stream" not in whole:
            return None
        return base64.b64decode(whole["stream"].get("data", ""))

    def set_stream(self, reference, data):
        self.objects["obj:" + reference]["stream"]["data"] = base64.b64encode(data).decode()

    @property
    def catalog(self):
        return self.of(self.trailer.get("/Root")) or {}

    def pages(self):
        """The pages' references in order."""
        def walk(node):
            for kid in self.at(node, "/Kids") or []:
                if self.at(kid, "/Type") == "/Pages":
                    yield from walk(kid)
                else:
                    yield kid
        return list(walk(self.catalog.get("/Pages")))

    def dictionaries(self):
        """Every dictionary of the file with the reference of its object."""
        def walk(value, where):
            if isinstance(value, dict):
                yield where, value
                for inner in value.values():
                    yield from walk(inner, where)
            elif isinstance(value, list):
                for inner in value:
                    yield from walk(inner, where)
        for name, whole in self.objects.items():
            value = whole["stream"]["dict"] if "stream" in whole else whole["value"]
            yield from walk(value, name[4:])


def text(value):
    """A string as text."""
    if not isinstance(value, str):
        return None
    if value.startswith("u:"):
        return value[2:]
    return bytes.fromhex(value[2:]).decode("latin-1") if value.startswith("b:") else None


def raw(value):
    """A string as bytes."""
    if value.startswith("b:"):
        return bytes.fromhex(value[2:])
    return value[2:].encode("latin-1", "replace")


TOKEN = re.compile(rb"\s+|<<|>>|/[^\s/\[\]<>()]*|\[|\]|<[0-9A-Fa-f\s]*>|[-+.0-9]+|[A-Za-z'\"*]+")
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def _string(data, at):
    out, deep = bytearray(), 1
    while deep:
        byte = data[at:at + 1]
        at += 1
        if byte == b"\\":
            byte = data[at:at + 1]
            out += ESCAPES.get(byte, byte)
            at += 1
            continue
        deep += {b"(": 1, b")": -1}.get(byte, 0)
        if deep:
            out += byte
    return bytes(out), at


def _nested(operands, closing, opening):
    at = len(operands) - 1 - operands[::-1].index(opening)
    inner = operands[at + 1:]
    del operands[at:]
    operands.append(inner if closing == b"]" else dict(zip(inner[::2], inner[1::2])))


def operations(data):
    """(operator, operands) of a content stream; names and operators are text."""
    at, operands = 0, []
    while at < len(data):
        if data[at:at + 1] == b"(":
            value, at = _string(data, at + 1)
            operands.append(value)
            continue
        token = TOKEN.match(data, at)
        if not token:
            raise ValueError("no token at byte %d: %r" % (at, data[at:at + 20]))
        at, word = token.end(), token.group()
        if word.isspace():
            continue
        if word in (b"[", b"<<"):
            operands.append(word)
        elif word in (b"]", b">>"):
            _nested(operands, word, b"[" if word == b"]" else b"<<")
        elif word[:1] == b"<":
            operands.append(bytes.fromhex(word[1:-1].decode()))
        elif word[:1] == b"/":
            operands.append(word.decode())
        elif word[:1] in b"+-.0123456789":
            operands.append(float(word))
        else:
            yield word.decode(), operands
            operands = []
