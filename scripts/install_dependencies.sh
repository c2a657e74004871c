#!/usr/bin/env bash
# Installs what building xdscope takes, on Debian 12 and its relatives; does nothing when all is there.
# usage: install_dependencies.sh [--development]
#   --development  also what the checks take: formatter, linter, fuzzer, compiler cache, PyYAML, pip
set -euo pipefail

packages=(
  g++ cmake ninja-build pkg-config git ca-certificates python3
  libfmt-dev libsimdjson-dev nlohmann-json3-dev libcli11-dev libcpp-httplib-dev
  libre2-dev libyaml-dev libjq-dev zlib1g-dev libssl-dev catch2
)
if [[ "${1:-}" == --development ]]; then
  packages+=(clang-format-14 clang-tidy-19 clang-19 libclang-rt-19-dev ccache python3-yaml python3-pip)
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  missing=()
  for tool in cmake ninja g++ pkg-config git python3; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  if ((${#missing[@]})); then
    echo "xdscope: this is no Debian system: install ${missing[*]} (CMake 3.24, a compiler with" \
         "C++23's std::expected), then run make again." >&2
    exit 1
  fi
  exit 0
fi

installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null || true)
missing=()
for package in "${packages[@]}"; do
  grep -qx "installed $package" <<<"$installed" || missing+=("$package")
done
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "xdscope: these Debian packages are missing: ${missing[*]}" >&2
    echo "xdscope: run this as root, or install them with: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "xdscope: installing these Debian packages with apt-get: ${missing[*]}"
apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"
}
install_missing() { apt_get install -y --no-install-recommends "${missing[@]}" >/dev/null; }
# A new system has no package lists, and old lists name packages that are gone.
if ! apt_get install --simulate "${missing[@]}" >/dev/null 2>&1 || ! install_missing; then
  apt_get update
  install_missing || {
    echo "xdscope: apt-get could not install: ${missing[*]}" >&2
    exit 1
  }
fi
