/** Resources that fetch, unpack, check out and configure, on a real host: applied twice, drifted by hand, applied again, removed. */

import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  apt,
  aptRepository,
  archive,
  assert,
  copyTree,
  debconf,
  directory,
  download,
  file,
  git,
  httpCheck,
  Secret,
  script,
  service,
  systemdUnit,
  type TaskList,
  waitFor,
} from '../../src/index.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'

const lab = labFor('test-resources-a', ['git'])
const here = (path: string) => new URL(path, import.meta.url)
const key = readFileSync(here('packages/aptRepository/files/key.asc'), 'utf8')
const base = 'http://127.0.0.1:8080'
const served = 'served by the host\n'
const sumOf = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')

/** A web server of what every host has: perl-base. It answers /secret only with the right header. */
const server = `use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die;
while (my $client = $server->accept) {
  my $request = "";
  while (<$client>) { $request .= $_; last if /^\\r?\\n$/ }
  my ($path) = $request =~ m{^GET (\\S+)};
  my ($status, $body) = ("404 Not Found", "none");
  $path = "/refused" if $path eq "/secret" && $request !~ m{^Authorization: Bearer canary-0123\\r$}m;
  if (open(my $file, "<", "/srv/www$path")) { local $/; ($status, $body) = ("200 OK", <$file>) }
  print $client "HTTP/1.0 $status\\r\\nContent-Length: " . length($body) . "\\r\\n\\r\\n$body";
  close $client;
}
`

const buildRepository = `set -e
mkdir -p /srv/repo /srv/package/DEBIAN
printf 'Package: %s\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: x <x@example.org>\\nDescription: x\\n' lab-sample >/srv/package/DEBIAN/control
cd /srv/repo
dpkg-deb --root-owner-group -b /srv/package lab-sample.deb
{ cat /srv/package/DEBIAN/control
  echo "Filename: ./lab-sample.deb"
  echo "Size: $(stat -c %s lab-sample.deb)"
  echo "SHA256: $(sha256sum <lab-sample.deb | cut -d ' ' -f 1)"
} >Packages
`

const buildSource = `set -e
git init -q -b main /srv/source
cd /srv/source
echo one >file
git add file
git -c user.name=x -c user.email=x@example.org commit -qm one
git tag v1
echo number two >file
git -c user.name=x -c user.email=x@example.org commit -qam two
`

async function applied(tasks: TaskList, mode: 'apply' | 'plan' = 'apply') {
  const { web1, events } = await applyOnLab(
    lab.inventory(() => tasks),
    { mode },
  )
  const said = events.flatMap((event) => (event.type === 'task-finished' ? [event.status] : []))
  return { error: web1.error, statuses: said, roundTrips: web1.roundTrips, events }
}

beforeAll(async () => {
  const program = Buffer.from(server)
  const { error } = await applied([
    directory({ path: '/srv/www' }),
    file({ path: '/srv/www/file', content: served }),
    file({ path: '/srv/www/secret', content: served }),
    file({ path: '/srv/www/key', content: key }),
    file({ path: '/srv/www/tool.tar.gz', content: readFileSync(here('trees/archive/files/tool.tar.gz')) }),
    file({ path: '/usr/local/lib/serve.pl', content: program }),
    systemdUnit({ name: 'serve.service', content: '[Service]\nExecStart=/usr/bin/perl /usr/local/lib/serve.pl\n' }),
    service({ name: 'serve', running: true }),
    waitFor({ port: 8080 }),
    file({ path: '/srv/build-source', content: buildSource }),
    file({ path: '/srv/build-repository', content: buildRepository }),
  ])
  expect(error).toBeUndefined()
})

interface Row {
  readonly tasks: () => TaskList
  /** What somebody does by hand; without single quotes. */
  readonly drift: string
  /** Prints what must be there after each application. */
  readonly look: string
  readonly found: string
  readonly remove?: () => TaskList
}

const secret = new Secret('debconf', 'canary-answer')
const repository = {
  name: 'sample',
  uris: ['file:/srv/repo'],
  suites: ['./'],
  options: { Trusted: 'yes' },
} as const

