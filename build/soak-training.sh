#!/usr/bin/env bash
# The same small training over and over: every message and exit code is kept, and the weights must always be the same to the last bit.
#   build/soak-training.sh [RUNS] [FOLDER]     20 runs into a new temporary folder by default
# Messages are in FOLDER/run-N.log; FOLDER/summary.tsv has a line for each run: number, exit code, seconds, hash of all weights.
set -euo pipefail
cd "$(dirname "$0")/.."
runs="${1:-20}"
folder="${2:-$(mktemp -d -t cxr-soak.XXXXXX)}"
mkdir -p "$folder"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
dotnet build src/CxrAnnotate.Cli -c Release -v quiet -nologo -clp:NoSummary >&2
: > "$folder/summary.tsv"
for ((i = 1; i <= runs; i++)); do
  rm -rf "$folder/run"
  started=$(date +%s)
  code=0
  artifacts/bin/CxrAnnotate.Cli/release/cxr train --phantom 300 --out "$folder/run" --iterations 1 --image-size 64 --epochs 1 --minimum-cases 10 --seed 7 --threads 2 > "$folder/run-$i.log" 2>&1 || code=$?
  hash=none
  [ "$code" = 0 ] && hash="$(find "$folder/run" -name '*.safetensors' | sort | xargs cat | sha256sum | cut -c1-16)"
  printf '%d\t%d\t%d\t%s\n' "$i" "$code" "$(($(date +%s) - started))" "$hash" | tee -a "$folder/summary.tsv"
done
failed="$(awk '$2 != 0' "$folder/summary.tsv" | wc -l)"
kinds="$(awk '$2 == 0 { print $4 }' "$folder/summary.tsv" | sort -u | wc -l)"
echo "$runs runs, $failed failed, $kinds kinds of weights; messages in $folder"
[ "$failed" = 0 ] && [ "$kinds" = 1 ]
