#!/usr/bin/env bash
# Reads the real sets by several readers on the same folds by patient, and makes tables of them (docs/results.md, "How these figures are made").
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-PASSIVE}"

fail() { printf 'results.sh: %s\n' "$*" >&2; exit 2; }

usage() {
  cat <<'TEXT'
usage: benchmarks/results.sh [options]

  --data DIR        the folder of the sets; the default is $CXR_DATA, else ../shared/data
  --out DIR         the folder of the readings (SET.READER.json) and of the tables (results.md); the default is artifacts/results
  --readers A,B     the readers to run; the default is all ('--list' names them)
  --sets A,B        folders of --data with an annotations.csv, and phantoms, which are drawn, or phantoms-N with N percent of
                    their training images; the default is context,nih
  --folds N         the number of folds, or of draws of phantoms; the default is 5
  --seed N          the seed of folds, trainings and intervals; the default is 0
  --trust           run no reader: train on 70 % of each set and measure on the rest how far readings can be relied on (trust.SET.md)
  --tables-only     run no reader: make tables of the readings that there are
  --list            name the readers

Each reader runs in a process of its own, one after the other, and leaves a file of readings for each set. Tables are made of all files that are there,
so readers can be run one by one. A reader that fails does not stop the others.
TEXT
}

data="${CXR_DATA:-../shared/data}" out=artifacts/results readers='' sets=context,nih folds=5 seed=0 tables_only='' list='' trust=''
while [ $# -gt 0 ]; do
  case "$1" in
    --data | --out | --readers | --sets | --folds | --seed)
      [ $# -ge 2 ] || fail "$1 needs a value."
      printf -v "${1#--}" '%s' "$2"
      shift 2
      ;;
    --trust) trust=1; shift ;;
    --tables-only) tables_only=1; shift ;;
    --list) list=1; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; fail "no option '$1'." ;;
  esac
done

dotnet build benchmarks/CxrAnnotate.Results -c Release -v quiet -nologo -clp:NoSummary >&2 || fail "the build failed; see above."
results() { dotnet artifacts/bin/CxrAnnotate.Results/release/CxrAnnotate.Results.dll "$@"; }

[ -z "$list" ] || { results list; exit 0; }

if [ -n "$trust" ]; then
  for set in ${sets//,/ }; do results trust --data "$data" --out "$out" --set "$set" --seed "$seed"; done
  exit
fi

failed=''
if [ -z "$tables_only" ]; then
  for set in ${sets//,/ }; do
    [[ "$set" == phantoms* ]] || [ -e "$data/$set/annotations.csv" ] || fail "'$data' has no $set/annotations.csv; name the folder of the sets with --data."
  done
  [ -n "$readers" ] && run="${readers//,/ }" || run="$(results list)"
  for set in ${sets//,/ }; do
    for reader in $run; do
      printf '%s %s\n' "$set" "$reader" >&2
      results read --data "$data" --out "$out" --set "$set" --reader "$reader" --folds "$folds" --seed "$seed" || failed="$failed $set.$reader"
    done
  done
fi

results tables --out "$out" --sets "$sets" --seed "$seed"
[ -z "$failed" ] || fail "these failed; see above:$failed"
