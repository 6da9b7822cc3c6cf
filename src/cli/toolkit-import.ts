/** What users import as `foobar-deploy`: always the running toolkit, so that there is one instance of it. */

import { registerHooks } from 'node:module'

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const rolePattern = /^foobar-deploy\/roles\/([a-z0-9-]+)$/
let registered = false

/** The module that `specifier` stands for; undefined when it is not the toolkit's. */
function toolkitModule(specifier: string): string | undefined {
  if (specifier === 'foobar-deploy') return new URL(`../index.${extension}`, import.meta.url).href
  if (specifier === 'foobar-deploy/mysql') return new URL(`../mysql.${extension}`, import.meta.url).href
  const role = rolePattern.exec(specifier)?.[1]
  return role && new URL(`../../roles/${role}/role.${extension}`, import.meta.url).href
}

/** Makes `import 'foobar-deploy'` work in every file loaded from now on. */
export function registerToolkitImport(): void {
  if (registered) return
  registered = true
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(toolkitModule(specifier) ?? specifier, context)
      // Without a package.json beside the file, Node would parse it twice to find out what it is, and warn.
      const isUntyped = resolved.url.endsWith('.ts') && (resolved.format ?? null) === null
      return isUntyped ? { ...resolved, format: 'module-typescript' } : resolved
    },
  })
}
