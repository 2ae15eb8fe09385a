#!/usr/bin/env bash
# Builds the Debian packages from the committed tree, installs them in a fresh Debian bookworm, and
# there trains, predicts and compiles a program with them. Needs root (chroot), debootstrap and the
# packages that debian/control names. Leaves the packages in the folder that is given, which must not
# exist.
#   bash tests/debian_check.sh FOLDER
set -euo pipefail
(($# == 1)) || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir "$1"
folder=$(cd "$1" && pwd)
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

git -C "$source" archive --prefix=credence/ HEAD | tar -x -C "$folder"
(cd "$folder/credence" && DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS:-nocheck}" dpkg-buildpackage -us -uc -b)
rm -r "$folder/credence"

root="$folder/bookworm"
debootstrap --variant=minbase bookworm "$root" "${MIRROR:-http://deb.debian.org/debian}"
mkdir "$root/packages"
cp "$folder"/*.deb "$root/packages"
rm "$root"/packages/*-dbgsym_*.deb
cp -r "$source/examples/consumer" "$root/consumer"
chroot "$root" sh -euxc '
  apt-get install -qy --no-install-recommends /packages/*.deb g++ make pkg-config
  credence-bench --dataset synthetic-digits --epochs 1 --training-images 2000 --validation 500 --out /run1
  credence-bench evaluate --checkpoint /run1/bayesian.safetensors
  make -C /consumer
  /consumer/consumer
  test -s /usr/share/man/man1/credence-bench.1.gz
  apt-get remove -qy libcredence0.1.0 credence-tools
'
echo "the packages install and work: $(cd "$folder" && echo *.deb)"
