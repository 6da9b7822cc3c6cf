/** Edits of JSON texts that touch nothing but what they are about: order, indentation and numbers stay as they are. */

/** JSON as a value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** A value in a text; offsets count characters. */
export interface JsonNode {
  readonly kind: 'object' | 'array' | 'scalar'
  readonly start: number
  readonly end: number
  /** Of an object. */
  readonly members: readonly JsonMember[]
  /** Of an array. */
  readonly items: readonly JsonNode[]
}

interface JsonMember {
  readonly key: string
  /** Where its key starts. */
  readonly start: number
  readonly value: JsonNode
}

/** Where an edit cannot be made, because a list has no such item. */
export class NoSuchItem {
  readonly path: readonly string[]

  constructor(path: readonly string[]) {
    this.path = path
  }
}

/** Where everything lies in a text that `JSON.parse` accepts. */
export function parseJsonText(text: string): JsonNode {
  const token = /[[\]{},:]|"(?:[^"\\]|\\.)*"|[^\s[\]{},:"]+/g
  let match = token.exec(text)
  const take = (): RegExpExecArray => {
    const taken = match
    if (!taken) throw new SyntaxError('the text ends too early')
    match = token.exec(text)
    return taken
  }
  const value = (): JsonNode => {
    const opening = take()
    const [open] = opening
    const members: JsonMember[] = []
    const items: JsonNode[] = []
    if (open !== '{' && open !== '[') {
      return { kind: 'scalar', start: opening.index, end: opening.index + open.length, members, items }
    }
    const close = open === '{' ? '}' : ']'
    while (match && match[0] !== close) {
      if (match[0] === ',') take()
      else if (open === '[') items.push(value())
      else {
        const key = take()
        take()
        members.push({ key: JSON.parse(key[0]), start: key.index, value: value() })
      }
    }
    const closing = take()
    return { kind: open === '{' ? 'object' : 'array', start: opening.index, end: closing.index + 1, members, items }
  }
  return value()
}

/** The value at a path; undefined where there is none. */
export function findJson(node: JsonNode, path: readonly string[]): JsonNode | undefined {
  return path.reduce<JsonNode | undefined>((found, part) => found && childOf(found, part), node)
}

/** The text with `value` at the path; objects on the way are made, and what else is in the way is replaced by them. */
export function setJson(text: string, path: readonly string[], value: Json, unit: string): string | NoSuchItem {
  let node = parseJsonText(text)
  let isOnOneLine = false
  for (const [index, part] of path.entries()) {
    const child = childOf(node, part)
    if (child) {
      isOnOneLine = index > 0 && !hasLines(text, node)
      node = child
    } else if (node.kind === 'array') return new NoSuchItem(path.slice(0, index + 1))
    else if (node.kind === 'object') return insertMember(text, node, part, nested(path.slice(index + 1), value), unit)
    else return replaceNode(text, node, nested(path.slice(index), value), isOnOneLine ? '' : unit)
  }
  return replaceNode(text, node, value, isOnOneLine ? '' : unit)
}

/** The text without the member or item at the path. */
export function removeJson(text: string, path: readonly string[]): string {
  const last = path.at(-1) ?? ''
  const parent = findJson(parseJsonText(text), path.slice(0, -1))
  if (!parent) return text
  const parts =
    parent.kind === 'object'
      ? parent.members.map(({ key, start, value }) => ({ name: key, start, end: value.end }))
      : parent.items.map(({ start, end }, index) => ({ name: String(index), start, end }))
  const at = parts.findLastIndex(({ name }) => name === last)
  const part = parts[at]
  if (!part) return text
  const [before, after] = [parts[at - 1], parts[at + 1]]
  if (after) return text.slice(0, part.start) + text.slice(after.start)
  if (before) return text.slice(0, before.end) + text.slice(part.end)
  return text.slice(0, parent.start + 1) + text.slice(parent.end - 1)
}

/** How a text indents: by the first line that does; undefined where none does. */
export function indentOf(text: string): string | undefined {
  return /\n([ \t]+)\S/.exec(text)?.[1]
}

function childOf(node: JsonNode, part: string): JsonNode | undefined {
  if (node.kind === 'object') return node.members.findLast(({ key }) => key === part)?.value
  return node.kind === 'array' && /^\d+$/.test(part) ? node.items[Number(part)] : undefined
}

function nested(path: readonly string[], value: Json): Json {
  return path.reduceRight<Json>((inner, part) => ({ [part]: inner }), value)
}

/** Without a unit, on one line. */
function replaceNode(text: string, node: JsonNode, value: Json, unit: string): string {
  const isOnOneLine = unit === '' || (node.end - node.start > 2 && node.kind !== 'scalar' && !hasLines(text, node))
  const rendered = isOnOneLine ? JSON.stringify(value) : render(value, marginAt(text, node.start), unit)
  return text.slice(0, node.start) + rendered + text.slice(node.end)
}

function hasLines(text: string, { start, end }: JsonNode): boolean {
  return text.slice(start, end).includes('\n')
}

function insertMember(text: string, object: JsonNode, key: string, value: Json, unit: string): string {
  const last = object.members.at(-1)
  const name = JSON.stringify(key)
  if (!last) {
    const margin = marginAt(text, object.start)
    const member = `${name}: ${render(value, margin + unit, unit)}`
    return `${text.slice(0, object.start)}{\n${margin}${unit}${member}\n${margin}}${text.slice(object.end)}`
  }
  const { end } = last.value
  const isOnOneLine = !text.slice(object.start, last.start).includes('\n')
  if (isOnOneLine) {
    const colon = text.slice(last.start, last.value.start).endsWith(' ') ? ': ' : ':'
    const comma = colon === ': ' ? ', ' : ','
    return `${text.slice(0, end)}${comma}${name}${colon}${JSON.stringify(value)}${text.slice(end)}`
  }
  const margin = marginAt(text, last.start)
  return `${text.slice(0, end)},\n${margin}${name}: ${render(value, margin, unit)}${text.slice(end)}`
}

function render(value: Json, margin: string, unit: string): string {
  return JSON.stringify(value, null, unit).replaceAll('\n', `\n${margin}`)
}

/** The blanks at the start of the line in which `offset` lies. */
function marginAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? ''
}
