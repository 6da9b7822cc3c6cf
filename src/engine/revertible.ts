/** Changes that revert: the host takes them back by itself unless a new connection confirms them in time. */

import { FoobarDeployError, messageOf } from '../errors.ts'
import { quote } from '../shell/quote.ts'
import { type BuiltRevertible, tasksIn } from './built.ts'
import type { HostRun } from './host-run.ts'
import { agrees } from './reading.ts'

/** Runs `work` under the host's own watch. Where nothing differs, no watch is set. */
export async function runRevertible(host: HostRun, node: BuiltRevertible, work: () => Promise<void>): Promise<void> {
  const tasks = tasksIn(node.nodes)
  const unread = tasks.filter((built) => !host.known(built))
  if (unread.length > 0) await host.read(unread)
  const isPaying = tasks.some(({ task }) => task.notify.some(({ name }) => host.owed.has(name)))
  if (!isPaying && tasks.every((built) => agrees(host.known(built)))) return work()
  const place = `/var/lib/foobar-deploy/revert/${host.shared.runId}`
  await ask(host, arm(node, place), 'The watch that would revert a change could not be set')
  try {
    await work()
    await host.link.probe()
  } catch (thrown) {
    await revertNow(host, node, place, thrown)
  }
  await ask(host, disarm(place), 'The watch that would revert a change could not be stopped')
}

async function revertNow(
  host: HostRun,
  { title, withinMs }: BuiltRevertible,
  place: string,
  thrown: unknown,
): Promise<never> {
  host.shared.emit({ type: 'notice', host: host.name, text: `${title}: reverting: ${messageOf(thrown)}` })
  // Where the connection stands it is done at once; otherwise the host does it when its time is up.
  try {
    await host.link.read(host.user, [{ kind: 'read', script: `sh ${quote(place)}/revert` }])
  } catch (unreached) {
    if (!(unreached instanceof FoobarDeployError)) throw unreached
  }
  host.trustOnly(new Map())
  if (thrown instanceof FoobarDeployError && thrown.family === 'task') throw thrown
  throw new FoobarDeployError('task', 'reverted', 'A change was reverted, because no new connection confirmed it', {
    host: host.name,
    task: title,
    detail: messageOf(thrown),
    hint: `The host reverts by itself ${withinMs / 1000} s after the change began, also without us.`,
    cause: thrown,
  })
}

async function ask(host: HostRun, script: string, summary: string): Promise<void> {
  const [result] = await host.link.read(host.user, [{ kind: 'read', script }])
  if (result?.status === 0) return
  throw new FoobarDeployError('task', 'watch-failed', summary, {
    host: host.name,
    detail: `${result?.stdout ?? ''}${result?.stderr ?? ''}`.trim(),
  })
}

// The script keeps what `paths` are, and starts a process that no connection and no controller can end. `revert` takes
// itself away first, so that it runs once.
function arm({ paths, restore, withinMs }: BuiltRevertible, place: string): string {
  const words = paths.map(quote)
  const revert = [
    'set -u',
    `mv ${quote(place)} ${quote(place)}.running 2>/dev/null || exit 0`,
    `cd ${quote(place)}.running/kept`,
    ...words.map(
      (word, index) =>
        `rm -rf -- ${word}; if [ -e ./${index} ] || [ -L ./${index} ]; then cp -aT -- ./${index} ${word}; fi`,
    ),
    `sync; ( ${restore}\n)`,
    `cd /; rm -rf -- ${quote(place)}.running`,
  ].join('\n')
  const watch = `sleep ${Math.ceil(withinMs / 1000)}; exec sh ${quote(place)}/revert`
  return [
    'set -e; umask 077',
    `rm -rf -- ${quote(place)}; mkdir -p -- ${quote(place)}/kept`,
    ...words.map(
      (word, index) => `if [ -e ${word} ] || [ -L ${word} ]; then cp -aT -- ${word} ${quote(place)}/kept/${index}; fi`,
    ),
    `printf %s ${quote(revert)} >${quote(place)}/revert; sync -- ${quote(place)}/revert`,
    // Under systemd it is a unit of its own, which no end of a session takes along.
    `if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then systemd-run --quiet --collect --unit=foobar-deploy-revert-${place.split('/').at(-1)} sh -c ${quote(watch)}`,
    `else setsid sh -c ${quote(watch)} </dev/null >/dev/null 2>&1 & fi`,
  ].join('\n')
}

function disarm(place: string): string {
  const unit = `foobar-deploy-revert-${place.split('/').at(-1)}`
  return `[ -d ${quote(place)} ] || { echo 'it has reverted already'; exit 1; }
rm -rf -- ${quote(place)}; systemctl stop ${unit} 2>/dev/null; exit 0`
}
