#!/bin/bash
# marks, gap and balance of a role reach the page, and what they do not know is a fault.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

cp -r "$DANZHENG_HOME/config" "$DANZHENG_HOME/layouts" "$DANZHENG_HOME/fonts" .
roles=layouts/common/roles.ini
record=$records/disc_import-filed.json

# paper LINE: the dump of the certificate, with this line in the role of values.
paper() {
    sed "s/^\[role value\]/&\n$1/" "$DANZHENG_HOME/$roles" >$roles
    rm -rf pages
    DANZHENG_HOME=$PWD run render --all --dump -o pages "$record"
}
# wide TEXT: how wide the run is that begins with it.
wide() { sed -n "s/^run at .* wide \([0-9.]*\) size .* \"$1.*/\1/p" pages/*.import_certificate.dump; }
less() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a > 0 && a < b) }'; }

paper ''
title=$(wide 《丝路回响——) date=$(wide 2024年6月3日)
paper 'marks = kaiming'
ok "kaiming is narrower than full" less "$(wide 《丝路回响——)" "$title"
paper 'marks = none'
ok "none is wider" less "$title" "$(wide 《丝路回响——)"
paper 'gap = no'
ok "without gaps a date is narrower" less "$(wide 2024年6月3日)" "$date"
paper 'marks = wide'
ok "another word is a fault" says 'error[CONF_VALUE]'
ok "and stops the program" status 78

finish
