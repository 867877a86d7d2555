#!/bin/sh
# What the module does on a host, by the files in this script's folder:
#   host.sh check HOST INSTALL ARCHITECTURE ROLE…                says what is missing, changes nothing
#   host.sh install HOST INSTALL RELEASE HEALTH SECONDS ROLE…    programs, configuration, certificates, units; waits until all is well
#   host.sh remove HOST INSTALL ROLE                             stops the role, undoes what it made in the kernel, takes its files away
# INSTALL: packages or executable. HEALTH: the address at which programs say how they are. Run again, each continues.
set -eu
export LC_ALL=C PATH="/usr/local/sbin:/usr/sbin:/sbin:$PATH"
here=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || {
    echo "$2: $(id -un) is not root, and sudo asks for a password: log in as root, or allow sudo without one" >&2
    exit 1
  }
  exec sudo -n -- sh "$here/$(basename "$0")" "$@"
fi
what=$1 host=$2 install=$3
shift 3

fail() {
  echo "$host: $*" >&2
  exit 1
}

units_of() {
  [ "$1" != realserver ] || printf '%s ' causeway-realserver.socket
  echo "causeway-$1.service"
}

certificates_of() {
  echo "$1.pem $1.key"
  [ "$1" != coordinator ] || echo denied issuer.pem
}

modules_of() {
  case $1 in
    director) echo ip_vs nf_tables ;;
    realserver) echo ipip ip_gre nf_tables ;;
  esac
}

check() {
  architecture=$1
  shift
  problems=''
  problem() {
    problems="$problems
  - $1"
  }
  systemctl show --property=Version >/dev/null 2>&1 || problem 'systemd does not answer (systemctl show): its programs are services of systemd'
  case $(uname -m) in
    x86_64) found=amd64 ;;
    aarch64) found=arm64 ;;
    *) found=$(uname -m) ;;
  esac
  [ "$found" = "$architecture" ] || problem "its architecture is $found, not $architecture: set architecture of this host"
  if [ "$install" = packages ]; then
    command -v apt-get >/dev/null || problem 'there is no apt-get: install = "executable" needs none'
  fi
  for role in "$@"; do
    for module in $(modules_of "$role"); do
      [ -e "/sys/module/$module" ] || modprobe --dry-run --quiet "$module" 2>/dev/null ||
        problem "this kernel ($(uname -r)) has no module $module, without which a $role can do nothing: install the kernel with all modules (linux-image-amd64, not a reduced one)"
    done
    # A package brings its own.
    if [ "$role" != coordinator ] && [ "$install" = executable ]; then
      command -v nft >/dev/null || problem "there is no nft, which a $role needs: apt-get install nftables"
    fi
  done
  [ "$problems" = '' ] || fail "not fit for $*, nothing was changed:$problems"
}

# Puts a file in its place, whole or not at all. Fails (1) where it is there already as it should be.
put() { # FROM TO MODE
  if cmp -s "$1" "$2" && [ "$(stat -c %a "$2")" = "$3" ]; then return 1; fi
  mkdir -p "$(dirname "$2")"
  cp "$1" "$2.new"
  chmod "$3" "$2.new"
  mv -f "$2.new" "$2"
}

version_of() {
  "$1" --version 2>/dev/null || true
}

