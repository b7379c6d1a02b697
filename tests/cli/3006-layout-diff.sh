#!/bin/bash
# danzheng layout diff puts two layouts side by side; danzheng layout test tries them at their
# limits.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

cp -r "$DANZHENG_HOME/config" "$DANZHENG_HOME/layouts" "$DANZHENG_HOME/fonts" .
export DANZHENG_HOME=$PWD
run layout test
ok "every layout of the project stands records at their limits" status 0
ok "which is 55 papers and more" grep -qE '^(5[5-9]|[6-9][0-9]|[0-9]{3,}) papers, 0 faults' "$scratch/stdout"

old=layouts/exhibition_filing/goods_list.ini
new=layouts/exhibition_filing/goods_list@2.ini

sed 's/^version = 1/; the same, two lines further down\nversion = 2\nfrom = 20260101/' $old >$new
run layout diff $old $new -o "$scratch/diff.html"
ok "layouts that show the same are the same" status 0
ok "no item differs" grep -q '^0 ' "$scratch/stdout"
ok "both have their sheets" [ "$(grep -c '<div class="pair">' "$scratch/diff.html")" -gt 0 ]
ok "nothing is marked" bash -c '! grep -q "item differs" "$1"' - "$scratch/diff.html"
run check
ok "a second version is well" status 0

sed -i '0,/展览品清单$/!s/^text = 展览品清单$/text = 展品清单/' $new
run layout diff $old $new -o "$scratch/diff.html"
ok "layouts that show other things differ" status 1
ok "the count is told" grep -qE '^[1-9][0-9]* 项不同' "$scratch/stdout"
ok "what differs is marked" grep -q 'class="item differs"[^>]*data-text="展品清单"' "$scratch/diff.html"
ok "on both sides" grep -q 'class="item differs"[^>]*data-text="展览品清单"' "$scratch/diff.html"
run layout diff $old $new --record "$records/exhibition_filing-goods-50.json" -o "$scratch/diff.html"
ok "a record may be named" status 1
run layout diff $old disc_import/import_certificate -o "$scratch/diff.html"
ok "layouts of two kinds are not compared" status 2
run layout diff $old -o "$scratch/diff.html"
ok "one layout is not enough" status 2
run layout dif $old $new
ok "an unknown verb is a usage error" status 2

record=$scratch/record.json
change 2024-08-14T15:22:41 2025-12-31T23:59:59 "$records/exhibition_filing-approved.json" >"$record"
run render "$record" --output goods_list --dump -o "$scratch/paper.dump"
ok "the day before: version 1" grep -q "$old:" "$scratch/paper.dump"
change 2024-08-14T15:22:41 2026-01-01T00:00:00 "$records/exhibition_filing-approved.json" >"$record"
run render "$record" --output goods_list --dump -o "$scratch/paper.dump"
ok "the day itself: version 2" grep -q "$new:" "$scratch/paper.dump"
sed -i 's/^from = .*/from = 20260101\nuntil = 20260630/' $new
change 2024-08-14T15:22:41 2026-07-01T00:00:00 "$records/exhibition_filing-approved.json" >"$record"
run render "$record" --output goods_list -o "$scratch/late.pdf"
ok "after the last day: refused" status 77
ok "with its code" says "error[LAYOUT_NOT_IN_FORCE]"
ok "and the line of that day" says "rule: $new:"
ok "and no paper" [ ! -e "$scratch/late.pdf" ]
sed -i 's/^version = 2/version = 3/' $new
run check
ok "a version that is not its name's is a fault" status 78
ok "with its code" says "error[LAYOUT_DATE]"
rm $new

run layout test $old temporary_confirmation/confirmation -o "$scratch/tried"
ok "layouts hold at their limits" status 0
for made in empty one many longest rare; do
    ok "$made: tried" grep -qE "goods_list.ini +$made " "$scratch/stdout"
    ok "$made: its pages are there" \
        grep -q '<figure' "$scratch/tried/exhibition_filing.goods_list.$made.html"
done
ok "every value of a condition has its turn" prints "one-2"
sed -i 's/^    商品编码 .*/    商品编码             | 1mm  | center | {hs_code}/' $old
run layout test $old
ok "a column that is too narrow is a fault" status 78
ok "with its code" says "error[LAYOUT_GEOMETRY]"
ok "and its line" says "$old:"
finish
