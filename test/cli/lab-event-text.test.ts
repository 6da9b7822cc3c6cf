/** What a lab's events read like. */

import { describe, expect, it } from 'vitest'
import { labEventText } from '../../src/cli/lab/lab-event-text.ts'
import type { LabEvent } from '../../src/lab/index.ts'

describe('labEventText', () => {
  it.each<[LabEvent, string | undefined]>([
    [{ type: 'waiting', lab: 'dev' }, 'Waiting for another command on lab dev to end'],
    [{ type: 'already-up', lab: 'dev', hosts: ['web1', 'web2'] }, 'Lab dev is up already: web1, web2'],
    [{ type: 'remains-removed', lab: 'dev' }, 'Removed what was left of an earlier lab dev'],
    [{ type: 'image', image: 'sid-1', state: 'cached' }, undefined],
    [{ type: 'image', image: 'sid-1', state: 'building' }, 'Building image sid-1; later labs find it ready'],
    [{ type: 'image', image: 'sid-1', state: 'built', durationMs: 28_645 }, 'Built image sid-1 in 28.6 s'],
    [{ type: 'network', network: 'foobar-dev', durationMs: 60 }, undefined],
    [{ type: 'boot', host: 'web1', state: 'started' }, undefined],
    [{ type: 'boot', host: 'web1', state: 'ready', durationMs: 979 }, 'Host web1 is ready after 1.0 s'],
    [{ type: 'already-on', host: 'web1' }, 'Host web1 is on already'],
    [
      { type: 'limit-raised', limit: 'fs.inotify.max_user_instances', from: 128, to: 1024 },
      'Raised fs.inotify.max_user_instances of this machine from 128 to 1024, for all hosts of all labs',
    ],
    [{ type: 'power-off', host: 'web1' }, 'Host web1 is off'],
    [{ type: 'up', lab: 'dev', hosts: ['web1'], durationMs: 1100 }, 'Lab dev is up after 1.1 s: web1'],
    [{ type: 'down', lab: 'dev', found: true, durationMs: 193 }, 'Lab dev is gone after 0.2 s'],
    [{ type: 'down', lab: 'dev', found: false, durationMs: 9 }, 'There was no lab dev'],
  ])('%j', (event, text) => {
    expect(labEventText(event)).toBe(text)
  })
})
