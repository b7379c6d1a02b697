#!/usr/bin/env python3
"""Tests the gates: plants one fault after the other in a sound file, and each must be caught.

    mutants.py FILE3U FILE1B [signed]    TAP: a line for every fault

A fault changes the document as qpdf read it; those of the bare bytes change these. GATES says
which of the gates that stand in `make test` catches the faults that every PDF writer has to fear;
each of them is planted in both files as far as they can have it. The linter catches all that a
reader can understand; what none can read is left to qpdf.
"""

import copy
import subprocess
import sys
import tempfile

from lint import FLATE, lint
from pdf import Document


def first(doc, **keys):
    """The first dictionary with these values of /S, /Type …"""
    wanted = {"/" + key: "/" + value for key, value in keys.items()}
    for _, value in doc.dictionaries():
        if all(value.get(key) == name for key, name in wanted.items()):
            return value
    raise LookupError(wanted)


def drop(value, key):
    del value[key]


def rename(value, key, to):
    value[to] = value.pop(key)


def replace(doc, reference, before, after):
    data = doc.stream(reference)
    assert before in data, before
    doc.set_stream(reference, data.replace(before, after, 1))


def in_xmp(before, after):
    return lambda doc: replace(doc, doc.catalog["/Metadata"], before, after)


def in_page(before, after):
    return lambda doc: replace(doc, doc.at(doc.pages()[0])["/Contents"], before, after)


def in_bytes(before, after):
    def change(doc):
        assert before in doc.bytes
        doc.bytes = doc.bytes.replace(before, after, 1)
    return change


def wrong_width(doc):
    for _, value in doc.dictionaries():
        if value.get("/Subtype") in ("/CIDFontType0", "/CIDFontType2") and value["/W"]:
            value["/W"][1][0] += 9
            return
    raise LookupError


def missing_glyph(doc):
    replace(doc, doc.at(doc.pages()[0])["/Contents"], b"[(", b"[<FFF0>(")


def damage(doc):
    """In the middle of the largest stream: a font program."""
    found = max(FLATE.finditer(doc.bytes), key=lambda f: int(f.group(1)))
    at = found.end() + int(found.group(1)) // 2
    doc.bytes = doc.bytes[:at] + bytes([doc.bytes[at] ^ 1]) + doc.bytes[at + 1:]


def in_catalog(key, value):
    return lambda doc: doc.catalog.update({key: value})


def in_first(change, **keys):
    return lambda doc: change(first(doc, **keys))


def intent(change):
    return lambda doc: change(doc.of(doc.of(doc.catalog["/OutputIntents"])[0]))


def page(change):
    return lambda doc: change(doc.of(doc.pages()[0]))


def font(change):
    return in_first(change, Subtype="Type0")


def descriptor(change):
    return in_first(change, Type="FontDescriptor")


def no_widths(doc):
    for _, value in doc.dictionaries():
        if value.get("/Subtype") in ("/CIDFontType0", "/CIDFontType2"):
            drop(value, "/W")
            return


def unknown_character(doc):
    reference = first(doc, Subtype="Type0")["/ToUnicode"]
    replace(doc, reference, b"<5C00>\n<5CFF>\n<5C00>\n", b"")  # of 展


def swap_parents(doc):
    row = doc.of(doc.of(doc.of(doc.catalog["/StructTreeRoot"])["/ParentTree"])["/Nums"][1])
    row[0], row[-1] = row[-1], row[0]


def orphan(doc):
    del doc.of(doc.of(doc.catalog["/StructTreeRoot"])["/K"])["/K"][0]


def other_checksum(value):
    value["/Params"]["/CheckSum"] = "b:" + "00" * 16


def narrow(value):
    cells = [k for k in value["/K"]]
    value["/K"] = cells[:-1]


def link(doc):
    doc.of(doc.pages()[0])["/Annots"] = [
        {"/Type": "/Annot", "/Subtype": "/Link", "/Rect": [0, 0, 9, 9], "/F": 2}]


