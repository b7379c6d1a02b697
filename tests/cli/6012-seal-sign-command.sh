#!/bin/bash
# danzheng sign: a paper that is there already gets the file that render --sign would have made;
# what is no such paper is refused.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
. "$DANZHENG_HOME/tests/signing.sh" || exit 1
disc=$records/disc_import-filed.json

settings rsa.key rsa.chain
signed render "$disc" -o plain.pdf --printed-at 2024-08-15T09:00:00+08:00
signed render "$disc" -o wanted.pdf --printed-at 2024-08-15T09:00:00+08:00 --sign
signed sign plain.pdf -o made.pdf
ok "a paper is signed" status 0
ok "silently" silent
ok "as if it had been signed at once" cmp made.pdf wanted.pdf
ok "with one revision" [ "$(grep -c startxref made.pdf)" -eq 1 ]
ok "and the paper is left as it was" [ "$(grep -c ByteRange plain.pdf)" -eq 0 ]
signed sign plain.pdf -o plain.pdf
ok "a paper can be replaced by its signed file" cmp plain.pdf wanted.pdf
signed sign made.pdf -o x.pdf
ok "a signed file is not signed again: exit 65" status 65
ok "which is said" says "the file is signed already"
ok "and no file is made" [ ! -e x.pdf ]

signed render "$disc" --dpi 203 -o thermal.pdf
signed render "$disc" --dpi 203 --sign -o wanted.pdf
signed sign thermal.pdf -o made.pdf
ok "and so is a paper for another printer" cmp made.pdf wanted.pdf

signed render "$disc" --profile 1b -o twin.pdf
signed render "$disc" --profile 1b --sign -o wanted.pdf
signed sign twin.pdf --record "$disc" -o made.pdf
ok "a twin is signed with its record" cmp made.pdf wanted.pdf
signed sign twin.pdf -o x.pdf
ok "and not without it: usage" status 2

signed render "$records/exhibition_filing-approved.json" --output check_sheet -o sheet.pdf
signed sign sheet.pdf -o x.pdf
ok "a check sheet is not signed: exit 65" status 65
ok "which is said" says "a check sheet is not signed"
signed render "$disc" -o plain.pdf
{ cat plain.pdf; echo; } >longer.pdf
signed sign longer.pdf -o x.pdf
ok "a changed paper is not signed: exit 65" status 65
ok "which is said" says "SIGN_REFUSED"
ok "with its verdict" says "says NOT GENUINE"
signed sign "$disc" -o x.pdf
ok "nor is what is no PDF" status 65
signed sign plain.pdf
ok "without -o: usage" status 2
signed sign none.pdf -o x.pdf
ok "a file that is not there: exit 74" status 74
signed sign plain.pdf -o none/x.pdf
ok "a folder that is not there: exit 74" status 74
run sign plain.pdf -o x.pdf
ok "without a key: exit 78" status 78
settings locked.key p256.chain
signed sign plain.pdf -o signed.pdf --passphrase-fd 3 --signed-at 2025-01-01T00:00:00Z 3<"$keys/locked.pass"
ok "an encrypted key is opened" status 0
signed verify signed.pdf
ok "and the time of signing is the one given" prints "2025-01-01T00:00:00Z, as the file says"
ok "no file is left of what was refused" [ ! -e x.pdf ]
finish
