/** Delegates: links to the hosts that tasks of others are delegated to, and to this machine. */

import { hostname, userInfo } from 'node:os'
import { FoobarDeployError } from '../../errors.ts'
import { controller } from '../../model/task.ts'
import type { RunContext, RunRequest } from '../run-request.ts'
import type { Executor } from '../shared-run.ts'
import { connectionTarget } from './connection-target.ts'
import { HostLink } from './host-link.ts'

/** A host of the run, as far as it matters here. */
interface Member extends Executor {
  readonly name: string
  readonly error: FoobarDeployError | undefined
}

/** Links that are made when a task first asks for them. */
export class Delegates {
  readonly #request: RunRequest
  readonly #context: RunContext
  readonly #runId: string
  readonly #made = new Map<string, Promise<Executor>>()

  constructor(request: RunRequest, context: RunContext, runId: string) {
    this.#request = request
    this.#context = context
    this.#runId = runId
  }

  /** The link to `name`: that of the run where the host is in it, else one of its own, with the lock where things change. */
  async reach(name: string, members: readonly Member[]): Promise<Executor> {
    const member = members.find((candidate) => candidate.name === name)
    if (member?.error) throw member.error
    if (member) return member
    const made = this.#made.get(name) ?? this.#make(name)
    this.#made.set(name, made)
    return made
  }

  /** Ends the links that were made. */
  async close(): Promise<void> {
    const made = await Promise.allSettled(this.#made.values())
    await Promise.all(made.map((one) => (one.status === 'fulfilled' ? one.value.link.close() : undefined)))
  }

  async #make(name: string): Promise<Executor> {
    const { inventory, mode } = this.#request
    const isHere = name === controller
    if (!isHere && !(name in inventory.hosts)) {
      throw new FoobarDeployError('definition', 'unknown-delegate', 'A task is delegated to a host that is not there', {
        detail: name,
        hint: `There are: ${Object.keys(inventory.hosts).join(', ')}, and ${controller} for this machine.`,
      })
    }
    const transport = isHere ? this.#context.localTransport : this.#context.transport
    if (!transport) {
      throw new FoobarDeployError('environment', 'no-local-transport', 'Commands on this machine are not possible here')
    }
    const link = new HostLink({
      target: isHere ? { name, address: 'local', settings: {} } : connectionTarget(inventory, name),
      transport,
      owner: { runId: this.#runId, description: `${userInfo().username}@${hostname()} (delegated)` },
      user: isHere ? undefined : 'root',
      readOnly: mode === 'plan',
      stop: this.#context.stop,
      kill: this.#context.kill,
      onReconnected: (reason) => this.#context.emit({ type: 'host-reconnected', host: name, reason }),
      onNotice: (text) => this.#context.emit({ type: 'notice', host: name, text }),
    })
    this.#context.kill?.addEventListener('abort', () => link.abort())
    await link.connect()
    await link.start([], mode === 'apply' && !isHere)
    return { link, user: isHere ? undefined : 'root' }
  }
}
