#!/usr/bin/env python3
"""Holds PDF files against what PDF/A-3u with PDF/UA-1, or PDF/A-1b, ask of ours.

    lint.py FILE…        prints FILE: code: what is wrong; status 1 when anything is

The profile is the one that the file claims. The rules are those of our own writer and are
stricter than the standards where it promises more: no transparency, one intent, one heading.
"""

import hashlib
import json
import re
import sys
import xml.etree.ElementTree as xml
import zlib

import program
import signature
import structure
from pdf import Document, operations, raw, text

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
PDF = "{http://ns.adobe.com/pdf/1.3/}"
PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
PDFUA = "{http://www.aiim.org/pdfua/ns/id/}"
SCHEMA = "{http://www.aiim.org/pdfa/ns/schema#}"
PROPERTY = "{http://www.aiim.org/pdfa/ns/property#}"
EXTENSION = "{http://www.aiim.org/pdfa/ns/extension/}"

CATALOG = {"/Type", "/Pages", "/Lang", "/ViewerPreferences", "/Metadata", "/OutputIntents"}
CATALOG_3U = {"/AF", "/Names", "/MarkInfo", "/StructTreeRoot"}
FORBIDDEN = {"/JS", "/JavaScript", "/AA", "/OpenAction", "/SubType", "/FFilter", "/SMask", "/TR",
             "/OPI", "/Alternates", "/BM", "/ca", "/CA", "/XFA", "/Encrypt", "/HTP", "/Launch"}
FILTERS = {None, "/FlateDecode", "/DCTDecode", "/ASCIIHexDecode"}
OPERATORS = set("q Q cm w d m l c re h S f g G rg RG BT ET Tf Td Ts TJ BDC EMC Do".split())
PATHS = set("q Q cm m l c re h f S w d G RG".split())
FLATE = re.compile(rb"/Filter/FlateDecode/Length (\d+)>>\nstream\n")
PAINTING = {"S", "f", "TJ", "Do"}


