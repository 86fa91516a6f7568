#!/usr/bin/env bash
# Rewrites the list of TorchSharp's members that may not be used (docs/adr/0009) from the TorchSharp that the tests are built with. Run it after an update of TorchSharp and read what changed.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build tests/CxrAnnotate.Tests -c Release -v quiet -nologo -clp:NoSummary -p:RunAnalyzers=false
CXR_WRITE_BANNED_SYMBOLS=1 artifacts/bin/CxrAnnotate.Tests/release/CxrAnnotate.Tests --progress off --no-ansi --filter-class CxrAnnotate.Tests.TorchHazardsTests
git diff --stat -- src/CxrAnnotate/Torch/BannedSymbols.TorchSharp.txt
