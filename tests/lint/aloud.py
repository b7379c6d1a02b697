#!/usr/bin/env python3
"""A paper as somebody hears it who does not see it: the structure in its order, its words, and
what figures say instead of words.

    aloud.py FILE        prints an element a line, deeper ones further in

Codes that follow from keys and digests are left out, so that what is kept to compare with does
not change with every release.
"""

import re
import subprocess
import sys

from pdf import Document, text


def figures(doc):
    """Alt and Lang of elements, in their order."""
    said = []

    def walk(reference):
        element = doc.of(reference)
        if not isinstance(element, dict) or "/S" not in element:
            return
        if element["/S"] == "/Figure":
            said.append(text(element.get("/Alt")))
        kids = element.get("/K")
        for kid in kids if isinstance(kids, list) else [kids]:
            if not isinstance(kid, int):
                walk(kid)
    walk(doc.at(doc.catalog, "/StructTreeRoot").get("/K"))
    return said


def main(path):
    alts = iter(figures(Document(path)))
    lines, words, depth = [], [], 0
    said = subprocess.run(["pdfinfo", "-struct-text", path], capture_output=True, check=True)
    for line in said.stdout.decode().splitlines():
        found = re.fullmatch(r'( *)"(.*)"', line)
        if found:
            words.append(found.group(2))
            continue
        if words:
            lines[-1] += " " + "".join(words)
            words = []
        name = line.strip().removesuffix(" (block)").removesuffix(":")
        if name.startswith("/BBox"):
            continue
        if name.startswith("/"):
            lines[-1] += " " + name[1:]
            continue
        depth = len(line) - len(line.lstrip())
        lines.append(" " * depth + name)
        if name == "Figure":
            lines[-1] += " " + next(alts)
    if words:
        lines[-1] += " " + "".join(words)
    for line in lines:
        print(re.sub(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", "…", line).rstrip())


if __name__ == "__main__":
    main(sys.argv[1])
