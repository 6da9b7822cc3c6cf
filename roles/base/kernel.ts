/** Tasks of the base role for the kernel: its own settings, and those that are asked for. */

import { file, render, sysctl, type TaskList } from 'foobar-deploy'
import { kernelDefaults } from './kernel-defaults.ts'
import { kernelSettings } from './kernel-settings.ts'
import type { BaseVariables } from './variables.ts'

/** What is asked for must be possible; what the role sets by itself is set where it is. */
export function kernelTasks({ sysctl: asked }: BaseVariables): TaskList {
  const own = Object.fromEntries(Object.entries(kernelDefaults).filter(([name]) => !(name in asked)))
  return [
    file({
      path: '/etc/sysctl.d/60-foobar-base.conf',
      content: render('./templates/sysctl.conf.ejs', { settings: Object.entries(own) }),
      owner: 'root',
      group: 'root',
      mode: '0644',
    }),
    kernelSettings({ title: 'kernel settings', values: own }),
    Object.entries(asked).map(([name, value]) => value !== null && sysctl({ name, value })),
  ]
}
