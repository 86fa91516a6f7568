# Sourced by build.sh: the whole method on phantoms, and the evaluation report. Arguments go to `cxr demo`.
setup
dotnet build src/CxrAnnotate.Cli -c "$configuration" -v quiet -nologo -clp:NoSummary >&2 || fail "the build failed; see above."
run_cxr demo --force "$@"
