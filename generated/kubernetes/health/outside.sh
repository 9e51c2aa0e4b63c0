#!/bin/sh
# Made by topoc; change the topology, not this file.
# Checks of what the Internet sees of cluster prod: run it where no network of ours is.
# It needs dig, nc, curl and openssl.
# Every check says one line, `ok` or `FAILED` first. It ends with 1 when one failed.
set -u
wait=${TOPOC_WAIT:-5}
count=0
failed=0

ok() {
    count=$((count + 1))
    printf 'ok %s\n' "$1"
}
bad() {
    count=$((count + 1))
    failed=$((failed + 1))
    printf 'FAILED %s: %s\n' "$1" "$2"
}

# Words, name, the address that it must lead to.
leads() {
    if dig +short +time="$wait" +tries=2 "$2" A 2>/dev/null | grep -Fqx "$3"; then ok "$1"; else bad "$1" "it does not lead to $3"; fi
}

# Words, address, port.
opened() {
    if nc -z -w "$wait" "$2" "$3" >/dev/null 2>&1; then ok "$1"; else bad "$1" 'no connection'; fi
}

# Words, address, port at which nothing may answer.
closed() {
    if nc -z -w "$wait" "$2" "$3" >/dev/null 2>&1; then bad "$1" 'it takes connections'; else ok "$1"; fi
}

# Words, name, address, port. The days that are left are counted only when they are fewer than the limit.
limit=14
certificate() {
    pem=$(timeout "$((wait * 2))" openssl s_client -connect "$3:$4" -servername "$2" </dev/null 2>/dev/null | openssl x509 2>/dev/null)
    if [ -z "$pem" ]; then
        bad "$1" 'no certificate'
    elif ! printf '%s\n' "$pem" | openssl x509 -noout -checkhost "$2" | grep -q 'does match'; then
        bad "$1" 'it is the certificate of another name'
    elif printf '%s\n' "$pem" | openssl x509 -noout -checkend "$((limit * 86400))" >/dev/null; then
        ok "$1, good for more than $limit days"
    else
        left=$((limit - 1))
        while [ "$left" -ge 0 ] && ! printf '%s\n' "$pem" | openssl x509 -noout -checkend "$((left * 86400))" >/dev/null; do
            left=$((left - 1))
        done
        if [ "$left" -ge 0 ]; then bad "$1" "$left days left, less than $limit"; else bad "$1" 'it has ended'; fi
    fi
}

# Words, name, address, port. Whether the certificate is good is a line of its own. What nobody serves behind a gateway is a 5xx.
answers() {
    said=$(curl --silent --output /dev/null --write-out '%{http_code}' --insecure --noproxy '*' --max-time "$wait" --resolve "$2:$4:$3" "https://$2:$4/" 2>/dev/null)
    case $said in
    '' | 000) bad "$1" 'no answer' ;;
    5*) bad "$1" "it says $said" ;;
    *) ok "$1: $said" ;;
    esac
}

opened 'published web at 103.110.174.17:80' '103.110.174.17' '80'
opened 'published web at 103.110.174.17:443' '103.110.174.17' '443'
leads 'name www.pnats.cloud leads to 103.110.174.17' 'www.pnats.cloud' '103.110.174.17'
certificate 'certificate of www.pnats.cloud at 103.110.174.17:443' 'www.pnats.cloud' '103.110.174.17' '443'
answers 'answer of www.pnats.cloud at 103.110.174.17:443' 'www.pnats.cloud' '103.110.174.17' '443'
closed 'nothing at 103.110.174.17:22, nothing else of it is' '103.110.174.17' '22'
closed 'nothing at 103.110.174.17:53, nothing else of it is' '103.110.174.17' '53'
closed 'nothing at 103.110.174.17:6443, nothing else of it is' '103.110.174.17' '6443'

printf 'checks: %s, failed: %s\n' "$count" "$failed"
[ "$failed" -eq 0 ]
