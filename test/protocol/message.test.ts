/** Messages against a real sh: what they do to files, descriptors and processes, and what is left of them. */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeMessage, endOfContent } from '../../src/protocol/message.ts'
import { logLimits } from '../../src/protocol/operation-log.ts'
import type { RunSection, Section } from '../../src/protocol/section.ts'
import { Secret } from '../../src/shell/secret.ts'
import { LoopHere } from './loop-here.ts'

let folder: string
const loops: LoopHere[] = []
const at = (name: string) => join(folder, name)
const record = () => join(folder, 'run')

async function loop(before?: string): Promise<LoopHere> {
  const made = new LoopHere(record(), before)
  loops.push(made)
  await made.results(1)
  return made
}

const run = (script: string, more: Partial<RunSection> = {}): Section => ({ kind: 'run', script, ...more })
const read = (script: string): Section => ({ kind: 'read', script })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'message-'))
})
afterEach(async () => {
  for (const loop of loops.splice(0)) await loop.end()
  rmSync(folder, { recursive: true, force: true })
})

const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8)

describe('what is received', () => {
  it('is a new file of mode 0600, and what is made after it has the usual mode', async () => {
    const shell = await loop()
    const results = await shell.ask(
      [{ kind: 'receive', path: at('a'), content: 'hello' }, run(`echo x >'${at('b')}'`)],
      '1',
    )
    expect(results.map(({ status }) => status)).toEqual([0, 0])
    expect([readFileSync(at('a'), 'utf8'), mode(at('a')), mode(at('b'))]).toEqual(['hello', '600', '644'])
  })

  it('replaces a file that was left behind, and does not follow a link', async () => {
    writeFileSync(at('other'), 'theirs')
    symlinkSync(at('other'), at('a'))
    const shell = await loop()
    await shell.ask([{ kind: 'receive', path: at('a'), content: 'ours' }], '1')
    expect([readFileSync(at('other'), 'utf8'), readFileSync(at('a'), 'utf8')]).toEqual(['theirs', 'ours'])
  })

  it.each([
    ['link', 'ln -s'],
    ['pipe', 'mkfifo'],
  ])('is not written where somebody else makes a %s of the name in that moment', async (_kind, plant) => {
    writeFileSync(at('other'), 'theirs')
    // The moment between the removal and the writing: rm is a function that plants something afterwards.
    symlinkSync(at('nowhere'), at('a'))
    mkdirSync(at('bin'))
    const planted =
      plant === 'mkfifo'
        ? `mkfifo '${at('a')}'; cat '${at('a')}' >'${at('heard')}' &`
        : `${plant} '${at('other')}' '${at('a')}'`
    const program = `#!/bin/sh\n/bin/rm "$@"\nif [ "$3" = '${at('a')}' ] && ! [ -e '${at('once')}' ]; then : >'${at('once')}'; ${planted}\nfi\n`
    writeFileSync(at('bin/rm'), program, { mode: 0o755 })
    const shell = await loop(`PATH='${at('bin')}':$PATH`)
    const [result] = await shell.ask([{ kind: 'receive', path: at('a'), content: 'ours' }], '1')
    expect(result?.status).not.toBe(0)
    expect(result?.stdout.toString()).toMatch(/exist/)
    expect(readFileSync(at('other'), 'utf8')).toBe('theirs')
    const heard = existsSync(at('heard')) ? readFileSync(at('heard'), 'utf8') : ''
    expect(heard).toBe('')
  })

  it('has status 75 and leaves no file where it was cut, and the command after it does not run', async () => {
    const shell = await loop()
    const sections = [{ kind: 'receive' as const, path: at('a'), content: 'hello' }, run(`touch '${at('b')}'`)]
    const { head } = encodeMessage(sections, '1')
    shell.expect(2)
    shell.write(head)
    shell.write('helloEN')
    shell.child.stdin.end()
    const results = await shell.results(2)
    expect(results.map(({ status }) => status)).toEqual([75, undefined])
    expect([existsSync(at('a')), existsSync(at('b'))]).toEqual([false, false])
  })

  it('is taken off the wire whole where it cannot be stored, so that the next message is understood', async () => {
    const shell = await loop()
    const content = 'x'.repeat(300_000)
    const results = await shell.ask(
      [{ kind: 'receive', path: at('missing/a'), content }, run('cat', { input: content }), read('echo next')],
      '1',
    )
    expect(results.map(({ status }) => status)).toEqual([1, undefined, 0])
    expect(results[2]?.stdout.toString()).toBe('next\n')
    expect((await shell.ask([read('echo on')]))[0]?.stdout.toString()).toBe('on\n')
  })
})

