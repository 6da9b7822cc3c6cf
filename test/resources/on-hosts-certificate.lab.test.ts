/** Certificates on a real host: issued, verified by OpenSSL there, repaired after each drift, left alone otherwise. */

import { createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { newAuthority } from '../../src/certificates/new-authority.ts'
import { certificate, command, directory, handler, Secret } from '../../src/index.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'

const lab = labFor('test-certificate', [], { hosts: ['web1'] })
const authority = new Secret('tls.ca', newAuthority('Test CA'))
const names = ['web1', 'www.foobar.com', '198.51.100.11']
const folder = '/srv/tls'
const [path, keyPath] = [`${folder}/web1.pem`, `${folder}/web1.key`]
const [bundlePath, authorityPath] = [`${folder}/bundle.pem`, `${folder}/ca.pem`]

type Desired = Partial<Omit<Exclude<Parameters<typeof certificate>[0], { state: 'absent' }>, 'notify'>>

/** Applies it; the keys of its changes, or what speaks against it. */
async function apply(more: Desired = {}, mode: 'apply' | 'plan' = 'apply') {
  const notify = handler('note', command({ run: 'echo x >>/srv/notes', always: true }))
  const tasks = () => [
    directory({ path: folder, mode: '0755' }),
    certificate({
      path,
      keyPath,
      bundlePath,
      authorityPath,
      names,
      authority,
      group: 'daemon',
      mode: '0640',
      ...more,
      notify,
    }),
  ]
  const { web1, events } = await applyOnLab(lab.inventory(tasks), { mode, diff: true })
  expect(web1.error).toBeUndefined()
  const changes = events.flatMap((event) =>
    event.type === 'task-finished' && event.task.type === 'certificate' ? event.changes.map(({ key }) => key) : [],
  )
  return { changes, statuses: web1.statuses, roundTrips: web1.roundTrips, told: JSON.stringify(events) }
}

const onHost = async (script: string) => (await lab.script('web1', script)).stdout

describe('a certificate', () => {
  it('is planned, issued, and verified by OpenSSL on the host', async () => {
    expect((await apply({}, 'plan')).statuses).toMatchObject({ failed: 0 })
    expect(await onHost(`ls ${folder} 2>&1`)).toContain('No such file')
    const { changes, told } = await apply()
    expect(changes).toEqual(['certificate', 'authorityPath'])
    expect(
      await onHost(`cd ${folder}
openssl verify -x509_strict -purpose sslserver -verify_hostname www.foobar.com -CAfile ca.pem web1.pem
openssl verify -x509_strict -purpose sslclient -verify_ip 198.51.100.11 -CAfile ca.pem bundle.pem
cat web1.pem web1.key | cmp - bundle.pem && echo bundled
stat -c '%n %a %U:%G' *; ls -A; cat /srv/notes`),
    ).toBe(
      `web1.pem: OK
bundle.pem: OK
bundled
bundle.pem 640 root:daemon
ca.pem 644 root:daemon
web1.key 640 root:daemon
web1.pem 644 root:daemon
bundle.pem
ca.pem
web1.key
web1.pem
x
`,
    )
    const days = await onHost(
      `openssl x509 -in ${path} -noout -checkend $((89 * 86400)) && ! openssl x509 -in ${path} -noout -checkend $((91 * 86400)); echo $?`,
    )
    expect(days.trim().endsWith('0')).toBe(true)
    // Neither key was told anywhere, and that of the authority is not on the host.
    const key = await onHost(`sed -n 2p ${keyPath}`)
    expect(key.length).toBeGreaterThan(50)
    expect(told).not.toContain(key.trim())
    const secretLine = authority.reveal().split('\n')[1] ?? ''
    expect(await onHost(`grep -rlF '${secretLine}' /srv /etc /tmp /run /var/lib 2>/dev/null; echo none`)).toBe('none\n')
  })

  it('is left alone by a second run, in two round trips', async () => {
    const before = await onHost(`sha256sum ${folder}/*; cat /srv/notes`)
    const { statuses, roundTrips } = await apply()
    expect([statuses.changed, roundTrips]).toEqual([0, 2])
    expect(await onHost(`sha256sum ${folder}/*; cat /srv/notes`)).toBe(before)
  })

  it.each<[string, string, Desired, string[]]>([
    ['other names', ':', { names: [...names, 'new.foobar.com'] }, ['names']],
    ['the old names again', ':', {}, ['names']],
    [
      'a key of somebody else',
      `openssl ecparam -name prime256v1 -genkey -noout -out ${keyPath}`,
      {},
      ['key', 'bundlePath'],
    ],
    ['a key that is gone', `rm ${keyPath}`, {}, ['key', 'bundlePath']],
    ['a bundle that was changed', `echo >>${bundlePath}`, {}, ['bundlePath']],
    [
      'modes and owners',
      `chmod 666 ${keyPath}; chown nobody ${authorityPath}`,
      {},
      [`${keyPath} mode`, `${authorityPath} owner`],
    ],
    ['little time left', ':', { validDays: 100, renewBeforeDays: 95 }, ['expires']],
    ['what is no certificate', `echo x >${path}`, {}, ['certificate']],
    ['a link', `mv ${keyPath} /srv/moved; ln -s /srv/moved ${keyPath}`, {}, ['keyPath']],
  ])('is repaired after %s', async (_, drift, more, expected) => {
    await onHost(drift)
    expect((await apply(more)).changes).toEqual(expected)
    expect((await apply(more)).changes).toEqual([])
    expect(
      await onHost(
        `cd ${folder}; openssl verify -CAfile ca.pem web1.pem; cat web1.pem web1.key | cmp - bundle.pem && stat -c %a web1.key; ls -A | wc -l`,
      ),
    ).toBe('web1.pem: OK\n640\n4\n')
  })

  it('is issued anew by another authority', async () => {
    const other = new Secret('tls.ca', newAuthority('Test CA'))
    expect((await apply({ authority: other })).changes).toEqual(['authority', 'authorityPath'])
    expect(await onHost(`cd ${folder}; openssl verify -CAfile ca.pem web1.pem`)).toBe('web1.pem: OK\n')
    expect(createPublicKey(await onHost(`cat ${path}`)).asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
  })

  it('is removed with all its files, and stays so', async () => {
    const tasks = () => [certificate({ path, keyPath, bundlePath, authorityPath, state: 'absent' })]
    expect((await applyOnLab(lab.inventory(tasks))).web1.statuses).toMatchObject({ failed: 0, changed: 1 })
    expect(await onHost(`ls -A ${folder}; echo none`)).toBe('none\n')
    expect((await applyOnLab(lab.inventory(tasks))).web1.statuses).toMatchObject({ failed: 0, changed: 0 })
  })
})
