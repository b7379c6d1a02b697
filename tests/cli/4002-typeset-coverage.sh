#!/bin/bash
# font coverage says beforehand what printing will say: the same characters refused in the same
# fields, the same faces used. font list and font char say what there is.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

coverage() {
    "$DANZHENG" font coverage "$@" >"$scratch/stdout" 2>"$scratch/stderr"
    code=$?
}
# answers PERL: an expression over @a, the lines, and $s, the summary.
answers() {
    perl -MJSON::PP -e 'our @a = map { decode_json($_) } <STDIN>; our $s = (pop @a)->{summary};
        exit !eval($ARGV[0])' "$1" <"$scratch/stdout"
}
filing=$records/exhibition_filing-approved.json

for record in "$records"/*.json; do one_line "$record"; done >all
coverage --json --permitted <all
ok "the samples: exit 0" status 0
ok "the samples: nothing would be refused" answers '
    $s->{records} == @a && !$s->{refused_records} && !$s->{refused_papers} && !@{$s->{characters}}'
# as "output faces" in the order of records and papers
perl -MJSON::PP -ne '$a = decode_json($_); next unless $a->{papers};
    print map { "$_->{output} $_->{pages} @{$_->{faces}}\n" } @{$a->{papers}}' \
    "$scratch/stdout" >said
run render --all --json -o papers "$records"/*.json
perl -MJSON::PP -ne '$a = decode_json($_);
    print "$a->{output} $a->{pages} @{$a->{faces}}\n" if $a->{ok}' \
    "$scratch/stdout" >printed
ok "faces and pages are those of the papers, one by one" diff printed said
ok "there are papers" [ -s said ]
coverage --json <all
ok "without --permitted every paper of the kind is tried" answers '
    $s->{papers} > '"$(wc -l <said)"' && (grep { $_->{output} eq "goods_list" } @{$a[2]{papers}})'

change '"goods_name": "' '"goods_name": "𮯰' "$filing" >bad.json
coverage --json < <(one_line bad.json)
ok "a character no face has: exit 1" status 1
ok "it is named with its field, character and code point" answers '
    my ($f) = grep { $_->{code} eq "GLYPH_MISSING" } @{$a[0]{faults}};
    $f->{at} =~ m{^/data/goods/\d+/goods_name$} && $f->{character} eq "\x{2EBF0}" &&
    $f->{codes} eq "U+2EBF0"'
ok "and the faces tried" answers '
    (grep { $_->{en} =~ /tried: noto-serif-sc .*hanamin-a/ } @{$a[0]{faults}}) > 0'
ok "the papers that have the field are refused, the others are not" answers '
    join(" ", map { $_->{output} . ($_->{ok} ? "+" : "-") } @{$a[0]{papers}}) eq
    "check_sheet- goods_list- filing_application+"'
ok "each fault is said once, with its papers" answers '
    join(" ", @{$a[0]{faults}[0]{outputs}}) eq "check_sheet goods_list"'
ok "the summary counts it" answers '
    $s->{refused_records} == 1 && $s->{refused_papers} == 2 &&
    $s->{characters}[0]{codes} eq "U+2EBF0"'
coverage < <(one_line bad.json)
ok "as text: field, character, code point" prints '/goods_name: GLYPH_MISSING 𮯰 U+2EBF0 (check_sheet goods_list)'
ok "as text: the summary" prints '1 records, 3 papers: 1 records, 2 papers would be refused'
run render bad.json --output goods_list -o bad.pdf
ok "and so says render: 65" status 65
ok "and names it" says U+2EBF0

change '"goods_name": "' '"goods_name": "\ue81e' "$filing" >mapped.json
coverage --json < <(one_line mapped.json)
ok "a private-use character that is mapped is no refusal" status 0
ok "but a warning" answers '$a[0]{faults}[0]{warning} && $a[0]{faults}[0]{codes} eq "U+E81E"'
run render mapped.json --output goods_list -o mapped.pdf
ok "render warns too" says "U+9FB4"
ok "and prints the mapped character" grep -q 龴 <(pdftotext -raw mapped.pdf -)

coverage --json < <(printf 'nonsense\n\n'; one_line "$filing")
ok "a bad line: exit 1" status 1
ok "a bad line is a refused record; the rest is looked at" answers '
    @a == 2 && $a[0]{faults}[0]{code} eq "JSON_SYNTAX" && $a[1]{ok} && $a[1]{seq} == 3'
coverage --json < <(printf '{"outputs":["goods_list"],"record":%s}\n' "$(one_line "$filing")")
ok "a request is asked for its outputs alone" answers '
    @{$a[0]{papers}} == 1 && $a[0]{papers}[0]{output} eq "goods_list"'
grep -v exhibition_pre_entry_no "$records/exhibition_filing-draft.json" |
    sed 's/"status": *"[^"]*"/"status": "未知"/' >unsaved.json
coverage --json < <(one_line unsaved.json)
ok "a record without number or known status is looked at too" answers '
    @{$a[0]{papers}} == 3 && $a[0]{ok}'
coverage </dev/null
ok "no lines: exit 0" status 0

run font list --json
ok "font list: exit 0" status 0
ok "font list: every face with its characters" perl -MJSON::PP -0777 -e '
    my $l = decode_json(<STDIN>); my %f = map { $_->{face} => $_ } @{$l->{faces}};
    exit !($f{"noto-serif-sc"}{characters} > 40000 && $f{"noto-serif-sc"}{index} == 2 &&
           $f{"noto-serif-sc"}{package} eq "fonts-noto-cjk" && !grep { !$_->{characters} }
           @{$l->{faces}})' <"$scratch/stdout"
run font list
ok "font list: the chains" prints '[chain song]'
run font char 䶮 U+845B
ok "font char: exit 0" status 0
ok "font char: the face a chain picks" prints '  song       noto-serif-sc'
run font char U+2EBF0
ok "a character that no chain has: exit 1" status 1
run font char U+E81E
ok "a private-use character: what it is printed as" prints '龴 U+9FB4'
run font char U+E000
ok "a private-use character that is not mapped: exit 1" status 1
run font char U+D800
ok "a surrogate is no character: usage" status 2
run font glyphs
ok "another word: usage" status 2
finish
