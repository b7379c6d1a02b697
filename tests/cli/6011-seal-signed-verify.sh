#!/bin/bash
# Signed files are verified by their signature: it covers the whole file, its signer is trusted.
# A page in a revision behind the signed bytes, which other readers overlook, is NOT GENUINE.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
. "$DANZHENG_HOME/tests/signing.sh" || exit 1
export PYTHONDONTWRITEBYTECODE=1
disc=$records/disc_import-filed.json
verdict() { [ "$(head -n 1 "$scratch/stdout")" = "$1" ]; }
# made NAME FROM TO: the file with one text replaced, of the same length
made() { FROM=$2 TO=$3 perl -0777 -pe 's/\Q$ENV{FROM}\E/$ENV{TO}/ or die' paper.pdf >"$1"; }

settings p256.key p256.chain
signed render "$disc" --sign -o paper.pdf
signed render "$disc" --sign --profile 1b -o twin.pdf
signed verify paper.pdf --on 2024-07-01
ok "a signed file is what it was: TEST, as its key is" verdict TEST
ok "exit 10" status 10
ok "it says who signed" prints "signed   CN = p256, O = 单证测试"
ok "and when, as the file says" prints "2024-06-11T14:35:10+08:00, as the file says"
ok "which proves nothing, and is said" prints "签名时间为文件自述，没有时间戳证明"
signed verify twin.pdf --on 2024-07-01
ok "so is its twin, without a record" verdict TEST
signed verify paper.pdf --json
ok "programs learn it, too" prints '"signature":{"algorithm":"P-256","subject":"CN = p256'
change '"version": ' '"version": 9' "$disc" >other.json
signed verify paper.pdf --record other.json
ok "another record differs" verdict "RECORD DIFFERS"
signed verify twin.pdf --record other.json
ok "a twin that carries no record cannot be compared: usage" status 2

# ---- the attack
for file in paper twin; do
    python3 "$DANZHENG_HOME/tests/lint/attack.py" $file.pdf attacked.pdf
    ok "$file: the attack: pdfsig still says valid and trusted" pdfsig_says attacked.pdf \
        "Signature is Valid" "Certificate is Trusted" "Not total document signed"
    ok "$file: and qpdf finds nothing" qpdf --check attacked.pdf
    ok "$file: and the page is another one" \
        [ "$(pdftoppm -r 20 attacked.pdf | md5sum)" != "$(pdftoppm -r 20 $file.pdf | md5sum)" ]
    signed verify attacked.pdf
    ok "$file: it is NOT GENUINE" verdict "NOT GENUINE"
    ok "$file: exit 20" status 20
    python3 "$DANZHENG_HOME/tests/lint/attack.py" $file.pdf attacked.pdf fix
    signed verify attacked.pdf
    ok "$file: with a longer ByteRange it is NOT GENUINE either" verdict "NOT GENUINE"
done

# ---- other changes
flipped=0 caught=0
size=$(wc -c <paper.pdf)
for ((at = 100; at < size; at += 2503)); do
    cp paper.pdf x.pdf
    perl -e 'open my $f, "+<:raw", $ARGV[0] or die; seek $f, $ARGV[1], 0; read $f, my $c, 1;
        seek $f, $ARGV[1], 0; print $f chr(ord($c) ^ 1)' x.pdf "$at"
    signed verify x.pdf
    flipped=$((flipped + 1))
    # With another issuer's certificate in the signature it is a stranger's.
    if verdict "NOT GENUINE" || verdict "UNKNOWN KEY"; then caught=$((caught + 1)); fi
done
ok "no flipped bit is overlooked ($flipped)" [ "$flipped" -eq "$caught" ]
made x.pdf '/Contents<3082' '/Contents<3083'
signed verify x.pdf
ok "a broken signature is NOT GENUINE" verdict "NOT GENUINE"
# the last digits of the padding are not signed, but have to be zero
perl -0777 -pe 's/00>>>/01>>>/ or die' paper.pdf >x.pdf
signed verify x.pdf
ok "nor may anything stand behind the signature" verdict "NOT GENUINE"
made x.pdf '/M(D:2024' '/M(D:2025'
signed verify x.pdf
ok "the time of signing is signed" verdict "NOT GENUINE"
ok "which is said" prints "It is signed, but the signature is of another file"
{ cat paper.pdf; printf '\n'; } >x.pdf
signed verify x.pdf
ok "a byte behind the end is NOT GENUINE" verdict "NOT GENUINE"
made x.pdf '/ByteRange[0' '/ByteRang_[0'
signed verify x.pdf
ok "a file that hides its signature is NOT GENUINE" verdict "NOT GENUINE"
made x.pdf '/SubFilter/ETSI.CAdES.detached' '/SubFilter/adbe.pkcs7.detached'
signed verify x.pdf
ok "nor is one of another kind" verdict "NOT GENUINE"

# ---- who signed
settings p256.key stranger.pem
signed render "$disc" --sign -o stranger.pdf
signed verify stranger.pdf
ok "somebody who is not trusted: UNKNOWN KEY" verdict "UNKNOWN KEY"
ok "exit 22" status 22
ok "which says why" prints "It is signed, but the certificate is not trusted"
settings p256.key p256.chain "" other-root.pem
signed verify stranger.pdf
ok "unless his root is" verdict TEST
run verify paper.pdf
ok "without trust nobody is known" verdict "UNKNOWN KEY"
settings p256.key p256.chain "" none.pem
signed verify paper.pdf
ok "trust that cannot be read: exit 78" status 78
settings rsa.key rsa.chain "" rsa.pem
signed render "$disc" --sign -o rsa.pdf
signed verify rsa.pdf
ok "a signer's own certificate can be trusted" verdict TEST
signed verify paper.pdf
ok "and then no other" verdict "UNKNOWN KEY"

authority
settings p256.key p256.chain "$tsa"
signed render "$disc" --sign -o stamped.pdf
signed verify stamped.pdf
ok "a time-stamped file says when it was seen" prints "time-stamped"
ok "and by whom" prints "by CN = tsa, O = 单证测试"
ok "in Chinese, too" prints "签名时间由该时间戳机构证明"
signed verify stamped.pdf --json
ok "programs learn it" prints '"stamped_by":"CN = tsa'
settings p256.key p256.chain "" p256.pem
signed verify stamped.pdf
ok "a stamp by nobody who is trusted is NOT GENUINE" verdict "NOT GENUINE"
dismiss
finish
