/** Asks which locales exist: one `locale -a`. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'

export const localesQuery: QueryKind<'all', ReadonlySet<string>> = {
  name: 'locales',
  key: (all) => all,
  script: () => 'locale -a 2>/dev/null',
  parse: ({ stdout }, operands) => {
    const names = new Set(stdout.toString().split('\n').filter(Boolean).map(normalLocale))
    return operands.map(() => names)
  },
}

/** The locales that there are, each by its {@link normalLocale}. */
export const locales = defineQuery(localesQuery)

/** The name of a locale as `locale -a` writes it: the encoding in small letters without hyphens. */
export function normalLocale(name: string): string {
  return name.replace(/\.([^@]+)/, (_, encoding: string) => `.${encoding.toLowerCase().replaceAll('-', '')}`)
}
