#!/bin/sh
# Made by topoc; change the topology, not this file.
# Fetches the configuration of each firewall: the whole file, which holds secrets, into $TOPOC_COPIES, and one without them
# into $TOPOC_REPOSITORY/opnsense-backups, for Git. It needs curl, git and topoc. Nothing is committed or pushed here.
# $TOPOC_CA is the authority of the firewalls' certificates; a secret is KEY:SECRET of an API user who may download backups.
set -eu
umask 077
: "${TOPOC_REPOSITORY:?the folder of the repository with the topology}"
: "${TOPOC_COPIES:?a folder outside every repository, for whole copies}"
: "${TOPOC_CA:?a file with the authority of the certificates of the firewalls}"
mkdir -p "$TOPOC_COPIES"
if git -C "$TOPOC_COPIES" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    echo "$TOPOC_COPIES is in a repository: whole copies hold secrets and are never there" >&2
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
failed=0

# From, to, mode. What is half written never has the name of a copy.
keep() {
    if cp "$1" "$2.unfinished" && chmod "$3" "$2.unfinished" && mv "$2.unfinished" "$2"; then
        return 0
    fi
    rm -f "$2.unfinished"
    echo "$2 could not be written" >&2
    return 1
}

# Name, address, KEY:SECRET. The secret is in a file of ours, because everyone sees the words of a command. Who asks whether it
# failed has `set -e` left out inside of it, so each step says so itself; a copy counts once all of it is there.
fetch() {
    copy="$TOPOC_COPIES/$1-$(date -u +%Y%m%dT%H%M%SZ).xml"
    redacted="$TOPOC_REPOSITORY/opnsense-backups/$1.xml"
    printf 'user = "%s"\n' "$(printf '%s' "$3" | sed 's/[\\"]/\\&/g')" >"$work/curl" || return 1
    if ! curl --config "$work/curl" --silent --show-error --fail --noproxy '*' --max-time 120 --cacert "$TOPOC_CA" \
        --connect-to "$1::$2:" --output "$work/config.xml" "https://$1/api/core/backup/download/this"; then
        echo "$1: nothing was fetched" >&2
        return 1
    fi
    if [ ! -s "$work/config.xml" ]; then
        echo "$1: it has no copy of its configuration yet" >&2
        return 1
    fi
    # What cannot be read is not a configuration, and its secrets would not be found.
    topoc opnsense redact "$work/config.xml" --out "$work/redacted.xml" || return 1
    mkdir -p "$TOPOC_REPOSITORY/opnsense-backups" || return 1
    keep "$work/config.xml" "$copy" 600 || return 1
    keep "$work/redacted.xml" "$redacted" 644 || return 1
    rm -f "$work/config.xml" "$work/redacted.xml" "$work/curl" || return 1
    echo "$1: fetched"
}

<% for n in nodes %>
<% if n.env %>
fetch <{ n.name | sh }> <{ n.address | sh }> "${<{ n.place }>:?holds the secret <{ n.secret }>}" || failed=1
<% else %>
fetch <{ n.name | sh }> <{ n.address | sh }> "${<{ n.variable }>:?the secret <{ n.secret }> is kept in <{ n.place }><% if n.key %> under <{ n.key }><% endif %>}" || failed=1
<% endif %>
<% endfor %>
exit "$failed"
