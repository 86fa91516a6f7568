#!/usr/bin/env bash
# How waiting threads behave on an idle and on a loaded machine: whole processes, the variants in turn, medians. Prints a table in Markdown.
#   build/spin.sh [ROUNDS] [SPINCOUNT...]     5 rounds by default; further numbers are tried as GOMP_SPINCOUNT beside the three variants
# The machine must be idle but for this. BUSY sets the number of busy processes (4), SIZE the side of the images (112), STATES which of "idle busy" are measured.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds="${1:-5}"
shift || true
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
unset GOMP_SPINCOUNT OMP_WAIT_POLICY KMP_BLOCKTIME
dotnet build src/CxrAnnotate.Cli -c Release -v quiet -nologo -clp:NoSummary >&2
cxr="artifacts/bin/CxrAnnotate.Cli/release/cxr"
work="$(mktemp -d -t cxr-spin.XXXXXX)"
busy=()
calm() { [ ${#busy[@]} = 0 ] || kill "${busy[@]}" 2>/dev/null || true; busy=(); }
trap 'calm; rm -rf "$work"' EXIT

# 300,000 turns are what GNU OpenMP takes where nothing is set, as long as there are no more threads than cores. Scoring is ONNX Runtime's, whose own way comes with OMP_WAIT_POLICY=ACTIVE.
variants=("the runtimes' own|GOMP_SPINCOUNT=300000" "the library's|CXR_NOTHING=1" "passive|OMP_WAIT_POLICY=PASSIVE")
for count in "$@"; do variants+=("$count|GOMP_SPINCOUNT=$count"); done
size="${SIZE:-112}"
said() { "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }; }
said "$cxr" phantom --out "$work/images" --studies 150 --size "$size"
said "$cxr" train --phantom 120 --out "$work/model" --iterations 1 --image-size "$size" --epochs 1 --minimum-cases 1 --seed 7

train() { "$cxr" train --phantom 120 --out "$work/run" --iterations 1 --image-size "$size" --epochs 1 --minimum-cases 1 --seed 7 --checkpoints 0; }
score() { "$cxr" annotate --model "$work/model" "$work/images"; }
median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

for state in ${STATES:-idle busy}; do
  if [ "$state" = busy ]; then
    for ((i = 0; i < ${BUSY:-4}; i++)); do sh -c 'while :; do :; done' & busy+=($!); done
  fi
  for ((round = 0; round < rounds; round++)); do
    for ((v = 0; v < ${#variants[@]}; v++)); do
      for job in train score; do
        rm -rf "$work/run"
        set="${variants[v]#*|}"
        [ "$job-$v" != score-0 ] || set=OMP_WAIT_POLICY=ACTIVE
        started=$(date +%s.%N)
        env "$set" bash -c "cxr='$cxr' work='$work' size='$size'; $(declare -f $job); $job" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
        echo "$started $(date +%s.%N)" | awk '{ printf "%.2f\n", $2 - $1 }' >> "$work/$state-$job-$v"
      done
    done
  done
  calm
done

echo "| How threads wait | Training, idle | Training, loaded | Scoring, idle | Scoring, loaded |"
echo "| --- | --- | --- | --- | --- |"
for ((v = 0; v < ${#variants[@]}; v++)); do
  printf '| %s' "${variants[v]%%|*}"
  for job in train score; do
    for state in idle busy; do
      [ -e "$work/$state-$job-$v" ] && printf ' | %.1f s' "$(median < "$work/$state-$job-$v")" || printf ' | '
    done
  done
  echo " |"
done
echo "medians of $rounds, in turn; $(nproc) cores; images of $size x $size; loaded: beside ${BUSY:-4} busy processes"
