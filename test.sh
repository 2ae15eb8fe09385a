#!/usr/bin/env bash
# Installs what is missing, builds and runs every test. Safe to run twice, from any folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

packages=(g++ meson ninja-build pkg-config libboost-test-dev libfmt-dev zlib1g-dev libcurl4-openssl-dev nettle-dev)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
done
if ((${#missing[@]})); then
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "test.sh: these Debian packages are missing, and only root can install them: ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
fi

[ -f build/build.ninja ] || meson setup build
ninja -C build
status=0
build/tests/credence-tests --color_output=no --log_level=message --report_level=detailed 2>&1 | tee build/test-log.txt || status=$?
count() { grep -cE "^ *Test case \"[^\"]*\" has $1" build/test-log.txt || true; }
skipped=$(grep -c '^skipped: ' build/test-log.txt || true)
passed=$(count passed)
failed=$(grep -cE '^ *Test case "[^"]*" has (failed|been aborted)' build/test-log.txt || true)
echo "$((passed - skipped)) passed, $failed failed, $skipped skipped"
exit "$status"
