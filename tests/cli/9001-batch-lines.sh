#!/bin/bash
# batch: a line a record, an answer a document; a bad line never stops the rest.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

disc=$(one_line "$records/disc_import-filed.json")
filing=$(one_line "$records/exhibition_filing-approved.json")
draft=$(one_line "$records/exhibition_filing-draft.json")

# batch DIR < LINES
batch() {
    "$DANZHENG" batch --out "$1" >"$scratch/stdout" 2>"$scratch/stderr"
    code=$?
}
# answers PERL: an expression over @a, the answers.
answers() {
    perl -MJSON::PP -e 'our @a = map { decode_json($_) } <STDIN>; exit !eval($ARGV[0])' "$1" \
        <"$scratch/stdout"
}

batch out < <(printf '%s\n\n%s\n' "$disc" "$filing")
ok "good lines: exit 0" status 0
ok "a bare record gets every permitted output" answers '@a == 4'
ok "answers carry seq, ok, output, file, sha256, pages, ms" answers '
    $a[0]{seq} == 1 && $a[0]{ok} && $a[0]{output} eq "import_certificate" && $a[0]{pages} >= 1 &&
    $a[0]{ms} > 0 && $a[0]{sha256} =~ /^[0-9a-f]{64}$/ && -s $a[0]{file}'
ok "seq is the line, empty lines counted" answers '$a[1]{seq} == 3'
ok "sha256 is the file's" answers '
    `sha256sum $a[0]{file}` =~ /^$a[0]{sha256}/'
ok "files are named by number, version and output" \
    [ -s out/Z011020240000031.v4.goods_list.pdf ]
run render "$records/exhibition_filing-approved.json" --output goods_list -o one.pdf
ok "batch and render make the same bytes" cmp one.pdf out/Z011020240000031.v4.goods_list.pdf

batch out2 < <(printf '{"outputs":["goods_list"],"id":"7","record":%s}\n' "$filing")
ok "a request gets what it asks" answers '@a == 1 && $a[0]{output} eq "goods_list"'
ok "and its id back" answers '$a[0]{id} eq "7"'

batch out3 < <(printf 'nonsense\n%s\n{"outputs":["goods_list"],"record":%s}\n%s' \
    "$disc" "$draft" "$filing")
ok "bad lines: exit 1" status 1
ok "the rest is made" answers '@a == 6'
ok "a line that is no JSON says so" answers '!$a[0]{ok} && $a[0]{code} eq "JSON_SYNTAX"'
ok "a refusal has its code, sentences and rule" answers '
    $a[2]{code} eq "PRINT_NOT_PERMITTED" && !$a[2]{ok} && $a[2]{errors}[0]{zh} &&
    $a[2]{errors}[0]{rule} =~ m{^config/rules/exhibition_filing\.ini:\d+}'
ok "a refusal has no file" answers '!$a[2]{file}'
ok "the last line needs no line feed" answers '$a[5]{ok} && $a[5]{seq} == 4'

batch out4 < <(printf '%s\n%s\n' "$disc" "$disc")
ok "a repeat is no failure" status 0
ok "and says dup" answers '$a[1]{ok} && $a[1]{dup} && $a[1]{file} eq $a[0]{file}'
ok "and the first does not" answers '!$a[0]{dup}'

other=${disc/上海/北京}
batch out5 < <(printf '%s\n%s\n' "$disc" "$other")
ok "the same number and version with another content: exit 1" status 1
ok "the same number and version with another content: VERSION_CONFLICT" \
    answers '$a[1]{code} eq "VERSION_CONFLICT"'
ok "and nothing is stored" [ "$(ls out5/*.pdf | wc -l)" -eq 1 ]

sum=$(sha256sum out5/*)
batch out5 < <(printf '%s\n' "$other")
ok "a file of an earlier run: FILE_EXISTS" answers '$a[0]{code} eq "FILE_EXISTS"'
ok "and it is not overwritten" [ "$sum" = "$(sha256sum out5/*)" ]

batch out6 < <(head -c 17000000 /dev/zero | tr '\0' x; printf '\n%s\n' "$disc")
ok "a line over 16 MiB is refused" answers '$a[0]{code} eq "LIMIT_LINE"'
ok "and the next one is made" answers '@a == 2 && $a[1]{ok}'

batch out7 < <(printf '{"output":["goods_list"],"record":%s}\n{"outputs":[],"record":%s}\n{"outputs":"x","record":%s}\n{"op":"issue","record":%s}\n' \
    "$filing" "$filing" "$filing" "$filing")
ok "a wish that is not understood is not guessed" answers '
    @a == 4 && !grep { $_->{ok} || $_->{code} ne "MEMBER_WRONG" } @a'
batch out8 < <(printf '{"outputs":["goods","goods_list"],"record":%s}\n' "$filing")
ok "an unknown output fails alone" answers '
    @a == 2 && $a[0]{code} eq "OUTPUT_UNKNOWN" && $a[1]{ok}'

batch none/deep/er < <(printf '%s\n' "$disc")
ok "the folder is made with its parents" [ "$(ls none/deep/er/*.pdf | wc -l)" -eq 1 ]
run batch
ok "without a folder: usage" status 2
touch plain
batch plain < <(printf '%s\n' "$disc")
ok "a folder that cannot be made: exit 74" status 74
batch empty </dev/null
ok "no lines: exit 0" status 0
ok "and no answers" [ ! -s "$scratch/stdout" ]
finish
