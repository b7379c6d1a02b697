#!/bin/bash
# Keys and certificates for the tests of file signatures, made by openssl, never kept:
#   tests/certificates.sh DIR
# root.pem            the trusted root          other-root.pem  another one
# p256.key p256.pem   signs files, with its issuer in p256.chain; rsa.key … the same with RSA-3072
# locked.key          p256.key, encrypted with the passphrase in locked.pass
# tsa.key tsa.pem     a time-stamp authority    tls.pem  a server's certificate
# weak.key            RSA-2048                  late.pem valid from 2040
set -eu
cd "$1"
exec 2>certificates.log

cat >ca.cnf <<'END'
[ca]
default_ca = here
[here]
dir = .
new_certs_dir = .
database = index.txt
serial = serial
default_md = sha256
policy = any
unique_subject = no
default_startdate = 20200101000000Z
default_enddate = 20491231235959Z
[any]
commonName = supplied
organizationName = optional
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[stamper]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tls]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
[tsa]
default_tsa = authority
[authority]
serial = ./tsa-serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
END
: >index.txt
echo 1000 >serial
echo 01 >tsa-serial

ec() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
rsa() { openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -out "$1"; }
# issue NAME KEY EXTENSIONS ISSUER [OPTION…]: NAME.pem
issue() {
    openssl req -new -key "$2" -subj "/O=单证测试/CN=$1" -utf8 -out "$1.csr"
    openssl ca -batch -config ca.cnf -notext -utf8 -extensions "$3" -in "$1.csr" -out "$1.pem" \
        -cert "$4.pem" -keyfile "$4.key" "${@:5}"
}
# root NAME: NAME.pem
root() {
    ec "$1.key"
    openssl req -new -key "$1.key" -subj "/O=单证测试/CN=$1" -utf8 -out "$1.csr"
    openssl ca -batch -config ca.cnf -notext -utf8 -extensions root -in "$1.csr" -out "$1.pem" \
        -selfsign -keyfile "$1.key"
}

root root
root other-root
ec middle.key
issue middle middle.key root root
ec p256.key
issue p256 p256.key signer middle
cat p256.pem middle.pem >p256.chain
rsa rsa.key 3072
issue rsa rsa.key signer middle
cat rsa.pem middle.pem >rsa.chain
rsa weak.key 2048
issue weak weak.key signer root
issue tls p256.key tls root
issue late p256.key signer root -startdate 20400101000000Z
issue stranger p256.key signer other-root
ec tsa.key
issue tsa tsa.key stamper root
printf 'open sesame' >locked.pass
openssl pkcs8 -topk8 -in p256.key -passout file:locked.pass -out locked.key
