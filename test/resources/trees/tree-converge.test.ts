/** copyTree, archive, git, script and download on this machine: applied once they are as desired, applied again they change nothing. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { archive, copyTree, download, git, Secret, script } from 'foobar-deploy'
import { describe, expect, it, onTestFinished } from 'vitest'
import { apply, converge, plan } from '../converge.ts'
import { oddNames, temporaryFolder } from '../run-script.ts'

const text = (path: string) => readFileSync(path, 'utf8')
const modeOf = (path: string) => (lstatSync(path).mode & 0o7777).toString(8)
const sumOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

describe('copyTree', () => {
  it('copies names of any kind, links, executable and large files, and then nothing', () => {
    const from = temporaryFolder()
    const path = join(temporaryFolder(), 'to')
    const long = 'x'.repeat(200)
    for (const name of oddNames) {
      mkdirSync(join(from, name))
      for (const inner of oddNames) writeFileSync(join(from, name, inner), `${name} ${inner}`)
    }
    writeFileSync(join(from, long), 'long')
    writeFileSync(join(from, 'large'), randomBytes(300_000))
    writeFileSync(join(from, 'run'), '#!/bin/sh\n', { mode: 0o755 })
    symlinkSync('../out', join(from, 'link'))
    symlinkSync(long.repeat(3), join(from, 'long link'))
    mkdirSync(join(from, 'empty'))
    const changes = converge(copyTree({ from, path }))
    expect(changes.slice(0, 2)).toEqual(['state', ' leading'])
    expect(changes.at(-1)).toBe('more')
    expect(plan(copyTree({ from, path, exclusive: true })).changes).toEqual([])
    for (const name of oddNames) {
      for (const inner of oddNames) expect(text(join(path, name, inner))).toBe(`${name} ${inner}`)
    }
    expect([modeOf(join(path, 'run')), modeOf(join(path, long)), modeOf(join(path, 'empty'))]).toEqual([
      '755',
      '644',
      '755',
    ])
    expect(sumOf(join(path, 'large'))).toBe(sumOf(join(from, 'large')))
    expect([readlinkSync(join(path, 'link')), readlinkSync(join(path, 'long link'))]).toEqual([
      '../out',
      long.repeat(3),
    ])
    expect(readdirSync(path)).not.toContain('.foobar-deploy')
  })

  it('changes only what differs, keeps whose it is, and removes others where it is exclusive', () => {
    const from = temporaryFolder()
    const path = join(temporaryFolder(), 'to')
    mkdirSync(join(from, 'sub'))
    for (const name of ['a', 'b', 'sub/c']) writeFileSync(join(from, name), name)
    converge(copyTree({ from, path }))
    chownSync(join(path, 'a'), 1234, 4321)
    writeFileSync(join(path, 'a'), 'drift')
    chmodSync(join(path, 'b'), 0o600)
    rmSync(join(path, 'sub/c'))
    symlinkSync('/nowhere', join(path, 'sub/c'))
    mkdirSync(join(path, 'sub/cache'))
    for (const name of ['sub/other', 'sub/cache/kept.tmp', 'x.log']) writeFileSync(join(path, name), '')
    const before = statSync(join(path, 'sub')).ino
    expect(converge(copyTree({ from, path }))).toEqual(['a', 'b mode', 'sub/c'])
    expect([text(join(path, 'a')), statSync(join(path, 'a')).uid, text(join(path, 'sub/c'))]).toEqual([
      'a',
      1234,
      'sub/c',
    ])
    const exclusive = copyTree({ from, path, exclusive: true, exclude: ['*.log', 'sub/cache'] })
    expect(converge(exclusive)).toEqual(['sub/other'])
    expect(readdirSync(join(path, 'sub')).sort()).toEqual(['c', 'cache'])
    expect(statSync(join(path, 'sub')).ino).toBe(before)
  })

  it('gives owner and modes to everything, and refuses what is in the way', () => {
    const from = temporaryFolder()
    const path = join(temporaryFolder(), 'to')
    mkdirSync(join(from, 'sub'))
    writeFileSync(join(from, 'sub/run'), '', { mode: 0o700 })
    const owned = { from, path, owner: '12', group: '34', mode: '0640', directoryMode: '0750' }
    expect(converge(copyTree(owned))).toEqual(['state', 'sub', 'sub/run'])
    const found = ['', 'sub', 'sub/run'].map((name) => [statSync(join(path, name)).uid, modeOf(join(path, name))])
    expect(found).toEqual([
      [12, '750'],
      [12, '750'],
      [12, '750'],
    ])
    chownSync(path, 1, 1)
    chmodSync(join(path, 'sub'), 0o777)
    chownSync(join(path, 'sub/run'), 1, 34)
    expect(converge(copyTree(owned))).toEqual(['owner', 'group', 'folder sub mode', 'sub/run owner'])
    rmSync(join(path, 'sub/run'))
    mkdirSync(join(path, 'sub/run'))
    expect(() => plan(copyTree(owned))).toThrow('is a directory, not a file')
    expect(copyTree({ from: join(from, 'no'), path }).problems[0]?.message).toContain('A local folder cannot be read')
    expect(copyTree({ from, path, mode: '4755' }).problems[0]?.message).toContain('special bits')
  })

  it('finishes what a killed run left, and takes a tree of 500 files', () => {
    const from = temporaryFolder()
    const path = join(temporaryFolder(), 'to')
    for (let index = 0; index < 500; index += 1) {
      if (index % 100 === 0) mkdirSync(join(from, `${index / 100}`))
      writeFileSync(join(from, `${Math.trunc(index / 100)}`, `file-${index}.txt`), `content of ${index}\n`)
    }
    mkdirSync(join(path, '.foobar-deploy/0'), { recursive: true })
    expect(converge(copyTree({ from, path, exclusive: true }))[0]).toBe('unfinished change')
    expect(readdirSync(join(path, '4'))).toHaveLength(100)
    expect(existsSync(join(path, '.foobar-deploy'))).toBe(false)
  })
})

describe('archive', () => {
  const packed = (folder: string, ...options: string[]) => {
    const from = join(folder, `tool${options[0] ?? '.tar.gz'}`)
    mkdirSync(join(folder, 'tool-1/bin'), { recursive: true })
    writeFileSync(join(folder, 'tool-1/bin/tool'), '#!/bin/sh\n', { mode: 0o755 })
    writeFileSync(join(folder, 'tool-1/README'), 'read me\n')
    if (from.endsWith('.zip')) execFileSync('zip', ['-qr', from, 'tool-1'], { cwd: folder })
    else execFileSync('tar', ['-c', '-a', '-f', from, '-C', folder, 'tool-1'])
    return from
  }

  it.each(['.tar.gz', '.tar.xz', '.tar.zst', '.zip'])('unpacks %s, once', (ending) => {
    const folder = temporaryFolder()
    const from = packed(folder, ending)
    const path = join(folder, 'to')
    const task = () => archive({ from, path, stripComponents: 1, creates: 'bin/tool', owner: '12', group: '34' })
    expect(converge(task())).toEqual(['content'])
    expect(readdirSync(path).sort()).toEqual(['.foobar-deploy-archive', 'README', 'bin'])
    expect([modeOf(join(path, 'bin/tool')), statSync(join(path, 'README')).uid]).toEqual(['755', 12])
    expect(converge(task())).toEqual([])
    rmSync(join(path, 'bin'), { recursive: true })
    expect(converge(task())).toEqual(['creates'])
    expect(converge(archive({ from, path }))).toEqual(['content'])
    expect(readdirSync(path).sort()).toEqual(['.foobar-deploy-archive', 'tool-1'])
    expect(converge(archive({ path, state: 'absent' }))).toEqual(['state'])
    expect(readdirSync(folder).sort()).toEqual(['tool-1', `tool${ending}`])
  })

  it('leaves a folder alone that is not its own, or when unpacking fails', () => {
    const folder = temporaryFolder()
    const from = packed(folder)
    const path = join(folder, 'to')
    mkdirSync(path)
    expect(converge(archive({ from, path }))).toEqual(['content'])
    rmSync(join(path, '.foobar-deploy-archive'))
    expect(() => plan(archive({ from, path }))).toThrow('was not unpacked from an archive')
    expect(() => plan(archive({ path, state: 'absent' }))).toThrow('was not unpacked from an archive')
    expect(converge(archive({ from, path, replace: true }))).toEqual(['content'])
    writeFileSync(join(folder, 'broken.tar.gz'), 'no archive')
    const failed = apply(archive({ from: join(folder, 'broken.tar.gz'), path }))
    expect(failed.status).not.toBe(0)
    expect(apply(archive({ from, path, creates: 'bin/none' })).said).toContain('the archive has no bin/none')
    expect(readdirSync(path)).toContain('tool-1')
    expect(readdirSync(folder).sort()).toEqual(['broken.tar.gz', 'to', 'tool-1', 'tool.tar.gz'])
  })
})

describe('git', () => {
  const commit = (folder: string, content: string) => {
    writeFileSync(join(folder, 'a b'), content)
    const as = ['-c', 'user.name=x', '-c', 'user.email=x@example.org']
    execFileSync('git', ['-C', folder, 'add', '-A'])
    execFileSync('git', ['-C', folder, ...as, 'commit', '-qm', content])
    return execFileSync('git', ['-C', folder, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
  }

  it('checks out tags, branches and commits, and follows a branch on wish', () => {
    const folder = temporaryFolder()
    const repository = join(folder, 'source')
    const path = join(folder, 'to')
    execFileSync('git', ['init', '-q', '-b', 'main', repository])
    const first = commit(repository, 'one')
    execFileSync('git', ['-C', repository, 'tag', 'v1'])
    commit(repository, 'number two')
    expect(converge(git({ repository, path, version: 'v1' }))).toEqual(['version'])
    expect([text(join(path, 'a b')), modeOf(join(path, 'a b'))]).toEqual(['one', '644'])
    expect(converge(git({ repository, path, version: 'main' }))).toEqual(['version'])
    commit(repository, 'the third')
    expect(converge(git({ repository, path, version: 'main' }))).toEqual([])
    expect(converge(git({ repository, path, version: 'main', update: true }))).toEqual(['version'])
    expect(text(join(path, 'a b'))).toBe('the third')
    expect(converge(git({ repository, path, version: first }))).toEqual(['version'])
    writeFileSync(join(path, 'a b'), 'drift by hand')
    writeFileSync(join(path, 'untracked'), '')
    expect(() => plan(git({ repository, path, version: first }))).toThrow('changes that are not committed: .M a b')
    expect(converge(git({ repository, path, version: first, discardChanges: true }))).toEqual(['working tree'])
    expect(existsSync(join(path, 'untracked'))).toBe(true)
    const url = `file://${repository}`
    expect(converge(git({ repository: url, path, version: 'v1' }))).toEqual(['repository'])
    expect(converge(git({ repository: url, path: join(folder, 'shallow'), version: 'main', depth: 1 }))).toEqual([
      'version',
    ])
    expect(apply(git({ repository, path: join(folder, 'no'), version: 'none' })).said).toContain(
      'no branch or tag none',
    )
    expect(readdirSync(folder).sort()).toEqual(['shallow', 'source', 'to'])
  })
})

describe('script', () => {
  it('runs with its arguments, variables and input, by its own interpreter, and leaves nothing', () => {
    const folder = temporaryFolder()
    const from = join(folder, 'my script.pl')
    writeFileSync(
      from,
      '#!/usr/bin/perl -w\nprint "@ARGV|$ENV{PWD}|", scalar <STDIN>;\nopen(my $f, ">made"); exit 3;\n',
    )
    const task = script({
      from,
      args: ["it's", 2],
      cwd: folder,
      input: new Secret('test', 'the input'),
      status: 3,
      creates: join(folder, 'made'),
    })
    const left = () => readdirSync('/tmp').filter((name) => name.startsWith('tmp.')).length
    const before = left()
    expect(apply(task).said).toBe(`it's 2|${folder}|the input`)
    expect(plan(task).changes).toEqual([])
    expect(left()).toBe(before)
    writeFileSync(from, 'echo "$0" "$#"; false')
    expect(apply(script({ from, always: true }))).toMatchObject({
      status: 1,
      said: expect.stringMatching(/my script.pl 0\n$/),
    })
  })
})

describe('download', () => {
  /** A server in a process of its own, because the commands of a test block this one. */
  async function served(content: string): Promise<string> {
    const program = `require('http').createServer((q, s) => {
      if (q.url === '/secret' && q.headers.authorization !== 'Bearer "x"\\\\y') { s.statusCode = 401; return s.end() }
      if (q.url === '/none') { s.statusCode = 404; return s.end() }
      s.end(${JSON.stringify(content)})
    }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
    const server: ChildProcess = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => {
      server.kill()
    })
    const port = await new Promise<string>((resolve) =>
      server.stdout?.once('data', (chunk) => resolve(String(chunk).trim())),
    )
    return `http://127.0.0.1:${port}`
  }

  const withoutCurl = 'command() { case $2 in curl) return 1 ;; esac; builtin=; [ -x "/usr/bin/$2" ]; }'

  it('fetches what differs, by curl or wget, and keeps secrets off the argument list', async () => {
    const base = await served('the file\n')
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    const sha256 = createHash('sha256').update('the file\n').digest('hex')
    expect(converge(download({ from: { url: `${base}/file`, sha256 }, path, mode: '0640' }))).toEqual([
      'content',
      'mode',
    ])
    expect([text(path), modeOf(path)]).toEqual(['the file\n', '640'])
    expect(converge(download({ from: { url: 'http://127.0.0.1:9/gone', sha256 }, path }))).toEqual([])
    const headers = { Authorization: new Secret('token', 'Bearer "x"\\y') }
    for (const before of ['', withoutCurl]) {
      writeFileSync(path, 'drift')
      expect(apply(download({ from: { url: `${base}/secret`, sha256, headers }, path }), before).status).toBe(0)
      expect(text(path)).toBe('the file\n')
    }
    writeFileSync(path, 'old')
    expect(apply(download({ from: { url: `${base}/none`, sha256 }, path })).said).toContain('404')
    const other = '0'.repeat(64)
    expect(apply(download({ from: { url: `${base}/file`, sha256: other }, path })).said).toContain(
      `has the checksum ${sha256}, not`,
    )
    expect([text(path), readdirSync(folder)]).toEqual(['old', ['file']])
  })

  it('lets a program judge what was fetched, keeps what was there, and removes it', async () => {
    const base = await served('the file\n')
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    const from = { url: `${base}/file`, sha256: createHash('sha256').update('the file\n').digest('hex') }
    writeFileSync(path, 'old')
    const refused = apply(download({ from, path, validate: 'grep -q other %s' }))
    expect(refused.said).toContain('validation failed')
    expect([text(path), readdirSync(folder)]).toEqual(['old', ['file']])
    expect(converge(download({ from, path, validate: 'grep -q file %s', backup: true }))).toEqual(['content'])
    expect([text(path), readdirSync(folder).length]).toEqual(['the file\n', 2])
    expect(converge(download({ path, state: 'absent' }))).toEqual(['state'])
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^file\..*\.bak$/)])
    symlinkSync('elsewhere', path)
    expect(converge(download({ from, path, follow: false }))).toEqual(['state', 'content'])
    expect(lstatSync(path).isFile()).toBe(true)
  })
})
