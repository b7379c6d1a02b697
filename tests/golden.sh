#!/bin/bash
# Rewrites what the tests compare with: the pages as items (cases/pages) and the text as it comes
# out of the PDF (cases/text). Read the difference before you commit it.
set -eu
cd "$DANZHENG_HOME"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
rm -rf tests/cases/pages tests/cases/text
mkdir -p tests/cases/text
"$DANZHENG" render --all --dump -o tests/cases/pages tests/records/*.json
"$DANZHENG" render --all -o "$scratch" tests/records/*.json
for paper in "$scratch"/*.pdf; do
    pdftotext -raw "$paper" "tests/cases/text/$(basename "$paper" .pdf).txt"
done
git --no-pager diff --stat -- tests/cases || true
