#!/bin/sh
# Made by topoc; change the topology, not this file.
# Keeps Authentik's database and files in a folder of their own. Secrets are kept where the topology says, not here.
set -eu
umask 077
folder=<{ folder|sh }>
keep=<{ keep|sh }>

<% if mounted %>
# Without what is mounted there the backup would be on the disk that it is to replace.
if ! mountpoint -q "$folder"; then
    echo "nothing is mounted at $folder: no backup was made" >&2
    exit 1
fi
<% else %>
mkdir -p "$folder"
<% endif %>

work=$(mktemp -d "$folder/.unfinished.XXXXXX")
trap 'rm -rf "$work"' EXIT
docker compose --project-directory /opt/authentik exec -T postgresql \
    pg_dump --username=authentik --format=custom authentik >"$work/database.dump"
test -s "$work/database.dump"
tar --create --file="$work/data.tar" --directory=/var/lib authentik

# The name counts only once all of it is there.
mv "$work" "$folder/authentik-$(date -u +%Y%m%dT%H%M%SZ)"
trap - EXIT

find "$folder" -mindepth 1 -maxdepth 1 -type d -name 'authentik-*' | sort | head -n "-$keep" |
    while IFS= read -r old; do
        rm -rf "$old"
    done
