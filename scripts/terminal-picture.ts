/** Pictures of a terminal: what a screen showed, with its colours, as an SVG that needs nothing else. */

/** How text looks. */
interface Look {
  readonly colour: string
  readonly isBold: boolean
  readonly isDim: boolean
}

/** A piece of a line in one look. */
interface Run extends Look {
  readonly column: number
  readonly text: string
}

/** What a screen showed from a point of time on. */
export interface Frame {
  readonly atMs: number
  /** The lines of the screen, with ANSI colours. */
  readonly lines: readonly string[]
}

/** A line that was on the screen, and when. */
interface Shown {
  readonly row: number
  readonly runs: readonly Run[]
  /** Indices of the frames it is in. */
  readonly frames: readonly number[]
}

const cell = { width: 8.43, height: 19, fontSize: 14 }
const margin = 16
const holdMs = 6000
const plain = '#d7dce2'
const dimmed = '#8b949e'
const usual: Look = { colour: plain, isBold: false, isDim: false }
// By the number of the ANSI colour, 30 to 37.
const palette = ['#484f58', '#ff8f86', '#6fd58c', '#e6c05c', '#7cb7ff', '#d7a1ff', '#67d4d4', '#f0f3f6']

/** One screen. */
export function picture(lines: readonly string[], description: string): string {
  return recording([{ atMs: 0, lines }], description)
}

/** Screens one after the other, again and again; where nothing moves, the last one. */
export function recording(frames: readonly Frame[], description: string): string {
  const last = frames.length - 1
  const totalMs = (frames[last]?.atMs ?? 0) + holdMs
  const starts = frames.map(({ atMs }) => ((100 * atMs) / totalMs).toFixed(2))
  const shown = shownLines(frames)
  const rows = Math.max(0, ...shown.map(({ row }) => row)) + 1
  const columns = Math.max(
    0,
    ...shown.map(({ runs }) => Math.max(...runs.map(({ column, text }) => column + text.length))),
  )
  const width = Math.ceil(columns * cell.width + 2 * margin)
  const height = Math.ceil(rows * cell.height + 2 * margin)
  const rules: Rule[] = []
  const groups = shown.map(({ row, runs, frames: indices }, position) => {
    const isStill = indices.length === frames.length
    if (!isStill) rules.push(rule(position, indices, starts, totalMs, indices.includes(last)))
    return `<g${isStill ? '' : ` id="l${position}"`}>${runs.map((run) => textOf(run, row)).join('')}</g>`
  })
  const style = [
    `text{font:${cell.fontSize}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}`,
    '.b{font-weight:bold}',
    ...rules.map(({ still }) => still),
    ...(rules.length > 0
      ? [`@media(prefers-reduced-motion:no-preference){${rules.map(({ moving }) => moving).join('')}}`]
      : []),
    ...rules.map(({ frames: turns }) => turns),
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${escaped(description)}</title>`,
    `<style>${style.join('\n')}</style>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#1b2028"/>`,
    ...groups,
    '</svg>\n',
  ].join('\n')
}

/** A long recording in little: so many of its frames, the first and the last among them, in so much time. */
export function shortened(frames: readonly Frame[], count: number, totalMs: number): Frame[] {
  const taken = Math.min(count, frames.length)
  const turns = Math.max(1, taken - 1)
  return Array.from({ length: taken }, (_, turn) => ({
    atMs: Math.round((turn * totalMs) / turns),
    lines: frames[Math.round((turn * (frames.length - 1)) / turns)]?.lines ?? [],
  }))
}

/** A PNG with a title, as an SVG. */
export function framed(png: Buffer, description: string): string {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${escaped(description)}</title>`,
    `<image width="${width}" height="${height}" href="data:image/png;base64,${png.toString('base64')}"/>`,
    '</svg>\n',
  ].join('\n')
}

/** The lines of all frames; one that stays in its row is there once. */
function shownLines(frames: readonly Frame[]): Shown[] {
  const all = frames.flatMap(({ lines }, frame) =>
    runsOf(lines).flatMap((runs, row) => (runs.length > 0 ? [{ row, runs, frame }] : [])),
  )
  return [...Map.groupBy(all, ({ row, runs }) => `${row} ${JSON.stringify(runs)}`).values()].map((group) => {
    const { row = 0, runs = [] } = group[0] ?? {}
    return { row, runs, frames: group.map(({ frame }) => frame) }
  })
}

/** The style of a line that comes or goes. */
interface Rule {
  /** For those who want nothing to move. */
  readonly still: string
  readonly moving: string
  readonly frames: string
}

function rule(
  position: number,
  indices: readonly number[],
  starts: readonly string[],
  totalMs: number,
  isLast: boolean,
): Rule {
  const wanted = new Set(indices)
  const shownAs = (isOn: boolean) => `{visibility:${isOn ? 'visible' : 'hidden'}}`
  const turns = starts.flatMap((start, index) => {
    const isOn = wanted.has(index)
    const was = index > 0 && wanted.has(index - 1)
    return index === 0 || isOn !== was ? [`${start}%${shownAs(isOn)}`] : []
  })
  return {
    still: `#l${position}${shownAs(isLast)}`,
    moving: `#l${position}{animation:k${position} ${totalMs}ms step-end infinite}`,
    frames: `@keyframes k${position}{${turns.join('')}100%${shownAs(isLast)}}`,
  }
}

function textOf({ column, text, colour, isBold, isDim }: Run, row: number): string {
  const x = (margin + column * cell.width).toFixed(1)
  const y = (margin + (row + 0.75) * cell.height).toFixed(1)
  // Whatever monospace font the reader has, columns stay columns.
  const length = (text.length * cell.width).toFixed(1)
  const weight = isBold ? ' class="b"' : ''
  return `<text x="${x}" y="${y}" fill="${isDim ? dimmed : colour}" textLength="${length}"${weight}>${escaped(text)}</text>`
}

/** The pieces of each line with their colours, which go on from line to line; spaces at their ends are left out. */
export function runsOf(lines: readonly string[]): Run[][] {
  let look = usual
  return lines.map((line) => {
    let column = 0
    const runs: Run[] = []
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
    for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
      if (part.startsWith('\x1b')) {
        for (const code of part.slice(2, -1).split(';')) look = looksAfter(look, Number(code || 0))
        continue
      }
      const text = part.trimEnd()
      const start = text.length - text.trimStart().length
      if (text.length > start) runs.push({ column: column + start, text: text.slice(start), ...look })
      column += part.length
    }
    return runs
  })
}

function looksAfter(look: Look, code: number): Look {
  if (code === 0) return usual
  if (code === 1) return { ...look, isBold: true }
  if (code === 2) return { ...look, isDim: true }
  if (code === 22) return { ...look, isBold: false, isDim: false }
  if (code === 39) return { ...look, colour: plain }
  return { ...look, colour: palette[(code % 60) - 30] ?? look.colour }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
