/** How a path is absent: a function for POSIX sh, of builtins alone, and the letters it answers with. */

/**
 * Defines `absent PATH` for a path that is neither there nor a link; it sets `s` to one of {@link absences}. It climbs to
 * the nearest folder that can be seen: if that may not be searched, nothing can be said of what lies below.
 */
export const absentFunction = `absent() {
  s=a d=\${1%/*}
  while [ -n "$d" ] && ! [ -d "$d" ]; do
    s=p
    if [ -e "$d" ]; then s=n; return; fi
    d=\${d%/*}
  done
  [ -x "\${d:-/}" ] || s=d
}`

/** Why a path is absent. */
export type Absence = 'no-file' | 'no-folder' | 'not-a-folder' | 'denied'

/** The letters that `absent` sets. */
export const absences: Readonly<Record<string, Absence>> = {
  a: 'no-file',
  p: 'no-folder',
  n: 'not-a-folder',
  d: 'denied',
}
