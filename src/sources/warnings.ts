/** What sources of hosts did not take over, for the command line to tell once the inventory is loaded. */

let warnings: string[] = []

/** Notes something that a source left out. */
export function warn(text: string): void {
  if (!warnings.includes(text)) warnings.push(text)
}

/** All that was noted since the last call. */
export function takeWarnings(): readonly string[] {
  const taken = warnings
  warnings = []
  return taken
}
