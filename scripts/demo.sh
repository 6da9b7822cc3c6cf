#!/bin/sh
# The demonstration behind `make demo`: throw-away hosts, a run, a look at what they serve, a run that changes nothing.
set -eu

cd "$(dirname "$0")/.."
inventory=inventory/lab.ts
foobar_deploy=$PWD/bin/foobar-deploy.js

heading() { printf '\n== %s\n' "$*"; }
# Shows a command as one would type it, then runs it.
run() {
  printf '\n$ foobar-deploy %s\n' "$*"
  node "$foobar_deploy" "$@"
}

# Name and address of each host, as `lab status` tells them.
hosts() { node "$foobar_deploy" lab status | awk '/^  / { print $1, $2 }'; }

heading 'Hosts: real systems with systemd and sshd, in a network of their own on this machine'
run lab up

heading 'Provision them'
run apply "$inventory"

heading 'What each host serves'
visited=0
for address in $(hosts | awk '{ print $2 }'); do
  run lab exec -- curl --silent --show-error --fail --max-time 10 "http://$address/"
  visited=$((visited + 1))
done
[ "$visited" -gt 0 ] || { echo 'demo: the lab has no hosts' >&2; exit 1; }

heading 'Again: nothing is left to do, so nothing is done'
run apply "$inventory"

heading 'Once more, with a fingerprint of the hosts before and after: nothing moves'
run verify "$inventory"

cat <<END

Look around:

  export PATH="$PWD/.tools/node_modules/.bin:\$PATH"
  foobar-deploy lab status             # the hosts and their addresses
  foobar-deploy lab ssh $(hosts | awk 'NR == 1 { print $1 }')           # a shell on one of them
  foobar-deploy plan $inventory  # what a run would change: nothing
  foobar-deploy lab down               # remove them
END
