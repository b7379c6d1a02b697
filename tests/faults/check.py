#!/usr/bin/env python3
"""Judges what faults.so did to a program: every child must have said so and left nothing behind.

    check.py FOLDER WANTED      WANTED: the files of a run without faults

FOLDER is that of faults.c. No child may die of a signal. A file is there whole, byte for byte as
in WANTED, or not at all. A child that says 0 has every file. In a batch an answer says ok exactly
where a file is, and one fault that goes away costs the answers of one line only, or, in a call that
several lines share, of those. One that ended and was run again ("again") has come to its end.
"""

import collections
import hashlib
import json
import pathlib
import sys

# What one turn of a batch publishes shares these: the disk's syncs, the journal's write.
SHARED = ("fault in fsync", "fault in syncfs", "fault in fdatasync", "fault in pwrite")
# Memory, and configuration or input that could not be read or written for want of it.
EXITS = {0, 1, 70, 74, 78}


def files(folder):
    # The journal of a batch that did not come to its end stays.
    return {str(p.relative_to(folder)): p for p in folder.rglob("*")
            if p.is_file() and p.name != ".danzheng-batch"}


def answers(path):
    """The lines of a batch, or None where the program is none."""
    text = path.read_text()
    return [json.loads(line) for line in text.splitlines()] if text.startswith("{") else None


def listed(manifest, here):
    """Every file is in the manifest with its digest; it may know others, of before the fault."""
    known = dict(reversed(line.split("  ")) for line in manifest.read_text().splitlines()
                 if not line.startswith("#"))
    for name, path in here.items():
        if known.get(path.name) != hashlib.sha256(path.read_bytes()).hexdigest():
            yield "%s is not in the manifest" % name


def judge(end, wanted):
    fault, call, _, how, code = end.read_text().split()
    here = files(end.with_suffix(""))
    said = answers(end.with_suffix(".out"))
    code = int(code)
    if how != "exit" or code not in EXITS:
        yield "ended with %s %d" % (how, code)
    manifests = [here.pop(name) for name in list(here) if "/manifest" in name]
    for path in manifests:
        yield from listed(path, here)
    for name, path in here.items():
        if name not in wanted:
            yield "left %s" % name
        elif path.read_bytes() != wanted[name].read_bytes():
            yield "%s differs" % name
    if said is None and code == 0 and set(here) != set(wanted):
        yield "said 0 without %s" % sorted(set(wanted) - set(here))
    if fault == "short" and code != 0:
        yield "could not bear a short write"
    error = end.with_suffix(".err").read_text()
    # How many calls there are depends on how many lines share one.
    if fault in ("full", "broken", "short", "cut") and "fault in" not in error:
        fault = "none"
    if fault in ("full", "broken") and code not in (1, 74):
        yield "said %d of a file that it could not write" % code
    if said is None:
        if code != 0 and here:
            yield "said %d, and %s is there" % (code, sorted(here))
        if code != 0 and not error.count("error["):
            yield "said %d, and not why" % code
        return
    if fault == "again" and (code != 0 or
                             set(here) != {n for n in wanted if "/manifest" not in n}):
        yield "did not go on"
    if code == 0 and not all(a["ok"] for a in said):
        yield "said %d of other answers" % code
    told = [a["file"] for a in said if a["ok"]]
    # A child that was forked between a file and its answer has the file elsewhere.
    if set(told) != set(here) and set(told[1:]) != set(here):
        yield "told of %s, there are %s" % (sorted(told), sorted(here))
    if fault in ("once", "broken", "full") and not any(call in error for call in SHARED) and \
            len({a["seq"] for a in said if not a["ok"]}) > 1:
        yield "cost more than one line"


def main(folder, wanted):
    wanted, ends = files(pathlib.Path(wanted)), sorted(pathlib.Path(folder).glob("*.end"))
    bad, kinds = 0, collections.Counter()
    for end in ends:
        words = end.read_text().split()
        kinds["%s: %s %s" % (words[0], words[3], words[4])] += 1
        for fault in judge(end, wanted):
            bad += 1
            print("%s (%s): %s" % (end.with_suffix(""), " ".join(words[:3]), fault))
    for kind, count in sorted(kinds.items()):
        print("# %6d %s" % (count, kind))
    return 1 if bad or len(ends) < 10 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
