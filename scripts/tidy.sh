#!/usr/bin/env bash
# Runs clang-tidy on the sources, each on its own, JOBS at a time; fails on any warning.
# usage: tidy.sh [FILE…]   (all, where none is named)
set -euo pipefail
cd "$(dirname "$0")/.."

# Older ones do not know std::expected as gcc's library has it.
tidy=$(command -v clang-tidy-19) || {
  echo "tidy: clang-tidy-19 is not installed; make development installs it" >&2
  exit 1
}
cmake --preset tidy --log-level=NOTICE >/dev/null
if (($#)); then
  files=("$@")
else
  mapfile -t files < <(git ls-files --cached --others --exclude-standard 'src/*.cc' 'rules/*.cc')
fi
printf '%s\0' "${files[@]}" |
  xargs -0 -n 1 -P "${JOBS:-$(nproc)}" "$tidy" -p build/tidy --quiet 2> >(grep -v " warnings\? generated\.$" >&2)
echo "tidy: ${#files[@]} files, no warning"
