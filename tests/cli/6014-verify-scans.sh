#!/bin/bash
# Papers printed, spoiled and scanned: what is read verifies, and enough is read. The table of what
# was read comes as comments; a picture of which nothing is read must say so, never more.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
filed=$records/disc_import-filed.json
trials=5

# picture DPI KIND: page-DPI.png and its spoiled copies in DPI/
pictures() {
    local dpi=$1 profile=300 x y side
    [ "$dpi" = 203 ] && profile=203
    run render "$filed" --dpi $profile -o "$dpi.pdf"
    run render "$filed" --dpi $profile --dump -o "$dpi.dump"
    read -r x y side < <(sed -n 's/.*matrix at \([0-9.]*\) \([0-9.]*\) size \([0-9.]*\) .* qr .*/\1 \2 \3/p' "$dpi.dump" | head -n 1)
    mkdir "$dpi"
    pdftoppm -r "$dpi" "$2" "$dpi.pdf" "page-$dpi"
    /usr/bin/python3 "$DANZHENG_HOME/tests/scan.py" "page-$dpi-1".p?m "$dpi" "$x" "$y" "$side" "$dpi" $trials
}

# A line for each way and resolution: how many were read; any other verdict is a fault.
false=0
verify_all() {
    local picture way
    for picture in "$1"/*; do
        way=${picture#*/}
        way=${way%%.*}
        run verify "$picture" --on 20240701
        all[$way]=$((${all[$way]:-0} + 1))
        case $code in
        10) read[$way]=$((${read[$way]:-0} + 1)) ;;
        65) says "error[PICTURE_UNREAD]" || false=$((false + 1)) ;;
        *) false=$((false + 1)) && echo "# $picture: status $code" ;;
        esac
    done
}

enough() { [ "${read[$1]:-0}" -ge "$2" ] || { echo "${read[$1]:-0} of ${all[$1]} read"; return 1; }; }

for dpi in 150 200 203 300; do
    declare -A all=() read=()
    pictures $dpi "$([ $dpi = 203 ] && echo -mono || echo -gray)"
    verify_all $dpi
    for way in $(printf '%s\n' "${!all[@]}" | sort); do
        printf '# %3d dpi  %-10s %2d of %2d\n' $dpi "$way" "${read[$way]:-0}" "${all[$way]}"
    done
    if [ $dpi != 150 ]; then # at 150 dpi a module is two dots of the scanner
        for way in plain turned-3 turned-10 turned-180 blurred jpeg-50; do
            ok "$dpi dpi: $way" enough $way 1
        done
        ok "$dpi dpi: blots on 5 % of the code" enough blots-5 2
        ok "$dpi dpi: all at once" enough all 3
    else
        ok "$dpi dpi: plain" enough plain 1
    fi
    # zbar misses a page of 300 dpi that lies at 45 degrees, and there is no room to shrink it.
    case $dpi in 200 | 203) ok "$dpi dpi: turned-45" enough turned-45 1 ;; esac
    [ $dpi != 203 ] || ok "a thermal printer's" enough thermal 4
    [ $dpi != 300 ] || ok "blots on 8 % of the code" enough blots-8 1
done
ok "what is not read has no verdict" [ $false -eq 0 ]
finish
