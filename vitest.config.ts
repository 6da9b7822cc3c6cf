import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const resolve = {
  alias: [
    { find: /^foobar-deploy$/, replacement: here('./src/index.ts') },
    { find: /^foobar-deploy\/mysql$/, replacement: here('./src/mysql.ts') },
    { find: /^foobar-deploy\/roles\/(.*)$/, replacement: here('./roles/$1/role.ts') },
  ],
}

// These start whole programs: the command line itself, the compiler, npm, sshd. They are left out of `make check`.
const system = [
  'test/bad-input/**/*.test.ts',
  'test/cli/{commands,completion,do,misuse,questions,secrets,unlock}*.test.ts',
  'test/docs/examples.test.ts',
  'test/faults/**/*.test.ts',
  'test/package/**/*.test.ts',
  'test/resources/**/*-converge.test.ts',
  'test/secrets/vault.test.ts',
  'test/sources/like-ansible.test.ts',
  'test/transport/*.test.ts',
  'test/transport/{host-keys,login}/**/*.test.ts',
  'test/transport/ssh-config/like-ssh.test.ts',
  'test/types/types.test.ts',
]
const lab = ['test/**/*.lab.test.ts']
// Polls wait as long as a busy machine may need.
const expect = { poll: { timeout: 20_000 } }

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...lab, ...system],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          expect,
        },
      },
      {
        resolve,
        test: {
          name: 'system',
          include: system,
          exclude: lab,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          expect,
        },
      },
      // Not in `make test`: it takes minutes, and ends the servers of a lab in every way.
      ...(process.env.FAULTS_SUITE === 'database'
        ? [
            {
              resolve,
              test: {
                name: 'database-faults',
                include: ['test/faults/database-faults.ts'],
                testTimeout: 600_000,
                hookTimeout: 900_000,
                bail: 1,
              },
            },
          ]
        : []),
      {
        resolve,
        test: {
          name: 'lab',
          include: lab,
          expect,
          testTimeout: 300_000,
          hookTimeout: 900_000,
          // They wait more than they work; each has labs of its own.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
