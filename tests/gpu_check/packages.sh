# shellcheck shell=bash
# For gpu_check.sh: what the build needs, from Debian packages that are unpacked and not installed,
# and CUDA's libraries from those that PyTorch brings. To be sourced.

# Directories of shared libraries that programs search, separated by colons.
library_folders=""
prepend() { # prepend VARIABLE FOLDER
  export "$1=$2${!1:+:${!1}}"
}

# Of all that the first line depends on, what a machine with a compiler, Python, CUDA and a glibc at
# least as new as this one's may lack.
fetch_packages() { # fetch_packages FOLDER
  local wanted=(meson ninja-build make pkgconf libboost-test-dev libcairo2-dev libcli11-dev
    libfmt-dev nlohmann-json3-dev libstb-dev zlib1g-dev libbenchmark-dev fonts-dejavu-core)
  local kept='meson|ninja-build|make|pkgconf(-bin)?|libpkgconf[0-9]+'
  kept+='|libboost[0-9.]+-dev|libboost-test[0-9.]+(-dev)?|libcli11-dev|libfmt-dev|nlohmann-json3-dev'
  kept+='|libstb-dev|zlib1g(-dev)?|libbenchmark.*|libcairo2(-dev)?|libpixman-1-0|libpng16-16.*'
  kept+='|libfreetype6|libfontconfig1|libx11-6|libxcb1|libxcb-(render|shm)0|libxext6|libxrender1'
  kept+='|libxau6|libxdmcp6|libbsd0|libmd0|libexpat1|libbrotli1|libuuid1|libbz2-1.0|fonts-dejavu-core'
  local plan names
  command -v apt-get >/dev/null || { say "--fetch-packages needs Debian's apt-get"; return 1; }
  # As if nothing were installed.
  plan=$(apt-get install -s -o Dir::State::status=/dev/null --no-install-recommends \
    "${wanted[@]}") || return 1
  mapfile -t names < <(sed -n 's/^Inst \([^ ]*\) .*/\1/p' <<<"$plan" | grep -xE "$kept")
  mkdir -p "$1"
  rm -f "$1"/*.deb
  (cd "$1" && apt-get download -q -o APT::Sandbox::User=root "${names[@]}" >&2)
  echo "$1: ${#names[@]} packages, $(du -sh "$1" | cut -f 1)"
}

unpack() { # unpack PACKAGE FOLDER
  if command -v dpkg-deb >/dev/null; then
    dpkg-deb -x "$1" "$2"
  else
    local data
    data=$(ar t "$1" | grep '^data\.tar')
    case $data in
      *.xz) ar p "$1" "$data" | tar -xJ -C "$2" ;;
      *.zst) ar p "$1" "$data" | tar -x --zstd -C "$2" ;;
      *) ar p "$1" "$data" | tar -xz -C "$2" ;;
    esac
  fi
}

# Unpacks all packages of a folder and makes them name each other by where they are now.
unpack_packages() { # unpack_packages FOLDER ROOT
  local root=$2 file link
  if [ -f "$root/complete" ] && [ -z "$(find "$1" -name '*.deb' -newer "$root/complete")" ]; then return; fi
  rm -rf "$root"
  mkdir -p "$root/bin" "$root/usr/lib"
  for file in "$1"/*.deb; do unpack "$file" "$root"; done
  if [ -d "$root/lib" ]; then
    cp -a "$root/lib/." "$root/usr/lib/"
    rm -rf "${root:?}/lib"
  fi
  ln -s usr/lib "$root/lib"
  find "$root" -type l -lname '/*' -print0 | while IFS= read -r -d '' link; do
    ln -sfn "$root$(readlink "$link")" "$link"
  done
  # Private requirements are for static linking; their own .pc files are not among the packages.
  find "$root" -name '*.pc' -exec sed -i -e "s|/usr|$root/usr|g" -e '/^Requires.private:/d' {} +
  printf '<fontconfig><dir>%s</dir><cachedir>%s</cachedir></fontconfig>\n' \
    "$root/usr/share/fonts" "$root/fonts" >"$root/fonts.conf"
  local folder
  folder=$(package_libraries "$root")
  if [ -e "$root/usr/bin/pkgconf" ]; then
    command_in "$root" pkg-config "LD_LIBRARY_PATH='$folder' exec '$root/usr/bin/pkgconf'"
  fi
  if [ -e "$root/usr/bin/meson" ]; then
    # Where the program looks for its modules first, with any Python.
    ln -sfn ../lib/python3/dist-packages/mesonbuild "$root/usr/bin/mesonbuild"
    command_in "$root" meson "exec python3 '$root/usr/bin/meson'"
  fi
  for file in ninja make; do
    [ ! -e "$root/usr/bin/$file" ] || ln -s "../usr/bin/$file" "$root/bin/$file"
  done
  touch "$root/complete"
}
package_libraries() { # package_libraries ROOT
  dirname "$(find "$1/usr/lib" -name 'libz.so' | head -n 1)"
}
command_in() { # command_in ROOT NAME COMMAND
  printf '#!/bin/sh\n%s "$@"\n' "$3" >"$1/bin/$2"
  chmod +x "$1/bin/$2"
}

# Installed programs come first; of libraries, the unpacked ones, which belong together.
use_packages() { # use_packages ROOT
  local folder
  folder=$(package_libraries "$1")
  export PATH=$PATH:$1/bin
  prepend PKG_CONFIG_PATH "$folder/pkgconfig:$1/usr/share/pkgconfig"
  # Headers that are found here are a system's, whose warnings nobody hears.
  prepend CPLUS_INCLUDE_PATH "$1/usr/include/$(basename "$folder"):$1/usr/include"
  prepend LIBRARY_PATH "$folder"
  # For programs that tests link by themselves.
  prepend LD_RUN_PATH "$folder"
  library_folders=$folder${library_folders:+:$library_folders}
  if [ -d "$1/usr/include/boost" ]; then
    export BOOST_INCLUDEDIR=$1/usr/include BOOST_LIBRARYDIR=$folder
  fi
  [ -d /etc/fonts ] || export FONTCONFIG_FILE=$1/fonts.conf
}

# Where CUDA's folder lacks a library, PyTorch's packages may have it, without the name that the
# linker asks for.
use_cuda_of_python() { # use_cuda_of_python FOLDER
  local nvcc root library name header found
  nvcc=$(command -v nvcc) || return 0
  root=$(dirname "$(dirname "$nvcc")")
  for library in cublasLt:cublasLt.h cudnn:cudnn.h; do
    name=${library%%:*} header=${library#*:}
    # The compiler says the whole path of a library that it finds, else only its name.
    [ ! -e "$root/lib64/lib$name.so" ] || continue
    [ "$(g++ -print-file-name="lib$name.so")" = "lib$name.so" ] || continue
    found=$(python3 - "$name" <<'END' || true
import glob, sys
for entry in sys.path:
    for file in sorted(glob.glob(f"{entry}/nvidia/*/lib/lib{sys.argv[1]}.so*")):
        print(file)
        sys.exit()
END
    )
    [ -n "$found" ] || continue
    mkdir -p "$1"
    ln -sfn "$found" "$1/lib$name.so"
    local folder=${found%/lib/*}
    [ ! -f "$folder/include/$header" ] || [ -f "$root/include/$header" ] ||
      export CPLUS_INCLUDE_PATH=${CPLUS_INCLUDE_PATH:+$CPLUS_INCLUDE_PATH:}$folder/include
    library_folders=${library_folders:+$library_folders:}$folder/lib
    prepend LIBRARY_PATH "$1"
    prepend LD_RUN_PATH "$folder/lib"
  done
}
