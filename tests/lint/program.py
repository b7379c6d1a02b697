"""Font programs as far as a PDF relies on them: which glyphs there are, and how wide."""

import struct

# How many operands end at the first operator of a glyph; one more is its width.
MOVES = {1: None, 3: None, 18: None, 23: None, 19: None, 20: None, 4: 1, 22: 1, 21: 2, 14: 0}


def _index(data, at):
    """The objects of an INDEX, and where it ends."""
    count = int.from_bytes(data[at:at + 2], "big")
    if count == 0:
        return [], at + 2
    size = data[at + 2]
    ends = [int.from_bytes(data[at + 3 + i * size:at + 3 + (i + 1) * size], "big")
            for i in range(count + 1)]
    base = at + 3 + (count + 1) * size - 1
    return [data[base + a:base + b] for a, b in zip(ends, ends[1:])], base + ends[-1]


def _number(data, at):
    """A number of a charstring or DICT and where it ends; None for an operator."""
    b = data[at]
    if 32 <= b <= 246:
        return b - 139, at + 1
    if 247 <= b <= 250:
        return (b - 247) * 256 + data[at + 1] + 108, at + 2
    if 251 <= b <= 254:
        return -(b - 251) * 256 - data[at + 1] - 108, at + 2
    if b == 28:
        return struct.unpack_from(">h", data, at + 1)[0], at + 3
    return None, at


def _dict(data):
    values, operands, at = {}, [], 0
    while at < len(data):
        number, at = _number(data, at)
        if number is not None:
            operands.append(number)
        elif data[at] == 29:
            operands.append(struct.unpack_from(">i", data, at + 1)[0])
            at += 5
        elif data[at] == 30:
            while data[at] & 15 != 15 and data[at] >> 4 != 15:
                at += 1
            operands.append(None)
            at += 1
        else:
            key = (12, data[at + 1]) if data[at] == 12 else data[at]
            at += 2 if data[at] == 12 else 1
            values[key], operands = operands, []
    return values


def _width(code, default, nominal):
    operands, at = [], 0
    while True:
        number, at = _number(code, at)
        if number is None and code[at] == 255:
            number = struct.unpack_from(">i", code, at + 1)[0] / 65536
            at += 5
        if number is None:
            wanted = MOVES[code[at]]
            odd = len(operands) % 2 if wanted is None else len(operands) > wanted
            return nominal + operands[0] if odd else default
        operands.append(number)


def _fonts(data, top):
    """(default, nominal) width of each font DICT."""
    for font in _index(data, top[(12, 36)][0])[0]:
        size, at = _dict(font)[18]
        private = _dict(data[at:at + size])
        yield private.get(20, [0])[0], private.get(21, [0])[0]


def _selected(data, at, count):
    """Glyph → font DICT, format 3."""
    ranges = struct.unpack_from(">BH", data, at)[1]
    rows = [struct.unpack_from(">HB", data, at + 3 + 3 * i) for i in range(ranges)]
    ends = [row[0] for row in rows[1:]] + [count]
    return [fd for (start, fd), end in zip(rows, ends) for _ in range(end - start)]


def cff(data):
    """CID → width, in thousandths, of a CFF program whose em has a thousand units."""
    _, at = _index(data, data[2])
    tops, _ = _index(data, at)
    top = _dict(tops[0])
    glyphs, _ = _index(data, top[17][0])
    charset = top[15][0]
    if data[charset] != 0:
        raise ValueError("a charset of another format than ours")
    cids = [0] + [struct.unpack_from(">H", data, charset + 1 + 2 * i)[0]
                  for i in range(len(glyphs) - 1)]
    fonts, fds = list(_fonts(data, top)), _selected(data, top[(12, 37)][0], len(glyphs))
    return {cid: _width(code, *fonts[fd]) for cid, code, fd in zip(cids, glyphs, fds)}


def truetype(data, gids):
    """The same of a TrueType program; gids: the stream of CIDToGIDMap."""
    tables = {}
    for i in range(struct.unpack_from(">H", data, 4)[0]):
        tag, _, at, size = struct.unpack_from(">4sLLL", data, 12 + 16 * i)
        tables[tag] = data[at:at + size]
    units = struct.unpack_from(">H", tables[b"head"], 18)[0]
    count = struct.unpack_from(">H", tables[b"maxp"], 4)[0]
    metrics = struct.unpack_from(">H", tables[b"hhea"], 34)[0]
    widths = {}
    for cid in range(len(gids) // 2):
        gid = struct.unpack_from(">H", gids, 2 * cid)[0]
        if 0 < gid < count:
            width = struct.unpack_from(">H", tables[b"hmtx"], 4 * min(gid, metrics - 1))[0]
            widths[cid] = width * 1000 / units
    return widths


def said(array, default, cids):
    """CID → width as W says it."""
    widths, at = dict.fromkeys(cids, default), 0
    while at < len(array):
        if isinstance(array[at + 1], list):
            widths.update((array[at] + i, width) for i, width in enumerate(array[at + 1]))
            at += 2
        else:
            widths.update((cid, array[at + 2]) for cid in range(array[at], array[at + 1] + 1))
            at += 3
    return widths
