# How build-wasm is configured, for the scripts that source it from the repository's root.
configure_wasm() {
  # Where Debian's linker finds its modules of JavaScript, whichever node runs it.
  export NODE_PATH=${NODE_PATH:-/usr/share/nodejs}
  # The headers that the build takes from /usr/include, without all others there.
  mkdir -p build-wasm/headers
  ln -sfn /usr/include/fmt /usr/include/nlohmann build-wasm/headers
  [ -f build-wasm/build.ninja ] || meson setup build-wasm -Db_pch=false --cross-file tests/cross/wasm32.ini -Dup_to=zoo \
    -Dtests=disabled -Dcuda=disabled -Dopenmp=disabled -Ddefault_library=static \
    "-Dcpp_args=['-msimd128', '-fexceptions', '-isystem', '$PWD/build-wasm/headers']"
}
