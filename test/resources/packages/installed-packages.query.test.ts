/** Packages as dpkg of this machine tells them, and as a host of the test's making would. */

import { describe, expect, it } from 'vitest'
import { installedPackagesQuery } from '../../../src/resources/packages/installed-packages.query.ts'
import { ask, runScript } from '../run-script.ts'
import { counted, standIns } from '../stand-in.ts'

describe('installed-packages', () => {
  it('tells what is installed here, what is provided and what is not there', () => {
    const [found] = ask(installedPackagesQuery, [['dpkg', 'awk', 'no-such-package']])
    expect(found?.get('dpkg')).toMatchObject({ status: 'installed', version: expect.stringMatching(/^\d+\.\d+/) })
    expect(found?.get('awk')).toMatchObject({ version: null, providers: expect.arrayContaining(['mawk']) })
    expect(found?.get('no-such-package')).toEqual({
      version: null,
      status: 'not-installed',
      held: false,
      automatic: false,
      providers: [],
    })
  })

  it('takes two processes for hundreds of packages that are all installed', () => {
    const { before, started } = counted('dpkg-query', 'grep')
    const rows = runScript('dpkg --get-selections').stdout.toString().trim().split('\n')
    const names = rows.flatMap((row) => /^(\S+)\s+install$/.exec(row)?.[1] ?? []).slice(0, 300)
    expect(names.length).toBeGreaterThan(50)
    const output = runScript(installedPackagesQuery.script(names.map((name) => [name])), before)
    const answers = installedPackagesQuery.parse(
      output,
      names.map((name) => [name]),
    )
    expect(started()).toEqual(['dpkg-query', 'grep'])
    expect(answers.map((answer, index) => answer?.get(names[index] ?? '')?.status)).toEqual(
      names.map(() => 'installed'),
    )
  })

  it('looks once more, with two more processes, where one is not installed', () => {
    const { before, started } = counted('dpkg-query', 'grep')
    runScript(installedPackagesQuery.script([['dpkg'], ['no-such-package'], ['nor-this']]), before)
    expect(started().filter((name) => name === 'dpkg-query')).toHaveLength(2)
  })

  it('knows a host without dpkg', () => {
    const { before } = standIns({ 'dpkg-query': 'exit 127' })
    const output = runScript(installedPackagesQuery.script([['nginx']]), before)
    expect(installedPackagesQuery.parse(output, [['nginx']])).toEqual([undefined])
  })

  it("means the host's own architecture where none is named", () => {
    const rows =
      'ii |dpkg|amd64|1.22\nhi |libc6|amd64|2.41\nii |libc6|i386|2.40\nii |zlib1g|i386|1.3\niU |half|all|3\nrc |gone|amd64|4\n'
    const names = ['libc6', 'libc6:i386', 'zlib1g', 'half', 'gone']
    const [found] = installedPackagesQuery.parse({ status: 0, stdout: Buffer.from(rows), stderr: Buffer.from('') }, [
      names,
    ])
    expect(names.map((name) => [found?.get(name)?.version, found?.get(name)?.status, found?.get(name)?.held])).toEqual([
      ['2.41', 'installed', true],
      ['2.40', 'installed', false],
      [null, 'not-installed', false],
      ['3', 'unpacked', false],
      [null, 'config-files', false],
    ])
  })

  it("tells what apt installed for others alone, by the host's own architecture", () => {
    const rows = 'ii |dpkg|amd64|1\nii |a|amd64|1\nii |b|all|1\nii |c|amd64|1\nii |d|amd64|1\n-- marks\n'
    const mark = (name: string, architecture: string, value: number) =>
      `Package: ${name}\nArchitecture: ${architecture}\nAuto-Installed: ${value}\n--\n`
    const marks = [mark('a', 'amd64', 1), mark('b', 'amd64', 1), mark('c', 'i386', 1), mark('d', 'amd64', 0)].join('')
    const names = ['a', 'b', 'c', 'd']
    const stdout = Buffer.from(rows + marks)
    const [found] = installedPackagesQuery.parse({ status: 0, stdout, stderr: Buffer.from('') }, [names])
    expect(names.filter((name) => found?.get(name)?.automatic)).toEqual(['a', 'b'])
  })

  it('agrees with apt-mark about this machine', () => {
    const automatic = runScript('apt-mark showauto').stdout.toString().trim().split('\n').filter(Boolean)
    const manual = runScript('apt-mark showmanual').stdout.toString().trim().split('\n').slice(0, 20)
    const names = [...automatic.slice(0, 20), ...manual]
    const [found] = ask(installedPackagesQuery, [names])
    expect(names.filter((name) => found?.get(name)?.automatic)).toEqual(automatic.slice(0, 20))
  })
})