UNIVERSAL = [
    ("no metadata", "xmp", lambda doc: drop(doc.catalog, "/Metadata")),
    ("metadata that are not well formed", "xmp", in_xmp(b"</dc:title>", b"")),
    ("no claim of PDF/A", "claim", in_xmp(b"aiim.org/pdfa/ns/id/", b"aiim.org/pdfa/ns/no/")),
    ("SubType for Subtype", "forbidden",
     in_first(lambda v: rename(v, "/Subtype", "/SubType"), Type="Metadata")),
    ("another title in the metadata", "info", in_xmp(b'"x-default">', b'"x-default">x')),
    ("another date in the metadata", "date", in_xmp(b"<xmp:CreateDate>2", b"<xmp:CreateDate>3")),
    ("a property that is not declared", "schema",
     in_xmp(b"<pdfaProperty:name>layout<", b"<pdfaProperty:name>lay<")),
    ("no output intent", "intent", lambda doc: drop(doc.catalog, "/OutputIntents")),
    ("a misspelt key of the intent", "icc",
     intent(lambda v: rename(v, "/DestOutputProfile", "/DestOutputProfile "))),
    ("an intent of another standard", "intent", intent(lambda v: v.update({"/S": "/GTS_PDFX"}))),
    ("a profile that is cut", "icc",
     lambda doc: doc.set_stream(doc.of(doc.of(doc.catalog["/OutputIntents"])[0])
                                ["/DestOutputProfile"], bytes(200))),
    ("a colour of four inks", "operator", in_page(b" w\n", b" w 0 0 0 1 K\n")),
    ("a graphics state", "operator", in_page(b" w\n", b" w /G0 gs\n")),
    ("transparency", "forbidden", page(lambda v: v.update({"/Group": {"/S": "/Transparency"}}))),
    ("a soft mask", "forbidden", page(lambda v: v.update({"/SMask": "/Luminosity"}))),
    ("an inline picture", "operator", in_page(b"\nET\n", b"\nET\nBI\n")),
    ("Interpolate", "interpolate", page(lambda v: v.update({"/Interpolate": True}))),
    ("JavaScript", "forbidden",
     in_catalog("/OpenAction", {"/S": "/JavaScript", "/JS": "u:app.beep(0)"})),
    ("LZW", "filter", in_first(lambda v: v.update({"/Filter": "/LZWDecode"}), Type="Metadata")),
    ("encryption", "encrypt", lambda doc: doc.trailer.update({"/Encrypt": "9 0 R"})),
    ("no ID", "id", lambda doc: drop(doc.trailer, "/ID")),
    ("two different IDs", "id", lambda doc: doc.trailer["/ID"].reverse() or
     doc.trailer["/ID"].__setitem__(0, "b:" + "11" * 16)),
    ("bytes before the header", "header", in_bytes(b"%PDF", b"\n%PDF")),
    ("bytes behind the end", "end", lambda doc: setattr(doc, "bytes", doc.bytes + b"\n% more")),
    ("a second revision", "end",
     lambda doc: setattr(doc, "bytes", doc.bytes + b"\nstartxref\n0\n%%EOF\n")),
    ("a font that is not embedded", "embedded",
     descriptor(lambda v: [v.pop(k, 0) for k in ("/FontFile2", "/FontFile3")])),
    ("a font without a tag", "subset",
     font(lambda v: v.update({"/BaseFont": "/" + v["/BaseFont"][8:]}))),
    ("another encoding", "font", font(lambda v: v.update({"/Encoding": "/GBK-EUC-H"}))),
    ("no ToUnicode", "unicode", font(lambda v: drop(v, "/ToUnicode"))),
    ("a glyph that stands for nothing", "unicode", unknown_character),
    ("no widths", "widths", no_widths),
    ("a wrong width", "widths", wrong_width),
    ("a glyph that is not there", "glyph", missing_glyph),
    ("no CapHeight", "font", descriptor(lambda v: drop(v, "/CapHeight"))),
    ("another language", "lang", in_catalog("/Lang", "u:en")),
    ("a title that is not shown", "title", in_catalog("/ViewerPreferences", {})),
    ("a string that is too long", "limit", in_catalog("/Lang", "u:" + "a" * 70000)),
    ("a number that is too large", "limit", page(lambda v: v.update({"/Rotate": 2 ** 31}))),
    ("a hidden annotation", "annotation", link),
    ("a stream that is damaged", "flate", damage),
    ("unbalanced q", "nesting", in_page(b" w\n", b" w q\n")),
]

