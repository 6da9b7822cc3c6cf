/** Command lines and definitions that are wrong, and what is said of each before any host is connected to. */

import type { Parts } from './project.ts'

/** Something that is refused with exit code 1. */
export interface DefinitionCase {
  /** What of the project's inventory is different. */
  readonly parts?: Parts
  /** Files of the project, beside or in place of `inventory/dev.ts`. */
  readonly files?: Readonly<Record<string, string>>
  /** The command line; by default `apply`. */
  readonly line?: string
  readonly code: string
  /** What was found. */
  readonly says: readonly RegExp[]
  /** `file:line` of the cause, where it stands in a file. */
  readonly at?: string
  /** What to do, where it is not the same for all definitions. */
  readonly hint?: RegExp
}

const port = 'variables: z.strictObject({ port: z.int() }),'
const naming = (members: string) => `const naming = defineRole({ name: 'naming', ${members} })`
const zone = naming('variables: z.strictObject({ zone: z.string() }), tasks: () => []')
const inventory = 'inventory/dev.ts'
const greeting = "template({ path: '/etc/motd', from: '../templates/motd.ejs', with: { name: 'x' } })"
const seeCheck = /foobar-deploy check/

export const definitionCases: Readonly<Record<string, DefinitionCase>> = {
  'an unknown command': { line: 'aply', code: 'unknown-argument', says: [], hint: /Did you mean apply\?/ },
  'an unknown option': {
    line: 'apply --limti web1',
    code: 'unknown-argument',
    says: [/limti/],
    hint: /Did you mean --limit\?/,
  },
  'an unknown host in --limit': {
    line: 'apply --limit web2',
    code: 'unknown-host',
    says: [/: web2$/m],
    hint: /Did you mean web1\? There are: web1, web, all\./,
  },
  '--limit that leaves nobody': {
    line: 'apply --limit web1,!web',
    code: 'no-hosts',
    says: [/--limit web1,!web/],
    hint: /There are: web1/,
  },
  'an unknown tag': {
    parts: { tasks: "file({ path: '/etc/a', content: '', tags: ['names'] })" },
    line: 'apply --tags nmaes',
    code: 'unknown-tag',
    says: [/: nmaes$/m],
    hint: /Did you mean names\? They have: names/,
  },
  'a variable of the wrong type by --var': {
    parts: { playbook: port, inventory: 'vars: { port: 80 },' },
    line: 'apply --var port=eighty',
    code: 'invalid-definition',
    says: [/variables of web1 at port: .*expected number.* \(from --var\)$/m],
  },
  'an unknown variable by --var': {
    parts: { playbook: port, inventory: 'vars: { port: 80 },' },
    line: 'apply --var prot=81',
    code: 'invalid-definition',
    says: [/at prot: .*did you mean port\? \(from --var\)$/m],
  },
  'a variable of the wrong type': {
    parts: { playbook: port, inventory: "vars: { port: 'x' as never }," },
    code: 'invalid-definition',
    says: [/variables of web1 at port: .*expected number, received string \(from inventory\)/],
    at: `${inventory}:7`,
  },
  'a misspelt variable': {
    parts: { playbook: port, inventory: 'vars: { prot: 80 } as never,' },
    code: 'invalid-definition',
    says: [/has 2 problems/, /at port: is missing; expected number/, /at prot: .*did you mean port\?/],
    at: `${inventory}:7`,
  },
  'a missing role variable': {
    parts: { before: zone, play: 'roles: [naming({} as never)]' },
    code: 'invalid-definition',
    says: [/role naming at zone: is missing; expected string/],
    at: `${inventory}:5`,
  },
  'a missing role variable, given for each host': {
    parts: { before: zone, play: 'roles: [() => naming({} as never)]' },
    code: 'invalid-definition',
    says: [/role naming at zone: is missing/],
    at: `${inventory}:5`,
  },
  'a misspelt group': {
    parts: { groups: "wbe: ['web1']" },
    code: 'invalid-definition',
    says: [/groups\.web: missing; playbook site needs it/, /groups\.wbe: playbook site has no such group, only web/],
    at: `${inventory}:7`,
  },
  'a group with an unknown host': {
    parts: { groups: "web: ['web2' as never]" },
    code: 'invalid-definition',
    says: [/groups\.web: web2 is no host and no group/],
    at: `${inventory}:7`,
  },
  'circular groups': {
    parts: { playbook: "groups: ['web', 'edge'],", groups: "web: ['edge'], edge: ['web']" },
    code: 'invalid-definition',
    says: [/groups\.web: contains itself \(web > edge > web\)/],
    at: `${inventory}:7`,
  },
  'a play for an unknown group': {
    parts: { play: "hosts: 'wbe' as never, tasks: () => []" },
    code: 'invalid-definition',
    says: [/play Web at hosts: playbook site has no group wbe; did you mean web\?/],
    at: `${inventory}:3`,
  },
  'two problems at once': {
    parts: { groups: "web: ['web1', 'web2' as never]", host: "hostKeyChecking: 'never' as never, prt: 3," },
    code: 'invalid-definition',
    says: [/has 2 problems/, /hostKeyChecking: .*"accept-new"/, /hosts\.web1\.prt: .*did you mean port\?/],
    at: `${inventory}:7`,
  },
  'a playbook that throws': {
    parts: { plays: "() => {\n  throw new Error('no luck')\n}" },
    code: 'invalid-definition',
    says: [/playbook site: threw Error: no luck/],
    at: `${inventory}:6`,
  },
  'a role that throws, and a wrong task': {
    parts: {
      before: naming(
        'tasks: () => {\n  const names = undefined as never as string[]\n  return [file({ path: names[0] })]\n}',
      ),
      play: "roles: [naming()], tasks: () => [file({ path: '/etc/a', contnet: '' } as never)]",
    },
    code: 'invalid-definition',
    says: [
      /role naming: threw TypeError: .*dev\.ts:4:\d+\)/,
      /file at contnet: .*did you mean content\? \(inventory\/dev\.ts:8:\d+\)/,
    ],
    at: `${inventory}:4`,
  },
  'a role without its call': {
    parts: { before: naming('tasks: () => []'), play: 'roles: [naming as never]' },
    code: 'invalid-definition',
    says: [/role naming stands there without its variables: write naming\(\)/],
    at: `${inventory}:3`,
  },
  'tasks that are a promise': {
    parts: { play: 'tasks: (async () => []) as never' },
    code: 'invalid-definition',
    says: [/play Web: A list of tasks holds something else: a promise\. .*not async/],
    at: `${inventory}:3`,
  },
  'a template with an unknown name': {
    parts: { tasks: greeting },
    files: { 'templates/motd.ejs': 'Hello\n<%= nmae %>\n' },
    code: 'invalid-definition',
    says: [/the name nmae is unknown; did you mean name\? \(the template gets: name\)/],
    at: 'templates/motd.ejs:2',
  },
  'a template that is not there': {
    parts: { tasks: greeting },
    code: 'invalid-definition',
    says: [/template: .*no such file.*A relative path starts at the folder of the file/],
    at: 'templates/motd.ejs',
  },
  'a secret in a command': {
    parts: {
      before: "const password = new Secret('db', 'horse')",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the project's code
      tasks: 'command({ run: sh`x ${password as never}`, always: true })',
    },
    code: 'invalid-definition',
    says: [/secret cannot stand in a command: everyone on the host could read it\. Pass it as input/],
    at: `${inventory}:5`,
  },
  'a mode that is a number, and a relative path': {
    parts: { tasks: "file({ path: '/etc/a', mode: 644 as never }),\nfile({ path: 'etc/a', content: '' })" },
    code: 'invalid-definition',
    says: [
      /mode: must be text such as '0644'.*dev\.ts:5:\d+\)/,
      /path: must be an absolute path \(inventory\/dev\.ts:6:1\)/,
    ],
    at: `${inventory}:5`,
  },
  'a syntax error': {
    files: { [inventory]: "import 'foobar-deploy'\nexport default {\n  hosts: { web1: { address 'x' } },\n}\n" },
    code: 'syntax-error',
    says: [/^ +3 \| .*address 'x'/m, /^ +\^+$/m],
    at: `${inventory}:3`,
    hint: seeCheck,
  },
  'an enum': {
    files: { [inventory]: 'export enum Size { small, large }\nexport default 1\n' },
    code: 'unsupported-syntax',
    says: [/enum is not supported/],
    at: `${inventory}:1`,
    hint: /a union of strings/,
  },
  'an inventory that throws': {
    parts: { before: "throw new Error('no luck')" },
    code: 'load-error',
    says: [/Error: no luck/, /^ +2 \| throw/m],
    at: `${inventory}:2`,
    hint: seeCheck,
  },
  'no default export': {
    parts: { exports: 'export const dev =' },
    code: 'not-an-inventory',
    says: [/exports dev/],
    at: inventory,
    hint: /export default/,
  },
  'no inventory': {
    files: { [inventory]: 'export default {}\n' },
    code: 'not-an-inventory',
    says: [/type object/],
    at: inventory,
    hint: /defineInventory/,
  },
  'a package that is not there': {
    parts: { before: "import 'no-such-package'" },
    code: 'import-not-found',
    says: [/: no-such-package$/m],
    at: `${inventory}:2`,
    hint: /npm install no-such-package/,
  },
  'a file that is not there': {
    parts: { before: "import '../vars/wbe.ts'" },
    files: { 'vars/web.ts': 'export {}\n' },
    code: 'import-not-found',
    says: [/vars\/wbe\.ts/],
    at: `${inventory}:2`,
    hint: /Did you mean web\.ts\?/,
  },
}