describe('the input of a command', () => {
  it('arrives whole, in a file without a name', async () => {
    const shell = await loop()
    // The filter creates the log while the command runs, so it may not be there yet.
    const [result] = await shell.ask(
      [
        run(`cat; ls -I log '${record()}'; stat -Lc %a-%h /dev/stdin`, {
          input: new Secret('a password', 'swordfish\n'),
        }),
      ],
      '1',
    )
    expect(result?.stdout.toString()).toBe('swordfish\n1\nchain\nshell\n600-0\n')
  })

  it('has no name either while it arrives, so that nothing is left where the shell is killed', async () => {
    const shell = await loop()
    const { head } = encodeMessage([run('cat', { input: 'swordfish and more' })], '1')
    shell.write(head)
    shell.write('swordfish')
    await expect.poll(() => readdirSync(record())).toEqual(['1', 'chain', 'log', 'shell'])
    shell.child.kill('SIGKILL')
    shell.child.stdin.destroy()
    await shell.closed
    expect(readdirSync(record())).toEqual(['1', 'chain', 'log', 'shell'])
  })

  it('that was cut is not given to the command', async () => {
    const shell = await loop()
    shell.expect(1)
    shell.write(encodeMessage([run(`cat >'${at('got')}'`, { input: 'swordfish' })], '1').head)
    shell.write('swordfi')
    shell.child.stdin.end()
    expect((await shell.results(1))[0]?.status).toBe(75)
    expect(existsSync(at('got'))).toBe(false)
  })

  it('of the next command begins at its own beginning', async () => {
    const shell = await loop()
    const results = await shell.ask([run('head -c 3', { input: 'first' }), run('cat', { input: '2nd' })], '1')
    expect(results.map(({ stdout }) => stdout.toString())).toEqual(['fir', '2nd'])
  })

  it('is nothing where none is given, and no part of the wire', async () => {
    const shell = await loop()
    const results = await shell.ask([run('cat; echo end'), read('cat; echo end')], '1')
    expect(results.map(({ stdout }) => stdout.toString())).toEqual(['end\n', 'end\n'])
  })
})

describe('a chain', () => {
  it('goes on until a link fails; the links after it do not run', async () => {
    const shell = await loop()
    const results = await shell.ask([run('echo a'), run('echo b; exit 7'), run('echo c'), read('echo d')], '1')
    expect(results.map(({ status, stdout }) => [status, stdout.toString()])).toEqual([
      [0, 'a\n'],
      [7, 'b\n'],
      [undefined, ''],
      [0, 'd\n'],
    ])
    expect(readFileSync(join(record(), '1.status'), 'utf8')).toBe('7\n')
  })

  it.each([0, 1, 127, 137, 255])('tells status %i as it is', async (status) => {
    const shell = await loop()
    const [result] = await shell.ask([run(`exit ${status}`)], '1')
    expect(result?.status).toBe(status)
  })

  it('does not inherit the failure of the operation before it', async () => {
    const shell = await loop()
    await shell.ask([run('exit 7')], '1')
    expect((await shell.ask([run('echo fine')], '2'))[0]?.status).toBe(0)
  })

  it('gives both outputs of a command as one, bytes as they are, marks of others and cut lines included', async () => {
    const shell = await loop()
    const odd = `printf 'out\\n'; printf 'err\\n' >&2; printf '\\000\\377\\n%s' '${'0'.repeat(32)} 0'; printf '\\n'; printf '\\n'`
    const [result] = await shell.ask([run(odd)], '1')
    expect(result?.stdout.toString('latin1')).toBe(`out\nerr\n\0\xff\n${'0'.repeat(32)} 0\n\n`)
    expect(result?.stderr.length).toBe(0)
  })

  it('sends output as it comes', async () => {
    const shell = await loop()
    shell.send([run(`echo early; while [ ! -e '${at('go')}' ]; do sleep 0.05; done`)], '1')
    await expect.poll(() => shell.stdout).toContain('early')
    writeFileSync(at('go'), '')
    expect((await shell.results(1))[0]?.status).toBe(0)
  })
})

describe('a command that leaves a process in the background', () => {
  it('ends when it ends itself; the process goes on, with its later output dropped', async () => {
    const shell = await loop()
    const background = `while [ ! -e '${at('go')}' ]; do sleep 0.05; done; echo late; echo late; touch '${at('done')}'`
    const [result, after] = await shell.ask([run(`( ${background} ) & echo mine`), read('echo next')], '1')
    expect([result?.status, result?.stdout.toString(), after?.stdout.toString()]).toEqual([0, 'mine\n', 'next\n'])
    writeFileSync(at('go'), '')
    await expect.poll(() => existsSync(at('done'))).toBe(true)
    expect((await shell.ask([read('echo on')]))[0]?.stdout.toString()).toBe('on\n')
    expect(shell.stdout).not.toContain('late')
  })

  it('loses nothing of its own output', async () => {
    const shell = await loop()
    const [result] = await shell.ask([run('sleep 60 & head -c 3000000 /dev/zero; echo end; kill $!')], '1')
    expect(result?.stdout.length).toBe(3_000_004)
    expect(result?.stdout.subarray(-4).toString()).toBe('end\n')
  })

  it('is held to its time limit all the same', async () => {
    const shell = await loop()
    const started = performance.now()
    const results = await shell.ask(
      [run('sleep 60 & echo mine', { timeoutMs: 30_000 }), run('echo $$; sleep 61', { timeoutMs: 500 })],
      '1',
    )
    expect(results.map(({ status }) => status)).toEqual([0, 124])
    expect(performance.now() - started).toBeLessThan(30_000)
  })
})

