# Sourced by build.sh: all tests, and their sum as the last line.
setup
dotnet build CxrAnnotate.sln -c "$configuration" -v quiet -nologo || fail "the build failed; see above."
# Two cores and many threads: waiting threads sleep instead of spinning.
export GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-1000}"
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
