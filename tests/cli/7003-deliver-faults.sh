#!/bin/bash
# Where memory ends, or a disk, at any point: the program says so and ends well, no file is left
# that is not whole, and in a batch it costs one line. Every place in the code that asks for memory
# or writes has the fault once, and from then on for good. FAULTS_DEPTH says how many callers make
# a place another one: more find more, and take longer; make faults takes every single call.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
: "${FAULTS_SO:?make sets it}"
SAMPLES=40

faults=$scratch/faults wanted=$scratch/wanted
# Both run the program in $wanted without a fault and in folders of $faults with one.
# no_memory DEPTH INPUT ARGUMENTS…
no_memory() {
    local depth=${FAULTS_DEPTH:-$1} input=$2
    shift 2
    rm -rf "$faults" "$wanted"
    mkdir "$faults" "$wanted"
    (cd "$wanted" && FAULTS_DEPTH=$depth FAULTS_DIR=$faults LD_PRELOAD=$FAULTS_SO \
        "$DANZHENG" "$@" <"$input" >/dev/null 2>&1)
    code=$?
}
# no_disk INPUT ARGUMENTS…
no_disk() {
    local input=$1 n=0 with at here
    shift
    rm -rf "$faults" "$wanted"
    mkdir "$faults" "$wanted"
    (cd "$wanted" && FAULTS_WITH=full FAULTS_AT=0 FAULTS_COUNT=$scratch/count \
        LD_PRELOAD=$FAULTS_SO "$DANZHENG" "$@" <"$input" >/dev/null 2>&1)
    code=$?
    for at in $(seq 1 "$(cat "$scratch/count")"); do
        for with in full broken short cut; do
            here=$faults/$((n += 1))
            mkdir "$here"
            (cd "$here" && FAULTS_WITH=$with FAULTS_AT=$at LD_PRELOAD=$FAULTS_SO \
                "$DANZHENG" "$@" <"$input" >"$here.out" 2>"$here.err")
            echo "$with call $at exit $?" >"$here.end"
        done
    done
}
# batch_memory INPUT ARGUMENTS…: a batch, where one call of twenty thousand finds no memory.
# One that ends goes on when it is run again.
batch_memory() {
    local input=$1 n=0 at here last clean
    shift
    rm -rf "$faults" "$wanted"
    mkdir "$faults" "$wanted"
    (cd "$wanted" && FAULTS_WITH=memory FAULTS_AT=0 FAULTS_COUNT=$scratch/count \
        LD_PRELOAD=$FAULTS_SO "$DANZHENG" "$@" <"$input" >/dev/null 2>&1)
    clean=$?
    last=$(cat "$scratch/count")
    for at in $(seq $((last / SAMPLES / 2)) $((last / SAMPLES)) "$last"); do
        here=$faults/$((n += 1))
        mkdir "$here"
        (cd "$here" && FAULTS_WITH=memory FAULTS_AT=$at LD_PRELOAD=$FAULTS_SO \
            timeout 100 "$DANZHENG" "$@" <"$input" >"$here.out" 2>"$here.err")
        code=$?
        case $code in
        0 | 1) echo "once call $at exit $code" ;;
        70 | 74 | 78)
            (cd "$here" && "$DANZHENG" "$@" <"$input" >"$here.out" 2>"$here.err")
            echo "again call $at exit $?" ;;
        *) echo "once call $at signal $code" ;;
        esac >"$here.end"
    done
    code=$clean
}
judged() { python3 "$DANZHENG_HOME/tests/faults/check.py" "$scratch/faults" "$scratch/wanted"; }

form=$records/disc_import-filed.json
list=$records/exhibition_filing-goods-50.json
for record in disc_import-filed loaned_exhibits-approved temporary_extension-approved; do
    one_line "$records/$record.json"
done >"$scratch/lines"

no_memory 3 /dev/null render "$form" -o paper.pdf
ok "a form, without a fault" status 0
ok "where memory ends for a form, nothing is left" judged
no_memory 2 /dev/null render "$list" --output goods_list -o paper.pdf
ok "a list, without a fault" status 0
ok "where memory ends for a list, nothing is left" judged
for jobs in 1 2; do
    batch_memory "$scratch/lines" batch --jobs $jobs --out papers
    ok "a batch of $jobs, without a fault" status 0
    ok "where memory ends in one of its processes, it costs one line, or it goes on later" judged
done
no_disk /dev/null render "$form" -o paper.pdf
ok "a form on the disk" status 0
ok "where the disk ends for a form, nothing is left" judged
no_disk /dev/null render "$form" -o new/folder/
ok "nor in a folder that is made" judged
no_disk "$scratch/lines" batch --jobs 1 --out papers
ok "where the disk ends in a batch, it costs one answer" judged
finish
