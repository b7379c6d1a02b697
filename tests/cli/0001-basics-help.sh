#!/bin/bash
# The program explains itself, and a mistyped word gets the nearest right one.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

run
ok "a bare call is a usage error" status 2
ok "and shows the commands" prints render

run help
ok "help is no error" status 0
for command in $(sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' "$scratch/stdout"); do
    run "$command" --help
    ok "$command --help is no error" status 0
    ok "$command --help names itself" prints "danzheng $command"
    ok "$command --help has a Chinese sentence" grep -q '。$' "$scratch/stdout"
    cp "$scratch/stdout" "$scratch/first"
    run help "$command"
    ok "help $command is the same" cmp "$scratch/first" "$scratch/stdout"
done

for page in "" --zh; do
    run help --man $page
    ok "help --man $page writes roff" grep -q '^\.TH DANZHENG 1' "$scratch/stdout"
    sed 's/\\-/-/g' "$scratch/stdout" >"$scratch/manual"
    for command in $("$DANZHENG" help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p'); do
        ok "$command is in the manual $page" grep -q "^\.SS danzheng $command" "$scratch/manual"
        for option in $("$DANZHENG" "$command" --help | sed -n 's/^ *\(-[a-z],\)\? *\(--[a-z-]*\).*/\2/p'); do
            [ "$option" = --help ] && continue
            ok "$command $option is in the manual $page" grep -qF -- "$option" "$scratch/manual"
        done
    done
done

run rendr x.json
ok "an unknown command is a usage error" status 2
ok "it names the nearest" says "did you mean 'render'?"
ok "it has a code" says "error[USAGE]"

run render x.json --outptu goods_list -o x.pdf
ok "an unknown option is a usage error" status 2
ok "it names the nearest" says "did you mean '--output'?"

run render x.json --output
ok "an option without its value is a usage error" status 2
run render -o x.pdf
ok "a missing argument is a usage error" status 2
run render x.json -o a.pdf -o b.pdf
ok "an option given twice is a usage error" status 2
run batch --out=d --printer s
ok "an option of another day is unknown, not ignored" status 2

run version
ok "version is no error" status 0
cp "$scratch/stdout" "$scratch/first"
run --version
ok "--version is the same" cmp "$scratch/first" "$scratch/stdout"

run explain
ok "explain lists the codes" prints GLYPH_MISSING
bad=0
for name in $(awk '{ print $1 }' "$scratch/stdout"); do
    "$DANZHENG" explain "$name" | grep -q 'Cure: ' || bad=1
done
ok "every code is explained with its cure" [ $bad -eq 0 ]
run explain glyph_missing
ok "case does not matter" prints GLYPH_MISSING
run explain GLYPH_MISING
ok "an unknown code is a usage error" status 2
ok "it names the nearest" says "did you mean 'GLYPH_MISSING'?"

ok "nothing of this leaves a file" nothing_left
"$DANZHENG" help >/dev/full 2>"$scratch/stderr"
code=$?
ok "output that cannot be written is an error" status 74
finish
