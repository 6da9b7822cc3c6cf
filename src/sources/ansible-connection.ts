/** How Ansible's variables say that a host is reached, in the words of an inventory of ours. */

import { definedOnly, FoobarDeployError, messageOf } from '../errors.ts'
import { type ConnectionSettings, connectionSchema } from '../model/host.ts'
import { Secret } from '../shell/secret.ts'
import type { AnsibleVariable, AnsibleVariables, AnsibleVars } from './ansible-inventory.ts'
import { readSshArguments } from './ansible-ssh-arguments.ts'
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

/** Reads the variables in force for a host. One that cannot be read is an error at its place. */
export function connectionOf(host: string, all: AnsibleVariables): AnsibleHost {
  const warnings: string[] = []
  const used = new Set(argumentNames)
  /** The variable that gave each setting. */
  const origins = new Map<string, string>()
  const readText = (setting: string, names: readonly string[]): string | undefined => {
    for (const name of names) {
      used.add(name)
      const { value } = all.get(name) ?? {}
      if (value === undefined || value === null) continue
      if (value === vaulted) warnings.push(`${name} is encrypted by ansible-vault; set it as a secret`)
      else if (/\{\{.*\}\}/.test(String(value))) warnings.push(`${name} is a template: ${String(value)}`)
      else if (typeof value === 'object') throw invalid(host, name, all.get(name), 'is no text')
      else {
        origins.set(setting, name)
        return pythonText(value)
      }
    }
    return undefined
  }
  const texts = Object.fromEntries([...known].map(([setting, names]) => [setting, readText(setting, names)]))
  const { address = host, port, user, identityFile, password, becomePassword } = texts
  const settings = {
    ...argumentSettings(host, all, origins, warnings),
    ...definedOnly({
      port: port === undefined ? undefined : Number(port),
      user,
      identityFile,
      password: password === undefined ? undefined : new Secret(`password of ${host}`, password),
      becomePassword: becomePassword === undefined ? undefined : new Secret(`sudo password of ${host}`, becomePassword),
    }),
  }
  const parsed = connectionSchema.safeParse(settings)
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0] ?? { path: [], message: '' }
    const name = origins.get(String(path[0])) ?? String(path[0])
    throw invalid(host, name, all.get(name), message)
  }
  warnings.push(...become(all), ...otherVariables(all, used))
  return { address, settings: parsed.data, vars: ownVars(all, warnings), warnings }
}

/** The settings in the arguments of ssh. */
function argumentSettings(
  host: string,
  all: AnsibleVariables,
  origins: Map<string, string>,
  warnings: string[],
): ConnectionSettings {
  const given = argumentNames.filter((name) => typeof all.get(name)?.value === 'string')
  let settings: ConnectionSettings = {}
  for (const name of given) {
    try {
      const read = readSshArguments(String(all.get(name)?.value), host)
      warnings.push(...read.warnings)
      // Of options of ssh the first stands.
      settings = { ...read.settings, ...settings }
      for (const setting of Object.keys(read.settings)) if (!origins.has(setting)) origins.set(setting, name)
    } catch (thrown) {
      throw invalid(host, name, all.get(name), messageOf(thrown))
    }
  }
  return settings
}

function invalid(host: string, name: string, variable: AnsibleVariable | undefined, reason: string): FoobarDeployError {
  const shown = /pass/.test(name) ? '' : `: ${JSON.stringify(variable?.value)}`
  return new FoobarDeployError(
    'definition',
    'ansible-setting-invalid',
    'A setting of the Ansible inventory cannot be read',
    {
      detail: `${name} of ${host}${shown}; ${reason}`,
      ...definedOnly({ at: variable?.at }),
    },
  )
}

/** A value as Python would write it. */
function pythonText(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value)
}

function become(all: AnsibleVariables): string[] {
  const user = all.get('ansible_become_user')?.value ?? 'root'
  const method = all.get('ansible_become_method')?.value ?? 'sudo'
  return [
    ...(user === 'root' ? [] : [`ansible_become_user is ${String(user)}; say become in the play`]),
    ...(method === 'sudo' ? [] : [`ansible_become_method is ${String(method)}; there is sudo alone`]),
  ]
}

function otherVariables(all: AnsibleVariables, used: ReadonlySet<string>): string[] {
  const connection = all.get('ansible_connection')?.value ?? 'ssh'
  const told = ['ansible_become', 'ansible_become_user', 'ansible_become_method', 'ansible_connection']
  const others = [...all.keys()].filter(
    (name) => name.startsWith('ansible_') && !used.has(name) && !told.includes(name) && !needless.test(name),
  )
  return [
    ...(['ssh', 'smart', 'paramiko', 'paramiko_ssh'].includes(String(connection))
      ? []
      : [`ansible_connection is ${String(connection)}; there is ssh alone`]),
    ...(others.length === 0 ? [] : [`not taken over: ${others.join(', ')}`]),
  ]
}

function ownVars(all: AnsibleVariables, warnings: string[]): AnsibleVars {
  const own = [...all]
    .filter(([name]) => !name.startsWith('ansible_'))
    .map(([name, { value }]) => [name, value] as const)
  const closed = own.filter(([, value]) => value === vaulted).map(([name]) => name)
  if (closed.length > 0) warnings.push(`encrypted by ansible-vault, to be set as secrets: ${closed.join(', ')}`)
  return Object.fromEntries(own.filter(([, value]) => value !== vaulted))
}
