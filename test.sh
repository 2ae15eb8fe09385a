#!/usr/bin/env bash
# Installs what is missing, builds and runs every test. Safe to run twice, from any folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
bash tests/install_packages.sh g++ meson ninja-build pkg-config binutils libboost-test-dev libcairo2-dev libcli11-dev libfmt-dev \
  nlohmann-json3-dev libstb-dev zlib1g-dev libcurl4-openssl-dev nettle-dev libbenchmark-dev make

if [ -f build/build.ninja ]; then
  # An earlier build may have been made without the packages for tests.
  meson configure build -Dtests=enabled -Ddefault_library=both -Dpkgconfig.relocatable=true
else
  meson setup build -Dtests=enabled
fi
ninja -C build
status=0
build/tests/credence-tests --color_output=no --log_level=message --report_level=detailed 2>&1 | tee build/test-log.txt || status=$?
count() { grep -cE "^ *Test case \"[^\"]*\" has $1" build/test-log.txt || true; }
skipped=$(grep -c '^skipped: ' build/test-log.txt || true)
passed=$(count passed)
failed=$(grep -cE '^ *Test case "[^"]*" has (failed|been aborted)' build/test-log.txt || true)
echo "$((passed - skipped)) passed, $failed failed, $skipped skipped"
exit "$status"
