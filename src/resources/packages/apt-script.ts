/** The script that runs one transaction of apt: waits for locks, repairs, updates the lists, and explains failures. */

import { type Command, sh } from '../../shell/command.ts'
import { listsAgeScript } from './apt-candidates.query.ts'

/** One transaction. */
export interface AptTransaction {
  /** What `apt-get install` is given: `name`, `name=version`, `name-`. */
  readonly specs: readonly string[]
  /** The names among them that are to be installed. */
  readonly names: readonly string[]
  readonly options: readonly string[]
  /** Packages that are installed in part and are to go. */
  readonly discarded: readonly string[]
  readonly purge: boolean
  /** The packages that apt may remove; `true` for any. */
  readonly mayRemove: readonly string[] | true
  /** The packages to be marked as manually installed. */
  readonly marked: readonly string[]
  /** A package is known to be installed in part. */
  readonly repair: boolean
  /** How old the lists may be; undefined where they do not matter. */
  readonly maxAgeSeconds: number | undefined
  /** Whether a failing update is only told of. */
  readonly mayGoOnWithOldLists: boolean
}

/** The command that carries it out. */
export function aptScript(transaction: AptTransaction): Command {
  const { specs, discarded, purge, mayRemove, marked, repair, maxAgeSeconds, mayGoOnWithOldLists } = transaction
  return sh`(
${preamble}
wait_for /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock
repair=${repair ? 'yes' : ''}
${discarded.length === 0 ? sh`:` : discard(discarded, purge)}
for update in /var/lib/dpkg/updates/[0-9]*; do if [ -e "$update" ]; then repair=yes; fi; done
if [ "$repair" ]; then repair ${mayRemove === true ? [] : ['--no-remove']}; fi
${maxAgeSeconds === undefined ? sh`:` : update(maxAgeSeconds, mayGoOnWithOldLists)}
${specs.length + discarded.length === 0 ? sh`:` : install(transaction)}
${marked.length === 0 ? sh`:` : sh`apt-mark -q manual -- ${marked} >/dev/null`}
)`
}

const preamble = sh`export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 NEEDRESTART_MODE=l APT_LISTCHANGES_FRONTEND=none UCF_FORCE_CONFFOLD=1
exec </dev/null
apt() {
  apt-get -y -q -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \\
    -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@"
}
holder() {
  inode=$(stat -c %i -- "$1" 2>/dev/null) || return 1
  while read -r _ _ _ _ pid place _; do
    case $place in *:"$inode") return 0 ;; esac
  done </proc/locks
  return 1
}
wait_for() {
  waited=0
  for lock; do
    told=
    while holder "$lock"; do
      program=
      if [ -r "/proc/$pid/comm" ]; then read -r program <"/proc/$pid/comm"; fi
      [ "$told" ] || echo "Waiting for \${program:-a process} (process $pid), which holds $lock"
      told=yes waited=$((waited + 1))
      [ "$waited" -lt 600 ] || { echo "\${program:-A process} (process $pid) still holds $lock after 10 minutes" >&2; exit 1; }
      sleep 1
    done
  done
}
repair() {
  echo 'A run of dpkg was interrupted; it is completed first: dpkg --configure -a'
  dpkg --force-confdef --force-confold --configure -a || apt --fix-broken "$@" install || exit
}`

function update(maxAgeSeconds: number, mayGoOn: boolean): Command {
  const failed = mayGoOn
    ? sh`echo 'Warning: the package lists could not be updated; going on with the old ones' >&2`
    : sh`{ echo 'The package lists could not be updated, so what is latest cannot be known' >&2; exit 1; }`
  return sh`${{ kind: 'command', script: listsAgeScript }}
case $lists_age in
  none | outdated) update=yes ;;
  *) update=; if [ "$lists_age" -gt ${maxAgeSeconds} ]; then update=yes; fi ;;
esac
if [ "$update" ]; then
  wait_for /var/lib/apt/lists/lock
  if apt -o APT::Update::Error-Mode=any update; then touch /var/lib/apt/lists; lists_age=0; else ${failed}; fi
fi`
}

/** dpkg alone removes what lacks files. What others depend on it refuses, and apt tries it once more. */
function discard(names: readonly string[], purge: boolean): Command {
  const left = names.map((name) => `${name}-`).join(' ')
  return sh`left=
dpkg --force-remove-reinstreq ${purge ? '--purge' : '--remove'} -- ${names} || repair=yes left=${left}`
}

/** Fails, naming them, where packages would be removed that may not be. apt says so itself, but does not tell which these are. */
function refuseRemovals({ options, specs, discarded, mayRemove }: AptTransaction): Command {
  const allowed = mayRemove === true ? [] : mayRemove
  return sh`removals=
for name in $(apt -s install ${options} -- ${specs}${leftOf(discarded)} 2>/dev/null | sed -n 's/^\\(Remv\\|Purg\\) \\([^ ]*\\).*/\\2/p'); do
  case ${` ${allowed.join(' ')} `} in *" $name "*) ;; *) removals="$removals $name" ;; esac
done
if [ "$removals" ]; then
  echo "apt would remove$removals as well, so nothing was changed. If they may go, name them in allowRemovals" >&2
  exit 1
fi`
}

function leftOf(discarded: readonly string[]): Command {
  return discarded.length === 0 ? sh`` : sh` $left`
}

function install(transaction: AptTransaction): Command {
  const { specs, names, discarded, mayRemove } = transaction
  const nothing = sh`:`
  // Without removals apt itself is told not to remove anything, which takes no simulation.
  const none = mayRemove !== true && mayRemove.length === 0
  const options = [...transaction.options, ...(none ? ['--no-remove'] : [])]
  return sh`${none || mayRemove === true ? nothing : refuseRemovals(transaction)}
status=0
apt install ${options} -- ${specs}${leftOf(discarded)} || status=$?
if [ "$status" -ne 0 ]; then
${none ? refuseRemovals(transaction) : nothing}
${explainFailure(specs, names)}
fi`
}

function explainFailure(specs: readonly string[], names: readonly string[]): Command {
  return sh`set -- ${names}
known=$(apt-cache policy -- "$@" 2>/dev/null) && for name; do
  case "
$known" in
    *"
$name:
"*) ;;
    *) echo "apt knows no package $name (seconds since its lists were updated: \${lists_age:-unknown}): is the name right, is a repository missing?" >&2 ;;
  esac
done
for spec in ${specs}; do
  case $spec in *=*)
    name=\${spec%%=*} version=\${spec#*=}
    case $(apt-cache madison -- "$name" 2>/dev/null) in
      *"| $version |"*) ;;
      *) echo "apt has no version $version of $name; it has:" >&2; apt-cache madison -- "$name" >&2 ;;
    esac
    there=$(dpkg-query -W -f '\${Version}' -- "$name" 2>/dev/null)
    if [ "$there" ] && dpkg --compare-versions "$there" gt "$version"; then
      echo "$name $there is installed; going back to $version takes allowDowngrade: true" >&2
    fi ;;
  esac
done
exit $status`
}
