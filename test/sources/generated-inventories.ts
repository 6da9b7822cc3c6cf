/** Inventories of Ansible at random: values, quotes and comments in INI; scalars, anchors and merges in YAML; files of variables. */

import fc from 'fast-check'

/** Files by name; `main` is what Ansible is given. */
export interface GeneratedInventory {
  readonly main: string
  readonly files: Readonly<Record<string, string>>
}

const pick = (...values: readonly string[]) => fc.constantFrom(...values)
const list = <T>(of: fc.Arbitrary<T>, most: number, least = 0) => fc.array(of, { minLength: least, maxLength: most })
const joined = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(''))

// What Python reads as a literal, and what only looks like one.
const numbers = pick(
  '0',
  '-1',
  '+7',
  '007',
  '0644',
  '00',
  '1_000',
  '1__0',
  '0x1F',
  '0o17',
  '0b101',
  '1.50',
  '.5',
  '1.',
  '1e3',
  '2.5E-1',
  '10.0.0.1',
)
const words = pick(
  'True',
  'False',
  'None',
  'true',
  'yes',
  'no',
  'text',
  'a=b',
  'x-y',
  '/srv/www',
  '{{ a }}',
  "{{ a | b('c') }}",
  '1,2',
  '80x',
  '--5',
  '- 5',
)
const texts = pick(
  "'a b'",
  '"a b"',
  "'it''s'",
  `'a' "b"`,
  '"a\\tb"',
  `'\\x41\\u0042'`,
  `r'a\\n'`,
  `'''a'b'''`,
  `"unclosed`,
  `u'x'`,
)
const { literal } = fc.letrec<{ literal: string; inner: string }>((tie) => ({
  inner: fc.oneof({ maxDepth: 3 }, numbers, pick('True', 'None'), pick("'a'", '"b c"'), tie('literal')),
  literal: fc.oneof(
    { maxDepth: 3 },
    list(tie('inner'), 3).map((all) => `[${all.join(', ')}]`),
    fc
      .tuple(list(tie('inner'), 3), pick('', ','))
      .map(([all, end]) => `(${all.join(', ')}${all.length > 0 ? end : ''})`),
    list(fc.tuple(pick("'k'", '"l"', '1', 'None'), tie('inner')), 3).map(
      (all) => `{${all.map(([key, value]) => `${key}: ${value}`).join(', ')}}`,
    ),
  ),
}))
const iniValue = fc.oneof(numbers, words, texts, literal)
const comment = pick('', '', '', ' # moved', '   # in May, "why"', '# glued', ' ; no comment')

const names = ['alpha', 'beta', 'gamma', 'delta'] as const
/** Groups that may stand within a group, so that none stands within itself. */
const childrenOf = (group: string) => {
  const later = names.filter((name) => name > group)
  return later.length > 0 ? list(pick(...later), 2) : fc.constant([])
}
const variable = pick('a', 'b', 'c', 'd', 'ansible_port', 'ansible_user', 'ansible_host', 'ansible_ssh_common_args')

/** A value in a line of a host, where it is a word to a shell. */
const hostValue = fc.oneof(
  numbers,
  pick(
    'True',
    'text',
    'None',
    'x#y',
    '[1,2]',
    "{'k':1}",
    '"[1, 2]"',
    `"it's"`,
    `'say "x"'`,
    'a\\ b',
    '"a\\"b"',
    `"'80'"`,
    '"80"',
    "'{{ a }}'",
    'a"b c"d',
    '-J\\ gate',
    `"-o ProxyJump='x'"`,
  ),
)
const hostName = pick(
  'web1',
  'web2',
  'db1.example.com',
  'web[1:3]',
  'app[08:10].lan',
  'n[a:c]',
  'r[1:2]x[a:b]',
  's[0:6:3]',
  '10.0.0.7',
  'under_score',
  'w:2222',
  '[2001:db8::7]:2200',
  '2001:db8::8',
  'x[1:2]:2022',
)
const hostLine = fc
  .tuple(hostName, list(fc.tuple(variable, hostValue), 3), pick(' ', '  ', '\t'), comment)
  .map(
    ([name, pairs, blank, end]) =>
      [name, ...pairs.map(([key, value]) => `${key}=${value}`)].join(blank) + end.replace(/ ;.*/, ''),
  )
const varsLine = joined(variable, pick('=', ' = ', '= '), iniValue, comment)

const iniSection = (group: string) =>
  fc
    .tuple(list(hostLine, 4), list(varsLine, 4), childrenOf(group))
    .map(([hosts, vars, children]) => [
      `[${group}]`,
      ...hosts,
      '',
      `[${group}:vars] # of ${group}`,
      '; a comment',
      ...vars,
      `[${group}:children]`,
      ...children,
    ])
