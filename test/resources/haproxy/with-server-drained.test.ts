/** What `withServerDrained` makes of tasks: out of every balancer, the tasks, and back, in this order. */

import { describe, expect, it } from 'vitest'
import { command, withServerDrained } from '../../../src/index.ts'

const restart = command({ title: 'restart', run: 'true', always: true })
const where = { balancers: ['lb1', 'lb2'], backend: 'web', server: 'web1' }

describe('withServerDrained', () => {
  it('takes the server out of all balancers before the tasks, and puts it back after them', () => {
    expect(withServerDrained(where, restart).map(({ title, delegateTo }) => [title, delegateTo])).toEqual([
      ['drain web/web1 on lb1', 'lb1'],
      ['drain web/web1 on lb2', 'lb2'],
      ['restart', undefined],
      ['put back web/web1 on lb1', 'lb1'],
      ['put back web/web1 on lb2', 'lb2'],
    ])
  })

  it('minds neither balancers out of reach nor those where no HAProxy runs, and drains no last server', () => {
    const [drain, , , back] = withServerDrained({ ...where, waitMs: 5000 }, [restart])
    expect(drain).toMatchObject({ ignoreUnreachable: true, problems: [] })
    expect(drain?.desired).toMatchObject({ state: 'drain', unlessLast: true, ifRunning: true, waitMs: 5000 })
    expect(back).toMatchObject({ ignoreUnreachable: true, problems: [] })
    expect(back?.desired).toMatchObject({ state: 'ready', unlessLast: false, ifRunning: true, waitMs: 5000 })
  })

  it('is the tasks alone where there are no balancers', () => {
    expect(withServerDrained({ ...where, balancers: [] }, [restart, restart])).toEqual([restart, restart])
  })
})
