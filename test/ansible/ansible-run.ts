/** Runs the tasks of Ansible against a host of a lab, by the real `ansible-playbook`. */

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labPaths } from '../../src/lab/index.ts'
import type { AnsibleTask, Report } from './comparison.ts'

const words: Readonly<Record<string, Report>> = { SUCCESS: 'ok', CHANGED: 'changed', 'FAILED!': 'failed' }

/** The report of each task, in their order. A task that fails does not end the run. */
export async function runAnsible(lab: string, host: string, tasks: readonly AnsibleTask[]): Promise<readonly Report[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ansible-'))
  try {
    const { sshConfig } = labPaths(lab)
    const play = { hosts: 'all', gather_facts: false, become: true, ignore_errors: true, tasks }
    // YAML can hold any JSON.
    writeFileSync(join(folder, 'playbook.yml'), JSON.stringify([play]))
    writeFileSync(
      join(folder, 'hosts.json'),
      JSON.stringify({ all: { hosts: { [host]: { ansible_ssh_common_args: `-F ${sshConfig}` } } } }),
    )
    writeFileSync(join(folder, 'ansible.cfg'), '')
    const output = await playbook(folder)
    const reports = [...output.matchAll(new RegExp(`^${host} \\| (\\S+) =>|^${host} \\| (\\S+) \\|`, 'gm'))].map(
      ([, word = '', other = '']) => words[word || other],
    )
    if (reports.length !== tasks.length || reports.includes(undefined)) {
      throw new Error(`${reports.length} reports of ${tasks.length} tasks\n${output}`)
    }
    return reports as Report[]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function playbook(folder: string): Promise<string> {
  const environment = {
    ...process.env,
    LC_ALL: 'C.UTF-8',
    ANSIBLE_CONFIG: join(folder, 'ansible.cfg'),
    ANSIBLE_HOME: folder,
    ANSIBLE_LOCAL_TEMP: folder,
    ANSIBLE_PIPELINING: 'True',
    ANSIBLE_NOCOLOR: 'True',
    // One line for each task.
    ANSIBLE_STDOUT_CALLBACK: 'oneline',
    ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
    ANSIBLE_SSH_CONTROL_PATH_DIR: join(folder, 'cp'),
  }
  return new Promise((resolve, reject) => {
    execFile(
      'ansible-playbook',
      ['-i', join(folder, 'hosts.json'), join(folder, 'playbook.yml')],
      { cwd: folder, env: environment, maxBuffer: 1e8 },
      (error, stdout, stderr) => {
        if (error && !stdout) reject(new Error(`ansible-playbook failed\n${stderr}`, { cause: error }))
        else resolve(stdout)
      },
    )
  })
}
