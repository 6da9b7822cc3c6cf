/** What to do about a command that failed on a host, from its status and what it printed. */

const byOutput: readonly (readonly [RegExp, string])[] = [
  [
    /no space left on device|enough free space|disk quota exceeded/i,
    'Free space there, then run again: `df -h` and `df -i` on the host tell where it is short.',
  ],
  [
    /read-only file system/i,
    'Something is mounted read-only there, by intent or after an error of the disk: see `findmnt` and `dmesg` on the host.',
  ],
  [/^validation failed, /m, 'Fix the input of the file. The old file is still in effect.'],
  [
    /package cache file is corrupted|unable to parse package file|lists or status file could not be parsed/i,
    'A package list is damaged. Remove the file that the output names, below /var/lib/apt/lists, and run `apt-get update` on the host.',
  ],
  [
    /^apt knows no package /m,
    'Look for its name with `apt-cache search`, or add the repository that has it before this task.',
  ],
  [/could not get lock|still holds \//i, 'Let the other process end, then run again.'],
  [/invalid (user|group)|no such (user|group)/i, 'Make the account with a user or group task before this one.'],
  [
    /the last lines of its journal:/,
    'The journal of the unit, above, says why; what it lacks must be there before this task.',
  ],
  [
    /permission denied|operation not permitted/i,
    'Is it the right user? `become` of the task and the play say who runs it.',
  ],
]

const byStatus: Readonly<Record<number, string>> = {
  124: 'Find out what it waits for, or allow more with timeoutMs.',
  126: 'What it calls cannot be executed: check its mode and its first line.',
  127: 'Install what it calls before this task, and check its spelling.',
  137: 'It was killed from outside: `journalctl -k` on the host tells whether memory ran out.',
}

/** The hint; `status` is undefined where nothing is known of its end. */
export function failureHint(status: number | undefined, output: string): string {
  const known = byOutput.find(([pattern]) => pattern.test(output))?.[1]
  if (known !== undefined) return known
  if (status === undefined) return 'The host lost it, by a reboot or a kill. Look at the host, then run again.'
  return byStatus[status] ?? 'Fix the cause and run again. What is already done is not done twice.'
}