const rows: Readonly<Record<string, Row>> = {
  'aptRepository with a key at hand': {
    tasks: () => [aptRepository({ ...repository, key })],
    drift: 'echo >>/etc/apt/sources.list.d/sample.sources; chmod 600 /etc/apt/keyrings/sample.asc',
    look: 'stat -c %a%U /etc/apt/keyrings/sample.asc; grep -c . /etc/apt/sources.list.d/sample.sources',
    found: '644root\n6',
    remove: () => [aptRepository({ name: 'sample', state: 'absent' })],
  },
  'aptRepository with a key that the host fetches': {
    tasks: () => [
      aptRepository({ ...repository, name: 'fetched', key: { from: { url: `${base}/key`, sha256: sumOf(key) } } }),
    ],
    drift: 'echo x >/etc/apt/keyrings/fetched.asc',
    look: 'sha256sum </etc/apt/keyrings/fetched.asc',
    found: `${sumOf(key)}  -`,
    remove: () => [aptRepository({ name: 'fetched', state: 'absent' })],
  },
  'debconf, two questions in one start': {
    tasks: () => [
      debconf({ package: 'postfix', question: 'postfix/mailname', type: 'string', value: 'mail.example.org' }),
      debconf({ package: 'sample', question: 'sample/password', type: 'password', value: secret }),
    ],
    drift:
      'echo postfix postfix/mailname string other | debconf-set-selections; echo sample sample/password password other | debconf-set-selections',
    look: 'debconf-show postfix; debconf-show sample; grep -c canary-answer /var/cache/debconf/passwords.dat',
    found: '* postfix/mailname: mail.example.org\n* sample/password: (password omitted)\n1',
  },
  copyTree: {
    tasks: () => [
      directory({ path: '/srv/tree', owner: 'www-data' }),
      copyTree({
        become: 'www-data',
        from: './trees/copyTree/tree',
        path: '/srv/tree',
        exclusive: true,
        exclude: ['*.bak'],
      }),
    ],
    drift:
      'echo >>/srv/tree/index.txt; chmod 600 /srv/tree/run; rm /srv/tree/home.txt; mkdir /srv/tree/more; touch /srv/tree/more/x; chown -R www-data /srv/tree/more',
    look: 'cd /srv/tree; find . -mindepth 1 -printf "%P %m %u %l\\n" | sort',
    found:
      'home.txt 777 www-data index.txt\nindex.txt 644 www-data \nrun 755 www-data \nsub 755 www-data \nsub/note.txt 644 www-data',
    remove: () => [directory({ path: '/srv/tree', state: 'absent', recursive: true })],
  },
  'archive of this machine': {
    tasks: () => [
      archive({
        from: './trees/archive/files/tool.tar.gz',
        path: '/opt/tool',
        stripComponents: 1,
        creates: 'bin/tool',
      }),
    ],
    drift: 'rm /opt/tool/bin/tool',
    look: '/opt/tool/bin/tool; ls -A /opt',
    found: 'tool\ntool',
    remove: () => [archive({ path: '/opt/tool', state: 'absent' })],
  },
  'archive that the host fetches': {
    tasks: () => [
      archive({
        from: { url: `${base}/tool.tar.gz`, sha256: sumOf(readFileSync(here('trees/archive/files/tool.tar.gz'))) },
        path: '/opt/fetched',
        owner: 'games',
        group: 'games',
      }),
    ],
    drift: 'echo x >/opt/fetched/.foobar-deploy-archive',
    look: '/opt/fetched/tool-1/bin/tool; stat -c %U /opt/fetched/tool-1/bin/tool; ls -A /opt',
    found: 'tool\ngames\nfetched',
    remove: () => [archive({ path: '/opt/fetched', state: 'absent' })],
  },
  'download with a secret header': {
    tasks: () => [
      download({
        from: {
          url: `${base}/secret`,
          sha256: sumOf(served),
          headers: { Authorization: new Secret('token', 'Bearer canary-0123') },
        },
        path: '/srv/downloaded',
        mode: '0640',
        validate: 'test "$(stat -c %a %s)" = 640',
      }),
    ],
    drift: 'echo >>/srv/downloaded',
    look: 'cat /srv/downloaded; stat -c %a /srv/downloaded; ls -A /srv | grep -c foobar-deploy || true',
    found: `${served}640\n0`,
    remove: () => [download({ path: '/srv/downloaded', state: 'absent' })],
  },
  git: {
    tasks: () => [
      script({ from: './commands/script/files/run.sh', args: ['/srv/build-source'], creates: '/srv/source' }),
      git({ repository: '/srv/source', path: '/srv/checkout', version: 'v1' }),
    ],
    drift:
      'git -C /srv/checkout checkout -q -b mine; git -C /srv/checkout -c user.name=x -c user.email=x commit -q --allow-empty -m x',
    look: 'cat /srv/checkout/file',
    found: 'one',
    remove: () => [directory({ path: '/srv/checkout', state: 'absent', recursive: true })],
  },
  script: {
    tasks: () => [
      script({
        from: './commands/script/files/run.sh',
        args: ['-c', 'cat >/srv/made'],
        input: 'read by it\n',
        creates: '/srv/made',
      }),
    ],
    drift: 'rm /srv/made',
    look: 'cat /srv/made; ls -d /tmp/tmp.* 2>/dev/null | wc -l',
    found: 'read by it\n0',
    remove: () => [file({ path: '/srv/made', state: 'absent' })],
  },
}

