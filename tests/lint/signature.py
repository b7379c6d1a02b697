"""The signature of a file: one invisible field, and everything but the signature is signed."""

import re

from pdf import text


def fields(doc):
    return doc.at(doc.catalog, "/AcroForm", "/Fields") or []


def field(lint, reference):
    doc, keys = lint.doc, lint.doc.of(reference)
    first = doc.pages()[0]
    lint.want(keys.get("/Type") == "/Annot" and keys.get("/Subtype") == "/Widget" and
              keys.get("/FT") == "/Sig", "field", "%s is no signature field", reference)
    lint.want(keys.get("/Rect") == [0, 0, 0, 0] and keys.get("/F") == 132, "field",
              "%s can be seen, or is not printed and locked", reference)
    lint.want(bool(text(keys.get("/TU"))), "field", "%s has no TU", reference)
    lint.want(keys.get("/P") == first and doc.at(first, "/Annots") == [reference], "field",
              "%s is not on the first page", reference)
    lint.want(("/AP" in keys) == lint.old, "field", "%s: AP", reference)
    lint.want(("/StructParent" in keys) != lint.old, "field", "%s: StructParent", reference)


def signature(lint, reference):
    doc, keys, data = lint.doc, lint.doc.of(reference), lint.doc.bytes
    lint.want(keys.get("/Type") == "/Sig" and keys.get("/Filter") == "/Adobe.PPKLite" and
              keys.get("/SubFilter") == "/ETSI.CAdES.detached", "signature", "not PAdES")
    lint.want(re.fullmatch(r"D:\d{14}(Z|[-+]\d\d'\d\d')", text(keys.get("/M")) or ""),
              "signature", "no M")
    lint.want("/Cert" not in keys, "signature", "Cert is forbidden")
    zero, at, end, rest = keys.get("/ByteRange", [1, 0, 0, 0])
    lint.want(zero == 0 and end + rest == len(data), "range", "not the whole file is signed")
    gap = data[at:end]
    lint.want(re.fullmatch(rb"<([0-9a-f]{2})+>", gap), "range", "more is left out than Contents")
    lint.want("b:" + gap[1:-1].decode("latin-1") == keys.get("/Contents"), "range",
              "Contents stands elsewhere")
    lint.want(data[:at].endswith(b"/Contents") and gap[1:2] != b"0", "range", "not signed")


def check(lint):
    doc = lint.doc
    if "/AcroForm" not in doc.catalog:
        lint.want(not [p for p in doc.pages() if "/Annots" in doc.of(p)], "field",
                  "a page has annotations")
        return
    found = fields(doc)
    lint.want(len(found) == 1, "field", "%d fields", len(found))
    lint.want(doc.at(doc.catalog, "/AcroForm", "/SigFlags") == 3, "field", "SigFlags")
    lint.want(set(doc.of(doc.catalog["/AcroForm"])) == {"/Fields", "/SigFlags"}, "field",
              "AcroForm has more than fields")
    for reference in found:
        field(lint, reference)
        signature(lint, doc.of(reference).get("/V"))
