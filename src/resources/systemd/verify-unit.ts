/** Lets systemd judge a unit file before it is put in force. */

import type { Action, Content } from '../../plan/action.ts'
import { sh } from '../../shell/command.ts'
import { Secret } from '../../shell/secret.ts'

/**
 * The actions that fail if systemd would ignore a line of `content` or refuse the unit. What is not about the lines of the
 * file, such as a program or a unit that is not there yet, is no reason; nor are options that are only old.
 */
export function* verifyUnit(name: string, dropIn: string | undefined, content: Content): Iterable<Action> {
  const received = `/run/.${name}.verify.foobar-deploy`
  const file = dropIn === undefined ? name : `${name}.d/${dropIn}.conf`
  const subject =
    dropIn === undefined
      ? sh`subject=$folder/${name.replace('@.', '@verify.')}`
      : sh`subject=$(systemctl show -p FragmentPath --value -- ${name.replace('@.', '@verify.')})`
  // In the folder of the run: $D, or where a command with a time limit lies. Nobody else can enter it, and the next run
  // removes what a killed one left.
  // systemd repeats the values it does not understand.
  const shown = content instanceof Secret ? 's/^\\([^:]*:[0-9]*\\):.*/\\1/' : ''
  yield { kind: 'receive', path: received, content }
  yield sh`(
folder=$(mktemp -d -p "\${D:-\${0%/*}}") || exit
mkdir -p -- "$folder/"${name}.d && mv -- ${received} "$folder/"${file} || exit
${subject}
if [ "$subject" ] && command -v systemd-analyze >/dev/null; then
  complaints=$(SYSTEMD_UNIT_PATH=$folder: SYSTEMD_LOG_COLOR=0 LC_ALL=C systemd-analyze verify --man=no -- "$subject" 2>&1 |
    grep -e "^$folder/"${file}: -e ${`^${name}: .*Refusing`} |
    grep -v -e 'please use' -e 'obsolete' -e 'deprecated' |
    sed -e "s|^$folder/||" -e ${shown})
fi
rm -rf -- "$folder"
[ -z "$complaints" ] || {
  printf '%s\\n' ${`systemd would not understand ${file}; nothing was written (verify: false writes it all the same)`} "$complaints" >&2
  exit 1
}
)`
}
