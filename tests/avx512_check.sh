#!/usr/bin/env bash
# Runs tests with the AVX-512 kernels where no processor has AVX-512: in one that Bochs emulates, on
# Debian's kernel. It tells whether results are right, not how fast they come.
set -euo pipefail
usage() {
  cat <<'END'
usage: tests/avx512_check.sh [--build DIR] [--minutes N] [SUITE…]
  --build DIR   where the tests are built (default: build)
  --minutes N   the most that the emulated machine may run (default: 120)
  SUITE…        test suites as credence-tests names them (--list_content); by default those that
                compute, which takes about an hour, convolution_kernels most of it
Exit status: 0 all passed, 1 a test failed or nothing came to an end, 2 wrong usage.
END
}
say() { echo "avx512_check.sh: $*" >&2; }
wrong_usage() {
  say "$*"
  exit 2
}
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build minutes=120 suites=()
while (($#)); do
  case $1 in
    --build | --minutes)
      [ -n "${2:-}" ] || wrong_usage "$1 needs a value"
      if [ "$1" = --build ]; then build=$(realpath -m "$2"); else minutes=$2; fi
      shift ;;
    --help | -h) usage; exit 0 ;;
    -*) wrong_usage "unknown option $1 (--help shows the options)" ;;
    *) suites+=("$1") ;;
  esac
  shift
done
[[ $minutes =~ ^0*[1-9][0-9]{0,3}$ ]] || wrong_usage "--minutes $minutes is no whole number of minutes"
minutes=$((10#$minutes)) # not octal
for suite in ${suites[@]+"${suites[@]}"}; do
  [[ $suite =~ ^[a-z0-9_/,*]+$ ]] || wrong_usage "$suite is no test suite"
done
((${#suites[@]})) || suites=(
  activation add_noise bayesian_layers_with_weights bayesian_training convolution_kernels
  convolution_ops dropout_op elbo empty_extents extreme_values folded_samples init_functions
  kernel_accuracy local_reparameterization_op matmul_op normalization optimizer optimizer_kernels
  pointwise_ops pointwise_reference pooling posterior predict random resume shape_ops softmax_ops
  summation uncertainties vector_math vector_stream)
tests=$build/tests/credence-tests
[ -x "$tests" ] || { say "there is no $tests: run ./test.sh first"; exit 1; }

"$root/tests/install_packages.sh" bochs busybox-static cpio isolinux syslinux-common xorriso >&2 || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
image=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image-/ { print $2; exit }')
[ -n "$image" ] || { say "apt does not know linux-image-cloud-amd64: run apt-get update first"; exit 1; }
(cd "$work" && apt-get download -q "$image" >&2 && dpkg -x "$image"_*.deb kernel) || exit 1

# The guest's files: the tests, what they link and read, and a first process that runs them.
guest=$work/guest
mkdir -p "$guest"/{bin,dev,lib,lib64,proc,tmp} "$guest$root/tests"
cp "$(command -v busybox)" "$guest/bin/busybox"
cp "$tests" "$guest/bin/tests"
ldd "$tests" | awk '$3 ~ "^/" { print $3 }' | xargs cp -Lt "$guest/lib"
cp -L /lib64/ld-linux-x86-64.so.2 "$guest/lib64"
cp -r "$root/tests/reference" "$guest$root/tests"
cat > "$guest/init" <<END
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
exec > /dev/ttyS0 2>&1
/bin/busybox grep -q avx512vl /proc/cpuinfo || echo "the emulated processor has no AVX-512"
export LD_LIBRARY_PATH=/lib OMP_NUM_THREADS=1
cd '$root'
/bin/tests --color_output=no --log_level=message --run_test=$(IFS=,; echo "${suites[*]}")
echo "exit status \$?"
/bin/busybox sleep 1 # for the serial line
/bin/busybox poweroff -f
END
chmod +x "$guest/init"

disc=$work/disc
mkdir -p "$disc/isolinux"
(cd "$guest" && find . | cpio -o -H newc --quiet | gzip -1) > "$disc/isolinux/initrd"
cp "$work"/kernel/boot/vmlinuz-* "$disc/isolinux/vmlinuz"
cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$disc/isolinux"
# Without XSAVES and XSAVEC, whose sizes Bochs and Linux count differently and then do without AVX.
cat > "$disc/isolinux/isolinux.cfg" <<'END'
default tests
label tests
  kernel vmlinuz
  append initrd=initrd rdinit=/init console=ttyS0 quiet mitigations=off tsc=reliable clearcpuid=xsaves,xsavec
END
xorriso -as mkisofs -quiet -o "$work/disc.iso" -b isolinux/isolinux.bin -c isolinux/boot.cat \
  -no-emul-boot -boot-load-size 4 -boot-info-table "$disc" 2> /dev/null
cat > "$work/bochsrc" <<END
display_library: rfb, options="timeout=0"
cpu: model=corei7_skylake_x, ips=100000000
memory: guest=2048, host=2048
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path=$work/disc.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$work/serial
log: $work/log
info: action=ignore
END
echo continue > "$work/commands" # for the debugger that Debian's Bochs begins in

touch "$work/serial"
tail -f "$work/serial" &
follower=$!
timeout "${minutes}m" bochs-bin -q -f "$work/bochsrc" -rc "$work/commands" < /dev/null > "$work/console" 2>&1 || true
sleep 1
kill "$follower"
grep -aq 'no AVX-512' "$work/serial" && exit 1
status=$(grep -aoP '^exit status \K[0-9]+' "$work/serial" || true)
[ -n "$status" ] || { say "the tests did not come to an end; the last lines of Bochs:"; tail -n 3 "$work/console" >&2; exit 1; }
[ "$status" = 0 ] || exit 1
