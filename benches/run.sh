#!/usr/bin/env bash
# Measures topoc: instructions (compared with figures.txt), memory, and time beside cp, diff and a plain script.
# `--quick` leaves out the times: what is left no neighbour on the machine can move. TOPOC_BLESS=1 writes figures.txt.
set -euo pipefail
cd "$(dirname "$0")/.."

quick=0
[[ ${1:-} == --quick ]] && quick=1
figures=benches/figures.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() { echo "FAIL: $*"; failed=1; }

if ! command -v valgrind >/dev/null; then
  if [[ -n ${CI:-} ]]; then echo "FAIL: valgrind is not installed"; exit 1; fi
  echo "skipped: valgrind is not installed"
  exit 0
fi

cargo build --release --quiet
topoc=$PWD/target/release/topoc
sizes=(100 1000 reference)
if ((!quick)) || [[ ${TOPOC_BLESS:-} == 1 ]]; then sizes=(10 100 1000 reference); fi

topology() {
  local at=$work/$1
  mkdir -p "$at/topology"
  # The reference has every layer: hosts, machines and what runs in a cluster.
  if [[ $1 == reference ]]; then cp topology/private-cloud.kdl "$at/topology/bench.kdl"; return; fi
  benches/generate.py "$1" >"$at/topology/bench.kdl"
}

# --- instructions ---------------------------------------------------------------------------------------------
# A build with nothing to do runs the whole pipeline, reads the tree and writes nothing: no luck of the disk in it.
declare -A count
for n in "${sizes[@]}"; do
  topology "$n"
  (cd "$work/$n" && "$topoc" build 2>/dev/null)
  # A fixed environment: its size is on the stack and moves addresses.
  (cd "$work/$n" && env -i PATH=/usr/bin TOPOC_TODAY=2026-01-01 valgrind --tool=callgrind \
    --callgrind-out-file="$work/callgrind.$n" "$topoc" build --check 2>"$work/log") || { cat "$work/log"; exit 1; }
  count[$n]=$(sed -nE 's/^summary: ([0-9]+).*/\1/p; s/^totals: ([0-9]+).*/\1/p' "$work/callgrind.$n" | head -1)
done

printf '%-28s %16s %16s %9s\n' 'instructions, machines' now figures.txt change
for n in "${sizes[@]}"; do
  old=$(awk -v n="$n" '$1 == "instructions" && $2 == n { print $3 }' "$figures" 2>/dev/null || true)
  change=$(awk -v a="${count[$n]}" -v b="${old:-0}" 'BEGIN { if (b > 0) printf "%+.2f %%", (a / b - 1) * 100; else print "-" }')
  printf '%-28s %16s %16s %9s\n' "$n" "${count[$n]}" "${old:--}" "$change"
  if [[ ${TOPOC_BLESS:-} != 1 ]]; then
    awk -v a="${count[$n]}" -v b="${old:-0}" 'BEGIN { exit !(b > 0 && a / b <= 1.02 && a / b >= 0.98) }' ||
      fail "instructions at $n machines are not within 2 % of $figures (TOPOC_BLESS=1 rewrites it)"
  fi
done
ratio=$(awk -v a="${count[1000]}" -v b="${count[100]}" 'BEGIN { printf "%.2f", a / b }')
echo "1,000 machines take $ratio times the instructions of 100 (at most 11)"
awk -v r="$ratio" 'BEGIN { exit !(r <= 11) }' || fail "the pipeline is not linear"

if [[ ${TOPOC_BLESS:-} == 1 ]]; then
  {
    echo "# Instructions of \`topoc build --check\` on a tree that is right (callgrind, x86-64, release). benches/run.sh writes it."
    for n in "${sizes[@]}"; do echo "instructions $n ${count[$n]}"; done
  } >"$figures"
fi
# --- memory ---------------------------------------------------------------------------------------------------
topology 10000
peak=$(cd "$work/10000" && python3 -c '
import resource, subprocess, sys
subprocess.run([sys.argv[1], "build"], check=True, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)' "$topoc")
echo "peak memory at 10,000 machines: $peak MiB (at most 300)"
((peak <= 300)) || fail "memory"

((quick)) && exit "$failed"

# --- time -----------------------------------------------------------------------------------------------------
cargo build --release --quiet --example plain
plain=$PWD/target/release/examples/plain
python3 - "$topoc" "$plain" "$work" <<'PY'
import shutil, statistics, subprocess, sys, time
from pathlib import Path

topoc, plain, work = sys.argv[1], sys.argv[2], Path(sys.argv[3])


def took(args, cwd):
    start = time.perf_counter()
    subprocess.run(args, cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


print(f"{'milliseconds (median), machines':34}{'cold':>9}{'cp -r':>9}{'plain':>9}{'no-op':>9}{'diff -rq':>9}{'cold/cp':>9}{'cold/plain':>11}{'no-op/diff':>11}")
for n in (100, 1000, 10000):
    at = work / str(n)
    (at / "model.json").write_bytes(subprocess.run([topoc, "show", "--format", "json"], cwd=at, check=True, capture_output=True).stdout)
    shutil.rmtree(at / "copy", ignore_errors=True)
    shutil.copytree(at / "generated", at / "copy")
    rounds = {100: 15, 1000: 7, 10000: 3}[n]
    times = {k: [] for k in ("cold", "cp", "plain", "noop", "diff")}
    # Interleaved: what disturbs one disturbs all.
    for _ in range(rounds):
        times["noop"].append(took([topoc, "build"], at))
        times["diff"].append(took(["diff", "-rq", "generated", "copy"], at))
        shutil.rmtree(at / "generated")
        times["cold"].append(took([topoc, "build"], at))
        shutil.rmtree(at / "copied", ignore_errors=True)
        times["cp"].append(took(["cp", "-r", "generated", "copied"], at))
        shutil.rmtree(at / "plain", ignore_errors=True)
        times["plain"].append(took([plain, "model.json", "plain"], at))
    m = {k: statistics.median(v) * 1000 for k, v in times.items()}
    print(f"{n:<34}{m['cold']:>9.1f}{m['cp']:>9.1f}{m['plain']:>9.1f}{m['noop']:>9.1f}{m['diff']:>9.1f}{m['cold'] / m['cp']:>9.2f}{m['cold'] / m['plain']:>11.2f}{m['noop'] / m['diff']:>11.2f}")
PY
exit "$failed"
