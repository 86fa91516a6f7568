# Sourced by build.sh: all tests, and their sum as the last line.
setup
# Programs of other makers that the DICOM reader is tested against. Without them those tests are skipped, so no more is done than can be done quickly; only the download has a limit, since an installation that is
# broken off would be left half done.
need_dicom_tools() {
  command -v dcmcjpeg >/dev/null && command -v gdcmconv >/dev/null && [ -e /usr/lib/python3/dist-packages/pydicom ] && return 0
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 0
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends dcmtk libgdcm-tools python3-pydicom python3-numpy)
  { apt-cache show dcmtk || timeout 20 apt-get update -qq; } >/dev/null 2>&1 || return 0
  { timeout 30 "${install[@]}" --download-only && "${install[@]}"; } >/dev/null 2>&1 || return 0
}
# The browser that the evaluation report is tested in; as above.
need_browser() {
  command -v chromium >/dev/null && return 0
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 0
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium)
  { apt-cache show chromium || timeout 20 apt-get update -qq; } >/dev/null 2>&1 || return 0
  { timeout 60 "${install[@]}" --download-only && "${install[@]}"; } >/dev/null 2>&1 || return 0
}
need_dicom_tools
need_browser
dotnet build CxrAnnotate.sln -c "$configuration" -v quiet -nologo || fail "the build failed; see above."
dotnet format whitespace CxrAnnotate.sln --verify-no-changes --no-restore || fail "the sources are not formatted: run 'dotnet format whitespace'."
passed=0 failed=0 skipped=0 broken=0
for project in tests/*/*.csproj; do
  name="$(basename "$project" .csproj)"
  program="artifacts/bin/$name/$(printf '%s' "$configuration" | tr '[:upper:]' '[:lower:]')/$name"
  log="$(mktemp)"
  "$program" --progress off --no-ansi "$@" 2>&1 | tee "$log" || broken=1
  count() { sed -n "s/^ *$1: *\([0-9][0-9]*\).*/\1/p" "$log" | tail -n 1; }
  p="$(count succeeded)" f="$(count failed)" s="$(count skipped)"
  [ -n "$p" ] || { say "build.sh: $name did not finish its run."; broken=1; }
  passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) skipped=$((skipped + ${s:-0}))
  rm -f "$log"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$broken" = 0 ] && [ "$passed" -gt 0 ]
