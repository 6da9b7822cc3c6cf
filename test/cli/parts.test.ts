/** The parts of the command line that compute alone. */

import { expect, test } from 'vitest'
import { readArguments } from '../../src/cli/arguments.ts'
import { assumedFacts } from '../../src/cli/assumed-facts.ts'
import { parseProblems } from '../../src/cli/check/type-check.ts'
import { detailedExitCode } from '../../src/cli/exit-code.ts'
import { commandText } from '../../src/cli/run/run-command-on-hosts.ts'
import { parseFrame } from '../../src/cli/source-frame.ts'
import { defaultOutput, wantsColour } from '../../src/cli/terminal.ts'
import { withSettings } from '../../src/cli/transport.ts'
import { verificationLines } from '../../src/cli/verify/verify-inventory.ts'
import { defineInventory } from '../../src/model/inventory.ts'
import { definePlaybook } from '../../src/model/playbook.ts'
import { makePaint } from '../../src/report/paint.ts'
import { recap } from '../report/recorded-events.ts'

const site = definePlaybook({ name: 'site', groups: ['web'], plays: () => [] })
const inventory = defineInventory({
  playbook: site,
  defaults: { port: 2222 },
  hosts: { 'web1.lan': { address: '198.51.100.11', user: 'deploy' }, web2: { address: 'web2.lan' } },
  groups: { web: ['web2'] },
})

test('lists are split, variables taken apart', () => {
  const raw = {
    inventory: 'a.ts',
    limit: ['web,!web3', 'db'],
    tags: [],
    var: ['a.b=c=d', 'empty='],
    'skip-tags': ['x'],
  }
  expect(readArguments(raw)).toMatchObject({
    inventories: ['a.ts'],
    limit: ['web', '!web3', 'db'],
    tags: [],
    skipTags: ['x'],
    overrides: [
      { path: 'a.b', text: 'c=d' },
      { path: 'empty', text: '' },
    ],
    forks: 25,
  })
})

test.each([
  [0, false, 0],
  [0, true, 2],
  [2, true, 1],
  [4, false, 1],
  [130, true, 130],
])('exit code %i with changes %s is detailed as %i', (exitCode, changed, detailed) => {
  expect(detailedExitCode(exitCode, changed)).toBe(detailed)
})

test('one word is a script, several are one command', () => {
  expect(commandText(['ls | wc -l'], undefined)).toBe("sh -c 'ls | wc -l'")
  expect(commandText(['echo', 'a b', '$HOME'], undefined)).toBe(`sh -c 'echo '\\''a b'\\'' '\\''$HOME'\\'''`)
  expect(commandText(['id'], 'root')).toBe('sudo -n -u root -- sh -c id')
})

test.each<[isTTY: boolean, environment: Record<string, string>, colour: boolean, output: string]>([
  [true, {}, true, 'live'],
  [false, {}, false, 'plain'],
  [true, { NO_COLOR: '1' }, false, 'plain'],
  [true, { NO_COLOR: '' }, true, 'live'],
  [true, { CI: 'true' }, false, 'plain'],
  [true, { TERM: 'dumb' }, false, 'plain'],
  [false, { FORCE_COLOR: '1' }, true, 'plain'],
  [true, { FORCE_COLOR: '0' }, false, 'live'],
])('on a terminal %s with %j', (isTTY, environment, colour, output) => {
  expect(wantsColour(isTTY, environment)).toBe(colour)
  expect(defaultOutput(isTTY, environment)).toBe(output)
})

test('reads what the compiler says', () => {
  const output = `inventory/dev.ts(3,5): error TS2322: Type 'string' is not assignable.
  Inner reason.
error TS18003: No inputs were found.
`
  expect(parseProblems(output, '/project')).toEqual([
    {
      subject: 'types',
      path: '',
      message: "TS2322: Type 'string' is not assignable.\n  Inner reason.",
      at: { file: '/project/inventory/dev.ts', line: 3, column: 5 },
    },
    { subject: 'types', path: '', message: 'TS18003: No inputs were found.' },
  ])
})

test('reads where Node.js points at', () => {
  const stack = "file:///a%20b/dev.ts:7\nimport { x } from './y.ts'\n         ^\nSyntaxError: no x\n    at y"
  expect(parseFrame(stack)).toEqual({
    at: { file: '/a b/dev.ts', line: 7, column: 10 },
    text: "import { x } from './y.ts'",
    width: 1,
  })
  expect(parseFrame('TypeError: x\n    at file:///a.ts:1:2')).toBeUndefined()
})

test("a lab's settings stand below the inventory's own", () => {
  const { hosts } = withSettings(inventory, (host) => ({ user: 'vagrant', port: 22, socketPath: `/lab/${host}` }))
  expect(hosts['web1.lan']).toMatchObject({ user: 'deploy', port: 2222, socketPath: '/lab/web1.lan' })
  expect(hosts.web2).toMatchObject({ user: 'vagrant', port: 2222, address: 'web2.lan' })
})

test('assumed facts have the name and address of the host', () => {
  const facts = assumedFacts(inventory, ['web1.lan', 'web2'], [])
  expect(facts.get('web1.lan')).toMatchObject({ hostname: 'web1', fqdn: 'web1.lan', defaultAddress: '198.51.100.11' })
  expect(facts.get('web2')?.defaultAddress).toBe('192.0.2.1')
})

test('a verification says what it proves, or what speaks against it', () => {
  const result = { exitCode: 0, interrupted: false, changed: false, recap: { web1: recap({ ok: 1 }), web2: recap({}) } }
  const still = {
    result,
    changedAgain: [],
    moved: { web1: [], web2: [] },
    compared: { web1: 5, web2: 6 },
    proven: true,
  }
  expect(verificationLines(still, makePaint(false))).toEqual([
    'verify: proven, nothing moved (11 things compared on 2 hosts: files, packages and units)',
  ])
  const moved = {
    ...still,
    proven: false,
    changedAgain: ['web1: file /etc/a'],
    moved: {
      web1: [
        { what: 'file /etc/a', before: 'f 1', after: 'f 2' },
        { what: 'file /etc/b', after: 'f 3' },
      ],
    },
    compared: { web1: 5 },
  }
  expect(verificationLines(moved, makePaint(false))).toEqual([
    'changed again: web1: file /etc/a',
    'moved: web1: file /etc/a',
    '  before: f 1',
    '  after:  f 2',
    'moved: web1: file /etc/b',
    '  before: (not there)',
    '  after:  f 3',
    'not compared: web2',
    'verify: not proven, 2 things moved, 1 task changed again',
  ])
})
