/** The arguments of ssh in Ansible's variables, in the words of an inventory of ours. */

import { definedOnly } from '../errors.ts'
import type { ConnectionSettings } from '../model/host.ts'
import { readSshConfig } from '../transport/ssh-config/ssh-config.ts'
import { splitWords } from './ansible-words.ts'

/** What arguments say, and what of it cannot be taken over. */
export interface SshArguments {
  readonly settings: ConnectionSettings
  readonly warnings: readonly string[]
}

/** Reads the arguments in `text` for a host; throws where ssh would refuse them. */
export function readSshArguments(text: string, host: string): SshArguments {
  const words = splitWords(text, false)
  if (!words) throw new Error('a quote is not closed')
  const warnings: string[] = []
  const lines: string[] = []
  let sshConfigFile: string | undefined
  for (let index = 0; index < words.length; index++) {
    const [, letter = '', glued = ''] = /^-([JioFplCqATtvx46])(.*)$/s.exec(words[index] ?? '') ?? []
    if (letter !== '' && !'JioFpl'.includes(letter)) continue
    if (letter === '') {
      warnings.push(`argument of ssh not taken over: ${words[index]}`)
      continue
    }
    const argument = glued || (words[++index] ?? '')
    const keyword = keywords[letter]
    if (letter === 'F') sshConfigFile ??= argument
    else lines.push(keyword === undefined ? argument : `${keyword} ${argument}`)
  }
  const options = optionSettings(lines, host)
  return {
    settings: { ...options.settings, ...definedOnly({ sshConfigFile }) },
    warnings: [...warnings, ...options.warnings],
  }
}

const keywords: Readonly<Record<string, string>> = { J: 'ProxyJump', i: 'IdentityFile', p: 'Port', l: 'User' }

/** The settings in options, which are lines of ssh_config. */
function optionSettings(lines: readonly string[], host: string): SshArguments {
  const environment = { home: '', user: '', uid: 0, localHost: '', variables: {} }
  const text = lines.map((line) => line.replaceAll('\n', ' ')).join('\n')
  const config = readSshConfig([{ text, file: 'arguments of ssh' }], { host, environment, include: () => [] })
  const { port, user, hostName, identityFiles, identitiesOnly, hostKeyAlias, hostKeyChecking } = config
  const { proxyJump = bastionOf(config.proxyCommand), connectTimeoutSeconds, userKnownHostsFiles } = config
  const [file] = userKnownHostsFiles ?? []
  const forgets = file === '/dev/null' || file === 'none'
  const settings = definedOnly({
    hostName,
    port,
    user,
    identityFile: identityFiles.length > 1 ? [...identityFiles] : identityFiles[0],
    identitiesOnly,
    hostKeyAlias,
    hostKeyChecking,
    // With checking on, a file that forgets everything would let nobody in.
    knownHostsFile: !forgets ? file : hostKeyChecking === 'no' ? 'none' : undefined,
    proxyJump,
    proxyCommand: proxyJump === undefined ? config.proxyCommand : undefined,
    connectTimeoutMs: connectTimeoutSeconds ? connectTimeoutSeconds * 1000 : undefined,
  })
  const { certificateFiles, globalKnownHostsFiles, identityAgent, hashKnownHosts } = config
  const left = Object.entries({
    CertificateFile: certificateFiles[0],
    GlobalKnownHostsFile: globalKnownHostsFiles?.[0],
    IdentityAgent: identityAgent,
    HashKnownHosts: hashKnownHosts,
  })
  return {
    settings,
    warnings: [
      ...left
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `option of ssh not taken over: ${name} ${value}`),
      ...config.ignored
        .filter(({ matter }) => matter !== 'login')
        .map(({ keyword, value }) => `option of ssh not taken over: ${keyword} ${value}`),
    ],
  }
}

/** What people write in place of ProxyJump becomes one; nothing else of such a command may be lost. */
function bastionOf(command: string | undefined): string | undefined {
  const gate = /^ssh\s+(?:-q\s+)?(?:-W\s+\[?%h\]?:%p\s+(?:-q\s+)?(\S+)|(\S+)\s+-W\s+\[?%h\]?:%p)$/.exec(command ?? '')
  const jump = gate?.[1] ?? gate?.[2]
  return jump === undefined || jump.startsWith('-') ? undefined : jump
}
