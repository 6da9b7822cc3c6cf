/** Colours by meaning, so that every report uses the same ones, and none where they are not wanted. */

import { styleText } from 'node:util'
import type { Status } from '../plan/status.ts'

/** What a piece of text is, for its colour. */
export type Tone = Status | 'heading' | 'quiet' | 'strong' | 'added' | 'removed' | 'hunk' | 'notice'

const styles: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  ok: 'green',
  changed: 'yellow',
  skipped: 'cyan',
  failed: 'red',
  unreachable: 'magenta',
  unknown: 'blue',
  heading: 'bold',
  quiet: 'dim',
  strong: 'bold',
  added: 'green',
  removed: 'red',
  hunk: 'cyan',
  notice: 'cyan',
}

/** Gives text the colour of its tone. */
export type Paint = (tone: Tone, text: string) => string

/** A {@link Paint}; one without colour gives texts back as they are. */
export function makePaint(colour: boolean): Paint {
  return (tone, text) => (colour && text !== '' ? styleText(styles[tone], text, { validateStream: false }) : text)
}
