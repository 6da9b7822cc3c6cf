/** Mutation testing with StrykerJS: `make mutants`, or `make mutants MUTANTS=src/shell`. */

import { env } from 'node:process'

const parts = (env.MUTANTS || 'src/shell src/plan src/model src/protocol src/secrets src/transport src/engine').split(
  /\s+/,
)

export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'scripts/mutants.vitest.mjs', related: true },
  coverageAnalysis: 'perTest',
  mutate: parts.map((part) => (part.endsWith('.ts') ? part : `${part}/**/*.ts`)),
  // Stryker would read it with TypeScript's JavaScript API, which TypeScript 7 does not have. Nothing here needs it.
  tsconfigFile: 'none',
  disableTypeChecks: false,
  ignorePatterns: ['.tools', 'dist', 'coverage'],
  tempDirName: '.tools/mutants',
  reporters: ['clear-text', 'progress', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false },
  jsonReporter: { fileName: 'coverage/mutants.json' },
  timeoutMS: 20_000,
  concurrency: 2,
  thresholds: { high: 95, low: 85, break: 85 },
}
