/** Puts into words what a lab tells of its progress, a line each. */

import type { LabEvent } from '../../lab/index.ts'

/** The line for an event; undefined where the event says nothing that a person waits for. */
export function labEventText(event: LabEvent): string | undefined {
  switch (event.type) {
    case 'waiting':
      return `Waiting for another command on lab ${event.lab} to end`
    case 'already-up':
      return `Lab ${event.lab} is up already: ${event.hosts.join(', ')}`
    case 'remains-removed':
      return `Removed what was left of an earlier lab ${event.lab}`
    case 'image':
      if (event.state === 'built') return `Built image ${event.image} in ${seconds(event.durationMs)}`
      return event.state === 'building' ? `Building image ${event.image}; later labs find it ready` : undefined
    case 'network':
      return undefined
    case 'boot':
      return event.state === 'ready' ? `Host ${event.host} is ready after ${seconds(event.durationMs)}` : undefined
    case 'already-on':
      return `Host ${event.host} is on already`
    case 'limit-raised':
      return `Raised ${event.limit} of this machine from ${event.from} to ${event.to}, for all hosts of all labs`
    case 'power-off':
      return `Host ${event.host} is off`
    case 'up':
      return `Lab ${event.lab} is up after ${seconds(event.durationMs)}: ${event.hosts.join(', ')}`
    case 'down':
      return event.found
        ? `Lab ${event.lab} is gone after ${seconds(event.durationMs)}`
        : `There was no lab ${event.lab}`
  }
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`
}
