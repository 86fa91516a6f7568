#!/usr/bin/env bash
# The way in. `./build.sh` lists the verbs.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

configuration="${CONFIGURATION:-Release}"

say() { printf '%s\n' "$*" >&2; }
fail() { say "build.sh: $*"; exit 1; }

usage() {
  cat <<'TEXT'
CxrAnnotate: learns to read chest X-rays.

usage: ./build.sh VERB

  setup   check this machine for what is needed (.NET SDK 10, a C++ runtime new enough for libtorch, OpenJPEG) and mend what can be mended
  build   restore and build everything, without warnings
  test    all tests
  demo    make phantom radiographs, train the two-iteration cascade on them, print its table, write the report demo/index.html
  bench   BenchmarkDotNet (arguments after -- go to it)
  pack    the NuGet packages into artifacts/package
  install pack; make the folder known to this user's NuGet as source 'CxrAnnotate'; install the tool cxr for this user
  cxr     run the command line tool (arguments go to it)

CONFIGURATION=Debug builds for debugging. Data sets that the tests can use are looked for in $CXR_DATA, else in ../shared/data.
TEXT
}

need_sdk() {
  command -v dotnet >/dev/null || fail "the .NET SDK 10 is missing. Install it (package dotnet-sdk-10.0, or the installer from dotnet.microsoft.com) and try again."
  dotnet --version >/dev/null 2>&1 || fail "no .NET SDK 10 found beside $(command -v dotnet); global.json asks for 10.0. Install the package dotnet-sdk-10.0."
}

libstdcxx() { ldconfig -p 2>/dev/null | awk '/libstdc\+\+\.so\.6 .*x86-64/ { print $NF; exit }'; }

has_glibcxx() { local file; file="$(libstdcxx)"; [ -n "$file" ] && grep -qa 'GLIBCXX_3\.4\.32' "$file"; }

# TorchSharp 0.107 needs the C++ runtime of GCC 13.2 (GLIBCXX_3.4.32); Debian 12 ships GCC 12's.
need_cxx_runtime() {
  [ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || return 0
  has_glibcxx && return 0
  local how="Install a libstdc++6 of GCC 13.2 or newer (Debian 13, Ubuntu 24.04 and Fedora 39 have it; on Debian 12: add the suite 'trixie' and run 'apt-get install -t trixie libstdc++6')."
  local missing="libstdc++ is too old: TorchSharp's native library needs GLIBCXX_3.4.32, and $(libstdcxx) does not have it."
  grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release && command -v apt-get >/dev/null || fail "$missing $how"
  local root=''
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null || fail "$missing This script may not install it: run it once as root. $how"
    root=sudo
  fi
  say "build.sh: $missing Installing Debian 13's libstdc++6 (pinned: nothing else is taken from there)."
  local mirror
  mirror="$(grep -hsE '^(URIs:|deb ).*/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list | grep -oE 'https?://[^ ]+' | head -n 1 || true)"
  [ -n "$mirror" ] || fail "no Debian mirror is configured in /etc/apt. $how"
  local signed=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -e /etc/apt/sources.list.d/cxr-trixie.sources ] || printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\nSigned-By: %s\n' "$mirror" "$signed" | $root tee /etc/apt/sources.list.d/cxr-trixie.sources >/dev/null
  [ -e /etc/apt/preferences.d/cxr-trixie ] || printf 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n' | $root tee /etc/apt/preferences.d/cxr-trixie >/dev/null
  { $root apt-get update -qq && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -t trixie libstdc++6; } >&2 || fail "$missing Installing it failed (see above). $how"
  has_glibcxx || fail "$missing The installation did not bring it. $how"
}

# JPEG 2000 is decoded by a library of the system. Without it such files are refused by name and their tests are skipped, so that a machine where it cannot be installed is told, and not turned away.
need_openjpeg() {
  [ "$(uname -s)" = Linux ] || return 0
  { ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null; } | grep 'libopenjp2\.so\.7 ' >/dev/null && return 0
  local told="JPEG 2000 needs OpenJPEG 2.5, which is not installed (package libopenjp2-7; docs/deploy.md)." root=''
  [ "$(id -u)" = 0 ] || root='sudo -n'
  command -v apt-get >/dev/null && $root true 2>/dev/null || { say "build.sh: $told"; return 0; }
  local install=($root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libopenjp2-7)
  { apt-cache show libopenjp2-7 || timeout 60 $root apt-get update -qq; } >/dev/null 2>&1 || true
  { timeout 60 "${install[@]}" --download-only && "${install[@]}"; } >/dev/null 2>&1 || say "build.sh: $told"
}

setup() { need_sdk; need_cxx_runtime; need_openjpeg; }

build() { setup; dotnet build CxrAnnotate.sln -c "$configuration" -v quiet -nologo "$@"; }

run_cxr() { dotnet run --project src/CxrAnnotate.Cli -c "$configuration" --no-build -- "$@"; }

# From the root: a nuget.config in the folder, such as the repository's own, would be edited, and would shut out the new source.
user_dotnet() { (cd / && dotnet "$@"); }

install() {
  setup
  local project feed="$PWD/artifacts/package/release" version cache
  for project in Core Evaluation Imaging Reports Scoring "" Cli; do
    dotnet pack "src/CxrAnnotate${project:+.$project}" -c Release -v quiet -nologo -clp:NoSummary >&2 || fail "packing failed; see above."
  done
  version="$(dotnet msbuild src/CxrAnnotate -getProperty:PackageVersion)"
  user_dotnet nuget remove source CxrAnnotate >/dev/null 2>&1 || true
  user_dotnet nuget add source "$feed" --name CxrAnnotate >&2 || fail "NuGet did not take '$feed' as a source; see above."
  # An earlier build of the same version must not be taken from the cache.
  cache="$(user_dotnet nuget locals global-packages --list | sed 's/^[^:]*: *//')"
  [ -n "$cache" ] && for project in "" .core .evaluation .imaging .reports .scoring .tool; do rm -rf "${cache%/}/cxrannotate$project/$version"; done
  user_dotnet tool uninstall --global CxrAnnotate.Tool >/dev/null 2>&1 || true
  user_dotnet tool install --global CxrAnnotate.Tool --version "$version" >&2 || fail "the tool could not be installed; see above."
  say "CxrAnnotate $version: programs get it by 'dotnet add package CxrAnnotate --version $version' (source 'CxrAnnotate', $feed); the tool is ${DOTNET_CLI_HOME:-$HOME}/.dotnet/tools/cxr."
}

verb="${1:-}"
[ $# -gt 0 ] && shift
case "$verb" in
  setup) setup ;;
  build) build "$@" ;;
  test) source ./build/test.sh ;;
  demo) source ./build/demo.sh ;;
  bench) setup; dotnet run --project benchmarks/CxrAnnotate.Benchmarks -c Release -- "$@" ;;
  pack) setup; dotnet pack CxrAnnotate.sln -c Release -v quiet -nologo "$@" && ls artifacts/package/release ;;
  install) install ;;
  cxr) setup; dotnet build src/CxrAnnotate.Cli -c "$configuration" -v quiet -nologo -clp:NoSummary >&2; run_cxr "$@" ;;
  ''|help|-h|--help) usage ;;
  *) say "build.sh: no verb '$verb'."; usage >&2; exit 2 ;;
esac
