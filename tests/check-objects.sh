#!/bin/bash
# Objects say what sources may hide: no byte of writable data at file scope, no banned function,
# clock and environment only in app and serve, and of libharu its object layer alone.
#   tests/check-objects.sh OUT MODULE/FILE.o…
set -u
out=$1
shift

# Unbounded or locale-bound, shells, hidden state.
banned='strcpy|stpcpy|strcat|strncat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|tmpnam|mktemp
system|popen|rand|srand|random|localtime|gmtime|ctime|asctime|setlocale|alloca'
# Only the command line and the service may ask who, when and where; everyone else is told.
asking='time|clock|clock_gettime|gettimeofday|getenv|secure_getenv|getrandom|getentropy|getpwuid'
# libharu's fonts, encodings, measuring, text, PDF/A, ID, attachments and encryption are wrong for
# CJK or for archives: characters above U+FFFF become blanks without an error, XMP is not escaped,
# the ID is a clock. We write these objects ourselves.
haru='GetFont|Font_|LoadTTFont|LoadType1Font|GetTTFontDef|Use(CN|JP|KR|UTF)|[A-Za-z]*Encoder
Page_(ShowText|TextOut|TextRect|SetFontAndSize|TextWidth|MeasureText|BeginText|EndText|MoveText)
PDFA_|AttachFile|SetEncryption|Encrypt|SetPassword|SetPermission|SetInfoDateAttr|AddIntent'
haru=$(tr '\n' '|' <<<"$haru")
haru=${haru%|}
banned=$(tr '\n' '|' <<<"$banned")
banned=${banned%|}

bad=0
fault() {
    echo "$1: $2"
    bad=1
}

for object; do
    file=$out/$object
    while read -r section bytes; do
        fault "$file" "$bytes writable bytes in $section"
    done < <(size -A "$file" | awk '$1 ~ /^\.(data|bss|tdata|tbss)/ && $1 !~ /^\.data\.rel\.ro/ &&
        $2 > 0 { print $1, $2 }')
    names=$(nm -u --format=posix "$file" | awk '{ print $1 }')
    while read -r name; do
        fault "$file" "calls $name, which is banned"
    done < <(grep -E "^(__)?($banned)(_r)?(_chk)?$" <<<"$names" | grep -vE '^(gmtime|localtime)_r$|^strtok_r$')
    while read -r name; do
        fault "$file" "calls $name: of libharu only the object layer is used"
    done < <(grep -E "^HPDF_($haru)" <<<"$names")
    # The compiler turns some of them into other calls (atoi into strtol), so the source is asked too.
    while read -r line; do
        fault "src/${object%.o}.c:${line%%:*}" "a banned function: ${line#*:}"
    done < <(grep -nE "\b($banned) *\(" "src/${object%.o}.c")
    case $object in app/* | serve/*) continue ;; esac
    while read -r name; do
        fault "$file" "calls $name: only app and serve may ask for time and environment"
    done < <(grep -E "^($asking)$" <<<"$names")
done
exit $bad
