/** The nginx role on real hosts of three releases: every case is judged by `nginx -t`, applied, and asked. */

import { describe, expect, it } from 'vitest'
import { nginx } from '../../roles/nginx/role.ts'
import { nginxProbe } from '../../roles/nginx/status.ts'
import type { RunEvent } from '../../src/engine/events.ts'
import { defineInventory, definePlaybook } from '../../src/index.ts'
import type { LabSuite } from '../../src/model/lab.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'
import { startLoad } from './clients.ts'
import { differences, parseAnswers, requestScript } from './nginx/answers.ts'
import { caseNames, type NginxInput, requestsOf, variablesOf } from './nginx/case.ts'
import { siteFiles } from './nginx/site-files.ts'

/** The role with what it serves, for the one host of a lab. */
function inventoryOf(lab: string, variables: NginxInput) {
  const playbook = definePlaybook({
    name: 'test',
    groups: ['web'],
    plays: () => [
      { name: 'Files', hosts: 'web', tasks: siteFiles },
      { name: 'Web', hosts: 'web', roles: [nginx(variables)] },
    ],
  })
  const hosts = { web1: { address: '198.51.100.11' } }
  return defineInventory({ playbook, hosts, groups: { web: ['web1'] }, lab: { name: lab } })
}

/** What each task changed, by its title. */
function changesOf(events: readonly RunEvent[]): Record<string, string[]> {
  return Object.fromEntries(
    events.flatMap((event) =>
      event.type === 'task-finished' && event.status !== 'ok'
        ? [[event.task.title, event.changes.map(({ key }) => key)]]
        : [],
    ),
  )
}

const suites: readonly LabSuite[] = ['sid', 'trixie', 'bookworm']
const answering = (body: string): NginxInput => ({
  sites: [{ serverNames: ['_'], default: true, locations: [{ path: '/', return: { status: 200, body: `${body}.` } }] }],
})

describe('the cases', () => {
  const labs = suites.map((suite) => {
    const name = `test-nginx-${suite}`
    return { suite, name, lab: labFor(name, ['nginx'], { suite, hosts: ['web1'] }) }
  })

  it.each(caseNames())('%s', async (caseName) => {
    const found = await Promise.all(labs.map(async (one) => [one.suite, await problemsOn(one, caseName)]))
    expect(Object.fromEntries(found)).toEqual({ sid: [], trixie: [], bookworm: [] })
  })
})

/** Applies a case, lets nginx judge it, asks it, and applies it again: what is not as it must be. */
async function problemsOn(
  { name, lab }: { name: string; lab: ReturnType<typeof labFor> },
  caseName: string,
): Promise<string[]> {
  const inventory = inventoryOf(name, variablesOf(caseName))
  const first = await applyOnLab(inventory)
  if (first.web1.error) return [first.web1.error.message]
  const requests = requestsOf(caseName)
  const { stdout } = await lab.script('web1', `nginx -t 2>&1; echo ---; ${requestScript(requests)}`)
  const [judgement = '', answers = ''] = stdout.split('\n---\n')
  const answered = parseAnswers(answers)
  const { statuses, roundTrips } = (await applyOnLab(inventory)).web1
  return [
    ...judgement.split('\n').filter((line) => !/ is ok$| is successful$/.test(line)),
    ...requests.flatMap((request, index) => differences(request, answered[index])),
    ...(statuses.changed + statuses.failed === 0 ? [] : [`applied again: ${JSON.stringify(statuses)}`]),
    ...(roundTrips <= 2 ? [] : [`applied again in ${roundTrips} round trips`]),
  ]
}

