#!/bin/bash
# Rewrites what the tests compare with: the pages as items (cases/pages), the text as it comes out
# of the PDF (cases/text) and as it is read aloud (cases/struct). Read the difference before you commit it.
set -eu
cd "$DANZHENG_HOME"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
rm -rf tests/cases/pages tests/cases/text tests/cases/struct
mkdir -p tests/cases/text tests/cases/struct
export PYTHONDONTWRITEBYTECODE=1
"$DANZHENG" render --all --dump -o tests/cases/pages tests/records/*.json
"$DANZHENG" render --all -o "$scratch" tests/records/*.json
for paper in "$scratch"/*.pdf; do
    pdftotext -raw "$paper" "tests/cases/text/$(basename "$paper" .pdf).txt"
    python3 tests/lint/aloud.py "$paper" >"tests/cases/struct/$(basename "$paper" .pdf).txt"
done
git --no-pager diff --stat -- tests/cases || true
