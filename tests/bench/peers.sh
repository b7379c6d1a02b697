#!/bin/bash
# The same papers through other engines, one after another in one run, each warm and in a process
# of its own; how many times what danzheng takes stands in brackets. The words of the papers are
# compared. An engine that is not there is said to be missing, and fails nothing.
#   tests/bench/peers.sh DIR [FORMS LISTS]   (DIR: what is installed and made)
set -eu
: "${BENCH:?make bench-peers sets it}" "${STOCK:?make bench-peers sets it}"
here=$(cd "$(dirname "$0")" && pwd)/peers dir=$1
declare -A count=([F]=${2:-500} [L]=${3:-10}) rows=([F]=0 [L]=1000)
declare -A template=([F]=form [L]=list)
declare -A about=([F]="one form of 30 labels and values" [L]="goods list of 1,000 rows")
python=/usr/bin/python3 # Debian's own, which has Debian's ReportLab
npm=@myriaddreamin/typst-ts-node-compiler
declare -A warm=([F]=100 [L]=3) # documents that every engine renders first, unmeasured
mkdir -p "$dir/fonts"

# The packages are installed once, and again when package.json names other versions.
typst_ready() {
    command -v node >/dev/null && command -v npm >/dev/null || return 1
    ln -sf /usr/share/fonts/opentype/noto/{NotoSerifCJK-Regular,NotoSerifCJK-Bold,NotoSansCJK-Regular}.ttc "$dir/fonts"
    if ! cmp -s "$here/package.json" "$dir/package.json" || ! [ -d "$dir/node_modules/$npm" ]; then
        cp "$here/package.json" "$dir/package.json"
        (cd "$dir" && npm install --no-package-lock --no-audit --no-fund --silent) || return 1
    fi
}
reportlab_ready() { $python -c 'import reportlab' 2>/dev/null; }

# row NAME LINE: LINE is CPU and wall in ms, bytes, peak memory; the first row is danzheng's.
row() {
    printf '%s\t%s\n' "$1" "$2" | awk -F '\t' -v ours="$ours" '
        BEGIN { split(ours, own, "\t") }
        function number(value, one, places) {
            places = value < 10 ? 2 : value < 100 ? 1 : 0
            return sprintf("%.*f (%.*f×)", places, value, one < 10 ? 2 : one < 100 ? 1 : 0, one)
        }
        { printf "  %-34s %16s %16s %16s %6.0f%s%s\n", $1, number($2, $2 / own[1]),
              number($3, $3 / own[2]), number($4 / 1e3, $4 / own[3]), $5 / 1e6,
              $2 < own[1] ? "  danzheng loses in CPU" : "",
              $4 < own[3] ? "  danzheng loses in bytes" : "" }'
}

# asked WHAT TIMES MUST AIM
asked() {
    awk -v what="$1" -v times="$2" -v must="$3" -v aim="$4" 'BEGIN {
        said = (times + 0 >= aim + 0) ? "aim met" : (times + 0 >= must + 0) ? "must met" : "MISSED"
        printf "  asked: %-27s %15.2f×  must %g×  aim %g×  %s\n", what, times, must, aim, said }'
}
times() { awk -v a="$1" -v b="$2" -v i="$3" 'BEGIN { split(a, x, "\t"); split(b, y, "\t"); print x[i] / y[i] }'; }

# The characters of a paper, sorted, without those that only danzheng prints (the words beside the
# QR code, those under a page that is not the last) and without what every page repeats, because
# peers break pages elsewhere.
heading='序号商品编码商品名称规格型号申报数量单位单价总价币制原产国(地区)监管证件'
words() {
    pdftotext -raw "$1" - 2>/dev/null |
        grep -vE '^(扫码核验真伪|核验码 [A-Z0-9-]+|Z[0-9]{15}|接下页)$' |
        sed 's/第 [0-9]* 页 共 [0-9]* 页//; s/仅供测试//' | tr -d '[:space:]\f' |
        sed "s/$heading//g" | grep -o . | sort
}
# said NAME FILE: the same words as danzheng, or it says so.
said() {
    cmp -s <(words "$dir/danzheng.$load.pdf") <(words "$2") ||
        echo "  $1: other words than danzheng's"
}

echo "CPU and wall in ms a document, KB a document, peak memory in MB; × danzheng"
for load in F L; do
    "$BENCH" records "${rows[$load]}" $((count[$load] + warm[$load])) | $python "$here/papers.py" >"$dir/$load"
    typst='' ours=$("$BENCH" peer "${rows[$load]}" "${count[$load]}" "$dir/danzheng.$load.pdf")
    echo "$load, ${about[$load]}, ${count[$load]} documents"
    printf '  %-34s %15s %16s %16s %6s\n' "" CPU wall KB MB
    row "danzheng" "$ours"
    if typst_ready; then
        for attach in "" attach; do
            file=$dir/typst$attach.$load.pdf
            line=$(node "$here/typst.mjs" "$dir/node_modules" "$dir/fonts" \
                "$here/${template[$load]}.typ" "$dir/$load" "${warm[$load]}" "$file" $attach)
            version=$(pdfinfo "$file" 2>/dev/null | sed -n 's/^Creator: *//p')
            name="$version${attach:+, PDF/A-3a, record}"
            row "$name" "$line"
            [ "$attach" ] || typst=$line
            said "$name" "$file"
        done
    else
        echo "  Typst: not there (apt-get install nodejs npm)"
    fi
    if reportlab_ready; then
        line=$($python "$here/reportlab-paper.py" "$dir/$load" "${warm[$load]}" "$dir/reportlab.$load.pdf")
        row "ReportLab $($python -c 'import reportlab; print(reportlab.__version__)')" "$line"
        said ReportLab "$dir/reportlab.$load.pdf"
    else
        echo "  ReportLab: not there (apt-get install python3-reportlab)"
    fi
    row "libharu alone, for scale" "$("$STOCK" "$dir/$load" "${warm[$load]}" "$dir/stock.$load.pdf")"
    [ "$typst" ] || continue
    if [ "$load" = F ]; then
        asked "CPU of Typst" "$(times "$typst" "$ours" 1)" 4 10
        asked "bytes of Typst" "$(times "$typst" "$ours" 3)" 1 1
    else
        asked "CPU of Typst" "$(times "$typst" "$ours" 1)" 10 10
    fi
done
