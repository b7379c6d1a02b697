#!/bin/bash
# danzheng preview shows a layout while it is written: a save is drawn at once, a fault leaves the
# last good picture; nobody but this machine is answered.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

cp -r "$DANZHENG_HOME/config" "$DANZHENG_HOME/layouts" "$DANZHENG_HOME/fonts" .
home=$DANZHENG_HOME
export DANZHENG_HOME=$PWD
layout=layouts/exhibition_filing/goods_list.ini

run preview exhibition_filing/goods_list --once "$scratch/page.html"
ok "a layout by its short name is drawn once" status 0
ok "the file has pages" grep -q '<figure class="sheet"' "$scratch/page.html"
ok "the file knows its layout's lines" grep -q "data-at=\"$layout:[0-9]" "$scratch/page.html"
ok "and the values' places" grep -q 'data-pointer="/data/goods/59/hs_code"' "$scratch/page.html"
ok "and loads nothing" bash -c '! grep -qE "(src|href)=\"[^#d]|url\(|@import" "$1"' - "$scratch/page.html"
cp "$scratch/page.html" "$scratch/first.html"
run preview "$PWD/$layout" --once "$scratch/page.html"
ok "a path will do as well, and is the same" cmp "$scratch/first.html" "$scratch/page.html"
run preview $layout --record "$records/exhibition_filing-draft.json" --once "$scratch/page.html"
ok "a record of any status is shown" status 0
ok "as a preview, not as a paper" grep -q 'data-text="版式预览"' "$scratch/page.html"
ok "its code proves nothing" grep -q 'https://[^"]*/AAAAAAAAAAAAAAAA"' "$scratch/page.html"
run preview $layout --record "$records/disc_import-filed.json" --once "$scratch/page.html"
ok "a record of another kind is refused" status 65
run preview nothing/here --once "$scratch/page.html"
ok "a layout that is not there" status 78
run preview $layout --port 99999
ok "a port that is none" status 2
sed -i 's/{hs_code}/{hs_cod}/; s/^role = title/role = <\/script>/' $layout
run preview $layout --once "$scratch/page.html"
ok "a faulty layout exits 78" status 78
ok "the fault is about a word with a tag" says "'</script>'"
ok "its faults are in the file" grep -q '"code":"LAYOUT_FIELD"' "$scratch/page.html"
ok "its words cannot end the script" \
    bash -c '[ "$(grep -o "</script>" "$1" | wc -l)" -eq 2 ]' - "$scratch/page.html"
cp "$home/$layout" $layout

"$DANZHENG" preview $layout --grid >"$scratch/said" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$scratch"' EXIT
for _ in $(seq 100); do
    url=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$scratch/said") && break
    sleep 0.05
done
ok "the preview says where it is" [ -n "$url" ]

# ask EXPECTED CURL-ARGUMENTS…: the status of an answer
ask() {
    local wanted=$1
    shift
    [ "$(curl -s -m 10 -o /dev/null -w '%{http_code}' "$@")" = "$wanted" ]
}
state() { curl -s -m 10 "$url/state?since=$1" >"$scratch/state"; }
now() { grep -qF -- "$1" "$scratch/state"; }

ok "the page" ask 200 "$url/"
ok "the pages" ask 200 "$url/pages"
ok "no other path" ask 404 "$url/../layouts/README.md" --path-as-is
ok "no POST" ask 405 -X POST -d x=y "$url/"
ok "no HEAD" ask 405 -I "$url/"
ok "localhost is this machine" ask 200 -H "Host: localhost:1" "$url/"
ok "so is ::1" ask 200 -H "Host: [::1]" "$url/"
for host in example.com 127.0.0.1.example.com localhost.example.com 127.0.0.1:x ""; do
    ok "the host '$host' is not" bash -c "[ \$(curl -s -m 10 -o /dev/null -w '%{http_code}' \
        -H 'Host:${host:+ $host}' $url/) -ge 400 ]"
done
curl -s -m 10 -D "$scratch/head" -o "$scratch/page" "$url/"
ok "the page may load nothing from elsewhere" grep -q "default-src 'none'" "$scratch/head"
script=$(perl -0ne 'print $1 if /.*<script>(.*?)<\/script>/s' "$scratch/page" |
    openssl dgst -sha256 -binary | base64)
ok "and run no script but its own" grep -qF "script-src 'sha256-$script'" "$scratch/head"

state 0
ok "the first state is well" now '"serial":1,"good":1'
ok "the grid is on" now '"grid":true'
(sleep 0.3; sed -i 's/after = 2mm/after = 9mm/' $layout) &
state 1
ok "a save is told" now '"serial":2,"good":2'
(sleep 0.3; sed -i 's/{hs_code}/{hs_cod}/' $layout) &
state 2
ok "a fault is told" now '"code":"LAYOUT_FIELD"'
ok "with its place" now "\"at\":\"$layout:"
ok "and its hint" now "did you mean 'hs_code'?"
ok "the good picture stays" now '"serial":3,"good":2'
ok "and can still be had" grep -q '<figure' <(curl -s -m 10 "$url/pages")
(sleep 0.3; cp "$home/$layout" $layout.new; mv $layout.new $layout) & # whole at once
state 3
ok "what is mended is drawn again" now '"good":4'
(sleep 0.3; sed -i 's/size = 22pt/size = 20pt/' layouts/common/roles.ini) &
state 4
ok "an include is watched" now '"serial":5,"good":5'
(sleep 0.3; sed -i 's/商品名称/品名/' config/kinds/common/goods.ini) &
state 5
ok "so are the kind's fields" now '"serial":6,"good":6'
(sleep 0.3; mv $layout away.ini) &
state 6
ok "a file that is gone is told" now CONF_MISSING
(sleep 0.3; mv away.ini $layout) &
state 7
ok "and seen when it is back" now '"good":8'
kill $server
wait $server 2>/dev/null
finish
