# lib.sh: TAP for command-line tests, sourced by them. Each test has a folder of its own ($PWD);
# what the program printed lies outside it, so that "no file is left" can be asked of the folder.
set -u
: "${DANZHENG:?make sets it}" "${DANZHENG_HOME:?make sets it}"
records=$DANZHENG_HOME/tests/records
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/here"
cd "$scratch/here" || exit 1
tests=0

# ok NAME COMMAND…: passes when the command succeeds; else shows what the program last said.
ok() {
    local name=$1
    shift
    tests=$((tests + 1))
    if "$@" >"$scratch/ok" 2>&1; then
        echo "ok $tests - $name"
        return
    fi
    echo "not ok $tests - $name"
    echo "# $*"
    sed 's/^/#   /' "$scratch/ok" "$scratch/stderr" 2>/dev/null | head -n 40
}

# run ARGUMENTS…: the program, with its output, errors and status kept.
run() {
    "$DANZHENG" "$@" >"$scratch/stdout" 2>"$scratch/stderr"
    code=$?
}

status() { [ "$code" -eq "$1" ] || { echo "status $code, wanted $1"; return 1; }; }
says() { grep -qF -- "$1" "$scratch/stderr"; }     # on standard error
prints() { grep -qF -- "$1" "$scratch/stdout"; }   # on standard output
silent() { ! [ -s "$scratch/stderr" ]; }
left() { [ "$(find . -mindepth 1 | sort | paste -sd ' ')" = "$*" ] || { find .; return 1; }; }
nothing_left() { left ""; }

# change FROM TO FILE: the sample with one text replaced, which must be there; - is standard input.
change() {
    FROM=$1 TO=$2 perl -0pe 's/\Q$ENV{FROM}\E/$ENV{TO}/ or die "not there: $ENV{FROM}\n"' "$3"
}

# one_line FILE: JSON on one line, for batch.
one_line() { tr -d '\n' <"$1"; echo; }

finish() { echo "1..$tests"; }