TAGGED = [
    ("no claim of PDF/UA", "claim", in_xmp(b"<pdfuaid:part>1<", b"<pdfuaid:part>2<")),
    ("no schema of PDF/UA", "schema",
     in_xmp(b"<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua", b"<pdfaSchema:namespaceURI>")),
    ("no MarkInfo", "catalog", lambda doc: drop(doc.catalog, "/MarkInfo")),
    ("MarkInfo that denies", "marked", in_catalog("/MarkInfo", {"/Marked": False})),
    ("no structure", "structure", in_catalog("/StructTreeRoot", None)),
    ("no AF", "af", lambda doc: drop(doc.catalog, "/AF")),
    ("no names of attachments", "af", lambda doc: drop(doc.catalog, "/Names")),
    ("no AFRelationship", "af",
     in_first(lambda v: drop(v, "/AFRelationship"), Type="Filespec")),
    ("no UF", "filespec", in_first(lambda v: drop(v, "/UF"), Type="Filespec")),
    ("no MIME type", "mime", in_first(lambda v: drop(v, "/Subtype"), Type="EmbeddedFile")),
    ("another checksum", "params", in_first(other_checksum, Type="EmbeddedFile")),
    ("another size", "params",
     in_first(lambda v: v["/Params"].update({"/Size": 1}), Type="EmbeddedFile")),
    ("no tab order", "tabs", page(lambda v: drop(v, "/Tabs"))),
    ("no StructParents", "parents", page(lambda v: drop(v, "/StructParents"))),
    ("an untagged mark", "unmarked", in_page(b"/Artifact<</Type/Layout>>BDC\n", b"")),
    ("an artifact without a type", "artifact", in_page(b"/Artifact<</Type/Layout>>BDC",
                                                       b"/Artifact<<>>BDC")),
    ("a mark inside of a mark", "mark", in_page(b"BDC\n", b"BDC\n/P<</MCID 0>>BDC\n")),
    ("a mark that is there twice", "mcid", in_page(b"/MCID 1>>", b"/MCID 0>>")),
    ("a mark that no element has", "parents", orphan),
    ("a parent tree that says another element", "parents", swap_parents),
    ("no Alt", "alt", in_first(lambda v: drop(v, "/Alt"), S="Figure")),
    ("no BBox", "bbox", in_first(lambda v: drop(v, "/A"), S="Figure")),
    ("a TH without Scope", "scope", in_first(lambda v: drop(v["/A"], "/Scope"), S="TH")),
    ("an element of another kind", "role", in_first(lambda v: v.update({"/S": "/Sect"}), S="P")),
    ("a row outside of a body", "role", in_first(lambda v: v.update({"/S": "/P"}), S="TBody")),
    ("an element that names another parent", "parent",
     in_first(lambda v: v.update({"/P": "1 0 R"}), S="TR")),
    ("a row that is too short", "regular", in_first(narrow, S="TR")),
    ("no heading", "heading", in_first(lambda v: v.update({"/S": "/P"}), S="H1")),
    ("a smaller heading first", "heading", in_first(lambda v: v.update({"/S": "/H2"}), S="P")),
]

OLD = [
    ("object streams", "objects", in_first(lambda v: v.update({"/Type": "/ObjStm"}),
                                           Type="Metadata")),
    ("compressed metadata", "xmp",
     in_first(lambda v: v.update({"/Filter": "/FlateDecode"}), Type="Metadata")),
    ("an attachment", "attachment",
     in_first(lambda v: v.update({"/Type": "/EmbeddedFile"}), Type="Metadata")),
    ("no CIDSet", "cidset", descriptor(lambda v: drop(v, "/CIDSet"))),
    ("the other version", "header", in_bytes(b"%PDF-1.4", b"%PDF-1.7")),
]


def sig(change):
    return in_first(change, Type="Sig")


def widget(change):
    return in_first(change, Subtype="Widget")


def ranges(at, by):
    return sig(lambda v: v["/ByteRange"].__setitem__(at, v["/ByteRange"][at] + by))


