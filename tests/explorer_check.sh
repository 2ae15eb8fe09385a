#!/usr/bin/env bash
# Builds the explorer (docs/explorer) and tests it in Chromium.
set -euo pipefail
usage() {
  cat <<'END'
usage: tests/explorer_check.sh [--jobs N] [CHECK…]
  --jobs N   compilations at a time (default: one for each core)
  CHECK…     some of these (default: all):
    page     docs/explorer/build: one page of less than 3 MB
    browser  the page in Chromium without a window: each view from a file and from a server, a drawn 3,
             the numbers of a native program, 30 pictures a second, a telephone, the keyboard, names for
             screen readers, the address
A check whose tools are not installed says "skipped" and the Debian packages that it needs.
Builds lie in build-wasm and build. The last line counts the checks. Exit status: 0 no check failed,
1 one did, 2 wrong usage.
END
}
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

check_page() {
  needs "emscripten libfmt-dev nlohmann-json3-dev" em++ /usr/include/fmt /usr/include/nlohmann || return
  run docs/explorer/build --jobs "$jobs"
}
check_browser() {
  needs "chromium" chromium || return
  needs "emscripten, and tests/explorer_check.sh page" build-wasm/explorer.html || return
  [ -f build/build.ninja ] || run meson setup build --unity on --unity-size 8 -Db_pch=false || return 1
  run ninja -C build -j "$jobs" docs/explorer/explorer-native &&
    run python3 tests/explorer/browser_test.py build-wasm/explorer.html build/docs/explorer/explorer-native \
      docs/explorer/weights.safetensors
}

read_arguments take_check "$@"
((${#names[@]})) || names=(page browser)
check() { "check_$1"; }
run_checks check "${names[@]}"
