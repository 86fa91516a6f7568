#!/usr/bin/env bash
# Rewrites PublicAPI.Unshipped.txt of every assembly of the library from what the compiler reports: every public member that PublicAPI.Shipped.txt does not have.
# Run it after a wanted change of the public surface, and review the difference.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en LC_ALL=C

log="$(mktemp)"
kept="$(mktemp -d)"
trap 'rm -rf "$log" "$kept"' EXIT
projects=()
for list in src/*/PublicAPI.Unshipped.txt; do
  project="$(basename "$(dirname "$list")")"
  projects+=("$project")
  cp "$list" "$kept/$project"
  printf '#nullable enable\n' > "$list"
done
# With empty lists every public member is reported (RS0016); only warnings here, so that all of them are. The assembly above all others builds them all.
if ! dotnet build src/CxrAnnotate -c Release --no-incremental -v minimal -nologo -p:TreatWarningsAsErrors=false > "$log" 2>&1; then
  for project in "${projects[@]}"; do cp "$kept/$project" "src/$project/PublicAPI.Unshipped.txt"; done
  grep -E 'error' "$log" | sort -u >&2
  echo 'public-api.sh: the library does not build; the lists are as they were.' >&2
  exit 1
fi
for project in "${projects[@]}"; do
  list="src/$project/PublicAPI.Unshipped.txt"
  { grep -F "[$PWD/src/$project/$project.csproj]" "$log" | grep -oP "warning RS0016: Symbol '\K.*(?=' is not part of the declared public API)" || true; } | sort -u >> "$list"
  echo "$(($(wc -l < "$list") - 1)) public members in $list"
done
# What is declared as shipped but gone, and other findings about the surface.
{ grep -oE "warning RS[0-9]+: .*" "$log" || true; } | grep -v RS0016 | sed 's/ \[.*//' | sort -u