const ini = fc
  .tuple(list(hostLine, 3), ...names.map(iniSection), fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }))
  .map(([loose, ...rest]) => {
    const order = rest.at(-1) as number[]
    return [...loose, ...order.flatMap((index) => rest[index] as string[]), '[all:vars]', 'z = 1  # one'].join('\n')
  })

// Plain scalars that YAML 1.1 and 1.2 read differently, and others.
const scalars = pick(
  'yes',
  'No',
  'on',
  'OFF',
  'y',
  'n',
  'True',
  'nUll',
  '~',
  'null',
  '',
  '0644',
  '0o14',
  '08',
  '0x1F',
  '0b11',
  '1_000',
  '+1',
  '-0',
  '00',
  '1:30',
  '190:20:30',
  '1:99',
  '12e3',
  '1.5e+3',
  '1.5e3',
  '1.',
  '.5',
  '-.5',
  '1_0.5',
  '2024-01-01',
  '1.2.3',
  '"yes"',
  "'0644'",
  'a b',
  'a#b',
  '"a\\tb"',
  '1,000',
  '@nope'.slice(1),
  '!unsafe "{{ x }}"',
  '[yes, 0644, [1:30]]',
  '{ k: on, l: { m: 010 } }',
  '|-\n      two\n      lines',
)
const yamlVars = (indent: string) =>
  list(
    fc.tuple(pick('a', 'b', 'c', 'd', 'ansible_port', 'ansible_user'), scalars, pick('', '', '  # moved')),
    5,
    1,
  ).map((all) =>
    [...new Map(all.map((one) => [one[0], one])).values()].map(([key, value, end]) =>
      `${indent}${key}: ${value}${value.includes('\n') ? '' : end}`.replaceAll('\n      ', `\n${indent}  `),
    ),
  )
const yamlHost = fc
  .tuple(
    pick('web1', 'web2', 'db[1:2]', '"w:2222"', 'x.example.com', '10.0.0.9'),
    yamlVars('        '),
    pick('', '', '*usual', '[*usual, *other]', '*other'),
    fc.boolean(),
  )
  .map(([name, vars, merge, isEmpty]) =>
    isEmpty ? [`      ${name}:`] : [`      ${name}:`, ...(merge ? [`        <<: ${merge}`] : []), ...vars],
  )
const yamlGroup = (group: string) =>
  fc.tuple(list(yamlHost, 3, 1), yamlVars('      '), childrenOf(group)).map(([hosts, vars, children]) => {
    const unique = [...new Map(hosts.map((lines) => [lines[0], lines])).values()]
    const within = [...new Set(children)]
    return [
      `${group}:`,
      '  hosts:',
      ...unique.flat().map((line) => line.replace(/^ {2}/, '')),
      '  vars:',
      ...vars.map((line) => line.replaceAll(/^ {2}/gm, '')),
      ...(within.length > 0 ? ['  children:', ...within.map((name) => `    ${name}:`)] : []),
    ]
  })
const yaml = fc
  .tuple(yamlVars('      '), yamlVars('      '), ...names.map(yamlGroup))
  .map(([usual, other, ...groups]) =>
    ['all:', '  vars:', '    usual: &usual', ...usual, '    other: &other', ...other, ...groups.flat(), ''].join('\n'),
  )

const varsFile = yamlVars('').map((lines) => `${['---', ...lines].join('\n')}\n`)
const varsFiles = fc.tuple(varsFile, varsFile, varsFile, varsFile, varsFile).map(([all, alpha, one, two, host]) => ({
  'group_vars/all.yml': all,
  'group_vars/beta': alpha,
  'group_vars/alpha/10.yml': one,
  'group_vars/alpha/20.yaml': two,
  'host_vars/web1.yml': host,
  'host_vars/web1.json': '{ "never": true }',
}))

/** Any inventory. */
export const generatedInventory: fc.Arbitrary<GeneratedInventory> = fc.oneof(
  ini.map((text) => ({ main: 'hosts', files: { hosts: text } })),
  yaml.map((text) => ({ main: 'hosts.yml', files: { 'hosts.yml': text } })),
  fc.tuple(ini, varsFiles).map(([text, vars]) => ({ main: 'hosts.ini', files: { 'hosts.ini': text, ...vars } })),
  fc.tuple(ini, yaml, varsFiles).map(([first, second, vars]) => ({
    main: '.',
    files: { '10-first': first, '20/second.yml': second, 'old.ini': '[old]\nold1\n', 'notes.md': '# no', ...vars },
  })),
)
