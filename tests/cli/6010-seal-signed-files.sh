#!/bin/bash
# Signed files: one revision, PAdES B-B or B-T, and other programs find the signature good; what
# cannot be signed is said, and no file is left.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
. "$DANZHENG_HOME/tests/signing.sh" || exit 1
lint=$DANZHENG_HOME/tests/lint
export PYTHONDONTWRITEBYTECODE=1

sound() { qpdf --check "$1" | grep 'No syntax or stream encoding errors'; }
good() {
    pdfsig_says "$1" "Total document signed" "Signature is Valid" "Certificate is Trusted" \
        ETSI.CAdES.detached "Hash Algorithm: SHA-256"
}
# gap FILE: where < begins and where > has ended
gap() {
    perl -0777 -ne 'm{/ByteRange\[0 (\d+) (\d+) \d+ *\]/Contents<} or die; print "$1 $2\n"' "$1"
}
# take_apart FILE: blob.der, whose first four bytes tell its length, and what it signs, signed.bin
take_apart() {
    read -r at end < <(gap "$1")
    { head -c "$at" "$1"; tail -c +"$((end + 1))" "$1"; } >signed.bin
    head -c "$((end - 1))" "$1" | tail -c +"$((at + 2))" |
        perl -0777 -ne '$_ = pack("H*", $_); print substr($_, 0, 4 + unpack("x2 n", $_))' >blob.der
}
openssl_verifies() {
    take_apart "$1"
    openssl cms -verify -cades -binary -inform DER -in blob.der -content signed.bin \
        -CAfile "$keys/root.pem" -purpose any -out "$scratch/verified"
}
attributes() { openssl cms -cmsout -print -inform DER -in blob.der; }
only_the_gap_differs() {
    read -r at end < <(gap "$1")
    ! cmp -s "$1" "$2" && cmp -s -n "$at" "$1" "$2" && cmp -i "$end" "$1" "$2"
}
preflight() {
    local jars=
    for jar in preflight pdfbox2 fontbox2 xmpbox commons-logging commons-io jaxb-api \
        javax.activation; do
        jars=$jars:/usr/share/java/$jar.jar
    done
    java -cp "$jars" org.apache.pdfbox.preflight.Validator_A1b batch "$1"
}

