/** How units are started, restarted and reloaded so that a failure explains itself. */

import { type Command, sh } from '../../shell/command.ts'

/** What may be asked of systemd for one unit. */
export type UnitVerb = 'start' | 'restart' | 'reload-or-restart'

/**
 * Does `verb` and waits until systemd has done it. systemd calls a simple service started before it has run a single
 * instruction, so after a (re)start the unit is watched for a second: it must stay active, and not by being revived.
 */
export function drive(verb: UnitVerb, unit: string): Command {
  const watch = verb === 'reload-or-restart' ? sh`:` : stayedUp
  return sh`(
unit=${unit} verb=${verb}
${explain}
if [ "$(systemctl show -p NeedDaemonReload -- "$unit")" = NeedDaemonReload=yes ]; then systemctl daemon-reload || exit; fi
if [ "$(systemctl show -p ActiveState -- "$unit")" = ActiveState=failed ]; then systemctl reset-failed -- "$unit"; fi
systemctl "$verb" -- "$unit" || explain "systemctl $verb $unit failed"
${watch}
)`
}

const explain = sh`explain() {
  printf '%s\n' "$1" "--- the last lines of its journal:" >&2
  journalctl -q --no-pager -n 20 -u "$unit" >&2 2>/dev/null || systemctl status --no-pager -n 20 -- "$unit" >&2
  exit 1
}`

const stayedUp = sh`state() { systemctl show -p ActiveState,InvocationID -- "$unit"; }
case $(systemctl show -p ActiveState -- "$unit")$(systemctl show -p ConditionResult -- "$unit") in
  ActiveState=inactiveConditionResult=no) explain "$unit was not started: a condition of its file does not hold on this host" ;;
esac
case $(systemctl show -p Type -- "$unit") in
  Type=simple | Type=exec | Type=idle)
    before=$(state)
    sleep 1
    after=$(state)
    case $after in
      *ActiveState=active*) [ "$before" = "$after" ] || explain "$unit was started, but ended and was started again by systemd" ;;
      *) explain "$unit was started, but did not stay up" ;;
    esac ;;
esac`