describe.each(Object.entries(rows))('%s', (_name, { tasks, drift, look, found, remove }) => {
  it('is applied, agrees, drifts, is applied again, and is removed', async () => {
    expect((await applied(tasks(), 'plan')).statuses).not.toContain('failed')
    const first = await applied(tasks())
    expect(first.error).toBeUndefined()
    expect(first.statuses).toContain('changed')
    expect(await lab.ssh('web1', look)).toBe(found)
    const second = await applied(tasks())
    expect(second.statuses.filter((status) => status !== 'ok')).toEqual([])
    await lab.ssh('web1', drift)
    expect((await applied(tasks(), 'plan')).statuses).toContain('changed')
    const third = await applied(tasks())
    expect(third.error).toBeUndefined()
    expect(third.statuses).toContain('changed')
    expect(await lab.ssh('web1', look)).toBe(found)
    if (!remove) return
    expect((await applied(remove())).statuses).toEqual(['changed'])
    expect((await applied(remove())).statuses).toEqual(['ok'])
  })
})

describe('copyTree', () => {
  it('takes 2,000 files in one round trip, and looks at them in one', async () => {
    const from = mkdtempSync(join(tmpdir(), 'tree-'))
    try {
      for (let index = 0; index < 2000; index += 1) {
        const folder = join(from, `${index % 20}`)
        mkdirSync(folder, { recursive: true })
        writeFileSync(join(folder, `file-${index}.txt`), `content of ${index}\n`)
      }
      const tasks = () => [copyTree({ from, path: '/srv/many', exclusive: true })]
      const first = await applied(tasks())
      expect(first.error).toBeUndefined()
      const second = await applied(tasks())
      expect(second.statuses).toEqual(['ok'])
      // What is read and what is applied with its second reading.
      expect(first.roundTrips - second.roundTrips).toBe(1)
      expect(await lab.ssh('web1', 'find /srv/many -type f | wc -l')).toBe('2000')
    } finally {
      rmSync(from, { recursive: true })
    }
  })
})

describe('aptRepository', () => {
  it('makes the lists stale for the next apt task, by its coming and its going', async () => {
    const { error } = await applied([
      script({
        from: './commands/script/files/run.sh',
        args: ['/srv/build-repository'],
        creates: '/srv/repo/Packages',
      }),
      aptRepository({ ...repository, key }),
      apt({ packages: ['lab-sample'] }),
    ])
    expect(error).toBeUndefined()
    expect(await lab.ssh('web1', 'dpkg-query -W lab-sample')).toBe('lab-sample\t1.0')
    expect((await applied([apt({ packages: ['lab-sample'], state: 'latest' })])).statuses).toEqual(['ok'])
    expect((await applied([apt({ packages: ['lab-sample'], state: 'absent' })])).statuses).toEqual(['changed'])
    const gone = await applied([aptRepository({ name: 'sample', state: 'absent' }), apt({ packages: ['lab-sample'] })])
    expect(gone.error?.detail).toContain('apt knows no package lab-sample')
  })
})

describe('httpCheck and assert', () => {
  it('are ok, or fail with what was found, in a plan too', async () => {
    const headers = { Authorization: new Secret('token', 'Bearer canary-0123') }
    const right = [
      assert({ that: true, message: 'never said' }),
      httpCheck({ url: `${base}/secret`, headers, contains: 'served by' }),
      httpCheck({ url: `${base}/none`, status: [404, 410] }),
    ]
    expect((await applied(right)).statuses).toEqual(['ok', 'ok', 'ok'])
    for (const mode of ['apply', 'plan'] as const) {
      const wrong = await applied([httpCheck({ url: `${base}/none` })], mode)
      expect(wrong.error).toMatchObject({ code: 'http-check-failed', exitCode: 2 })
      expect(wrong.error?.detail).toBe(`${base}/none: status 404, not 200; it says: none`)
      const refused = await applied([assert({ that: false, message: 'two hosts are needed' })], mode)
      expect(refused.error).toMatchObject({ code: 'assertion-failed', detail: 'two hosts are needed' })
      expect(refused.error?.at?.file).toBe(import.meta.filename)
    }
    const pending = [file({ path: '/srv/www/later', content: '' }), httpCheck({ url: `${base}/later` })]
    expect((await applied(pending, 'plan')).statuses).toEqual(['changed', 'unknown'])
    // A precondition is judged before anything else.
    const refused = assert({ that: false, message: 'whatever is changed' })
    expect((await applied([...pending, refused], 'plan')).statuses).toEqual(['failed'])
  })
})
