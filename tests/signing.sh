# signing.sh: a home of its own with certificates of its own, for command-line tests of signed
# files; sourced after lib.sh.
home=$scratch/home
keys=$scratch/keys
mkdir "$home" "$keys"
ok "certificates are made" bash "$DANZHENG_HOME/tests/certificates.sh" "$keys"
for each in fonts layouts; do ln -s "$DANZHENG_HOME/$each" "$home/$each"; done
cp -r "$DANZHENG_HOME/config" "$home/config"
# settings KEY CERTIFICATES [STAMPS [TRUST]]: names in $keys, the authority's address
settings() {
    sed "s|^key =.*|key = $keys/$1|; s|^certificates =.*|certificates = $keys/$2|
        s|^stamps =.*|stamps = ${3:-}|; s|^trust =.*|trust = $keys/${4:-root.pem}|" \
        "$DANZHENG_HOME/config/danzheng.ini" >"$home/config/danzheng.ini"
}
# signed ARGUMENTS…: the program in that home
signed() { DANZHENG_HOME=$home run "$@"; }

certutil -N -d "sql:$scratch" --empty-password
certutil -A -d "sql:$scratch" -n root -t C,C,C -i "$keys/root.pem"
# pdfsig_says FILE WORDS…
pdfsig_says() {
    pdfsig -nssdir "sql:$scratch" "$1" >"$scratch/pdfsig"
    shift
    for words; do grep -qF -- "$words" "$scratch/pdfsig" || { cat "$scratch/pdfsig"; return 1; }; done
}
# authority [FAULT]: starts a time-stamp authority (tsa.py); $tsa is its address
authority() {
    coproc TSA { exec python3 "$DANZHENG_HOME/tests/tsa.py" "$keys" "$@"; }
    tsa_pid=$TSA_PID
    read -r port <&"${TSA[0]}"
    tsa=http://127.0.0.1:$port/stamp
}
dismiss() { kill "$tsa_pid" && wait "$tsa_pid" 2>/dev/null; tsa_pid=; }
trap '[ -z "${tsa_pid:-}" ] || kill "$tsa_pid"; rm -rf "$scratch"' EXIT
