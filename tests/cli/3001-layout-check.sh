#!/bin/bash
# danzheng check finds what is wrong in configuration, layouts, rules, kinds and fonts; render
# does not start with any of it.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

run check
ok "what is shipped has no fault" status 0
ok "and says so" prints "no fault"

cp -r "$DANZHENG_HOME/config" "$DANZHENG_HOME/layouts" "$DANZHENG_HOME/fonts" .

# faulty NAME FILE CODE: the file is as it now stands; it is put back afterwards.
faulty() {
    DANZHENG_HOME=$PWD run check
    ok "$1: check exits 78" status 78
    ok "$1: $3" says "error[$3]"
    ok "$1: names the file" says "$2"
    DANZHENG_HOME=$PWD run render "$records/disc_import-filed.json" -o "$scratch/paper.pdf"
    ok "$1: render exits 78" status 78
    ok "$1: no paper" [ ! -e "$scratch/paper.pdf" ]
    mkdir -p "$(dirname "$2")"
    cp "$home/$2" "$2"
}
home=$DANZHENG_HOME
layout=layouts/disc_import/import_certificate.ini

rm $layout
faulty "a layout is missing" $layout CONF_MISSING
echo '[grid' >>$layout
faulty "a section that is not closed" $layout CONF_SYNTAX
printf '\n[text more]\nrole = body\nwurds = x\n' >>$layout
faulty "an unknown key" $layout CONF_KEY
sed -i '0,/{certificate_no}/s//{certificate_number}/' $layout
faulty "an unknown field" $layout LAYOUT_FIELD
rm config/rules/disc_import.ini
faulty "rules are missing" config/rules/disc_import.ini CONF_MISSING
sed -i '0,/^print .*/s//print = import_certificat/' config/rules/disc_import.ini
faulty "a rule names no output" config/rules/disc_import.ini RULE_FAULT
rm config/kinds/disc_import.ini
faulty "a kind is missing" config/kinds/disc_import.ini CONF_MISSING
sed -i '0,/| text/s//| txt/' config/kinds/disc_import.ini
faulty "a type that is none" config/kinds/disc_import.ini KIND_FAULT
sed -i '0,/^file = .*/s//file = none.ttf/' fonts/fonts.ini
faulty "a font is missing" fonts/fonts.ini FONT_MISSING
sed -i '0,/^bytes = .*/s//bytes = 17/' fonts/fonts.ini
faulty "a font of another size" fonts/fonts.ini FONT_CHANGED
sed -i 's/^host/hots/' config/danzheng.ini
faulty "a setting that is none" config/danzheng.ini CONF_KEY

hash=$(sed -n '0,/^sha256 = /s/^sha256 = //p' fonts/fonts.ini)
sed -i "s/$hash/${hash//a/b}/" fonts/fonts.ini
DANZHENG_HOME=$PWD run check
ok "a font with another digest: check exits 78" status 78
ok "a font with another digest: FONT_CHANGED" says "error[FONT_CHANGED]"
ok "and the command that mends it" says "apt-get install --reinstall"
DANZHENG_HOME=$PWD run doctor
ok "doctor sees it too" status 78
cp "$home/fonts/fonts.ini" fonts/fonts.ini

echo no-such-package >>config/packages
DANZHENG_HOME=$PWD run doctor
ok "doctor: a package that is missing is told" says "sudo apt-get install no-such-package"
run doctor
ok "doctor: this machine is ready" status 0
ok "doctor: versions of packages" grep -qE '^ +libhpdf-dev +2\.' "$scratch/stdout"
ok "doctor: digests of faces" grep -qE '[0-9a-f]{64}' "$scratch/stdout"
finish
