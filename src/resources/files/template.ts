/** The resource `template`: a file whose content is rendered from an EJS template. */

import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import { renderFile } from '../../template/render.ts'
import { absolutePath, attributes } from './file-attributes.ts'
import { checkValidate, fileOptions } from './file-options.ts'
import { type FileSource, sourceOf } from './file-source.ts'
import { applyFileState, diffFileState, parseFileState, readFileState, writesFileState } from './file-state.ts'

const schema = z
  .strictObject({
    path: absolutePath,
    /** The template, relative to the file that contains the task. */
    from: z.string().min(1),
    /** What the template sees, by these names. */
    with: z.record(z.string(), z.unknown()).default({}),
    ...attributes,
    ...fileOptions,
  })
  .superRefine(checkValidate)
  .transform((given) => ({
    ...given,
    state: 'present' as const,
    overwrite: true,
    source: undefined as FileSource | undefined,
  }))

/**
 * A file rendered from an EJS template. Templates see the members of `with` by their names and print without escaping; an
 * unknown name, and printing what is undefined, are errors before any host is touched. A template that prints a secret
 * gives a file that is never shown. All else is as for `file`.
 *
 * @example
 * ```ts
 * import { template } from 'foobar-deploy'
 *
 * template({
 *   path: '/etc/nginx/nginx.conf',
 *   from: './templates/nginx.conf.ejs',
 *   with: { workerConnections: 1024 },
 *   validate: 'nginx -t -c %s',
 * })
 * ```
 */
export const template = defineResource({
  type: 'template',
  schema,
  prepare: (desired: z.output<typeof schema>, at) => {
    const rendered = renderFile(resolve(at ? dirname(at.file) : '.', desired.from), desired.with)
    return { ...desired, source: sourceOf(rendered) }
  },
  id: ({ path }) => path,
  read: readFileState,
  parse: parseFileState,
  writes: writesFileState,
  diff: diffFileState,
  apply: applyFileState,
  independent: true,
})
