#!/usr/bin/env bash
# Rewrites src/CxrAnnotate/PublicAPI.Unshipped.txt from what the compiler reports: every public member that PublicAPI.Shipped.txt does not have.
# Run it after a wanted change of the public surface, and review the difference.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en LC_ALL=C

list=src/CxrAnnotate/PublicAPI.Unshipped.txt
kept="$(cat "$list")"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
printf '#nullable enable\n' > "$list"
# With an empty list every public member is reported (RS0016); only warnings here, so that all of them are.
if ! dotnet build src/CxrAnnotate -c Release --no-incremental -v minimal -nologo -p:TreatWarningsAsErrors=false > "$log" 2>&1; then
  printf '%s\n' "$kept" > "$list"
  grep -E 'error' "$log" | sort -u >&2
  echo 'public-api.sh: the library does not build; the list is as it was.' >&2
  exit 1
fi
{ grep -oP "warning RS0016: Symbol '\K.*(?=' is not part of the declared public API)" "$log" || true; } | sort -u >> "$list"
echo "$(($(wc -l < "$list") - 1)) public members in $list"
# What is declared as shipped but gone, and other findings about the surface.
{ grep -oE "warning RS[0-9]+: .*" "$log" || true; } | grep -v RS0016 | sed 's/ \[.*//' | sort -u
