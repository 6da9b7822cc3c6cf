/** What the programs on a database host are tested with: a stand-in for the server’s client, and peers on loopback. */

import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** How a program ended. */
export interface Exited {
  readonly status: number | null
  /** What it wrote, on either stream. */
  readonly text: string
}

/** A program that runs. */
export interface Running {
  readonly child: ChildProcess
  readonly text: () => string
  readonly exited: Promise<Exited>
}

/** A folder that is deleted after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'programs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Starts a program of the role with the real perl; it is ended after the test. */
export function startProgram(
  name: string,
  args: readonly string[],
  path: string,
  perl: readonly string[] = [],
): Running {
  const file = fileURLToPath(new URL(`../../../../roles/mysql/files/${name}.pl`, import.meta.url))
  const child = spawn('/usr/bin/perl', [...perl, file, ...args], { env: { PATH: path } })
  let text = ''
  const add = (chunk: Buffer) => {
    text += chunk
  }
  child.stdout.on('data', add)
  child.stderr.on('data', add)
  const exited = new Promise<Exited>((resolve) => child.on('close', (status) => resolve({ status, text })))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return { child, text: () => text, exited }
}

// Statements are answered from files, so that a test can change them while the program runs. Of several lines in `executed`
// each question takes one, until the last.
const client = (folder: string) => `#!/bin/sh
PATH=/usr/bin:/bin
cd ${folder} || exit
printf '%s\\n' "$5" >>asked
[ ! -e fails ] || { echo "ERROR 2002 (HY000): Can't connect" >&2; exit 1; }
take() { head -n 1 executed; [ "$(wc -l <executed)" -lt 2 ] || sed -i 1d executed; }
case $5 in
*GTID_SUBSET*) cat subset ;;
'SET GLOBAL read_only = OFF') echo 0 >read_only ;;
'SET GLOBAL '*read_only' = ON') echo 1 >read_only ;;
'SELECT @@global.read_only AS is_closed') echo "is_closed: $(cat read_only)" ;;
'SELECT @@global.read_only, '*) printf '%s\\t%s\\n' "$(cat read_only)" "$(take)"; cat replica ;;
'SELECT '*) take ;;
'SHOW REPLICA STATUS' | 'SHOW ALL SLAVES STATUS') if grep -q %executed% status; then sed "s/%executed%/$(take)/" status; else cat status; fi ;;
'STOP REPLICA; RESET REPLICA ALL; SET GLOBAL read_only = OFF') : >replica; echo 0 >read_only ;;
esac
`

/** A host with a database server that is read-only and replicates from none. */
export function databaseHost(flavor: 'mysql' | 'mariadb', files: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'bin'))
  const at = (name: string) => join(folder, name)
  const write = (name: string, text: string) => writeFileSync(at(name), text)
  const text = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8') : '')
  for (const name of ['mysql', 'mariadb']) {
    write(`bin/${name}`, client(folder))
    chmodSync(at(`bin/${name}`), 0o755)
  }
  const initial = {
    read_only: '1\n',
    executed: '0-1-110\n',
    replica: '',
    subset: '1\n',
    status: '',
    asked: '',
    ...files,
  }
  for (const [name, content] of Object.entries(initial)) write(name, content)
  const start = (args: readonly string[], perl: readonly string[] = []) =>
    startProgram('mysql-writable', [`--flavor=${flavor}`, `--state=${folder}/state`, ...args], at('bin'), perl)
  return {
    write,
    remove: (name: string) => rmSync(at(name)),
    isOpen: () => text('read_only') === '0\n',
    hasMet: (peer: string) => existsSync(at(`state/met-${peer}`)),
    mark: (name: string) => {
      mkdirSync(at('state'), { recursive: true })
      write(`state/${name}`, '')
    },
    /** The statements that the server was asked. */
    asked: () => text('asked').split('\n').slice(0, -1),
    path: at('bin'),
    start,
    /** What it ended with. On a busy machine it may have waited for a peer before. */
    run: async (...args: readonly string[]): Promise<Exited> => {
      const { status, text } = await start(args).exited
      return { status, text: text.replaceAll(/^waiting for .*\n/gm, '') }
    },
  }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A port of loopback that refuses connections. */
export async function refusingPort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A port of loopback that takes connections and says nothing. */
export async function mutePort(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {}))
  const port = await listening(server)
  onTestFinished(() => {
    server.close()
  })
  return port
}

/**
 * A health daemon whose answers a test may change; undefined for 503. Each request takes one answer, until the last. Whether it is
 * fit to be read from is another matter.
 */
export async function healthDaemon(answers: (object | undefined)[], port = 0) {
  const requests: string[] = []
  const state = { answers, requests, isReadable: true }
  const daemon = createHttpServer((request, response) => {
    requests.push(request.url ?? '')
    if (request.url === '/read') return void response.writeHead(state.isReadable ? 200 : 503).end()
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    response.writeHead(answer ? 200 : 503, { connection: 'close' })
    response.end(answer ? `${JSON.stringify(answer)}\n` : 'unknown')
  })
  await new Promise<void>((resolve) => daemon.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => {
    daemon.close()
  })
  return Object.assign(state, { port: (daemon.address() as AddressInfo).port })
}

/** The argument that names a peer, by the ports of its health daemon and of its server. */
export const peer = (name: string, health: number, server: number) => `--peer=${name} 127.0.0.1 ${health} ${server}`

/** What the health daemon of a replica says. */
export const replicaAt = (gtidExecuted: string) => ({ role: 'replica', isWritable: false, gtidExecuted })
