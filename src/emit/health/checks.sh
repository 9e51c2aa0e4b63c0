#!/bin/sh
# Made by topoc; change the topology, not this file.
<% if inside %>
# Checks of the running cloud from inside cluster <{ cluster }>.
# It needs ping, dig, nc, curl, openssl and jq, and no privileges: net.ipv4.ping_group_range lets it ping.
<% else %>
# Checks of what the Internet sees of cluster <{ cluster }>: run it where no network of ours is.
# It needs dig, nc, curl and openssl.
<% endif %>
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

<% if pings %>
# Words, address.
pinged() {
    if ping -c 2 -W "$wait" "$2" >/dev/null 2>&1; then ok "$1"; else bad "$1" 'no answer to a ping'; fi
}

<% endif %>
<% if names %>
# Words, name, and the server that is asked when it is not the usual one.
found() {
    if dig +short +time="$wait" +tries=2 "$2" A ${3:+"@$3"} 2>/dev/null | grep -Eq '^[0-9]+(\.[0-9]+){3}$'; then
        ok "$1"
    else
        bad "$1" 'no address'
    fi
}

<% endif %>
<% if leads %>
# Words, name, the address that it must lead to.
leads() {
    if dig +short +time="$wait" +tries=2 "$2" A 2>/dev/null | grep -Fqx "$3"; then ok "$1"; else bad "$1" "it does not lead to $3"; fi
}

<% endif %>
<% if opens %>
# Words, address, port.
opened() {
    if nc -z -w "$wait" "$2" "$3" >/dev/null 2>&1; then ok "$1"; else bad "$1" 'no connection'; fi
}

<% endif %>
<% if closes %>
# Words, address, port at which nothing may answer.
closed() {
    if nc -z -w "$wait" "$2" "$3" >/dev/null 2>&1; then bad "$1" 'it takes connections'; else ok "$1"; fi
}

<% endif %>
<% if certificates %>
# Words, name, address, port. The days that are left are counted only when they are fewer than the limit.
limit=<{ days }>
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

<% endif %>
<% if answers %>
# Words, name, address, port. Whether the certificate is good is a line of its own. What nobody serves behind a gateway is a 5xx.
answers() {
    said=$(curl --silent --output /dev/null --write-out '%{http_code}' --insecure --noproxy '*' --max-time "$wait" --resolve "$2:$4:$3" "https://$2:$4/" 2>/dev/null)
    case $said in
    '' | 000) bad "$1" 'no answer' ;;
    5*) bad "$1" "it says $said" ;;
    *) ok "$1: $said" ;;
    esac
}

<% endif %>
<% if apis %>
account=${TOPOC_ACCOUNT:-/var/run/secrets/kubernetes.io/serviceaccount}
# Words, address, port of an API server.
lives() {
    if said=$(curl --silent --show-error --fail --noproxy '*' --max-time "$wait" --cacert "$account/ca.crt" "https://$2:$3/livez" 2>&1) && [ "$said" = ok ]; then
        ok "$1"
    else
        bad "$1" "${said:-no answer}"
    fi
}

<% endif %>
<% if kubes %>
kube=${TOPOC_KUBE:-https://kubernetes.default.svc}
# What the cluster says of an object.
object() {
    curl --silent --show-error --fail --noproxy '*' --max-time "$wait" --cacert "$account/ca.crt" \
        --header "Authorization: Bearer $(cat "$account/token")" "$kube/$1" 2>/dev/null
}

# Words.
speakers() {
    status=$(object apis/apps/v1/namespaces/<{ space }>/daemonsets/<{ speaker }>) || status=
    ready=$(printf '%s' "$status" | jq -r '.status | "\(.numberReady)/\(.desiredNumberScheduled)"' 2>/dev/null) || ready=
    case $ready in
    '' | *null* | 0/* | */0) bad "$1" 'none is there' ;;
    *) if [ "${ready%/*}" = "${ready#*/}" ]; then ok "$1: $ready"; else bad "$1" "$ready work"; fi ;;
    esac
}

# Words, pool.
pool() {
    status=$(object "apis/metallb.io/v1beta1/namespaces/<{ space }>/ipaddresspools/$2") || status=
    free=$(printf '%s' "$status" | jq -r '.status.availableIPv4 // empty' 2>/dev/null) || free=
    case $free in
    '') bad "$1" 'it tells nothing of itself' ;;
    0) bad "$1" 'no address is free' ;;
    *) ok "$1: $free free" ;;
    esac
}

<% endif %>
<% for c in checks %>
<{ c.call }> <{ c.words | sh }><% for a in c.arguments %> <{ a | sh }><% endfor %>

<% endfor %>

printf 'checks: %s, failed: %s\n' "$count" "$failed"
[ "$failed" -eq 0 ]
