#!/usr/bin/env bash
# Explains a run's readings of sets whose findings have known places, and makes tables of how the heat maps fit them (docs/results.md, "Where it looked").
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-PASSIVE}"

fail() { printf 'explain.sh: %s\n' "$*" >&2; exit 2; }

usage() {
  cat <<'TEXT'
usage: benchmarks/explain.sh --run RUN --set SET [options]

  --run RUN       the run, which cxr train or cxr demo wrote
  --set SET       phantoms (drawn, with masks), nih (opacity boxes), nodules (JSRT) or zones (Brixia scores)
  --data DIR      the folder of nih and context; the default is $CXR_DATA, else ../shared/data
  --out DIR       the folder of the cases (SET.explained.json) and of the tables (explained.md); the default is artifacts/explained
  ...             other options of 'explain': --images N, --findings N, --part val|test|all, --cells N, --seed N, --name NAME
TEXT
}

data="${CXR_DATA:-../shared/data}" out=artifacts/explained run='' set='' more=()
while [ $# -gt 0 ]; do
  case "$1" in
    --data | --out | --run | --set) [ $# -ge 2 ] || fail "$1 needs a value."; printf -v "${1#--}" '%s' "$2"; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    --*) [ $# -ge 2 ] || fail "$1 needs a value."; more+=("$1" "$2"); shift 2 ;;
    *) usage >&2; fail "no option '$1'." ;;
  esac
done
[ -n "$run" ] && [ -n "$set" ] || { usage >&2; fail "--run and --set are needed."; }

dotnet build benchmarks/CxrAnnotate.Results -c Release -v quiet -nologo -clp:NoSummary >&2 || fail "the build failed; see above."
results() { dotnet artifacts/bin/CxrAnnotate.Results/release/CxrAnnotate.Results.dll "$@"; }
results explain --data "$data" --out "$out" --set "$set" --run "$run" ${more[@]+"${more[@]}"}
results explained --out "$out"
