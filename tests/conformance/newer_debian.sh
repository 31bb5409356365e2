#!/usr/bin/env bash
# A newer Debian beside this machine's, for its Nix, its Python and its container clients; needs root and debootstrap.
#
# usage: newer_debian.sh make FOLDER PACKAGE...              FOLDER/root made anew, with these packages
#        newer_debian.sh run FOLDER [PLACE...] -- COMMAND    in it, as root, with these places of this machine in it
#
# debootstrap knows no virtual packages: what provides one is named, such as libdbi-perl for nix-bin.
#
# NIXDIVE_NEWER_DEBIAN names the release (default: forky), NIXDIVE_DEBIAN_MIRROR the mirror (default: that of this
# machine's apt). `run` makes a mount namespace of its own, so that nothing stays mounted, and a real change of
# root, which container engines need; /proc, /sys and /dev are this machine's.
set -euo pipefail

fail() {
  printf 'newer_debian.sh: %s\n' "$*" >&2
  exit 1
}

mirror_of_apt() {
  local lines
  # shellcheck disable=SC2016 # apt-get fills that in
  lines=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null) || true
  printf '%s\n' "${lines%%$'\n'*}"
}

make() { # FOLDER PACKAGE...
  local folder suite=${NIXDIVE_NEWER_DEBIAN:-forky} mirror packages
  folder=$(realpath -m "$1")
  mirror=${NIXDIVE_DEBIAN_MIRROR:-$(mirror_of_apt)}
  [[ -n $mirror ]] || mirror=http://deb.debian.org/debian
  local script=/usr/share/debootstrap/scripts/$suite
  [[ -e $script ]] || ln -s sid "$script" # an older debootstrap does not know the name
  rm -rf "$folder/root"
  mkdir -p "$folder"
  packages=$(IFS=, && echo "${*:2}")
  # in a mount namespace of its own, where an end in the middle leaves nothing mounted
  if ! unshare --mount --propagation private debootstrap --variant=minbase --include="$packages" "$suite" \
    "$folder/root" "$mirror" >"$folder/log" 2>&1; then
    tail -n 20 "$folder/log" "$folder/root/debootstrap/debootstrap.log" >&2 || true
    fail "$suite of $mirror cannot be made: $folder/log says why"
  fi
  # names and certificates are those of this machine, however it reaches the network
  cp -L /etc/resolv.conf /etc/hosts "$folder/root/etc/" 2>/dev/null || true
  if [[ -e /etc/ssl/certs/ca-certificates.crt ]]; then
    mkdir -p "$folder/root/etc/ssl/certs"
    cp -L /etc/ssl/certs/ca-certificates.crt "$folder/root/etc/ssl/certs/"
  fi
}

run() { # FOLDER [PLACE...] -- COMMAND
  local folder places=()
  folder=$(realpath "$1") || fail "$1: there is no such folder; newer_debian.sh make makes one"
  shift
  while [[ $1 != -- ]]; do
    places+=("$(realpath "$1")")
    shift
  done
  # shellcheck disable=SC2016 # for the shell inside
  exec unshare --mount --propagation private bash -euc '
    root=$1; shift
    mount --rbind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    while [[ $1 != -- ]]; do
      if [[ -d $1 ]]; then mkdir -p "$root$1"; else mkdir -p "$(dirname "$root$1")"; touch "$root$1"; fi
      mount --rbind "$1" "$root$1"
      shift
    done
    shift
    cd "$root"
    mkdir -p .old
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    pivot_root . .old
    umount -l .old
    exec "$@"
  ' newer_debian.sh "$folder/root" "${places[@]}" -- "${@:2}"
}

usage="usage: newer_debian.sh make FOLDER PACKAGE... | run FOLDER [PLACE...] -- COMMAND"
(($# > 2)) || fail "$usage"
case $1 in
  make) make "${@:2}" ;;
  run) run "${@:2}" ;;
  *) fail "$usage" ;;
esac
