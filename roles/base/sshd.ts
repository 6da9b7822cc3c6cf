/** Tasks of the base role for sshd: hardened by a drop-in, judged by sshd, taken back unless we still get in. */

import { command, confirmOrRevert, type Facts, file, handler, render, type TaskList } from 'foobar-deploy'
import { ownLogin } from './own-login.ts'
import { type Algorithms, algorithmsOf } from './ssh-algorithms.ts'
import type { SshdVariables } from './sshd-variables.ts'

/** sshd takes the first value it reads, so a name before those of other packages. */
const dropIn = '/etc/ssh/sshd_config.d/10-foobar-deploy.conf'

// Where sshd is started by its socket there may be none to reload: the next one reads the new file.
const reload = 'if systemctl is-active -q ssh.service; then systemctl reload ssh.service; fi'

/** The drop-in, with a look before whether it would lock out who writes it. */
export function sshdTasks(vars: SshdVariables, facts: Facts): TaskList {
  const tasks = vars.hardened
    ? [hardened(vars, algorithmsOf(vars, facts.os))]
    : [file({ path: dropIn, state: 'absent', notify: reloadSshd })]
  return [
    vars.hardened && ownLogin({ title: 'own login', ...namesIn(vars) }),
    confirmOrRevert({ title: 'sshd', paths: [dropIn], restore: reload, tasks }),
  ]
}

const reloadSshd = handler('reload sshd', command({ title: 'reload sshd', run: reload, always: true }))

function hardened(vars: SshdVariables, algorithms: Algorithms) {
  return file({
    path: dropIn,
    content: render('./templates/sshd.conf.ejs', {
      ...vars,
      ...algorithms,
      allowUsers: vars.allowUsers ?? [],
      allowGroups: vars.allowGroups ?? [],
    }),
    owner: 'root',
    group: 'root',
    mode: '0644',
    validate: judgement(vars, algorithms),
    notify: reloadSshd,
  })
}

/** sshd judges all of its files; and it must take ours: it may not include them, or read another value first. */
function judgement(vars: SshdVariables, { kexAlgorithms, ciphers, macs }: Algorithms): string {
  const wanted = [
    `passwordauthentication ${vars.passwordAuthentication ? 'yes' : 'no'}`,
    `x11forwarding no`,
    `maxauthtries ${vars.maxAuthTries}`,
    `logingracetime ${vars.loginGraceTimeSeconds}`,
    `maxsessions ${vars.maxSessions}`,
    `kexalgorithms ${kexAlgorithms.join(',')}`,
    `ciphers ${ciphers.join(',')}`,
    `macs ${macs.join(',')}`,
  ]
  const complaint = `sshd does not take it: another file says otherwise before, or /etc/ssh/sshd_config does not begin by including its folder`
  return `sshd -t && taken=$(sshd -T) && for wanted in ${wanted.map((line) => `'${line}'`).join(' ')}; do
  echo "$taken" | grep -qix "$wanted" || { echo "$wanted: ${complaint}" >&2; exit 1; }
done`
}

function namesIn({ allowUsers, allowGroups, permitRootLogin, passwordAuthentication }: SshdVariables) {
  return {
    ...(allowUsers ? { allowUsers } : {}),
    ...(allowGroups ? { allowGroups } : {}),
    permitRootLogin,
    passwordAuthentication,
    path: dropIn,
  }
}
