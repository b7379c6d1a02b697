#!/bin/bash
# A batch leaves a manifest of what it made; a folder is held against it: whatever is missing,
# changed or extra is named.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
. "$DANZHENG_HOME/tests/signing.sh" || exit 1

{ one_line "$records/disc_import-filed.json"; one_line "$records/exhibition_filing-approved.json"
    one_line "$records/disc_import-filed.json"; echo nonsense; } >lines
# batch DIR OPTION…
batch() { DANZHENG_HOME=$home "$DANZHENG" batch --out "$@" <lines >"$scratch/stdout" 2>"$scratch/stderr"; code=$?; }
verdict() { [ "$(head -n 1 "$scratch/stdout")" = "$1" ]; }
says_only() { [ "$(tail -n +3 "$scratch/stdout" | grep -v ' signed by ')" = "$1" ]; }
check() { signed verify --manifest "$1"; }
first=GP3100002024000045.v1.import_certificate.pdf

settings rsa.key rsa.chain
batch plain
ok "a batch writes a manifest" [ -s plain/manifest.txt ]
ok "that sha256sum reads" sh -c 'cd plain && sha256sum --strict -c manifest.txt'
ok "and that lists every file once" \
    [ "$(grep -vc '^#' plain/manifest.txt)" -eq "$(ls plain/*.pdf | wc -l)" ]
ok "it says how many" grep -qx "# files $(ls plain/*.pdf | wc -l)" plain/manifest.txt
latest=$(cat lines | grep -o '"received_at": *"[^"]*"' | cut -d'"' -f4 | sort | tail -n 1)
ok "and until when, by the records" grep -qx "# until $latest" plain/manifest.txt
check plain
ok "all is there, but nobody signed: UNSIGNED" verdict UNSIGNED
ok "exit 10" status 10
batch again
ok "the same batch has the same manifest" cmp plain/manifest.txt again/manifest.txt

batch out --sign
ok "with --sign the manifest is signed" grep -q '^# signature ' out/manifest.txt
ok "sha256sum reads it all the same" sh -c 'cd out && sha256sum --strict -c manifest.txt'
ok "and so are formal papers" pdfsig_says "out/$first" "Signature is Valid"
check out
ok "all is there: GENUINE" verdict GENUINE
ok "exit 0" status 0
ok "and it says who signed" prints "manifest.txt signed by CN = rsa, O = 单证测试, $latest"
batch twice --sign
ok "RSA makes the same manifest twice" cmp out/manifest.txt twice/manifest.txt

# broken NAME COMMAND…: a copy of the folder, changed; then it is checked
broken() {
    rm -rf x && cp -r out x
    (cd x && "${@}")
    check x
}
broken rm "$first"
ok "a missing file: NOT GENUINE" verdict "NOT GENUINE"
ok "exit 20" status 20
ok "which is named" says_only "missing $first"
broken perl -pi -e 's/1/2/ if $. == 1' "$first"
ok "a changed file is named" says_only "changed $first"
broken cp "$first" more.pdf
ok "an extra file is named" says_only "extra more.pdf"
broken mkdir more
ok "and so is a folder" says_only "extra more"
broken sh -c "rm $first; echo > another.pdf"
ok "everything wrong is named" says_only "$(printf 'missing %s\nextra another.pdf' "$first")"
swap() {
    sum=$(sha256sum <more | cut -d' ' -f1)
    perl -pi -e "s/^[0-9a-f]{64}(  \Q$first\E)/$sum\$1/" manifest.txt && mv more "$first"
}
rm -rf x && cp -r out x && echo forged >x/more && (cd x && swap)
check x
ok "a forged file with a forged line is found by the signature: NOT GENUINE" verdict "NOT GENUINE"
ok "which is said" prints "the signature is of another file"
broken sed -i '/^# sign/d' manifest.txt
ok "a manifest whose signature is taken off is UNSIGNED" verdict UNSIGNED
broken sed -i '/^# signature/d' manifest.txt
ok "half taken off it is NOT GENUINE" verdict "NOT GENUINE"
broken sh -c 'echo "# more" >> manifest.txt'
ok "a line behind the signature: NOT GENUINE" verdict "NOT GENUINE"
broken sed -i 's/^# files .*/# files 1/' manifest.txt
ok "another count: NOT GENUINE" verdict "NOT GENUINE"
broken sed -i 's/\(^# signature .\{20\}\)./\1!/' manifest.txt
ok "a signature that is no Base64: NOT GENUINE" verdict "NOT GENUINE"
broken sh -c "echo $(printf '0%.0s' {1..64})'  ../lines' >manifest.txt"
ok "what is no manifest is damaged" prints "damaged manifest.txt"
rm -rf x && cp -r out x && cp x/manifest.txt x/manifest-2.txt
check x
ok "a file that is listed twice: NOT GENUINE" verdict "NOT GENUINE"

one_line "$records/loaned_exhibits-approved.json" >lines
batch out --sign
ok "a second batch has a manifest of its own" [ -s out/manifest-2.txt ]
check out
ok "together they list the folder" verdict GENUINE
ok "and are counted" prints "manifests 2"

batch other --sign --signed-at 2025-01-01T00:00:00+08:00
check other
ok "the time of signing can be given" prints "2025-01-01T00:00:00+08:00"
settings rsa.key rsa.chain "" other-root.pem
check other
ok "somebody who is not trusted: UNKNOWN KEY" verdict "UNKNOWN KEY"
ok "exit 22" status 22
authority
settings p256.key p256.chain "$tsa"
batch stamped --sign
check stamped
ok "a manifest is time-stamped where there is an authority" verdict GENUINE
ok "and tells the time" prints "signed by CN = p256, O = 单证测试, $(TZ=Asia/Shanghai date +%Y)"
signed verify stamped/*.loan_list.pdf
ok "and so are the formal papers, whose renderers may not connect" prints "time-stamped"
dismiss
batch dead --sign
ok "an authority that is gone: nothing is signed, exit 75" status 75
ok "and there is neither the formal paper nor a manifest" \
    [ "$(ls dead)" = "$(ls dead/*.check_sheet.pdf | xargs -n 1 basename)" ]

mkdir empty
check empty
ok "a folder without manifest: exit 74" status 74
check none
ok "a folder that is not there: exit 74" status 74
: >lines
batch nothing
ok "a batch of nothing leaves no manifest" [ ! -e nothing/manifest.txt ]
ok "--signed-at without --sign: usage" sh -c \
    "'$DANZHENG' batch --out y --signed-at 2025-01-01T00:00:00Z <lines 2>/dev/null; [ \$? = 2 ]"
finish
