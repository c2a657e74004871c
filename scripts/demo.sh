#!/usr/bin/env bash
# Shows what xdscope does, on the dumps of samples/: each command as a user would type it.
# usage: demo.sh BUILD_DIR
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$(cd "$1" && pwd):$PATH"

show() {
  printf '\n\033[1m$ %s\033[0m\n' "$*"
  "$@"
}
[[ -t 1 ]] || show() { printf '\n$ %s\n' "$*"; "$@"; }

show xdscope proxy-config cluster -f samples/sidecar/config_dump.json
show xdscope proxy-config listener -f samples/sidecar/config_dump.json
show xdscope proxy-config route -f samples/sidecar/config_dump.json
show xdscope proxy-config endpoint -f samples/sidecar/clusters.json
show xdscope proxy-config listener -f samples/ingress-gateway/config_dump.json
show xdscope proxy-config route -f samples/ingress-gateway/config_dump.json
show xdscope trace -f samples/sidecar GET http://bar-service.bar-namespace:50002/api -H 'x-canary: always'
show xdscope why 404 -f samples/ingress-gateway
# Findings are what it is asked for here, not a failure of the demonstration.
show xdscope lint -f samples/ingress-gateway --fail-on never
show xdscope test -f samples/ingress-gateway --route-config http.8080 samples/route_tests.yaml
