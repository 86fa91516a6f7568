#!/usr/bin/env bash
# Breaks the code on purpose, one mutation at a time, and tells which ones no test notices. docs/testing.md has the last score.
#
#   build/mutate.sh [NAME...]      all mutations of build/mutations.tsv, or those whose names match one of the globs
#   MUTATE_WITH='nice -n 10'       goes before every build and test run
#   MUTATE_COPY=DIR                works in this copy of the repository, and leaves it; otherwise a new one is made and removed
#
# The work is done in a copy: what is committed (HEAD) is broken there, never the files of this checkout.
# Exit status: 0 where all mutations are killed, 1 where one survived or could not be tried.
set -euo pipefail
cd "$(git -C "$(dirname "$0")" rev-parse --show-toplevel)"
list="$PWD/build/mutations.tsv"
read -r -a with <<< "${MUTATE_WITH:-env}"
export DOTNET_NOLOGO=1

copy="${MUTATE_COPY:-}"
if [ -z "$copy" ]; then
  copy="$(mktemp -d)/copy"
  git worktree add --quiet --detach "$copy" HEAD
  trap 'git worktree remove --force "$copy"' EXIT
fi
cd "$copy"

project=tests/CxrAnnotate.Tests
program=artifacts/bin/CxrAnnotate.Tests/release/CxrAnnotate.Tests
build() { "${with[@]}" dotnet build "$project" -c Release -nologo -v quiet -clp:NoSummary -p:RunAnalyzers=false "$@"; }
build >&2 || { echo "mutate.sh: the code does not build as it is." >&2; exit 1; }

wanted() { # NAME GLOB...: whether the name matches a glob, or there is none
  local name="$1" glob; shift
  [ $# -gt 0 ] || return 0
  for glob in "$@"; do [[ "$name" == $glob ]] && return 0; done
  return 1
}

# The one source file of that name with exactly one line that has the pattern. Where it lies does not matter.
place() {
  local file found=''
  while IFS= read -r file; do
    case "$(grep -cF -- "$2" "$file")" in
      0) ;;
      1) [ -z "$found" ] || return 1; found="$file" ;;
      *) return 1 ;;
    esac
  done < <(find src -name "$1" -not -path '*/obj/*')
  [ -n "$found" ] && printf '%s' "$found"
}

killed=0 survived=0 stale=0
while IFS=$'\t' read -r name file pattern replacement tests; do
  case "$name" in '' | '#'*) continue ;; esac
  wanted "$name" "$@" || continue
  if ! path="$(place "$file" "$pattern")"; then
    echo "stale     $name: '$pattern' is not in exactly one line of $file"
    stale=$((stale + 1))
    continue
  fi
  original="$(cat "$path"; printf x)" original="${original%x}"
  printf '%s' "${original/"$pattern"/"$replacement"}" > "$path"
  if ! output="$(build --no-restore 2>&1)"; then
    result=stale text="does not compile: $(grep -m 1 -o 'error .*' <<< "$output" || true)"
  else
    read -r -a classes <<< "$tests"
    status=0
    "${with[@]}" timeout 600 "$program" --progress off --no-ansi --filter-class "${classes[@]}" > /dev/null 2>&1 || status=$?
    case $status in
      0) result=survived text="$file: $pattern  ->  $replacement" ;;
      8) result=stale text="there is no test class $tests" ;;
      *) result=killed text='' ;;
    esac
  fi
  printf '%s' "$original" > "$path"
  printf '%-9s %s%s\n' "$result" "$name" "${text:+: $text}"
  declare "$result"=$(($result + 1))
done < "$list"

# Not to leave the last mutation in the programs of a copy that stays.
[ -z "${MUTATE_COPY:-}" ] || build --no-restore >&2
tried=$((killed + survived))
echo "$killed of $tried mutations killed, $survived survived, $stale could not be tried"
[ "$survived" = 0 ] && [ "$stale" = 0 ] && [ "$tried" -gt 0 ]
