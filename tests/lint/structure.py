"""The structure tree: does every mark belong to one element, and do the elements make sense?"""

from pdf import text
from signature import fields

KIDS = {
    "Document": {"H1", "H2", "P", "Table", "Figure", "Form"},
    "Table": {"THead", "TBody"},
    "THead": {"TR"},
    "TBody": {"TR"},
    "TR": {"TH", "TD"},
    "H1": set(), "H2": set(), "P": set(), "TH": set(), "TD": set(), "Figure": set(),
    "Form": set(),
}


class Tree:
    def __init__(self, lint):
        self.lint = lint
        self.doc = lint.doc
        self.owner = {}     # (page, MCID) → reference of the element
        self.fields = {}    # widget → reference of its element
        self.headings = []
        self.tables = []

    def kids(self, element):
        kids = element.get("/K")
        return kids if isinstance(kids, list) else [] if kids is None else [kids]

    def walk(self, reference, parent, inside):
        lint, element = self.lint, self.doc.of(reference)
        if not isinstance(element, dict):
            lint.fault("element", "%s is not there", reference)
            return
        name = element.get("/S", "")[1:]
        lint.want(name in KIDS, "role", "%s is no element of ours", name)
        lint.want(name in KIDS.get(inside, {name}), "role", "%s in %s", name, inside)
        lint.want(element.get("/P") == parent, "parent", "%s does not name its parent", reference)
        self.element(reference, element, name)
        for kid in self.kids(element):
            if isinstance(kid, int):
                self.own(element.get("/Pg"), kid, reference)
            elif isinstance(kid, dict) and kid.get("/Type") == "/MCR":
                self.own(kid.get("/Pg"), kid.get("/MCID"), reference)
            elif isinstance(kid, dict) and kid.get("/Type") == "/OBJR":
                self.fields[kid.get("/Obj")] = reference
                lint.want(name == "Form" and kid.get("/Pg") == self.doc.at(kid, "/Obj").get("/P"),
                          "form", "%s is no form on that page", reference)
            else:
                self.walk(kid, reference, name)

    def own(self, page, mcid, reference):
        self.lint.want((page, mcid) not in self.owner, "mcid", "%s belongs to two", mcid)
        self.owner[page, mcid] = reference

    def attribute(self, element, owner, key):
        attributes = self.doc.of(element.get("/A"))
        for each in attributes if isinstance(attributes, list) else [attributes]:
            each = self.doc.of(each)
            if isinstance(each, dict) and each.get("/O") == owner:
                return each.get(key)
        return None

    def element(self, reference, element, name):
        if name == "TH":
            scope = self.attribute(element, "/Table", "/Scope")
            self.lint.want(scope in ("/Row", "/Column"), "scope", "TH %s", reference)
        elif name == "Figure":
            self.lint.want(bool(text(element.get("/Alt"))), "alt", "Figure %s", reference)
            box = self.attribute(element, "/Layout", "/BBox")
            self.lint.want(box and box[0] < box[2] and box[1] < box[3], "bbox", "Figure %s",
                           reference)
        elif name == "Table":
            self.tables.append((reference, element))
        elif name in ("H1", "H2"):
            self.headings.append(name)

    def table(self, reference, element):
        """One head at most, and every row covers the same columns."""
        groups = [self.doc.of(kid) for kid in self.kids(element)]
        heads = [g.get("/S") for g in groups].count("/THead")
        self.lint.want(heads <= 1 and heads < len(groups), "table", "%s: heads", reference)
        widths = set()
        for group in groups:
            widths |= self.widths([self.doc.of(row) for row in self.kids(group)], reference)
        self.lint.want(len(widths) <= 1, "regular", "table %s: rows of %s columns", reference,
                       sorted(widths))

    def widths(self, rows, reference):
        hanging, widths = [], set()
        for row in rows:
            cells = [self.doc.of(cell) for cell in self.kids(row)]
            spans = [(self.attribute(cell, "/Table", "/ColSpan") or 1,
                      self.attribute(cell, "/Table", "/RowSpan") or 1) for cell in cells]
            widths.add(sum(c for c, _ in spans) + sum(c for c, _ in hanging))
            hanging = [(c, r - 1) for c, r in hanging + spans if r > 1]
        self.lint.want(not hanging, "regular", "table %s: a cell hangs out below", reference)
        return widths

    def parents(self, root):
        """The parent tree says of every mark what the elements say."""
        lint, doc = self.lint, self.doc
        numbers = doc.at(root, "/ParentTree", "/Nums") or []
        table = dict(zip(numbers[::2], numbers[1::2]))
        for page, mcids in lint.marks.items():
            row = doc.of(table.get(doc.at(page, "/StructParents"))) or []
            lint.want(len(row) == len(mcids), "parents", "%s: %d of %d marks", page, len(row),
                      len(mcids))
            for mcid, said in zip(mcids, row):
                lint.want(self.owner.get((page, mcid)) == said, "parents", "%s: MCID %d", page,
                          mcid)
        known = {(page, mcid) for page, mcids in lint.marks.items() for mcid in mcids}
        lint.want(set(self.owner) <= known, "mcid", "elements hold marks that no page has")
        wanted = fields(doc)
        for field in wanted:
            element = table.get(doc.at(field, "/StructParent"))
            lint.want(element and self.fields.get(field) == element, "parents", "field %s", field)
        lint.want(set(self.fields) == set(wanted), "form", "fields and elements differ")
        lint.want(root.get("/ParentTreeNextKey") == len(lint.marks) + len(wanted), "parents",
                  "next key")


def check(lint):
    doc = lint.doc
    reference = doc.catalog.get("/StructTreeRoot")
    root = doc.of(reference)
    if not isinstance(root, dict) or root.get("/Type") != "/StructTreeRoot":
        lint.fault("structure", "there is none")
        return
    tree = Tree(lint)
    lint.want(doc.at(root, "/K", "/S") == "/Document", "role", "the root is no Document")
    tree.walk(root.get("/K"), reference, "StructTreeRoot")
    tree.parents(root)
    for table in tree.tables:
        tree.table(*table)
    names = [doc.at(kid, "/S") for kid in tree.kids(doc.of(root.get("/K")))]
    titles = [i for i, name in enumerate(names) if name == "/H1"]
    lint.want(titles and titles[-1] - titles[0] == len(titles) - 1, "heading",
              "no H1, or not together")
    lint.want(tree.headings[:1] == ["H1"], "heading", "another one before H1")