class Lint:
    def __init__(self, doc):
        self.doc = doc
        self.faults = []
        self.claim = {}
        self.marks = {}   # page → MCIDs in order
        self.shown = {}   # font → CIDs
        self.forms = set()

    def fault(self, code, words, *args):
        self.faults.append((code, words % args if args else words))

    def want(self, good, code, words, *args):
        if not good:
            self.fault(code, words, *args)

    @property
    def old(self):
        return self.claim.get("part") == "1"

    def run(self):
        for step in (self.metadata, self.file, self.streams, self.catalog, self.values, self.intent,
                     self.attachments, self.pages, self.signature, self.fonts):
            try:
                step()
            except (KeyError, TypeError, ValueError, AttributeError, IndexError) as broken:
                self.fault(step.__name__, "cannot be read: %r", broken)
        if not self.old:
            structure.check(self)
        return self.faults

    # ---- the file

    def file(self):
        data, doc = self.doc.bytes, self.doc
        head = b"%PDF-1.4\n" if self.old else b"%PDF-1.7\n"
        self.want(data.startswith(head), "header", "does not begin with %r", head)
        comment = data[len(head):len(head) + 5]
        self.want(comment[:1] == b"%" and all(b > 127 for b in comment[1:]), "header",
                  "no comment of four bytes above 127")
        self.want(data.endswith(b"%%EOF\n"), "end", "does not end with %%%%EOF")
        self.want(data.count(b"\nstartxref\n") == 1, "end", "not one startxref")
        ids = doc.trailer.get("/ID", [])
        self.want(len(ids) == 2 and ids[0] == ids[1] and len(raw(ids[0])) == 16, "id",
                  "ID is not twice the same 16 bytes")
        self.want("/Encrypt" not in doc.trailer, "encrypt", "is encrypted")
        packed = any(value.get("/Type") in ("/ObjStm", "/XRef")
                     for _, value in doc.dictionaries())
        self.want(not (self.old and (packed or b"/ObjStm" in data)), "objects",
                  "object streams in PDF 1.4")

    def streams(self):
        """What is packed has its checksum, which qpdf does not ask for."""
        data, count = self.doc.bytes, 0
        for found in FLATE.finditer(data):
            count += 1
            try:
                zlib.decompress(data[found.end():found.end() + int(found.group(1))])
            except zlib.error as broken:
                self.fault("flate", "the stream at byte %d: %s", found.end(), broken)
        known = [v for _, v in self.doc.dictionaries() if v.get("/Filter") == "/FlateDecode"]
        self.want(count >= len(known), "flate", "%d of %d streams are not read", count, len(known))

    def catalog(self):
        doc, catalog = self.doc, self.doc.catalog
        allowed = CATALOG if self.old else CATALOG | CATALOG_3U
        for key in sorted(allowed - set(catalog)):
            self.fault("catalog", "%s is missing", key)
        for key in sorted(set(catalog) - allowed - {"/AcroForm"}):
            self.fault("catalog", "%s is not ours", key)
        self.want(text(catalog.get("/Lang")) == "zh-CN", "lang", "Lang is not zh-CN")
        self.want(doc.at(catalog, "/ViewerPreferences", "/DisplayDocTitle") is True, "title",
                  "DisplayDocTitle is not set")
        if not self.old:
            self.want(doc.at(catalog, "/MarkInfo", "/Marked") is True, "marked",
                      "MarkInfo does not say Marked")

    def values(self):
        """What no dictionary may hold, and the limits of every value."""
        for where, value in self.doc.dictionaries():
            for key in sorted(FORBIDDEN & set(value)):
                self.fault("forbidden", "%s in %s", key, where)
            filters = None if value.get("/Type") == "/Sig" else value.get("/Filter")
            for name in filters if isinstance(filters, list) else [filters]:
                self.want(name in FILTERS, "filter", "%s in %s", name, where)
            self.want(value.get("/Interpolate") is not True, "interpolate", "in %s", where)
            self.want(value.get("/S") not in ("/JavaScript", "/Launch", "/Transparency"),
                      "forbidden", "%s in %s", value.get("/S"), where)
            for inner in value.values():
                for single in inner if isinstance(inner, list) else [inner]:
                    self.limit(single, where)
            if value.get("/Subtype") in ("/Link", "/Widget", "/Text", "/Popup"):
                self.annotation(value, where)

    def annotation(self, value, where):
        flags = value.get("/F", 0)
        self.want(flags & 4 and not flags & 0b100011, "annotation",
                  "%s is not printed, or hidden", where)

    def limit(self, value, where):
        if isinstance(value, str):
            name = value.startswith("/")
            self.want(len(value) <= (128 if name else 65536), "limit", "a value of %s", where)
        elif isinstance(value, int):
            self.want(abs(value) < 2 ** 31, "limit", "%d in %s", value, where)

    def signature(self):
        signature.check(self)

    # ---- colours

    def intent(self):
        doc = self.doc
        intents = doc.of(doc.catalog.get("/OutputIntents")) or []
        self.want(len(intents) == 1, "intent", "%d output intents", len(intents))
        for intent in intents:
            self.want(doc.at(intent, "/S") == "/GTS_PDFA1", "intent", "not GTS_PDFA1")
            self.want(text(doc.at(intent, "/OutputConditionIdentifier")) == "sRGB", "intent",
                      "not sRGB")
            profile = doc.of(intent).get("/DestOutputProfile")
            icc = doc.stream(profile)
            self.want(icc is not None, "icc", "no profile")
            if icc is None:
                continue
            self.want(doc.at(profile, "/N") == 3, "icc", "N is not 3")
            self.want(int.from_bytes(icc[:4], "big") == len(icc), "icc", "its size is wrong")
            self.want(icc[8] == 2 and icc[12:24] == b"mntrRGB XYZ " and icc[36:40] == b"acsp",
                      "icc", "no display profile of version 2")
            for i in range(int.from_bytes(icc[128:132], "big")):
                row = icc[132 + 12 * i:144 + 12 * i]
                at, size = (int.from_bytes(row[k:k + 4], "big") for k in (4, 8))
                self.want(at % 4 == 0 and at + size <= len(icc), "icc", "tag %r", row[:4])

    # ---- metadata

    def metadata(self):
        reference = self.doc.catalog.get("/Metadata")
        packet = self.doc.stream(reference)
        self.want(packet is not None, "xmp", "no metadata")
        if packet is None:
            return
        keys = self.doc.of(reference)
        self.want(keys.get("/Type") == "/Metadata" and keys.get("/Subtype") == "/XML", "xmp",
                  "the stream does not say that it is XML")
        first = packet.split(b"\n", 1)[0]
        self.want(b"bytes=" not in first and b"encoding=" not in first, "xmp", "packet header")
        try:
            root = xml.fromstring(packet.decode("utf-8"))
        except (xml.ParseError, UnicodeDecodeError) as broken:
            self.fault("xmp", "not well formed: %s", broken)
            return
        properties = [p for d in root.iter(RDF + "Description") for p in d]
        values = {p.tag: "".join(p.itertext()).strip() for p in properties}
        self.claim = {k[len(PDFA):]: v for k, v in values.items() if k.startswith(PDFA)}
        claims = (self.claim.get("part"), self.claim.get("conformance"))
        self.want(claims in (("3", "U"), ("1", "B")), "claim", "claims PDF/A-%s%s", *claims)
        self.want(self.old or values.get(PDFUA + "part") == "1", "claim", "not PDF/UA-1")
        self.want(not (self.old and "/Filter" in keys), "xmp", "compressed in PDF/A-1")
        self.declared(root, values)
        self.information(values)

    def declared(self, root, values):
        """Properties that PDF/A does not know stand in an extension schema."""
        known = {DC, XMP, PDF, PDFA}
        declared = set()
        for schema in root.iter(SCHEMA + "namespaceURI"):
            names = [n.text for item in root.iter(RDF + "li")
                     if item.find(SCHEMA + "namespaceURI") is schema
                     for n in item.iter(PROPERTY + "name")]
            declared |= {"{%s}%s" % (schema.text, name) for name in names}
        for tag in values:
            space = tag[:tag.index("}") + 1]
            self.want(space in known or tag in declared or tag == EXTENSION + "schemas",
                      "schema", "%s is not declared", tag)

    def information(self, values):
        info = self.doc.of(self.doc.trailer.get("/Info")) or {}
        pairs = {"/Title": DC + "title", "/Subject": DC + "description",
                 "/Author": DC + "creator", "/Keywords": PDF + "Keywords",
                 "/Producer": PDF + "Producer"}
        for key, tag in pairs.items():
            self.want((text(info.get(key)) or "") == values.get(tag, ""), "info",
                      "%s differs from the metadata", key)
        self.want(bool(values.get(DC + "title")), "title", "no title")
        for key, tag in (("/CreationDate", "CreateDate"), ("/ModDate", "ModifyDate")):
            said = re.sub(r"\D", "", text(info.get(key)) or "")
            self.want(said and said == re.sub(r"\D", "", values.get(XMP + tag, "")), "date",
                      "%s differs from the metadata", key)

    # ---- attachments

    def attachments(self):
        doc = self.doc
        names = doc.at(doc.catalog, "/Names", "/EmbeddedFiles", "/Names") or []
        if self.old:
            held = [w for w, v in doc.dictionaries() if v.get("/Type") == "/EmbeddedFile"]
            self.want(not held, "attachment", "in PDF/A-1")
            return
        self.want(names[1::2] == doc.catalog.get("/AF"), "af", "AF and Names differ")
        self.want("record.json" in [text(n) for n in names[::2]], "attachment", "no record.json")
        self.want([text(n) for n in names[::2]] == sorted(text(n) for n in names[::2]),
                  "attachment", "names out of order")
        for spec in names[1::2]:
            self.attachment(doc.of(spec))

    def attachment(self, spec):
        doc, name = self.doc, text(spec.get("/UF"))
        self.want(spec.get("/Type") == "/Filespec" and name and text(spec.get("/F")) == name,
                  "filespec", "%s: no names", name)
        self.want(spec.get("/AFRelationship") in ("/Source", "/Supplement"), "af",
                  "%s: no relationship", name)
        file = spec.get("/EF", {}).get("/F")
        data, keys = doc.stream(file), doc.of(file)
        self.want(spec.get("/EF", {}).get("/UF") == file, "filespec", "%s: no UF", name)
        self.want(keys.get("/Type") == "/EmbeddedFile", "filespec", "%s: no file", name)
        self.want(re.fullmatch(r"/[a-z]+(/|#2f|#2F)[a-z.+-]+", keys.get("/Subtype", "")),
                  "mime", "%s: no MIME type", name)
        params = keys.get("/Params", {})
        self.want(params.get("/Size") == len(data), "params", "%s: size", name)
        self.want(raw(params.get("/CheckSum", "b:")) == hashlib.md5(data).digest(), "params",
                  "%s: checksum", name)
        self.want("/ModDate" in params, "params", "%s: date", name)
        if name == "record.json":
            self.want(json.loads(data).get("schema") == "danzheng-record/1", "attachment",
                      "record.json is no record")

    # ---- pages

    def pages(self):
        for index, page in enumerate(self.doc.pages()):
            keys = self.doc.of(page)
            box = keys.get("/MediaBox", [0, 0, 0, 0])
            self.want(all(3 <= side <= 14400 for side in box[2:]), "page", "MediaBox")
            self.want(not set(self.doc.at(keys, "/Resources")) - {"/Font", "/XObject"},
                      "resources", "more than fonts and pictures")
            if not self.old:
                self.want(keys.get("/Tabs") == "/S", "tabs", "page %d", index + 1)
                self.want(keys.get("/StructParents") == index, "parents", "page %d", index + 1)
            self.content(index, page, keys)

    def content(self, index, page, keys):
        deep = 0
        open_marks, mcids, font, in_text = [], [], None, False
        fonts = self.doc.at(keys, "/Resources", "/Font") or {}
        for operator, operands in operations(self.doc.stream(keys["/Contents"])):
            if operator not in OPERATORS:
                self.fault("operator", "%s on page %d", operator, index + 1)
            elif operator in "qQ":
                deep += 1 if operator == "q" else -1
                self.want(0 <= deep <= 28, "nesting", "page %d", index + 1)
            elif operator in ("BT", "ET"):
                self.want(in_text == (operator == "ET"), "text", "page %d", index + 1)
                in_text = operator == "BT"
            elif operator == "BDC":
                open_marks.append(self.mark(operands, open_marks, mcids, index))
            elif operator == "EMC":
                self.want(open_marks, "mark", "EMC without BDC on page %d", index + 1)
                open_marks = open_marks[:-1]
            elif operator == "Do":
                self.form(operands[0], keys, index)
            elif operator == "Tf":
                font = fonts.get(operands[0])
            elif operator == "TJ":
                shown = self.shown.setdefault(font, set())
                for part in operands[0]:
                    if isinstance(part, bytes):
                        shown |= {part[i] << 8 | part[i + 1] for i in range(0, len(part), 2)}
            if operator in PAINTING and not self.old:
                self.want({"mcid", "artifact"} & set(open_marks), "unmarked",
                          "%s on page %d", operator, index + 1)
        self.want(deep == 0 and not open_marks and not in_text, "nesting", "page %d ends inside",
                  index + 1)
        self.want(mcids == list(range(len(mcids))), "mcid", "page %d: not 0, 1, 2…", index + 1)
        self.marks[page] = mcids

    def form(self, name, keys, index):
        """A drawing that pages share holds no marks, and nothing but paths."""
        form = (self.doc.at(keys, "/Resources", "/XObject") or {}).get(name)
        kind = self.doc.at(form, "/Subtype")
        self.want(kind in ("/Form", "/Image"), "operator", "%s on page %d", name, index + 1)
        if kind == "/Form" and form not in self.forms:
            self.forms.add(form)
            for operator, _ in operations(self.doc.stream(form)):
                self.want(operator in PATHS, "operator", "%s in %s", operator, form)

    def mark(self, operands, outer, mcids, index):
        tag, keys = operands
        if tag == "/Artifact":
            self.want(keys.get("/Type") in ("/Layout", "/Pagination", "/Page", "/Background"),
                      "artifact", "without a type on page %d", index + 1)
            self.want(not outer, "mark", "an artifact inside of a mark on page %d", index + 1)
            return "artifact"
        if "/MCID" in keys:
            self.want(not outer, "mark", "a mark inside of a mark on page %d", index + 1)
            mcids.append(int(keys["/MCID"]))
            return "mcid"
        self.want(tag == "/Span", "mark", "%s on page %d", tag, index + 1)
        return "span"

    # ---- fonts

    def fonts(self):
        self.want(bool(self.shown), "font", "no text")
        for font, cids in self.shown.items():
            self.font(self.doc.of(font), cids)

    def font(self, font, cids):
        doc, name = self.doc, font.get("/BaseFont", "")
        self.want(font.get("/Subtype") == "/Type0" and font.get("/Encoding") == "/Identity-H",
                  "font", "%s: not Type0 with Identity-H", name)
        self.want(re.match(r"/[A-Z]{6}\+", name), "subset", "%s has no tag", name)
        descendant = doc.at(font, "/DescendantFonts")[0]
        descendant = doc.of(descendant)
        descriptor = doc.of(descendant.get("/FontDescriptor"))
        file = descriptor.get("/FontFile2") or descriptor.get("/FontFile3")
        self.want(file and doc.stream(file), "embedded", "%s is not embedded", name)
        self.want("/CapHeight" in descriptor, "font", "%s: no CapHeight", name)
        if descendant.get("/Subtype") == "/CIDFontType2":
            self.want("/CIDToGIDMap" in descendant, "font", "%s: no CIDToGIDMap", name)
        self.want("/W" in descendant, "widths", "%s has no widths", name)
        self.unicode(name, doc.stream(font.get("/ToUnicode")), cids)
        self.glyphs(name, descendant, descriptor, cids)
        if self.old:
            bits = doc.stream(descriptor.get("/CIDSet")) or b""
            said = {i for i in range(8 * len(bits)) if bits[i // 8] & 0x80 >> i % 8}
            self.want(said == cids | {0}, "cidset", "%s: CIDSet differs from what is shown", name)

    def glyphs(self, name, descendant, descriptor, cids):
        """Every glyph that is shown is in the program, as wide as W says."""
        doc = self.doc
        if "/FontFile3" in descriptor:
            widths = program.cff(doc.stream(descriptor["/FontFile3"]))
        elif "/FontFile2" in descriptor:
            widths = program.truetype(doc.stream(descriptor["/FontFile2"]),
                                      doc.stream(descendant.get("/CIDToGIDMap")))
        else:
            return
        said = program.said(descendant.get("/W", []), descendant.get("/DW", 1000), cids)
        for cid in sorted(cids):
            self.want(cid and cid in widths, "glyph", "%s has no glyph %d", name, cid)
            self.want(abs(said[cid] - widths.get(cid, said[cid])) <= 1, "widths",
                      "%s: glyph %d is %s wide, not %s", name, cid, widths.get(cid), said[cid])

    def unicode(self, name, table, cids):
        self.want(table, "unicode", "%s has no ToUnicode", name)
        if not table:
            return
        known = {}
        for kind, block in re.findall(rb"beginbf(range|char)\n(.*?)endbf", table, re.S):
            codes = iter(re.findall(rb"^<(\w*)>$", block, re.M))
            for first in codes:
                last = next(codes) if kind == b"range" else first
                value = int(next(codes), 16)
                first, last = int(first, 16), int(last, 16)
                self.want(first >> 8 == last >> 8 and (value & 255) + last - first <= 255,
                          "unicode", "%s: a range leaves its row", name)
                for cid in range(first, last + 1):
                    known[cid] = value + cid - first
        self.want(cids <= set(known), "unicode", "%s: a CID without a character", name)
        self.want(not {0, 0xFEFF, 0xFFFE} & {known[c] for c in cids & set(known)}, "unicode",
                  "%s: a CID that stands for no character", name)


def lint(doc):
    return Lint(doc).run()


def main(paths):
    bad = False
    for path in paths:
        for code, words in lint(Document(path)):
            print("%s: %s: %s" % (path, code, words))
            bad = True
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
