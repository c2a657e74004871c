#!/usr/bin/env bash
# Formats the C++ sources; with --check only names the files that are not formatted.
set -euo pipefail
cd "$(dirname "$0")/.."

# The version is fixed: another one would format differently.
formatter=$(command -v clang-format-14) || {
  echo "format: clang-format-14 is not installed; make development installs it" >&2
  exit 1
}
mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.cc' '*.h')
if [[ "${1:-}" != --check ]]; then
  "$formatter" --style=file -i "${files[@]}"
  exit
fi
unformatted=0
for file in "${files[@]}"; do
  "$formatter" --style=file --dry-run -Werror "$file" 2>/dev/null && continue
  echo "$file is not formatted"
  unformatted=$((unformatted + 1))
done
echo "format: ${#files[@]} files, $unformatted not formatted (make format does it)"
((unformatted == 0))
