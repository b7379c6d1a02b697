#!/bin/bash
# What may not be printed is not printed, and the answer says which rule.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

run render "$records/exhibition_filing-draft.json" --output goods_list -o paper.pdf
ok "a draft's goods list is refused" status 77
ok "with its code" says "error[PRINT_NOT_PERMITTED]"
ok "with the rule's line" grep -qE 'rule: config/rules/exhibition_filing.ini:[0-9]+' "$scratch/stderr"
ok "in Chinese" grep -q 暂存 "$scratch/stderr"
ok "and leaves no file" nothing_left

change '"审核通过"' '"审核中"' "$records/exhibition_filing-approved.json" >"$scratch/r.json"
run render "$scratch/r.json" --output check_sheet -o paper.pdf
ok "an unknown status is refused" status 77
ok "with its code" says "error[STATUS_UNKNOWN]"
ok "and leaves no file" nothing_left

change '"Z011020240000031"' '""' "$records/exhibition_filing-approved.json" >"$scratch/r.json"
run render "$scratch/r.json" --output check_sheet -o paper.pdf
ok "a record that was never saved is refused" status 77
ok "with its code" says "error[NEVER_SAVED]"
ok "and the declaration's line" grep -qE 'rule: config/kinds/exhibition_filing.ini:[0-9]+' "$scratch/stderr"

change '"ZL01032024000018"' 'null' "$records/exhibition_filing-approved.json" >"$scratch/r.json"
run render "$scratch/r.json" --output goods_list -o paper.pdf
ok "a formal output without its official number is refused" status 77
ok "with its code" says "error[OFFICIAL_NUMBER_MISSING]"
run render "$scratch/r.json" --output check_sheet -o paper.pdf
ok "its check sheet is not" status 0
rm paper.pdf

run render "$records/exhibition_filing-draft.json" --output goods_list --output check_sheet -o d
ok "several outputs exit with the first refusal" status 77
ok "and the permitted ones are there" [ "$(ls d)" = exhibition_filing-draft.check_sheet.pdf ]

run rules matrix
ok "the matrix is printed" status 0
for kind in exhibition_filing loaned_exhibits temporary_confirmation temporary_extension disc_import; do
    ok "it has $kind" prints "$kind"
done
ok "its columns are aligned" perl -CSD -Mutf8 -ne '
    my $line = $_;
    if (/^status /) { $want = undef }
    next unless /\|/ && /^[a-z]/;
    my ($head) = split /\|/;
    my $width = 0;
    $width += ord($_) >= 0x2e80 ? 2 : 1 for split //, $head;
    $want //= $width;
    die "$width, not $want: $line" if $width != $want;
    $n++;
    END { die "no rows" unless $n }' "$scratch/stdout"
run rules matrix --json
ok "as JSON it has five kinds" \
    perl -MJSON::PP -0ne 'my $m = decode_json($_); die unless @{$m->{kinds}} == 5' "$scratch/stdout"
run rules table
ok "rules knows nothing else" status 2
finish
