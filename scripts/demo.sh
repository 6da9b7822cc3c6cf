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

heading 'Hosts: real systems with systemd and sshd, in a network of their own on this machine'
run lab up "$inventory"

heading 'Provision them'
run apply "$inventory"

heading 'What each host serves'
node "$foobar_deploy" list "$inventory" --json | node scripts/demo-addresses.ts | while read -r host address; do
  printf '\n%s:' "$host"
  run lab exec "$inventory" -- curl --silent --show-error --fail --max-time 10 "http://$address/" </dev/null
done

heading 'Again: nothing is left to do, so nothing is done'
run apply "$inventory"

heading 'Do the hosts do what they are there for?'
run verify "$inventory"

cat <<END

Look around:

  export PATH="$PWD/.tools/node_modules/.bin:\$PATH"
  foobar-deploy lab exec $inventory -- ping -c 1 HOST   # any command, in the hosts' network
  foobar-deploy plan $inventory                          # what a run would change: nothing
  foobar-deploy lab down $inventory                      # remove the hosts
END
