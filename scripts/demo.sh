#!/bin/sh
# The demonstration behind `make demo`: throw-away hosts, the reference stack on them, a look at it, a run that changes nothing.
set -eu

cd "$(dirname "$0")/.."
inventory=inventory/lab.ts
name=www.foobar.com
address=198.51.100.10
foobar_deploy=$PWD/bin/foobar-deploy.js
authority=$(mktemp)
trap 'rm -f "$authority"' EXIT

heading() { printf '\n== %s\n' "$*"; }
# Shows a command as one would type it, then runs it.
run() {
  printf '\n$ foobar-deploy %s\n' "$*"
  node "$foobar_deploy" "$@"
}
# Asks the site by its name at its virtual address. It must prove who it is to those who trust its authority.
ask() {
  path=$1
  shift
  run lab exec -- curl --silent --show-error --fail --max-time 10 --cacert "$authority" \
    --resolve "$name:443:$address" "$@" "https://$name$path"
}

heading 'Hosts: real systems with systemd and sshd, in a network of their own on this machine'
run lab up

heading 'The stack: firewall, databases, balancers, web servers, monitoring; the first time this takes some minutes'
run apply "$inventory"

heading 'The site, through its virtual address, by TLS that is verified'
node "$foobar_deploy" lab ssh web1 -- cat /etc/ssl/certs/foobar-authority.pem >"$authority"
ask /readyz
ask /api/notes --json '{"text":"written by the demo"}'

heading 'The replica has it too'
note="SELECT text, server FROM notes WHERE text = 'written by the demo' LIMIT 1"
rows=$(run lab ssh web2 -- "sudo mysql --table app -e \"$note\"")
echo "$rows"
case $rows in *'| written by the demo'*) ;; *) echo 'demo: the note is not on the replica' >&2; exit 1 ;; esac

heading 'Again: nothing is left to do, so nothing is done'
run apply "$inventory"

heading 'Once more, with a fingerprint of the hosts before and after: nothing moves'
run verify "$inventory"

# By now Prometheus has asked each of its targets.
heading 'How everything is doing'
run status "$inventory"

cat <<END

Look around:

  export PATH="$PWD/.tools/node_modules/.bin:\$PATH"
  foobar-deploy status $inventory      # who is primary, who has the address, what is down
  foobar-deploy lab ssh web1                 # a shell on one of the hosts
  foobar-deploy plan $inventory        # what a run would change: nothing
  foobar-deploy lab stop web1                # cut the power of one; lab start web1 boots it again
  foobar-deploy lab down                     # remove them
END
