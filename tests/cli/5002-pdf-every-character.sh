#!/bin/bash
# Every character of 《通用规范汉字表》, of URO and of Extensions A to F prints, in 宋 and in 黑, and
# comes back out of the PDF as the code point that went in; so do compatibility ideographs, which
# share a glyph with the character they are compatible with, and what is kept without being seen.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
list=$DANZHENG_HOME/tests/data/tongyong-8105.txt

# The same papers with lists in 黑: their layouts say 宋.
mkdir hei
ln -s "$DANZHENG_HOME/config" "$DANZHENG_HOME/fonts" hei
cp -r "$DANZHENG_HOME/layouts" hei
sed -i '/^\[role dense\]/,/^$/s/^chain = song$/chain = hei/' hei/layouts/common/roles.ini

# goods <LINES: a filing whose goods are named by the lines, each between [number: and ].
goods() {
    perl -CSD -MJSON::PP -e '
        my ($n, @goods);
        while (<STDIN>) { chomp; push @goods, {goods_name => sprintf("[%04d:%s]", ++$n, $_)} }
        print JSON::PP->new->canonical->encode({
            schema => "danzheng-record/1", kind => "exhibition_filing", version => 1,
            status => "approved", owner => "91110105MAFAKE019T",
            received_at => "2024-08-14T15:22:41+08:00",
            data => {exhibition_pre_entry_no => "Z0110-1", exhibition_customs_no => "1",
                agent_code => "A1", master_customs => "0110",
                goods => \@goods}})'
}
# names PDF: what stands between [number: and ], whole however many lines it took.
names() {
    pdftotext -raw "$1" - | perl -CSD -0777 -ne '
        while (/\[(\d{4}):(.*?)\]/sg) { my ($n, $t) = ($1, $2); $t =~ s/\s//g; $t{$n} .= $t }
        print map { "$t{$_}\n" } sort keys %t'
}
# rows: characters on standard input, so many in a name that a name is never longer than declared.
rows() { perl -CSD -0777 -ne 's/\n//g; print "$1\n" while /(.{1,240})/g'; }
blocks() {
    perl -CSD -e 'print map { chr } map { $_->[0] .. $_->[1] } ([0x4E00, 0x9FFF],
        [0x3400, 0x4DBF], [0x20000, 0x2A6DF], [0x2A700, 0x2B739], [0x2B740, 0x2B81D],
        [0x2B820, 0x2CEA1], [0x2CEB0, 0x2EBE0])' | rows
}
# Each beside the character it is compatible with.
compatible() {
    perl -CSD -MUnicode::Normalize -e 'print map { NFD(chr) . chr }
        map { $_->[0] .. $_->[1] } ([0xF900, 0xFA6D], [0xFA70, 0xFAD9], [0x2F800, 0x2FA1D])' |
        rows
}
characters() { tr -d '\n' <"$1" | wc -m; }

grep -v '^#' "$list" | rows >tongyong
blocks >blocks
compatible >compatible
ok "the list has 8,105 characters" [ "$(characters tongyong)" -eq 8105 ]
ok "the blocks have 87,915" [ "$(characters blocks)" -eq 87915 ]
face() { sed -n 's/^run .* face \([0-9]*\).* "\[0001:.*/\1/p' "$scratch/stdout" | head -1; }
goods <tongyong >tongyong.json
run render tongyong.json --output goods_list --dump -o -
song=$(face)
DANZHENG_HOME=$PWD/hei run render tongyong.json --output goods_list --dump -o -
ok "the lists in 黑 are set in another face" [ -n "$song" -a "$(face)" != "$song" ]
for set in tongyong blocks compatible; do
    goods <$set >$set.json
    for chain in song hei; do
        home=$DANZHENG_HOME
        [ $chain = song ] || home=$PWD/hei
        DANZHENG_HOME=$home run render $set.json --output goods_list -o $set.$chain.pdf
        ok "$set in $chain prints" status 0
        names $set.$chain.pdf >$set.$chain
        ok "$set in $chain comes out as it went in" cmp $set $set.$chain
        rm -f $set.$chain.pdf
    done
done

# What is kept without being seen: selectors of variations, joiners, soft hyphens. Beside them the
# same characters without, which may share their glyphs.
perl -CO -Mutf8 -e 'print join("\n", "葛\x{E0100}城葛城葛\x{E0101}", "辻\x{E0100}", "塚\x{FE00}塚\x{FA10}",
    "0\x{FE00}0，\x{FE00}，", "\x{260E}\x{FE0F}\x{260E}\x{FE0E}\x{260E}", "क्\x{200D}षक्ष", "क्\x{200C}ष",
    "A\x{200D}B甲\x{200D}乙", "甲\x{200C}乙", "\x{200D}甲乙\x{200C}", "軟\x{AD}音so\x{AD}ft", "甲\x{2060}乙",
    "a\x{34F}b"), "\n"' >unseen
goods <unseen >unseen.json
for chain in song hei; do
    home=$DANZHENG_HOME
    [ $chain = song ] || home=$PWD/hei
    DANZHENG_HOME=$home run render unseen.json --output goods_list -o unseen.pdf
    ok "what is not seen prints in $chain" status 0
    ok "what is not seen comes out of $chain as it went in" cmp unseen <(names unseen.pdf)
done
# From right to left pdftotext adds marks of its own, and gives words in order only without -raw.
word=$'\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645'
echo "$word" | goods | sed 's/\[0001:\([^]]*\)\]/\1/' >persian.json
run render persian.json --output goods_list -o persian.pdf
ok "a joiner between words from right to left is kept" grep -qF "$word" <(pdftotext persian.pdf -)
finish
