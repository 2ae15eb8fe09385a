#!/usr/bin/env bash
# Builds the site (docs/site) and tests its links.
set -euo pipefail
usage() {
  cat <<'END'
usage: tests/site_check.sh [CHECK…]
  CHECK…   some of these (default: all):
    pages   docs/site/build: README, docs, the guide, its slides, sources and the reference
    links   every link and anchor among these pages, and that nothing is loaded from the network
A check whose tools are not installed says "skipped" and the Debian packages that it needs.
The site lies in build-site. The last line counts the checks. Exit status: 0 no check failed, 1 one
did, 2 wrong usage.
END
}
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

check_pages() {
  needs "pandoc doxygen" pandoc doxygen || return
  run docs/site/build build-site
}
check_links() {
  needs python3 python3 || return
  needs "pandoc doxygen, and tests/site_check.sh pages" build-site/index.html || return
  run python3 tests/site/links_test.py build-site
}

read_arguments take_check "$@"
((${#names[@]})) || names=(pages links)
check() { "check_$1"; }
run_checks check "${names[@]}"
