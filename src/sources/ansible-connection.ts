/** How Ansible's variables say that a host is reached, in the words of an inventory of ours. */

import { definedOnly } from '../errors.ts'
import { type ConnectionSettings, connectionSchema } from '../model/host.ts'
import { Secret } from '../shell/secret.ts'
import type { AnsibleVars } from './ansible-inventory.ts'
import { splitWords } from './ansible-words.ts'
import { vaulted } from './ansible-yaml.ts'

/** A host's connection, its other variables, and what could not be taken over. */
export interface AnsibleHost {
  readonly address: string
  readonly settings: ConnectionSettings
  readonly vars: AnsibleVars
  readonly warnings: readonly string[]
}

// What has nothing to mean here: no Python on hosts, one connection anyway, sudo as the play says.
const needless =
  /^ansible_(python_interpreter|pipelining|ssh_pipelining|ssh_transfer_method|ssh_executable|shell_type|managed)$/
const known = new Map<string, readonly string[]>([
  ['address', ['ansible_host', 'ansible_ssh_host']],
  ['port', ['ansible_port', 'ansible_ssh_port']],
  ['user', ['ansible_user', 'ansible_ssh_user']],
  ['identityFile', ['ansible_ssh_private_key_file', 'ansible_private_key_file']],
  ['password', ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password']],
  ['becomePassword', ['ansible_become_password', 'ansible_become_pass', 'ansible_sudo_pass']],
])
const argumentNames = ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args']

/** Reads the variables in force for a host. */
export function connectionOf(host: string, all: AnsibleVars): AnsibleHost {
  const warnings: string[] = []
  const used = new Set(argumentNames)
  const value = (name: string): string | undefined => {
    for (const alias of known.get(name) ?? []) {
      used.add(alias)
      const found = all[alias]
      if (found === undefined || found === null) continue
      if (found === vaulted) warnings.push(`${alias} is encrypted by ansible-vault; set it as a secret`)
      else if (/\{\{.*\}\}/.test(String(found))) warnings.push(`${alias} is a template: ${String(found)}`)
      else return String(found)
    }
    return undefined
  }
  const texts = Object.fromEntries([...known.keys()].map((name) => [name, value(name)]))
  const { address = host, port, user, identityFile, password, becomePassword } = texts
  const ssh = sshArguments(argumentNames.map((name) => String(all[name] ?? '')).join(' '), warnings)
  const settings = {
    ...ssh,
    ...definedOnly({
      port: port === undefined ? undefined : Number(port),
      user,
      identityFile,
      password: password === undefined ? undefined : new Secret(`password of ${host}`, password),
      becomePassword: becomePassword === undefined ? undefined : new Secret(`sudo password of ${host}`, becomePassword),
    }),
  }
  const parsed = connectionSchema.safeParse(settings)
  if (!parsed.success) warnings.push(...parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))
  warnings.push(...become(all), ...otherVariables(all, used))
  return { address, settings: parsed.success ? parsed.data : {}, vars: ownVars(all, warnings), warnings }
}

function become(all: AnsibleVars): string[] {
  const { ansible_become_user: user = 'root', ansible_become_method: method = 'sudo' } = all
  return [
    ...(user === 'root' ? [] : [`ansible_become_user is ${String(user)}; say become in the play`]),
    ...(method === 'sudo' ? [] : [`ansible_become_method is ${String(method)}; there is sudo alone`]),
  ]
}

function otherVariables(all: AnsibleVars, used: ReadonlySet<string>): string[] {
  const { ansible_connection: connection = 'ssh' } = all
  const told = ['ansible_become', 'ansible_become_user', 'ansible_become_method', 'ansible_connection']
  const others = Object.keys(all).filter(
    (name) => name.startsWith('ansible_') && !used.has(name) && !told.includes(name) && !needless.test(name),
  )
  return [
    ...(['ssh', 'smart', 'paramiko', 'paramiko_ssh'].includes(String(connection))
      ? []
      : [`ansible_connection is ${String(connection)}; there is ssh alone`]),
    ...(others.length === 0 ? [] : [`not taken over: ${others.join(', ')}`]),
  ]
}

function ownVars(all: AnsibleVars, warnings: string[]): AnsibleVars {
  const own = Object.entries(all).filter(([name]) => !name.startsWith('ansible_'))
  const closed = own.filter(([, value]) => value === vaulted).map(([name]) => name)
  if (closed.length > 0) warnings.push(`encrypted by ansible-vault, to be set as secrets: ${closed.join(', ')}`)
  return Object.fromEntries(own.filter(([, value]) => value !== vaulted))
}

// Without effect on where and as whom to connect.
const harmless =
  /^(Control\w+|ForwardAgent|ServerAlive\w+|LogLevel|Compression|PreferredAuthentications|IdentitiesOnly|TCPKeepAlive|GSSAPI\w+|BatchMode)$/i

/** The settings in arguments of ssh. */
function sshArguments(text: string, warnings: string[]): ConnectionSettings {
  const words = splitWords(text)
  if (!words) {
    warnings.push(`the arguments of ssh have a quote that is not closed: ${text}`)
    return {}
  }
  const settings: Record<string, unknown> = {}
  for (let index = 0; index < words.length; index++) {
    const [, letter = '', glued = ''] = /^-([JioFplCqATtvx46])(.*)$/s.exec(words[index] ?? '') ?? []
    if (letter !== '' && !'JioFpl'.includes(letter)) continue
    const argument = glued || (words[++index] ?? '')
    if (letter === 'J') settings.proxyJump = argument
    else if (letter === 'i') settings.identityFile = argument
    else if (letter === 'F') settings.sshConfigFile = argument
    else if (letter === 'p') settings.port = Number(argument)
    else if (letter === 'l') settings.user = argument
    else if (letter === 'o') sshOption(argument, settings, warnings)
    else warnings.push(`argument of ssh not taken over: ${words[--index]}`)
  }
  // With checking on, a file that forgets everything would let nobody in.
  if (settings.knownHostsFile === 'none' && settings.hostKeyChecking !== 'no') delete settings.knownHostsFile
  return settings as ConnectionSettings
}

function sshOption(option: string, settings: Record<string, unknown>, warnings: string[]): void {
  const [, name = '', value = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)(.*)$/s.exec(option) ?? []
  switch (name.toLowerCase()) {
    case 'proxyjump':
      settings.proxyJump = value
      return
    case 'proxycommand': {
      // What people write in place of ProxyJump becomes one; nothing else of such a command may be lost.
      const gate = /^ssh\s+(?:-q\s+)?(?:-W\s+\[?%h\]?:%p\s+(?:-q\s+)?(\S+)|(\S+)\s+-W\s+\[?%h\]?:%p)$/.exec(value)
      const jump = gate?.[1] ?? gate?.[2]
      if (jump === undefined || jump.startsWith('-')) settings.proxyCommand = value
      else settings.proxyJump = jump
      return
    }
    case 'stricthostkeychecking':
      settings.hostKeyChecking = { no: 'no', off: 'no', 'accept-new': 'accept-new' }[value.toLowerCase()] ?? 'strict'
      return
    case 'userknownhostsfile':
      settings.knownHostsFile = value === '/dev/null' ? 'none' : value
      return
    case 'connecttimeout':
      settings.connectTimeoutMs = Number(value) * 1000
      return
    case 'identityfile':
      settings.identityFile = value
      return
    case 'port':
      settings.port = Number(value)
      return
    case 'user':
      settings.user = value
      return
  }
  if (!harmless.test(name)) warnings.push(`option of ssh not taken over: ${option}`)
}
