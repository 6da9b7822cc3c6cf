/** The unit tests that judge mutants: all but those that read the source as text. */

import { defineConfig } from 'vitest/config'
import config from '../vitest.config.ts'

const unit = config.test?.projects?.find(
  (project) => typeof project === 'object' && 'test' in project && project.test?.name === 'unit',
)
if (typeof unit !== 'object' || !('test' in unit)) throw new Error('vitest.config.ts has no project called unit')

export default defineConfig({
  ...(unit.resolve && { resolve: unit.resolve }),
  test: {
    ...unit.test,
    include: ['test/{engine,model,plan,protocol,queries,secrets,shell,template,transport,resources}/**/*.test.ts'],
  },
})
