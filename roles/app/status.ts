/** What `status` shows of the application on a host. */

import { sh, statusProbe } from 'foobar-deploy'
import { placesOf } from './places.ts'
import { readinessUrl } from './restart.ts'
import type { AppVariables } from './variables.ts'

/** The probe: which release runs since when, whether it is ready, and on which Node.js. */
export function releaseProbe(vars: AppVariables) {
  const { name, nodePath } = vars
  const { current } = placesOf(vars)
  return statusProbe({
    section: 'Releases',
    script: sh`unit=${`${name}.service`}
echo "current=$(readlink ${current})"
pid=$(systemctl show -p MainPID --value "$unit" 2>/dev/null)
[ "\${pid:-0}" = 0 ] || echo "running=$(readlink "/proc/$pid/cwd")"
systemctl show -p ActiveState,ActiveEnterTimestamp --timestamp=utc "$unit" 2>/dev/null
${nodePath} -e ${asking} ${readinessUrl(vars)} 2>/dev/null`,
    parse: ({ stdout }) => [rowOf(name, stdout)],
  })
}

const asking = `console.log('node=' + process.version)
fetch(process.argv[1], { signal: AbortSignal.timeout(2000) }).then(
  (answer) => console.log('ready=' + answer.status), () => console.log('ready=no answer'))`

function rowOf(app: string, text: string) {
  const said: Readonly<Record<string, string>> = Object.fromEntries(
    text.split('\n').map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]),
  )
  const current = said.current?.split('/').at(-1) ?? ''
  const running = said.running?.split('/').at(-1)
  if (current === '') return { app, release: { text: 'none', level: 'bad' as const } }
  const isUp = said.ActiveState === 'active' && running !== undefined
  return {
    app,
    release: isUp && running !== current ? { text: `${running}, not ${current}`, level: 'warning' as const } : current,
    since: isUp ? (said.ActiveEnterTimestamp ?? '').replace(/^\w+ /, '') : '',
    ready: readyCell(isUp ? said.ready : undefined, said.ActiveState),
    node: said.node ?? 'none',
  }
}

function readyCell(answer: string | undefined, state = 'unknown') {
  if (answer === undefined) return { text: state, level: 'bad' as const }
  return answer === '200' ? { text: 'yes', level: 'good' as const } : { text: `no (${answer})`, level: 'bad' as const }
}
