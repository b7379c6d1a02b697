"""ReportLab in this process and warm. It draws TrueType outlines only, so all is set in LXGW
WenKai: the Noto faces are CFF.

    reportlab-paper.py PAPERS WARM FILE
"""
import io
import json
import resource
import sys
import time

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, Table

FACE = "/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf"
GRID = ("GRID", (0, 0), (-1, -1), 0.5, "black")
MIDDLE = ("VALIGN", (0, 0), (-1, -1), "MIDDLE")


def style(size, **more):
    return ParagraphStyle("s", fontName="kai", fontSize=size, leading=1.35 * size,
                          wordWrap="CJK", **more)


def table(rows, widths, size, *more, heights=None, kind=Table, **keywords):
    return kind(rows, colWidths=widths, rowHeights=heights, style=[
        GRID, MIDDLE, ("FONT", (0, 0), (-1, -1), "kai", size), *more], **keywords)


class Numbered(Canvas):
    """第 x 页 共 y 页 is known when all pages are: they are kept until then."""

    def __init__(self, *arguments, **keywords):
        super().__init__(*arguments, **keywords)
        self.kept = []

    def showPage(self):
        self.kept.append(dict(self.__dict__))
        self._startPage()

    def save(self):
        for page in self.kept:
            self.__dict__.update(page)
            width, height = self._pagesize
            self.setFont("kai", 8)
            self.drawRightString(width - 20 * mm, height - 14 * mm, "仅供测试")
            self.drawCentredString(width / 2, 9 * mm,
                                   f"第 {self._pageNumber} 页 共 {len(self.kept)} 页")
            super().showPage()
        super().save()


def form(paper):
    yield Paragraph(paper["title"], style(22, alignment=1))
    yield Spacer(0, 4 * mm)
    yield Table([paper["numbers"]], colWidths=[85 * mm] * 2,
                style=[("FONT", (0, 0), (-1, -1), "kai", 9), ("ALIGN", (1, 0), (1, 0), "RIGHT")])
    rows, joined = [], []
    for i, row in enumerate(paper["rows"]):
        value = style(10.5)
        cells = [Paragraph(cell, value) if k % 2 else cell for k, cell in enumerate(row)]
        if len(cells) == 2:
            cells += ["", ""]
            joined.append(("SPAN", (1, i), (3, i)))
        rows.append(cells)
    yield table(rows, [28 * mm, 57 * mm] * 2, 9.5, *joined)
    for title, columns, empty in paper["lists"]:
        yield Spacer(0, 4 * mm)
        yield Paragraph(title, style(10.5))
        yield table([columns, [empty] + [""] * (len(columns) - 1)],
                    [170 * mm / len(columns)] * len(columns), 8.5, ("SPAN", (0, 1), (-1, 1)))
    yield Spacer(0, 4 * mm)
    yield Paragraph(paper["declaration"], style(9))
    yield Spacer(0, 2 * mm)
    yield Table([[Paragraph(cell, style(10.5)) for cell in row] for row in paper["sign"]],
                colWidths=[85 * mm] * 2, rowHeights=[None, 26 * mm, None, None],
                style=[("BOX", (0, 0), (0, -1), 0.5, "black"),
                       ("BOX", (1, 0), (1, -1), 0.5, "black"), ("VALIGN", (0, 0), (-1, -1), "TOP")])


def goods_list(paper):
    facts = paper["facts"]
    yield Paragraph(paper["title"], style(22, alignment=1))
    yield Spacer(0, 2 * mm)
    yield table([[facts[0], facts[1], "", "", facts[2], facts[3]], facts[4:]],
                [24 * mm, 91 * mm, 24 * mm, 52 * mm, 24 * mm, 52 * mm], 9.5,
                ("SPAN", (1, 0), (3, 0)))
    yield Spacer(0, 3 * mm)
    rows = [paper["columns"], *paper["rows"], [paper["end"]] + [""] * 7]
    yield table(rows, [9 * mm, 21 * mm, 63 * mm, 85 * mm, 17 * mm, 26 * mm, 25 * mm, 21 * mm], 8,
                ("SPAN", (0, -1), (-1, -1)), ("ALIGN", (4, 1), (6, -2), "RIGHT"),
                heights=[10 * mm] + [6 * mm] * (len(rows) - 1), kind=LongTable, repeatRows=1)
    yield Spacer(0, 5 * mm)
    yield Table([paper["sign"]], style=[("FONT", (0, 0), (-1, -1), "kai", 9)])


def render(line):
    paper = json.loads(line)
    is_list = "columns" in paper
    out = io.BytesIO()
    SimpleDocTemplate(
        out, pagesize=landscape(A4) if is_list else A4, title=paper["title"],
        leftMargin=15 * mm, rightMargin=15 * mm, topMargin=17 * mm,
        bottomMargin=(38 if is_list else 20) * mm,
    ).build(list(goods_list(paper) if is_list else form(paper)), canvasmaker=Numbered)
    return out.getvalue()


pdfmetrics.registerFont(TTFont("kai", FACE))
with open(sys.argv[1], encoding="utf-8") as file:
    lines = file.read().splitlines()
warm = int(sys.argv[2])
for line in lines[:warm]:
    render(line)
measured, total = lines[warm:], 0
wall, cpu = time.perf_counter(), time.process_time()
for line in measured:
    pdf = render(line)
    total += len(pdf)
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
with open(sys.argv[3], "wb") as file:
    file.write(pdf)
print(cpu * 1e3 / len(measured), wall * 1e3 / len(measured), total / len(measured),
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, sep="\t")