describe('the role', () => {
  const name = 'test-nginx'
  const lab = labFor(name, [], { hosts: ['web1'] })
  const apply = (variables: NginxInput, request = {}) => applyOnLab(inventoryOf(name, variables), request)
  const onHost = async (script: string) => (await lab.script('web1', script)).stdout

  it('plans for a host without nginx, installs it, serves nothing but its sites, and starts with the host', async () => {
    const planned = await apply(answering('first'), { mode: 'plan' })
    expect(planned.web1.error).toBeUndefined()
    expect(planned.web1.statuses).toMatchObject({ failed: 0 })
    expect(await onHost('ls /etc/nginx 2>&1')).toContain('No such file')
    const { web1 } = await apply(answering('first'))
    expect(web1.error).toBeUndefined()
    expect(await onHost('ls /etc/nginx/sites-enabled; systemctl is-enabled nginx; curl -s http://127.0.0.1/')).toBe(
      'default.conf\nenabled\nfirst.',
    )
  })

  it('loses no request while the configuration changes five times', async () => {
    await apply(answering('before'))
    const end = await startLoad(name, 'http://198.51.100.11/', { paceMs: 0 })
    for (const body of ['one', 'two', 'three', 'four', 'five']) {
      const { web1 } = await apply(answering(body))
      expect(web1.error).toBeUndefined()
    }
    const { failures, answers, total } = await end()
    expect(failures, JSON.stringify(answers)).toBe(0)
    expect(total).toBeGreaterThan(100)
    expect((await lab.script('web1', 'curl -s http://127.0.0.1/')).stdout).toBe('five.')
  })

  it('refuses what nginx refuses, in its words, and leaves files and nginx as they were', async () => {
    await apply(answering('good'))
    const look =
      'find /etc/nginx -mindepth 1 -printf "%p %i %s %T@ %C@ %l\n" | sort; systemctl show -p MainPID,StateChangeTimestampMonotonic nginx'
    const workers = 'cat /proc/$(systemctl show -p MainPID --value nginx)/task/*/children'
    const before = await lab.script('web1', `${look}; ${workers}`)
    const [good] = answering('bad').sites
    const { result, web1 } = await apply({ sites: [{ ...good, serverNames: ['_'], extra: ['nonsense;'] }] })
    expect(result.exitCode).toBe(2)
    expect(web1.error).toMatchObject({ code: 'command-failed', task: 'nginx configuration', host: 'web1' })
    expect(web1.error?.detail).toMatch(
      /\[emerg\].* unknown directive "nonsense" in \/etc\/nginx\/sites-enabled\/default\.conf:\d/,
    )
    expect(web1.error?.detail).toContain('were left as they were')
    expect(web1.pendingHandlers).toEqual([])
    expect(await lab.script('web1', `${look}; ${workers}`)).toEqual(before)
    expect((await lab.script('web1', 'curl -s http://127.0.0.1/')).stdout).toBe('good.')
  })

  it('repairs what was changed by hand, tells exactly that, and then changes nothing', async () => {
    const variables = answering('as declared')
    await apply(variables)
    await lab.script(
      'web1',
      `echo '# mine' >>/etc/nginx/nginx.conf; chmod 600 /etc/nginx/sites-enabled/default.conf
printf 'server { listen 8099; }\n' >/etc/nginx/sites-available/other
ln -s /etc/nginx/sites-available/default /etc/nginx/sites-available/other /etc/nginx/sites-enabled/
mkdir /etc/nginx/sites-enabled/old; touch /etc/nginx/sites-enabled/default.conf~
systemctl disable --now nginx`,
    )
    const { events, web1 } = await apply(variables)
    expect(web1.error).toBeUndefined()
    expect(changesOf(events)).toEqual({
      'nginx configuration': [
        'nginx.conf',
        'sites-enabled/default.conf mode',
        'sites-enabled/default',
        'sites-enabled/default.conf~',
        'sites-enabled/old',
        'sites-enabled/other',
      ],
      'service nginx': ['enabled', 'running'],
      'reload nginx': ['run'],
    })
    expect((await lab.script('web1', 'ls /etc/nginx/sites-enabled; curl -s http://127.0.0.1/')).stdout).toBe(
      'default.conf\nas declared.',
    )
    expect((await apply(variables)).web1.statuses).toMatchObject({ changed: 0, failed: 0 })
  })
  it('removes sites that are no longer given, and leaves them where it is told to', async () => {
    const [one] = answering('one').sites
    const two = { serverNames: ['two.example'], redirectTo: 'http://one.example' }
    await apply({ sites: [{ ...one, serverNames: ['_'] }, two] })
    expect(await onHost('ls /etc/nginx/sites-enabled')).toBe('default.conf\ntwo.example.conf\n')
    const kept = await apply({ sites: [{ ...one, serverNames: ['_'] }], keepOtherSites: true })
    expect(kept.web1.statuses.changed).toBe(0)
    const { events } = await apply({ sites: [{ ...one, serverNames: ['_'] }] })
    expect(changesOf(events)['nginx configuration']).toEqual(['sites-enabled/two.example.conf'])
    expect(await onHost('ls /etc/nginx/sites-enabled; curl -s -H "Host: two.example" http://127.0.0.1/')).toBe(
      'default.conf\none.',
    )
  })

  it('fails when nginx does not take a valid configuration, and the next run reloads it', async () => {
    const [site] = answering('on another port').sites
    await apply(answering('on 80'))
    await onHost('systemd-run -q --unit=taker --socket-property=ListenStream=8088 true')
    const variables = { sites: [{ ...site, serverNames: ['_'], port: 8088 }] }
    const { result, web1 } = await apply(variables)
    expect(result.exitCode).toBe(2)
    expect(web1.error?.detail).toMatch(/goes on with the old one[\s\S]*bind\(\) to 0\.0\.0\.0:8088 failed/)
    expect(web1.pendingHandlers).toEqual(['reload nginx'])
    expect(await onHost('curl -s http://127.0.0.1/')).toBe('on 80.')
    await onHost('systemctl stop taker.socket')
    const second = await apply(variables)
    expect(second.web1).toMatchObject({ pendingHandlers: [], statuses: { failed: 0 } })
    expect(await onHost('curl -s http://127.0.0.1:8088/')).toBe('on another port.')
  })

  it('believes the PROXY protocol of those alone whom it is told to believe', async () => {
    const addressFor = async (peer: string) => {
      const locations = [{ path: '/', return: { status: 200, body: '$remote_addr' } }]
      const site = { serverNames: ['_'], port: 8080, default: true, proxyProtocol: true, locations }
      const { web1 } = await apply({ sites: [site], realIpFrom: [peer] })
      expect(web1.error).toBeUndefined()
      const request = 'PROXY TCP4 203.0.113.7 127.0.0.1 4711 80\\r\\nGET / HTTP/1.0\\r\\n\\r\\n'
      const ask = `exec 3<>/dev/tcp/127.0.0.1/8080; printf "${request}" >&3; cat <&3 | tail -n 1`
      return onHost(`bash -c '${ask}'`)
    }
    expect(await addressFor('127.0.0.1')).toBe('203.0.113.7')
    expect(await addressFor('192.0.2.1')).toBe('127.0.0.1')
    expect(await onHost('curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1:8080/')).toBe('000')
  })

  it('is shown by status', async () => {
    await apply(answering('shown'))
    const rows = nginxProbe().parse({ status: 0, stdout: await onHost(nginxProbe().script.script) })
    expect(rows).toMatchObject([{ state: { text: 'active', level: 'good' }, sites: 'default' }])
    expect(rows[0]?.version).toMatch(/^\d+\.\d+\.\d+$/)
    expect(rows[0]?.since).toMatch(/^\d{4}-\d\d-\d\d /)
  })

  it('configures an nginx that is not to run without starting it', async () => {
    const off = { ...answering('off'), running: false, enabled: false }
    expect((await apply(off)).web1.error).toBeUndefined()
    expect(await onHost('systemctl is-active nginx; systemctl is-enabled nginx')).toBe('inactive\ndisabled\n')
    expect((await apply({ ...off, gzip: false })).web1.error).toBeUndefined()
    expect(await onHost('systemctl is-active nginx')).toBe('inactive\n')
    expect((await apply({ ...off, gzip: false })).web1.statuses).toMatchObject({ changed: 0, failed: 0 })
  })
})