describe('signals', () => {
  it.each([
    ['a command', {}],
    ['a command with a time limit', { timeoutMs: 60_000 }],
    ['a command with input', { input: 'x' }],
  ])('are not ignored by %s', async (_name, more) => {
    const shell = await loop()
    // HUP is the first bit, PIPE the thirteenth.
    const [result] = await shell.ask(
      [run('while read -r k v; do [ "$k" = SigIgn: ] && echo $v; done </proc/self/status', more)],
      '1',
    )
    expect(Number.parseInt(result?.stdout.toString() ?? '', 16) & 0x1001).toBe(0)
  })
})

describe('descriptors', () => {
  it('of the lock and of the wire are open in no command', async () => {
    const shell = await loop()
    const list =
      'n=none; for i in 3 4 5 6 7 8 9; do if { true <&$i; } 2>/dev/null || { true >&$i; } 2>/dev/null; then n="$n $i"; fi; done; echo $n'
    const results = await shell.ask([{ kind: 'session', script: `exec 9>>'${at('lock')}'` }, read(list)])
    const [ran] = await shell.ask([run(list)], '1')
    const [withInput] = await shell.ask([run(list, { input: 'x' })], '2')
    const [limited] = await shell.ask([run(list, { timeoutMs: 60_000 })], '3')
    for (const result of [results[1], ran, withInput, limited]) expect(result?.stdout.toString()).toBe('none\n')
  })

  it('of the lock is open in no process that a command leaves behind, nor in the one that reads from it', async () => {
    const shell = await loop()
    await shell.ask([{ kind: 'session', script: `exec 9>>'${at('lock')}'; flock 9` }])
    await shell.ask([run('sleep 30 & echo $!')], '1')
    shell.write('0\n')
    await shell.closed
    const next = await loop()
    const [free] = await next.ask([{ kind: 'session', script: `exec 9>>'${at('lock')}'; flock -w 10 9` }])
    expect(free?.status).toBe(0)
  })
})