install_packages() {
  release=$1
  shift
  set -- "$@"
  cp "$here/program" "$here/packages/causeway_$release.deb"
  # What stands in /etc/causeway is ours: nobody is asked, and the package's own template does not replace it. Terraform gives us a terminal, which
  # apt-get would set back at its end: as no foreground process of it, it would be stopped for that, and never end. So it gets none.
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends --allow-downgrades --quiet \
    -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=120 "$here"/packages/*.deb </dev/null >"$here/apt.log" 2>&1 || {
    tail -n 20 "$here/apt.log" >&2
    fail "the packages of $release could not be installed (above is what apt-get says); its programs run on as they were"
  }
}

install_executable() {
  release=$1
  chmod 755 "$here/program"
  found=$(version_of "$here/program")
  [ "$found" = "$release" ] || fail "the executable says that it is ${found:-nothing}, not $release; nothing was changed"
  ! put "$here/program" /usr/bin/causeway 755 || programs_changed=yes
  (cd "$here/root" && find . -type f) >"$here/list"
  while read -r file; do
    ! put "$here/root/$file" "/${file#./}" 644 || programs_changed=yes
  done <"$here/list"
  [ ! -e /usr/lib/sysusers.d/causeway-coordinator.conf ] || systemd-sysusers causeway-coordinator.conf
}

# Through bash, which every Debian has, since curl is not there everywhere.
ask() { # ROLE
  case $1 in coordinator) port=7480 ;; director) port=7481 ;; realserver) port=7482 ;; esac
  timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "GET /healthz HTTP/1.0\r\nHost: %s\r\n\r\n" "$0" >&3 && cat <&3' "$health" "$port" 2>/dev/null | tr -d '\r'
}

await() { # ROLE END
  while :; do
    said=$(ask "$1" || true)
    case $said in 'HTTP/1.1 200'* | 'HTTP/1.0 200'*) return 0 ;; esac
    if [ "$(systemctl is-active "causeway-$1.service" 2>/dev/null || true)" = failed ] || [ "$(date +%s)" -ge "$2" ]; then
      systemctl status --no-pager --lines=15 "causeway-$1.service" >&2 || true
      reason=$(printf '%s\n' "$said" | sed -n '/^$/,$p' | sed 1d)
      fail "causeway-$1 is installed but not well: ${reason:-it does not answer at $health:$port/healthz} (journalctl -u causeway-$1). No other host is changed"
    fi
    sleep 1
  done
}

install() {
  release=$1 health=$2 end=$(($(date +%s) + $3 - 5))
  shift 3
  [ -e "$here/complete" ] || fail 'there is nothing to install in .causeway-terraform: terraform apply -replace=…terraform_data.prepared["…"] brings it'
  programs_changed=no
  "install_$install" "$release" "$@"
  [ "$install" != executable ] || for role in "$@"; do ln -sf causeway "/usr/bin/causeway-$role"; done
  found=$(version_of /usr/bin/causeway)
  [ "$found" = "$release" ] || fail "/usr/bin/causeway says that it is ${found:-nothing}, not $release"

  mkdir -p /etc/causeway
  certificates_changed=no
  # Of a role that this host does not have, no key comes here.
  for file in ca.pem $(for role in "$@"; do certificates_of "$role"; done); do
    [ -f "$here/bundle/$file" ] || continue
    # The unit makes those of the coordinator readable for its group: compared is what they say.
    if ! cmp -s "$here/bundle/$file" "/etc/causeway/$file"; then
      put "$here/bundle/$file" "/etc/causeway/$file" 600
      certificates_changed=yes
    fi
  done
  systemctl daemon-reload
  for role in "$@"; do
    changed=$programs_changed
    if ! cmp -s "$here/configuration/$role.yaml" "/etc/causeway/$role.yaml"; then
      put "$here/configuration/$role.yaml" "/etc/causeway/$role.yaml" 644
      changed=yes
    fi
    systemctl enable --quiet $(units_of "$role")
    for unit in $(units_of "$role"); do
      if [ "$unit" = "causeway-$role.service" ] && [ "$changed" = yes ]; then
        systemctl restart "$unit" || fail "$unit does not start: journalctl -u $unit"
      else
        systemctl start "$unit" || fail "$unit does not start: journalctl -u $unit"
      fi
    done
    # Programs see new certificates themselves, once they may read them.
    if [ "$role" = coordinator ] && [ "$certificates_changed" = yes ]; then systemctl reload causeway-coordinator.service; fi
  done
  for role in "$@"; do await "$role" "$end"; done
  echo "$host: Causeway $release is well as $*"
  rm -rf "$here"
}

remove() {
  role=$1
  if [ ! -e "/usr/bin/causeway-$role" ]; then
    echo "$host: causeway-$role is not installed; nothing to remove"
    return 0
  fi
  systemctl disable --quiet --now $(units_of "$role") || fail "causeway-$role does not stop"
  if [ "$role" != coordinator ]; then
    "/usr/bin/causeway-$role" --cleanup >"$here/cleanup.log" 2>&1 || {
      tail -n 20 "$here/cleanup.log" >&2
      fail "causeway-$role is stopped, but what it made in the kernel could not all be undone (above); terraform destroy continues"
    }
  fi
  last=yes
  for other in coordinator director realserver; do
    [ "$other" = "$role" ] || [ ! -e "/usr/bin/causeway-$other" ] || last=no
  done
  if [ "$install" = packages ]; then
    # A coordinator's store is not thrown away with its program: remove, not purge.
    [ "$role" = coordinator ] && how=remove || how=purge
    [ "$last" = yes ] && more=causeway || more=
    DEBIAN_FRONTEND=noninteractive apt-get "$how" --yes --quiet -o DPkg::Lock::Timeout=120 "causeway-$role" $more </dev/null >"$here/apt.log" 2>&1 || {
      tail -n 20 "$here/apt.log" >&2
      fail "causeway-$role is stopped and cleaned up, but its package could not be removed (above)"
    }
  else
    rm -f "/usr/bin/causeway-$role" "/usr/lib/modules-load.d/causeway-$role.conf" "/usr/lib/sysusers.d/causeway-$role.conf"
    for unit in $(units_of "$role"); do rm -f "/lib/systemd/system/$unit"; done
    [ "$role" = coordinator ] || rm -rf "/var/lib/causeway/$role"
    systemctl daemon-reload
    [ "$last" = no ] || rm -f /usr/bin/causeway
  fi
  rm -f "/etc/causeway/$role.yaml" "/etc/causeway/$role.pem" "/etc/causeway/$role.key"
  [ "$role" != coordinator ] || rm -f /etc/causeway/issuer.pem /etc/causeway/denied
  if [ "$last" = yes ]; then
    rm -f /etc/causeway/ca.pem
    rmdir /etc/causeway /var/lib/causeway 2>/dev/null || true
  fi
  echo "$host: causeway-$role is removed"
}

case $what in
  check | install | remove) "$what" "$@" ;;
  *) fail "unknown word $what" ;;
esac
