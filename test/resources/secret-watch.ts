/** Watches a lab's host for a secret: in arguments and environments of all processes while something runs, and in files afterwards. */

import type { labFor } from '../engine/on-lab.ts'

type Lab = ReturnType<typeof labFor>
type LabHost = Parameters<Lab['script']>[0]

// The secret is in no argument of the watch itself: grep reads it from a file.
const watch = `set -e
mkdir -p /run/watch
cat >/run/watch/loop <<'END'
while :; do
  cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -F -f /run/watch/secrets >>/run/watch/seen
  echo >>/run/watch/rounds
  sleep 0.05
done
END
: >/run/watch/seen
: >/run/watch/rounds
systemd-run --quiet --unit=secret-watch sh /run/watch/loop
`

/** Begins to look for `secrets` in the processes of a host. */
export async function watchSecrets(lab: Lab, host: LabHost, secrets: readonly string[]): Promise<void> {
  const { status } = await lab.script(
    host,
    `umask 077; mkdir -p /run/watch; cat >/run/watch/secrets <<'END'\n${secrets.join('\n')}\nEND\n${watch}`,
  )
  if (status !== 0) throw new Error('the watch did not start')
}

/** Ends the watch: what was seen in processes, in `files` (patterns of the shell), and how often it looked. */
export async function seenSecrets(lab: Lab, host: LabHost, files: string): Promise<{ seen: string; rounds: number }> {
  const { stdout } = await lab.script(
    host,
    `systemctl stop secret-watch
cat /run/watch/seen
grep -l -a -F -f /run/watch/secrets ${files} 2>/dev/null
journalctl --no-pager -q | grep -F -f /run/watch/secrets
echo "rounds $(wc -l </run/watch/rounds)"`,
  )
  const [, seen = '', rounds = '0'] = /^([\s\S]*)rounds (\d+)\s*$/.exec(stdout) ?? []
  return { seen: seen.trim(), rounds: Number(rounds) }
}