SIGNED = [
    ("bytes behind the signed ones", "range", lambda doc: setattr(doc, "bytes", doc.bytes + b"\n")),
    ("a range that begins later", "range", ranges(0, 1)),
    ("a range that ends earlier", "range", ranges(1, -1)),
    ("a second range that begins later", "range", ranges(2, 1)),
    ("a second range that is too short", "range", ranges(3, -1)),
    ("another kind of signature", "signature",
     sig(lambda v: v.update({"/SubFilter": "/adbe.pkcs7.detached"}))),
    ("another handler", "signature", sig(lambda v: v.update({"/Filter": "/Other"}))),
    ("no time of signing", "signature", sig(lambda v: drop(v, "/M"))),
    ("Cert", "signature", sig(lambda v: v.update({"/Cert": "b:00"}))),
    ("a signature that can be seen", "field", widget(lambda v: v.update({"/Rect": [0, 0, 9, 9]}))),
    ("a field that is not locked", "field", widget(lambda v: v.update({"/F": 4}))),
    ("a field without a name to read out", "field", widget(lambda v: drop(v, "/TU"))),
    ("a field that no page has", "field", page(lambda v: drop(v, "/Annots"))),
    ("no SigFlags", "field", lambda doc: drop(doc.of(doc.catalog["/AcroForm"]), "/SigFlags")),
    ("NeedAppearances", "field",
     lambda doc: doc.of(doc.catalog["/AcroForm"]).update({"/NeedAppearances": True})),
]

SIGNED_TAGGED = [
    ("a field without an element", "form", in_first(lambda v: v.update({"/K": []}), S="Form")),
    ("an element of another kind with a field", "form",
     in_first(lambda v: v.update({"/S": "/P"}), S="Form")),
    ("a field that the parent tree does not know", "parents",
     widget(lambda v: v.update({"/StructParent": 99}))),
]

SIGNED_OLD = [
    ("a field without an appearance", "field", widget(lambda v: drop(v, "/AP"))),
]


# ---- what qpdf alone sees

def offset_wrong(data):
    at = data.rindex(b"startxref\n") + 10
    return data[:at] + str(int(data[at:].split()[0]) + 7).encode() + b"\n%%EOF\n"


def truncated(data):
    return data[:2 * len(data) // 3]


BYTES = [
    ("an offset of the cross-references that is wrong", offset_wrong),
    ("a file that is cut", truncated),
]


def qpdf(data):
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(data)
        file.flush()
        return subprocess.run(["qpdf", "--check", file.name], capture_output=True).returncode


# ---- which gate catches what

LINT, QPDF = "the linter", "qpdf --check"
GATES = {
    "no metadata": LINT,
    "no claim of PDF/A": LINT,
    "metadata that are not well formed": LINT,      # and xmllint
    "another title in the metadata": LINT,          # and preflight, on the twin
    "SubType for Subtype": LINT,
    "no output intent": LINT,
    "a misspelt key of the intent": LINT,
    "a colour of four inks": LINT,
    "a font that is not embedded": LINT,            # and pdffonts
    "no ToUnicode": LINT,                           # and pdffonts
    "a wrong width": LINT,
    "a glyph that is not there": LINT,
    "transparency": LINT,
    "JavaScript": LINT,
    "Interpolate": LINT,
    "no AFRelationship": LINT,
    "no AF": LINT,
    "no MIME type": LINT,
    "no ID": LINT,
    "another language": LINT,
    "an untagged mark": LINT,
    "no Alt": LINT,
    "a TH without Scope": LINT,
    "an offset of the cross-references that is wrong": QPDF,
    "a file that is cut": QPDF,
    "a stream that is damaged": LINT,               # qpdf asks for no checksum
}


def main(modern, old, kind="plain"):
    count = 0
    planted = set()
    kinds = {"plain": ((modern, UNIVERSAL + TAGGED), (old, UNIVERSAL + OLD)),
             "signed": ((modern, SIGNED + SIGNED_TAGGED), (old, SIGNED + SIGNED_OLD))}
    for path, faults in kinds[kind]:
        sound = Document(path)
        said = lint(sound)
        count += 1
        print("%s %d - %s is sound" % ("not ok" if said else "ok", count, path))
        for name, code, plant in faults:
            doc = copy.deepcopy(sound)
            plant(doc)
            planted.add(name)
            codes = {code for code, _ in lint(doc)}
            count += 1
            print("%s %d - caught: %s" % ("ok" if code in codes else "not ok", count, name))
            if code not in codes:
                print("#   wanted %s, said %s" % (code, sorted(codes)))
        for name, change in BYTES:
            good = qpdf(sound.bytes) == 0 and qpdf(change(sound.bytes)) != 0
            planted.add(name)
            count += 1
            print("%s %d - caught by qpdf: %s" % ("ok" if good else "not ok", count, name))
    if kind == "plain":
        left = sorted(set(GATES) - planted)
        count += 1
        print("%s %d - all %d faults that have a gate were planted %s" %
              ("not ok" if left else "ok", count, len(GATES), left or ""))
    print("1..%d" % count)


if __name__ == "__main__":
    main(*sys.argv[1:])
