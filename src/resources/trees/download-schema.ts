/** What a `download` task may say. */

import { z } from 'zod'
import { absolutePath, attributes } from '../files/file-attributes.ts'
import { checkValidate, fileOptions } from '../files/file-options.ts'
import { remoteFile } from './fetch.ts'

const object = z
  .strictObject({
    from: remoteFile.optional(),
    path: absolutePath,
    state: z.enum(['present', 'absent']).default('present'),
    ...attributes,
    ...fileOptions,
  })
  .superRefine((given, context) => {
    const { state, from } = given
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (state === 'present' && from === undefined) refuse('from', 'is missing')
    if (state === 'absent') {
      for (const key of ['from', 'owner', 'group', 'mode', 'validate'] as const) {
        if (given[key] !== undefined) refuse(key, "means nothing with state: 'absent'")
      }
    }
    checkValidate(given, context)
  })

type Options = z.input<z.ZodObject<typeof attributes & typeof fileOptions>>

/** What a `download` task says. */
export type DownloadInput =
  | ({
      /** What is fetched, and the checksum that it must have. */
      readonly from: z.input<typeof remoteFile>
      /** Where it is to lie: the file, not its folder. */
      readonly path: string
      readonly state?: 'present'
    } & Options)
  | { readonly path: string; readonly state: 'absent' }

/** What a `download` task desires, with defaults filled in. */
export type DownloadDesired = z.output<typeof object>

// What goes with which state is known to the type alone.
export const downloadSchema = object as unknown as z.ZodType<DownloadDesired, DownloadInput>