describe('the record of an operation', () => {
  it('has what was printed, how it ended, and who is at work', async () => {
    const shell = await loop()
    shell.send([run(`echo out; while [ ! -e '${at('go')}' ]; do sleep 0.05; done; exit 3`)], '1')
    await expect
      .poll(() => existsSync(join(record(), 'log')) && readFileSync(join(record(), 'log'), 'utf8'))
      .toBe('out')
    expect(readFileSync(join(record(), '1'), 'utf8')).toMatch(/^\d+ \d+ [0-9a-f-]{36}\n$/)
    expect(readFileSync(join(record(), 'shell'), 'utf8')).toMatch(/^\d+ \d+ [0-9a-f-]{36} busy\n$/)
    const [chain, started] = readFileSync(join(record(), 'chain'), 'utf8').split(' ')
    expect(chain).not.toBe(`${shell.child.pid}`)
    expect(readFileSync(`/proc/${chain}/stat`, 'utf8').replace(/.*\) /, '').split(' ')[19]).toBe(started)
    expect(mode(record())).toBe('700')
    writeFileSync(at('go'), '')
    await shell.results(1)
    await expect.poll(() => readFileSync(join(record(), 'shell'), 'utf8')).toContain(' idle')
    expect(readFileSync(join(record(), '1.status'), 'utf8')).toBe('3\n')
  })

  it('is finished where the wire is gone, and the log is complete', async () => {
    const shell = await loop()
    const waits = `trap '' HUP; echo >'${at('begun')}'; while [ ! -e '${at('go')}' ]; do sleep 0.05; done; echo out`
    shell.send([run(waits), run(`touch '${at('b')}'; exit 3`)], '1')
    await expect.poll(() => existsSync(at('begun'))).toBe(true)
    for (const stream of [shell.child.stdin, shell.child.stdout, shell.child.stderr]) stream.destroy()
    process.kill(-(shell.child.pid ?? 0), 'SIGHUP')
    writeFileSync(at('go'), '')
    const status = join(record(), '1.status')
    await expect.poll(() => (existsSync(status) ? readFileSync(status, 'utf8') : '')).toBe('3\n')
    expect(existsSync(at('b'))).toBe(true)
    expect(readFileSync(join(record(), 'log'), 'utf8')).toBe('out\n')
  })

  it('is finished where the hang-up comes before the filter has started', async () => {
    mkdirSync(at('bin'))
    const late = `#!/bin/sh\nwhile [ ! -e '${at('go')}' ]; do sleep 0.05; done\nexec /usr/bin/perl "$@"\n`
    writeFileSync(at('bin/perl'), late, { mode: 0o755 })
    const shell = await loop(`PATH='${at('bin')}':$PATH`)
    shell.send([run(`trap '' HUP; echo >'${at('begun')}'; echo out`), run(`touch '${at('b')}'; exit 3`)], '1')
    await expect.poll(() => existsSync(at('begun'))).toBe(true)
    process.kill(-(shell.child.pid ?? 0), 'SIGHUP')
    writeFileSync(at('go'), '')
    expect((await shell.results(2)).map(({ status }) => status)).toEqual([0, 3])
    expect(readFileSync(join(record(), 'log'), 'utf8')).toBe('out\n')
  })

  it('goes when the session ends as it should', async () => {
    const shell = await loop()
    await shell.ask([run('echo x')], '1')
    shell.write('0\n')
    expect(await shell.closed).toBe(0)
    expect(existsSync(record())).toBe(false)
  })

  it('keeps an operation out that somebody has made sure not to find', async () => {
    mkdirSync(record(), { mode: 0o700 })
    writeFileSync(join(record(), '2'), 'claimed\n')
    const shell = await loop()
    shell.send([run(`touch '${at('a')}'`)], '2')
    expect(await shell.closed).toBe(73)
    expect(existsSync(at('a'))).toBe(false)
    expect(shell.stderr).toContain(`the record ${record()}/2 could not be made`)
  })

  it('is made where it can be; else nothing is done', async () => {
    writeFileSync(record(), 'in the way')
    const shell = await loop()
    shell.send([run(`touch '${at('a')}'`)], '1')
    expect(await shell.closed).toBe(73)
    expect(existsSync(at('a'))).toBe(false)
  })

  it('keeps the beginning and the end of much output, and says what is missing', async () => {
    const shell = await loop()
    const [result] = await shell.ask([run('echo first; seq 1 2000000; echo last')], '1')
    const log = readFileSync(join(record(), 'log'), 'latin1')
    expect(result?.stdout.length).toBe(14_888_896 + 6 + 5)
    expect(log.startsWith('first\n1\n2\n')).toBe(true)
    expect(log.endsWith('\n2000000\nlast\n')).toBe(true)
    const [, cut] = log.match(/\n\[(\d+) bytes of output are not kept\]\n/) ?? []
    expect(Number(cut)).toBe(14_888_896 + 11 - logLimits.first - logLimits.last)
    expect(log.length).toBeLessThan(logLimits.first + logLimits.last + 100)
  })
})

describe('a text', () => {
  it('that was cut is not begun, wherever it was cut', async () => {
    const { head } = encodeMessage([run(`touch '${at('a')}'`), run(`touch '${at('b')}'`)], '1')
    for (const length of [3, 10, 60, 300, head.length - 30, head.length - 1]) {
      const shell = await loop()
      shell.write(head.subarray(0, length))
      shell.child.stdin.end()
      await shell.closed
      expect([length, readdirSync(folder)]).toEqual([length, []])
    }
  })

  it('may hold what changes something after a reading in no operation', () => {
    expect(() => encodeMessage([read('echo'), run('echo')], '1')).toThrow(/comes first/)
    expect(encodeMessage([run('x', { input: 'abc' })], '1').contents).toEqual(['abc'])
    expect(endOfContent.toString()).toBe('END\n')
  })
})

describe('a filter or a chain that is killed', () => {
  it('ends the shell, so that nobody waits for an answer', async () => {
    const shell = await loop()
    const ours = `*FD_L=${record()}/log*`
    const search = `case $(tr -d '\\0' <$p/environ) in ${ours}) kill -9 \${p#/proc/};; esac`
    // The filter is there once it has made the log.
    const begun = `while [ ! -e '${record()}/log' ]; do sleep 0.05; done`
    shell.send([run(`${begun}; for p in /proc/[0-9]*; do ${search}; done 2>/dev/null`)], '1')
    expect(await shell.closed).toBe(70)
  })
})

it('is quiet for a while without a wait that hangs', async () => {
  const shell = await loop()
  shell.write('\n\n\n')
  await delay(50)
  expect((await shell.ask([read('echo on')]))[0]?.stdout.toString()).toBe('on\n')
})
