/** Pending handlers stay in step with the record on the host, also when that cannot be written. */

import { describe, expect, it } from 'vitest'
import { PendingHandlers } from '../../../src/engine/host/pending-handlers.ts'

function pendingWith(control: (script: string) => Promise<unknown> = async () => {}) {
  const scripts: string[] = []
  const pending = new PendingHandlers((script) => {
    scripts.push(script)
    return control(script)
  })
  return { pending, scripts }
}

describe('PendingHandlers', () => {
  it('records before it counts as pending, and clears before it forgets', async () => {
    const { pending, scripts } = pendingWith()
    await pending.record(['reload nginx'])
    expect(pending.names).toEqual(['reload nginx'])
    await pending.clear(['reload nginx'])
    expect(pending.names).toEqual([])
    expect(scripts).toHaveLength(2)
    expect(scripts[0]).toContain('reload%20nginx')
  })

  it('keeps a handler that the host could not clear', async () => {
    const { pending } = pendingWith(() => Promise.reject(new Error('lost')))
    pending.add(['reload nginx'])
    await expect(pending.clear(['reload nginx'])).rejects.toThrow('lost')
    expect(pending.has('reload nginx')).toBe(true)
  })

  it('does not count a handler that the host could not record', async () => {
    const { pending } = pendingWith(() => Promise.reject(new Error('full')))
    await expect(pending.record(['reload nginx'])).rejects.toThrow('full')
    expect(pending.has('reload nginx')).toBe(false)
  })

  it('asks nothing of the host where there is nothing to record or to clear', async () => {
    const { pending, scripts } = pendingWith()
    await pending.record([])
    await pending.clear([])
    expect(pending.recordCommand([])).toBeUndefined()
    expect(scripts).toEqual([])
  })

  it('copies what is pending, not what becomes of it', async () => {
    const { pending } = pendingWith()
    pending.add(['one'])
    const copy = pending.copy()
    await copy.clear(['one'])
    expect([pending.names, copy.names]).toEqual([['one'], []])
  })
})
