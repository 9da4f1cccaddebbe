#!/bin/sh
# Makes the certificates of the tests of TLS, with OpenSSL 3: sh test/vectors/tls/generate.sh
# Two authorities; a server and a client of the first, a server of the second for the same host. All of them are for
# 127.0.0.1 and valid for a hundred years; their keys are public and worth nothing.
set -e
cd "$(dirname "$0")"
days=36500
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1-key.pem" 2>/dev/null; }
authority() {
  key "$1"
  openssl req -x509 -new -key "$1-key.pem" -sha256 -days $days -subj "/CN=Freshet tests: authority $1" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -out "$1.pem"
}
signed() {
  key "$1"
  openssl req -new -key "$1-key.pem" -subj "/CN=Freshet tests: $1" -out "$1.csr"
  printf "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=%s\nsubjectAltName=%s\n" "$3" "$4" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2-key.pem" -CAcreateserial -sha256 -days $days -extfile "$1.ext" -out "$1.pem" 2>/dev/null
  rm "$1.csr" "$1.ext"
}
authority ours
authority theirs
signed server ours serverAuth,clientAuth IP:127.0.0.1,DNS:localhost
signed elsewhere ours serverAuth DNS:other.example
signed client ours clientAuth email:client@tests.example
signed middle theirs serverAuth IP:127.0.0.1,DNS:localhost
signed stranger theirs clientAuth email:stranger@tests.example
rm -f ./*.srl ours-key.pem theirs-key.pem
