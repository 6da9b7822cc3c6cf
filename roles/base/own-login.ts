/** The resource `ownLogin`: that sshd as it is to be would let in whoever is logged in for this run. */

import { defineQuery, defineResource, FoobarDeployError, sh, z } from 'foobar-deploy'

/** Who we are on the host, and how we came in. */
interface Login {
  readonly user: string
  readonly groups: readonly string[]
  /** `publickey`, `password`; undefined where nobody knows, or it was not asked because passwords are out already. */
  readonly method: string | undefined
}

/** How we came in is known to the journal, by the processes that our shell descends from; asked where `path` is not yet. */
const login = defineQuery<string, Login>({
  name: 'own-login',
  key: (path) => path,
  maxOperands: 1,
  script: ([path = '']) =>
    sh`user=$SUDO_USER
[ -n "$user" ] || user=$(id -un)
printf '%s\\n' "$user"
id -Gn -- "$user"
if [ "$(id -u)" = 0 ] && ! grep -qsix 'PasswordAuthentication no' ${path}; then
  p=$$ set --
  while [ "$p" -gt 1 ]; do
    IFS= read -r name <"/proc/$p/comm" || break
    case $name in sshd*) set -- "$@" "_PID=$p";; esac
    q=1
    while read -r key value; do [ "$key" != PPid: ] || { q=$value; break; }; done <"/proc/$p/status" || break
    p=$q
  done 2>/dev/null
  [ $# = 0 ] || journalctl -q -b --no-pager -o cat "$@" 2>/dev/null | sed -n 's/^Accepted \\([a-z/-]*\\) for .*/method \\1/p' | tail -n 1
fi
:`.script,
  parse: ({ stdout }) => {
    const [user = '', groups = '', method] = stdout.toString().split('\n')
    return [
      {
        user: user.trim(),
        groups: groups.trim().split(' '),
        method: method?.startsWith('method ') ? method.slice('method '.length) : undefined,
      },
    ]
  },
})

const schema = z.strictObject({
  path: z.string(),
  allowUsers: z.array(z.string()).optional(),
  allowGroups: z.array(z.string()).optional(),
  permitRootLogin: z.string(),
  passwordAuthentication: z.boolean(),
})

/** Checked before the first change of a run; an earlier task may put the user into a group. */
export const ownLogin = defineResource({
  type: 'ownLogin',
  schema,
  id: () => 'ssh',
  read: ({ path }: z.output<typeof schema>) => ({ login: login(path) }),
  parse: ({ login: found }, desired) => {
    const wrong = wrongFor(found, desired)
    if (!wrong) return found
    throw new FoobarDeployError('task', 'lock-out', 'sshd would no longer let in whoever makes it so', wrong)
  },
  isPrecondition: true,
  provides: () => [],
  diff: () => [],
  *apply() {},
})

function wrongFor({ user, groups, method }: Login, desired: z.output<typeof schema>) {
  const { allowUsers, allowGroups, permitRootLogin, passwordAuthentication } = desired
  if (allowUsers && !allowUsers.some((pattern) => isMatch(pattern.replace(/@.*/, ''), user))) {
    return {
      detail: `allowUsers is ${allowUsers.join(', ')}; the user of this connection is ${user}`,
      hint: `Add ${user} to sshd.allowUsers.`,
    }
  }
  if (allowGroups && !allowGroups.some((pattern) => groups.some((group) => isMatch(pattern, group)))) {
    return {
      detail: `allowGroups is ${allowGroups.join(', ')}; ${user} is in ${groups.join(', ')}`,
      hint: `Add a group of ${user} to sshd.allowGroups.`,
      needs: [`user ${user}`],
    }
  }
  if (user === 'root' && permitRootLogin === 'no') {
    return {
      detail: 'permitRootLogin is no, and the user of this connection is root',
      hint: 'Connect as another user who may use sudo, such as the one that `admin` makes.',
    }
  }
  if (!passwordAuthentication && (method === 'password' || method?.startsWith('keyboard-interactive'))) {
    return {
      detail: `${user} came in by a password, and passwordAuthentication is off`,
      hint: 'Put a key on the host and connect with it, or say sshd.passwordAuthentication: true.',
    }
  }
  return undefined
}

/** As sshd matches: `*` is any text, `?` one character. */
function isMatch(pattern: string, name: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`).test(name)
}
