/** Restarting the application so that a release which does not come up ready is taken back, and told. */

import { isIPv6 } from 'node:net'
import { command, handler, sh, type Task, withServerDrained } from 'foobar-deploy'
import { placesOf } from './places.ts'
import type { AppVariables } from './variables.ts'

/**
 * Asks an address until it answers 200; prints what came last where the unit ended again and again, or the timer expired. One
 * process asks all the time: starting Node.js for each question would keep a small host from starting the application.
 */
const awaitReady = `const [, url, unit, seconds] = process.argv
const { execFileSync } = require('node:child_process')
const restarts = () => Number(execFileSync('systemctl', ['show', '-p', 'NRestarts', '--value', unit]))
const ask = () => fetch(url, { signal: AbortSignal.timeout(3000) }).then(
  async (answer) => [answer.status === 200, answer.status + ' ' + (await answer.text()).slice(0, 500).trim()],
).catch((error) => [false, (error.cause ?? error).message])
const end = Date.now() + seconds * 1000
const giveUp = (said) => { console.log(said); process.exit(1) }
void (async () => {
  for (;;) {
    const [isReady, said] = await ask()
    if (isReady) process.exit()
    if (restarts() >= 2) giveUp('it ends again and again')
    if (Date.now() > end) giveUp(said)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
})()`

/** The address of the readiness check. */
export function readinessUrl({ address, port, readinessPath }: AppVariables): string {
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}${readinessPath}`
}

/**
 * The handler. The host is drained, restarted, and put back when it is ready. If it does not become ready, the release that
 * was ready last is put in force again before the host is put back; the run fails in either case.
 */
export function restartHandler(vars: AppVariables, release: string, host: string) {
  const { name, balancing } = vars
  const restart = command({ title: `restart ${name}`, run: restartScript(vars), always: true })
  const { server = host, ...where } = balancing ?? {}
  const tasks: Task[] = balancing
    ? withServerDrained({ balancers: [], backend: '', ...where, server }, restart)
    : [restart]
  return handler(`restart ${name}`, [...tasks, verdict(vars, release)])
}

/** The handler for a socket that is to listen elsewhere, which it cannot while the service has it. */
export function socketHandler({ name }: AppVariables) {
  const units = [`${name}.service`, `${name}.socket`]
  return handler(
    `reopen ${name}.socket`,
    command({
      title: `reopen ${name}.socket`,
      run: sh`systemctl stop ${units} && systemctl start ${name}.socket`,
      always: true,
    }),
  )
}

function verdict(vars: AppVariables, release: string): Task {
  const { current, failure } = placesOf(vars)
  return command({
    title: `release ${release} is in force`,
    run: sh`echo ${`${release} did not come up ready;`} "$(readlink ${current})" is in force again. >&2
cat ${failure} >&2
exit 1`,
    unless: sh`[ "$(readlink ${current})" = ${`releases/${release}`} ]`.script,
  })
}

function restartScript(vars: AppVariables) {
  const { root, lastReady, current, failure } = placesOf(vars)
  return sh`# restart, and wait until it is ready
unit=${`${vars.name}.service`}
point() { ln -sfn -- "$1" "$2.new" && mv -fT -- "$2.new" "$2"; }
ready() { said=$(${vars.nodePath} -e ${awaitReady} ${readinessUrl(vars)} "$unit" ${vars.readyWithinSeconds} 2>&1); }
wanted=$(readlink ${current}) || exit
before=$(readlink ${lastReady})
began=$(date +%s)
rm -f -- ${failure}
if said=$(systemctl restart "$unit" 2>&1) && ready; then point "$wanted" ${lastReady}; exit; fi
{ echo "$wanted is not ready: $said"; journalctl -u "$unit" --since "@$began" -n 15 -o cat --no-pager; } >${failure} 2>&1
cat ${failure} >&2
if [ "$before" ] && [ "$before" != "$wanted" ] && [ -d ${root}/"$before" ]; then
  echo "going back to $before" >&2
  point "$before" ${current} && systemctl restart "$unit" && ready && exit
  echo "$before is not ready either: $said" >&2
fi
exit 1`
}
