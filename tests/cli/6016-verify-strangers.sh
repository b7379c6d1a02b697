#!/bin/bash
# Files made to swallow memory, time or the terminal: each is refused in its time.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

# made NAME: a PDF from the Python list `objects` on standard input, sound but for what it holds.
made() {
    { cat; cat <<'PYTHON'
out, places = b"%PDF-1.7\n", []
for number, body in enumerate(objects, 1):
    places.append(len(out))
    out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
at = len(out)
out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
out += b"".join(b"%010d 00000 n \n" % place for place in places)
out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, at)
open(sys.argv[1], "wb").write(out)
PYTHON
    } >"$scratch/made.py"
    python3 "$scratch/made.py" "$1"
}
refused() { [ "$code" = 20 ] || [ "$code" = 65 ] || { echo "status $code"; return 1; }; }
clean() { ! grep -qP '[\x00-\x09\x0B-\x1F\x7F]' "$scratch/stdout" "$scratch/stderr"; }

# 1.5 GB of blanks in 1.5 MB.
made bomb.pdf <<'PYTHON'
import sys, zlib
squeeze = zlib.compressobj(9)
packed = b"".join(squeeze.compress(b" " * (1 << 24)) for _ in range(96)) + squeeze.flush()
stream = lambda keys: b"<<%s/Filter/FlateDecode/Length %d>>stream\n" % (keys, len(packed)) + packed + b"\nendstream"
objects = [b"<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R/Names<</EmbeddedFiles<</Names[(record.json)3 0 R]>>>>>>",
           b"<</Type/Pages/Kids[]/Count 0>>", b"<</EF<</F 4 0 R>>>>", stream(b"")]
PYTHON
ok "a bomb is made" [ "$(stat -c %s bomb.pdf)" -lt 10000000 ]
run verify bomb.pdf
ok "a bomb is refused" refused
# Packed once more: nothing is left of its size.
made bombs.pdf <<'PYTHON'
import sys, zlib
squeeze = zlib.compressobj(9)
once = b"".join(squeeze.compress(b" " * (1 << 24)) for _ in range(96)) + squeeze.flush()
packed = zlib.compress(once, 9)
objects = [b"<</Type/Catalog/Pages 2 0 R/Metadata 3 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>",
           b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n" % len(packed) + packed + b"\nendstream"]
PYTHON
run verify bombs.pdf
ok "a bomb in a bomb is refused" refused

made deep.pdf <<'PYTHON'
import sys
objects = [b"<</Type/Catalog/Pages 2 0 R/Names " + b"[" * 200000 + b"]" * 200000 + b">>", b"<</Type/Pages/Kids[]/Count 0>>"]
PYTHON
run verify deep.pdf
ok "brackets without end are refused" refused
made round.pdf <<'PYTHON'
import sys
objects = [b"<</Type/Catalog/Pages 1 0 R/Names 1 0 R/EmbeddedFiles 1 0 R/Metadata 2 0 R>>", b"2 0 R"]
PYTHON
run verify round.pdf
ok "circles are refused" refused

# What the file says must not reach the terminal as it is.
made colours.pdf <<'PYTHON'
import sys
objects = [b"<</Type/Catalog/Pages 2 0 R/Metadata 3 0 R \x1b[31m\x07 zz >>", b"<</Type/Pages/Kids[]/Count 0>>", b"<</Length 1>>stream\n\x1b\nendstream"]
PYTHON
run verify colours.pdf
ok "controls in a file are refused" refused
ok "and not repeated" clean
made words.pdf <<'PYTHON'
import sys
packet = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:render="urn:x-danzheng:render:"><render:output>a&#x9b;31m</render:output>
<render:release>&#x202e;</render:release></rdf:Description></rdf:RDF></x:xmpmeta>"""
objects = [b"<</Type/Catalog/Pages 2 0 R/Metadata 3 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>",
           b"<</Length %d>>stream\n" % len(packet) + packet + b"\nendstream"]
PYTHON
run verify words.pdf
ok "nor those of its metadata" refused
ok "which are clean too" clean

# A record that is none, of every kind that a JSON reader may stumble over.
stumble() {
    printf '%s' "$1" >record.json
    made x.pdf <<'PYTHON'
import sys
record = open("record.json", "rb").read()
packet = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:render="urn:x-danzheng:render:" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><render:output>goods_list</render:output>
<pdf:Producer>danzheng 0.2.0</pdf:Producer><render:release>0.2.0</render:release><render:profile>3u</render:profile></rdf:Description></rdf:RDF></x:xmpmeta>"""
objects = [b"<</Type/Catalog/Pages 2 0 R/Metadata 5 0 R/Names<</EmbeddedFiles<</Names[(record.json)3 0 R]>>>>>>",
           b"<</Type/Pages/Kids[]/Count 0>>", b"<</EF<</F 4 0 R>>>>",
           b"<</Length %d>>stream\n" % len(record) + record + b"\nendstream",
           b"<</Length %d>>stream\n" % len(packet) + packet + b"\nendstream"]
PYTHON
    run verify x.pdf
    status 20 && clean
}
brackets=$(printf '[%.0s' {1..5000})
for record in '' '{' "$brackets" '{"kind":"exhibition_filing"}' "$(printf '\x1b[31m')" 'null' '1e999999'; do
    ok "the record '${record:0:20}' is none" stumble "$record"
done
finish
