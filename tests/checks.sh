# What the scripts tests/*_check.sh share; they source it from the repository's root.

# What a check returns where something that it needs is not there.
absent=77
needs() { # needs PACKAGES TOOL_OR_FILE…
  local packages=$1 tool
  for tool in "${@:2}"; do
    [ -e "$tool" ] || command -v "$tool" >/dev/null && continue
    echo "there is no $tool (Debian: $packages)"
    return "$absent"
  done
}
run() {
  echo "+ $*"
  "$@"
}
wrong_usage() {
  echo "${0##*/}: $*" >&2
  exit 2
}
# Reads "[--jobs N] [NAME…]" into jobs and names. COMMAND NAME takes an argument: it fails for one that
# is none.
read_arguments() { # read_arguments COMMAND ARGUMENT…
  local take=$1
  shift
  jobs=$(nproc) names=()
  while (($#)); do
    case $1 in
      --jobs)
        [[ ${2:-} =~ ^[1-9][0-9]{0,3}$ ]] || wrong_usage "--jobs needs a number of compilations"
        jobs=$2
        shift ;;
      --help | -h) usage; exit 0 ;;
      *) "$take" "$1" || wrong_usage "unknown argument $1 (--help shows the arguments)" ;;
    esac
    shift
  done
}
# Takes the name of a function check_NAME.
take_check() {
  [ "$(type -t "check_$1")" = function ] || return 1
  names+=("$1")
}
# The folder of a check; one that is configured already stays as it is. Without precompiled headers
# each file has to include what it uses.
configure() { # configure FOLDER OPTION…
  [ -f "$1/build.ninja" ] || run meson setup -Db_pch=false "$@"
}
configure_with() { # configure_with COMPILER FOLDER OPTION…
  local ccache=""
  ! command -v ccache >/dev/null || ccache="ccache "
  CXX="$ccache$1" configure "${@:2}"
}
configure_clang() { configure_with clang++ "$@"; }
# Calls COMMAND NAME for each name, counts, and prints the numbers in the last line. Fails where one
# failed.
run_checks() { # run_checks COMMAND NAME…
  local passed=0 failed=0 skipped=0 name status
  for name in "${@:2}"; do
    echo "== $name"
    status=0
    "$1" "$name" || status=$?
    case $status in
      0) passed=$((passed + 1)) ;;
      "$absent") echo "skipped: $name"; skipped=$((skipped + 1)) ;;
      *) echo "failed: $name"; failed=$((failed + 1)) ;;
    esac
  done
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0))
}