settings p256.key p256.chain
signed render --all --sign -o new "$records"/*.json
ok "every paper renders" status 0
signed render --all --sign --profile 1b -o old "$records"/*.json
ok "and its twin" status 0
for paper in new/*.pdf old/*.pdf; do
    ok "$paper: the linter finds it sound" python3 "$lint/lint.py" "$paper"
    case $paper in
    *.check_sheet.pdf)
        ok "$paper: a check sheet is never signed" [ "$(grep -c ByteRange "$paper")" -eq 0 ] ;;
    *)
        ok "$paper: qpdf finds it sound" sound "$paper"
        ok "$paper: pdfsig finds the signature good" good "$paper"
        ok "$paper: openssl finds it CAdES" openssl_verifies "$paper" ;;
    esac
done
preflight old >"$scratch/preflight" 2>&1
ok "PDFBox finds every twin valid" \
    [ "$(grep -c 'is a valid PDF/A-1b file' "$scratch/preflight")" -eq "$(ls old/*.pdf | wc -l)" ]
python3 "$lint/mutants.py" new/exhibition_filing-approved.goods_list.pdf \
    old/exhibition_filing-approved.goods_list.pdf signed >"$scratch/mutants"
while read -r line; do
    ok "the linter, ${line#* - }" [ "${line%% [0-9]*}" = ok ]
done < <(grep 'ok [0-9]* - ' "$scratch/mutants")

disc=$records/disc_import-filed.json
paper=new/disc_import-filed.import_certificate.pdf
take_apart "$paper"
ok "there is no signing-time" [ -z "$(attributes | grep -i signingTime)" ]
ok "but the certificate's digest" grep -q id-smime-aa-signingCertificateV2 <(attributes)
ok "signed and unsigned look the same" cmp <(pdftoppm -r 50 "$paper") \
    <(run render "$disc" -o plain.pdf && pdftoppm -r 50 plain.pdf)
ok "M is when the record was received" pdfsig_says "$paper" "Signing Time: Jun 11 2024"
ok "a file that is not to be signed has no field" [ "$(grep -c 'ByteRange\|AcroForm' plain.pdf)" -eq 0 ]

signed render "$disc" --sign -o again.pdf
ok "P-256 signs anew" only_the_gap_differs "$paper" again.pdf
settings rsa.key rsa.chain
signed render "$disc" --sign -o rsa1.pdf
signed render "$disc" --sign -o rsa2.pdf
ok "RSA signs twice the same" cmp rsa1.pdf rsa2.pdf
ok "and pdfsig finds it good" good rsa1.pdf
ok "and so does openssl" openssl_verifies rsa1.pdf

# ---- what pdfsig overlooks: bytes behind
{ cat rsa1.pdf; printf '%% more\n'; } >longer.pdf
ok "pdfsig notices bytes behind the end" pdfsig_says longer.pdf "Not total document signed"
ok "and so does the linter" [ "$(python3 "$lint/lint.py" longer.pdf | grep -c ': range:')" -eq 1 ]

# ---- keys
settings locked.key p256.chain
signed render "$disc" --sign -o locked.pdf
ok "an encrypted key without passphrase: exit 78" status 78
ok "which is said" says "there is no passphrase"
ok "and no file is made" [ ! -e locked.pdf ]
signed render "$disc" --sign --passphrase-fd 3 -o locked.pdf 3< <(echo wrong)
ok "a wrong passphrase: exit 78" status 78
ok "which is said, too" says "the passphrase of the signing key is wrong"
signed render "$disc" --sign --passphrase-fd 3 -o locked.pdf 3<"$keys/locked.pass"
ok "the right one opens the key" status 0
ok "and pdfsig finds it good" good locked.pdf
signed render "$disc" --sign --passphrase-fd 9 -o x.pdf
ok "a descriptor that is not open: exit 74" status 74
signed render "$disc" --sign --passphrase-fd x -o x.pdf
ok "none at all: usage" status 2
signed render "$disc" --passphrase-fd 3 -o x.pdf
ok "a passphrase without --sign: usage" status 2

settings p256.key late.pem
signed render "$disc" --sign -o x.pdf
ok "outside of the certificate's validity nothing is signed: exit 78" status 78
ok "which is said with both dates" says "(2040-01-01T08:00:00+08:00 to 2050-01-01T07:59:59+08:00)"
ok "and no file is made" [ ! -e x.pdf ]
signed render "$disc" --sign --signed-at 2040-01-01T08:00:00+08:00 -o later.pdf
ok "the time of signing can be given" status 0
ok "and is that of the signature" pdfsig_says later.pdf "Signing Time: Jan 01 2040"
signed render "$disc" --sign --signed-at soon -o x.pdf
ok "a time that is none: usage" status 2
settings weak.key weak.pem
signed render "$disc" --sign -o x.pdf
ok "RSA-2048 is refused: exit 78" status 78
settings p256.key rsa.chain
signed render "$disc" --sign -o x.pdf
ok "a key of another certificate is refused" says "does not belong to the first certificate"
sed -i 's/^certificates =.*/certificates =/' "$home/config/danzheng.ini"
signed render "$disc" -o x.pdf
ok "half a [sign] is a fault, whether it is used or not" status 78
run render "$disc" --sign -o x.pdf
ok "without [sign] nothing can be signed: exit 78" status 78
ok "which is said" says "no signing key is configured"
ok "and no file is made" [ ! -e x.pdf ]

# ---- time-stamps
authority
settings p256.key p256.chain "$tsa"
http_proxy=http://127.0.0.1:1 signed render "$disc" --sign -o stamped.pdf
ok "with a time-stamp it renders, whatever the proxy of the environment" status 0
ok "pdfsig finds it good" good stamped.pdf
ok "openssl finds it CAdES" openssl_verifies stamped.pdf
ok "the linter finds it sound" python3 "$lint/lint.py" stamped.pdf
ok "it holds a time-stamp" grep -q id-smime-aa-timeStampToken <(attributes)
dismiss
signed render "$disc" --sign -o x.pdf
ok "an authority that is gone: exit 75" status 75
ok "which is said" says "does not answer"
ok "and no file is made" [ ! -e x.pdf ]
for fault in refuse junk mute; do
    authority "$fault"
    settings p256.key p256.chain "$tsa"
    signed render "$disc" --sign -o x.pdf
    ok "an authority that is out of order ($fault): exit 75" status 75
    ok "and no file is made" [ ! -e x.pdf ]
    dismiss
done
authority old
settings p256.key p256.chain "$tsa"
signed render "$disc" --sign -o first.pdf
ok "an answer is taken" status 0
signed render "$disc" --sign -o x.pdf
ok "but not twice: the nonce differs" status 75
settings p256.key p256.chain "$tsa" other-root.pem
rm "$keys/kept.tsr"
signed render "$disc" --sign -o x.pdf
ok "a stamp of an authority that is not trusted is refused" says "the time-stamp is not valid"
dismiss
settings p256.key p256.chain https://127.0.0.1/
signed render "$disc" --sign -o x.pdf
ok "an address that is not http: exit 78" status 78
finish
