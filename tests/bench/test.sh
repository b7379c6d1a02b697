#!/bin/bash
# The bench runs and measures what its README says; how long anything takes is not asked.
. "${DANZHENG_HOME:?make test sets it}/tests/cli/lib.sh" || exit 1
: "${BENCH:?make test sets it}"

"$DANZHENG_HOME/tests/bench/run.sh" 1 >"$scratch/stdout" 2>"$scratch/stderr"
code=$?
ok "the bench runs" status 0
ok "and complains of nothing" silent
for figure in "F, one form" "F, signed, PAdES by P-256" "L, 1,000 rows" "L, 20,000 rows" "refusal by rule" "seals by Ed25519" "seals by SM2" "cold start"; do
    ok "$figure is measured" prints "$figure"
done
for phase in parse seal typeset subset compress save rest sign; do
    ok "phase $phase takes time" grep -qE "^ +phase $phase +[0-9.]*[1-9]" "$scratch/stdout"
done
for row in "CPU per document" "wall per document" bytes "font programs" "all but font programs" \
    "font programs / the same at deflate 9" "peak memory" "CPU per refusal" "wall per run"; do
    ok "a row says: $row" grep -qE "^ +$row[^0-9]* .*[0-9.]+" "$scratch/stdout"
done
ok "what is asked stands beside it" grep -qE "CPU per document .* must +1  aim +0.4  (aim met|must met|MISSED)" "$scratch/stdout"

"$BENCH" records 0 2 >"$scratch/forms"
"$BENCH" records 40 1 >"$scratch/list"
cat "$scratch/forms" "$scratch/list" >"$scratch/lines"
run batch --out papers <"$scratch/lines"
ok "what it renders are good records" status 0
page() { pdfinfo "$1" | grep -qE "^Pages: +$2\$"; }
ok "F is one page" page papers/Z000000000000001.v1.filing_application.pdf 1
pdftotext -raw papers/Z000000000000001.v1.filing_application.pdf first
pdftotext -raw papers/Z000000000000002.v1.filing_application.pdf second
same_lines() { [ "$(sort first | comm -12 - <(sort second) | grep -cE "$1")" -eq 0 ]; }
ok "its names differ from document to document" same_lines '^(展览会名称|主办单位|展览场馆|备注) '
pdftotext -raw -l 1 papers/Z000040000000001.v1.goods_list.pdf list
ok "L has eight columns, a row a line" grep -qE '^1( [^ ]+){7}$' list
finish
