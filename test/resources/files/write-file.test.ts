/** Files written on this machine by the very commands that write them on hosts. */

import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
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
import { getuid } from 'node:process'
import { Secret } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import type { Action, Receive } from '../../../src/plan/action.ts'
import { stagedPath, writeFile } from '../../../src/resources/files/write-file.ts'
import { carryOut } from '../carry-out.ts'
import { oddNames, programsOf, runScript, temporaryFolder } from '../run-script.ts'

const programs = ['chown', 'chmod', 'cp', 'date', 'mv', 'rm', 'sync', 'sha256sum', 'unshare']
const existing = (path: string) => {
  const { uid, gid, mode } = statSync(path)
  return { uid, gid, owner: String(uid), group: String(gid), mode: (mode & 0o7777).toString(8).padStart(4, '0') }
}
const modeOf = (path: string) => (lstatSync(path).mode & 0o7777).toString(8)

/** The programs that the command of a write starts. */
function processesOf(actions: Iterable<Action>): string[] {
  return [...actions].flatMap((action) => {
    if (action.kind === 'command') return programsOf(action.script, programs)
    writeFileSync(action.path, String((action as Receive).content), { mode: 0o600 })
    return []
  })
}

describe('writeFile', () => {
  it('writes files with odd names, and leaves nothing beside them', () => {
    const folder = temporaryFolder()
    const names = [...oddNames, 'x'.repeat(255)]
    for (const name of names) {
      expect(carryOut(writeFile({ path: join(folder, name), content: `of ${name}` }))).toEqual({ status: 0, said: '' })
      expect(readFileSync(join(folder, name), 'utf8')).toBe(`of ${name}`)
      expect(modeOf(join(folder, name))).toBe('644')
    }
    expect(readdirSync(folder).sort()).toEqual([...names].sort())
  })

  it('takes four processes for a new file, and no more than needed else', () => {
    expect(getuid?.(), 'this test needs root').toBe(0)
    const path = join(temporaryFolder(), 'file')
    const usual = ['chmod', 'sync', 'mv', 'sync']
    expect(processesOf(writeFile({ path, content: 'a' }))).toEqual(usual)
    const rewrite = ['chmod', 'cp', 'sync', 'mv', 'sync']
    expect(processesOf(writeFile({ path, content: 'b', current: existing(path) }))).toEqual(rewrite)
    const root = { owner: 'root', group: 'root' }
    expect(processesOf(writeFile({ path, content: 'c', ...root, mode: '0600' }))).toEqual(['sync', 'mv', 'sync'])
    const kept = { ...existing(path), ...root }
    expect(processesOf(writeFile({ path, content: 'd', ...root, current: kept }))).toEqual(['cp', 'sync', 'mv', 'sync'])
    expect(processesOf(writeFile({ path, content: 'e', owner: '65534' }))).toEqual(['chown', ...usual])
    expect(processesOf(writeFile({ path, content: 'f', current: existing(path) }))).toEqual(['chown', ...rewrite])
    expect(statSync(path).uid).toBe(65_534)
  })

  it('keeps owner, group and mode where nothing else is said', () => {
    const path = join(temporaryFolder(), 'file')
    writeFileSync(path, 'old')
    chownSync(path, 1234, 4321)
    chmodSync(path, 0o4711)
    expect(carryOut(writeFile({ path, content: 'new', current: existing(path) })).status).toBe(0)
    expect(existing(path)).toMatchObject({ uid: 1234, gid: 4321, mode: '4711' })
    expect(
      carryOut(writeFile({ path, content: 'newer', group: '99', mode: '0640', current: existing(path) })).status,
    ).toBe(0)
    expect(existing(path)).toMatchObject({ uid: 1234, gid: 99, mode: '0640' })
  })

  it('gives root and its group to a file in a folder that passes its group on', () => {
    const folder = temporaryFolder()
    chownSync(folder, 0, 4321)
    chmodSync(folder, 0o2755)
    const path = join(folder, 'file')
    expect(carryOut(writeFile({ path, content: 'x', owner: 'root', group: 'root' })).status).toBe(0)
    expect(existing(path)).toMatchObject({ uid: 0, gid: 0 })
  })

  it('leaves everything as it was when the new file is refused, and says what the program said', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    const refuse = { path, validate: 'grep -q good %s || { echo "bad line 3"; exit 7; }' }
    const refused = {
      status: 7,
      said: `bad line 3\nvalidation failed, ${path} was left as it was: ${refuse.validate}\n`,
    }
    expect(carryOut(writeFile({ ...refuse, content: 'bad' }))).toEqual(refused)
    expect(readdirSync(folder)).toEqual([])
    expect(carryOut(writeFile({ ...refuse, content: 'good' })).status).toBe(0)
    expect(carryOut(writeFile({ ...refuse, content: 'bad', current: existing(path) }))).toEqual(refused)
    expect(readdirSync(folder)).toEqual(['file'])
    expect(readFileSync(path, 'utf8')).toBe('good')
  })

  it('shows the new file in its place to a command without %s, and to nobody else', () => {
    const folder = temporaryFolder()
    const path = join(folder, "it's new")
    mkdirSync(join(folder, 'sub'))
    writeFileSync(join(folder, 'neighbour'), 'here')
    symlinkSync('neighbour', join(folder, 'link'))
    const validate = `cd '${folder}' && cat "it's new" neighbour link && ls -A && ! grep -q bad "it's new"`
    const listed = "it's new\nlink\nneighbour\nsub\n"
    const bad = carryOut(writeFile({ path, content: 'bad ', validate }))
    expect(bad).toMatchObject({ status: 1, said: expect.stringContaining(`bad herehere${listed}`) })
    expect(readdirSync(folder).sort()).toEqual(['link', 'neighbour', 'sub'])
    const good = carryOut(writeFile({ path, content: 'good ', validate }))
    expect(good).toEqual({ status: 0, said: `good herehere${listed}` })
    const current = existing(path)
    expect(carryOut(writeFile({ path, content: 'bad again ', validate, current })).status).toBe(1)
    expect(readFileSync(path, 'utf8')).toBe('good ')
    expect(carryOut(writeFile({ path, content: 'better ', validate, current })).said).toContain('better herehere')
    expect(readFileSync(path, 'utf8')).toBe('better ')
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(folder)
  })

  it('leaves no file of its own when the owner does not exist or the place is a folder', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    const unknown = carryOut(writeFile({ path, content: 'x', owner: 'nobody-of-this-name' }))
    expect(unknown).toMatchObject({ status: 1, said: expect.stringContaining('invalid user') })
    mkdirSync(path)
    const occupied = carryOut(writeFile({ path, content: 'x' }))
    expect(occupied).toMatchObject({ status: 1, said: expect.stringContaining('cannot overwrite directory') })
    expect(readdirSync(folder)).toEqual(['file'])
    expect(readdirSync(path)).toEqual([])
  })

  it('keeps a backup that is whole, or none', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    writeFileSync(path, 'old')
    chmodSync(path, 0o640)
    const kept = () => readdirSync(folder).filter((name) => name.endsWith('.bak'))
    const write = (content: string) => writeFile({ path, content, backup: true, current: existing(path) })
    expect(carryOut(write('new')).status).toBe(0)
    expect(kept()).toEqual([expect.stringMatching(/^file\.\d{8}T\d{6}Z\.bak$/)])
    expect(readFileSync(join(folder, kept()[0] ?? ''), 'utf8')).toBe('old')
    expect(modeOf(join(folder, kept()[0] ?? ''))).toBe('640')
    for (const name of kept()) rmSync(join(folder, name))
    // Where a file can have one name alone.
    expect(carryOut(write('newer'), 'ln() { false; }').status).toBe(0)
    expect(readFileSync(join(folder, kept()[0] ?? ''), 'utf8')).toBe('new')
    for (const name of kept()) rmSync(join(folder, name))
    // The copy is made under another name, and gets its own when it is on the disk.
    const [, command] = [...write('newest')]
    if (command?.kind !== 'command') throw new Error('no command')
    writeFileSync(stagedPath(path), 'newest')
    const used = programsOf(`ln() { false; }\n${command.script}`, ['cp', 'sync', 'mv'])
    expect(used).toEqual(['cp', 'sync', 'cp', 'sync', 'mv', 'mv', 'sync'])
    for (const name of kept()) rmSync(join(folder, name))
    // What cannot be written in its place is no reason for a second name.
    expect(carryOut(write('lost'), 'mv() { false; }').status).toBe(1)
    expect([kept(), readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual([[], 'newest', ['file']])
  })

  it('leaves no backup, and the file as it was, on a full disk', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    const current = { uid: 0, gid: 0, owner: 'root', group: 'root', mode: '0644' }
    const [, command] = [...writeFile({ path, content: 'new', backup: true, current })]
    if (command?.kind !== 'command') throw new Error('no command')
    const script = `mount -t tmpfs -o size=64k tmpfs '${folder}' && head -c 40000 /dev/zero >'${path}' && printf new >'${stagedPath(path)}'
ln() { false; }
( ${command.script}
); echo "status $?"; ls -A '${folder}'; stat -c %s '${path}'`
    const { stdout } = spawnSync('unshare', ['-m', 'sh', '-c', script], { encoding: 'utf8' })
    expect(stdout).toBe('status 1\nfile\n40000\n')
  })

  it('overwrites what a killed run left', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    writeFileSync(stagedPath(path), 'half of someth')
    expect(carryOut(writeFile({ path, content: new Secret('test', 'whole') })).status).toBe(0)
    expect(readdirSync(folder)).toEqual(['file'])
    expect(readFileSync(path, 'utf8')).toBe('whole')
  })

  it('keeps a backup with its mode on wish', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    carryOut(writeFile({ path, content: 'first', mode: '0600' }))
    carryOut(writeFile({ path, content: 'second', backup: true, current: existing(path) }))
    const [name = '', ...others] = readdirSync(folder).filter((entry) => entry !== 'file')
    expect(name).toMatch(/^file\.\d{8}T\d{6}Z\.bak$/)
    expect(others).toEqual([])
    expect(readFileSync(join(folder, name), 'utf8')).toBe('first')
    expect(modeOf(join(folder, name))).toBe('600')
  })

  it('puts a file in the place of a link, not of what it leads to', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'target'), 'kept')
    symlinkSync('target', join(folder, 'link'))
    expect(readlinkSync(join(folder, 'link'))).toBe('target')
    expect(carryOut(writeFile({ path: join(folder, 'link'), content: 'file' })).status).toBe(0)
    expect(lstatSync(join(folder, 'link')).isFile()).toBe(true)
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('kept')
  })

  describe('access control lists and extended attributes', () => {
    // user::rw- user:1000:rw- group::r-- mask::rw- other::r--, as the kernel stores it.
    const list = (mask: string, other = '04') =>
      `0x0200000001000600ffffffff02000600e803000004000400ffffffff1000${mask}00ffffffff2000${other}00ffffffff`
    const python = (text: string) => runScript(`python3 -c '${text}'`).stdout.toString().trim()
    const give = (path: string, name: string, value: string) =>
      python(`import os; os.setxattr("${path}", "${name}", bytes.fromhex("${value.slice(2)}"))`)
    const attributesOf = (path: string) =>
      JSON.parse(
        python(`import os, json; p = "${path}"
print(json.dumps({name: "0x" + os.getxattr(p, name).hex() for name in os.listxattr(p)}))`),
      )

    it('survive, under the mode that is wanted', () => {
      const folder = temporaryFolder()
      const path = join(folder, 'file')
      writeFileSync(path, 'old')
      give(path, 'user.note', '0x6869')
      give(path, 'system.posix_acl_access', list('06'))
      chownSync(path, 1234, 4321)
      expect(carryOut(writeFile({ path, content: 'new', current: existing(path) }))).toEqual({ status: 0, said: '' })
      expect(readFileSync(path, 'utf8')).toBe('new')
      expect(existing(path)).toMatchObject({ uid: 1234, gid: 4321, mode: '0664' })
      const kept = { 'user.note': '0x6869', 'system.posix_acl_access': list('06') }
      expect(attributesOf(path)).toEqual(kept)
      const write = { path, content: 'newer', owner: '99', mode: '4640', current: existing(path) }
      expect(carryOut(writeFile(write)).status).toBe(0)
      expect(existing(path)).toMatchObject({ uid: 99, gid: 4321, mode: '4640' })
      expect(attributesOf(path)).toEqual({ ...kept, 'system.posix_acl_access': list('04', '00') })
      expect(readdirSync(folder)).toEqual(['file'])
    })

    it('never let others read what the wanted mode hides', () => {
      const folder = temporaryFolder()
      const path = join(folder, 'file')
      writeFileSync(path, 'old')
      give(path, 'system.posix_acl_access', list('06'))
      const log = join(temporaryFolder(), 'log')
      const watched = `cp() { command cp "$@"; s=$?; stat -c %a '${stagedPath(path)}' >>'${log}'; return $s; }`
      const write = { path, content: new Secret('test', 'new'), mode: '0600', current: existing(path) }
      expect(carryOut(writeFile(write), watched).status).toBe(0)
      expect(readFileSync(log, 'utf8')).toBe('600\n600\n600\n')
      expect(attributesOf(path)).toEqual({ 'system.posix_acl_access': list('00', '00') })
    })

    it('cannot be kept: the file is left as it was', () => {
      const folder = temporaryFolder()
      const path = join(folder, 'file')
      writeFileSync(path, 'old')
      give(path, 'system.posix_acl_access', list('06'))
      for (const failing of ['*preserve=xattr*', '*preserve=mode\\ -T*']) {
        const broken = `cp() { case "$*" in ${failing}) echo no >&2; false ;; *) command cp "$@" ;; esac; }`
        expect(carryOut(writeFile({ path, content: 'new', current: existing(path) }), broken).status).toBe(1)
        expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual(['old', ['file']])
      }
    })
  })

  it('writes nothing over a file that was changed meanwhile', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    const sha256 = runScript('printf old | sha256sum').stdout.toString().slice(0, 64)
    const message = { status: 1, said: expect.stringContaining('was changed by somebody else') }
    writeFileSync(path, 'other')
    expect(carryOut(writeFile({ path, content: 'new', expected: sha256, current: existing(path) }))).toEqual(message)
    expect(carryOut(writeFile({ path, content: 'new', expected: null }))).toEqual(message)
    expect(readFileSync(path, 'utf8')).toBe('other')
    expect(readdirSync(folder)).toEqual(['file'])
    writeFileSync(path, 'old')
    expect(carryOut(writeFile({ path, content: 'new', expected: sha256, current: existing(path) })).status).toBe(0)
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(carryOut(writeFile({ path: `${path}2`, content: 'new', expected: null })).status).toBe(0)
  })

  describe('a file that is a mount point', () => {
    /** Carries out a write in a mount namespace in which the file is one. */
    function overMount(path: string, write: Omit<Parameters<typeof writeFile>[0], 'path'>) {
      const [, command] = [...writeFile({ path, ...write })]
      if (command?.kind !== 'command') throw new Error('no command')
      writeFileSync(stagedPath(path), String(write.content), { mode: 0o600 })
      const script = `mount --bind "$1" "$1" && ( ${command.script}\n)`
      const { status, stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', path], {
        encoding: 'utf8',
      })
      return { status, said: stdout + stderr }
    }

    it('is named, and left as it was', () => {
      const folder = temporaryFolder()
      const path = join(folder, 'a file\\of it')
      writeFileSync(path, 'old')
      const { status, said } = overMount(path, { content: 'new', current: existing(path) })
      expect(status).toBe(1)
      expect(said).toContain(
        `${path} is a mount point, so no other file can take its place; inPlace: true (file, template, download, edits) writes into it\n`,
      )
      expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual(['old', ['a file\\of it']])
      mkdirSync(join(folder, 'folder'))
      expect(carryOut(writeFile({ path: join(folder, 'folder'), content: '' })).said).not.toContain('mount point')
    })

    it('is overwritten on wish, with the owner and mode that are wanted, and a backup', () => {
      const folder = temporaryFolder()
      const path = join(folder, 'file')
      writeFileSync(path, 'old and long')
      const { ino } = statSync(path)
      const write = { content: 'new', inPlace: true, backup: true, owner: '99', mode: '4640', current: existing(path) }
      expect(overMount(path, write)).toEqual({ status: 0, said: '' })
      expect([readFileSync(path, 'utf8'), statSync(path).ino]).toEqual(['new', ino])
      expect(existing(path)).toMatchObject({ uid: 99, gid: 0, mode: '4640' })
      const [backup = '', ...others] = readdirSync(folder).filter((name) => name !== 'file')
      expect(readFileSync(join(folder, backup), 'utf8')).toBe('old and long')
      expect(others).toEqual([])
      expect(overMount(path, { content: 'newer', inPlace: true, current: existing(path) }).status).toBe(0)
      expect(existing(path)).toMatchObject({ uid: 99, gid: 0, mode: '4640' })
    })
  })

  it('overwrites in place only what is there and what is accepted', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    expect(carryOut(writeFile({ path, content: 'bad', inPlace: true })).status).toBe(0)
    const write = { path, content: 'good', inPlace: true, validate: 'grep -q good %s', current: existing(path) }
    expect(carryOut(writeFile({ ...write, content: 'worse' })).status).toBe(1)
    expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual(['bad', ['file']])
    const secret = new Secret('test', 'good secret')
    const seen = `cat() { stat -c %a '${path}' >'${folder}/mode'; command cat "$@"; }`
    expect(carryOut(writeFile({ ...write, content: secret, mode: '0600' }), seen).status).toBe(0)
    expect([readFileSync(path, 'utf8'), readFileSync(join(folder, 'mode'), 'utf8')]).toEqual(['good secret', '600\n'])
    expect(carryOut(writeFile({ ...write, backup: true })).status).toBe(0)
    const [backup = ''] = readdirSync(folder).filter((name) => name.endsWith('.bak'))
    expect([readFileSync(path, 'utf8'), readFileSync(join(folder, backup), 'utf8')]).toEqual(['good', 'good secret'])
  })

  it('never shows a reader a part of a file', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    const contents = ['a', 'b'].map((letter) => letter.repeat(300_000))
    writeFileSync(path, contents[0] ?? '')
    const reader = spawn('sh', ['-c', 'while [ ! -e stop ]; do sha256sum file; done'], { cwd: folder })
    let seen = ''
    reader.stdout.on('data', (chunk) => {
      seen += chunk
    })
    let errors = ''
    reader.stderr.on('data', (chunk) => {
      errors += chunk
    })
    const ended = new Promise((resolve) => reader.on('close', resolve))
    for (let round = 1; round <= 15; round++) {
      expect(carryOut(writeFile({ path, content: contents[round % 2] ?? '', current: existing(path) })).status).toBe(0)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    writeFileSync(join(folder, 'stop'), '')
    await ended
    const whole = contents.map((content) =>
      runScript(`printf %s '${content}' | sha256sum`).stdout.toString().slice(0, 64),
    )
    const sums = seen
      .trim()
      .split('\n')
      .map((line) => line.slice(0, 64))
    expect(errors).toBe('')
    expect(sums.length).toBeGreaterThan(20)
    expect([...new Set(sums)].sort()).toEqual(whole.sort())
  })
})
