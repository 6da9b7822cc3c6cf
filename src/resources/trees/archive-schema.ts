/** What an `archive` task may say, and the stamp by which an unpacked archive is known. */

import { z } from 'zod'
import { absolutePath, attributes } from '../files/file-attributes.ts'
import type { FileSource } from '../files/file-source.ts'
import { remoteFile } from './fetch.ts'

/** The forms of archives, by the endings of their names, and the program that each needs beside tar. */
export const archiveForms = {
  tar: { endings: ['.tar'], program: 'tar', package: 'tar' },
  'tar.gz': { endings: ['.tar.gz', '.tgz'], program: 'gzip', package: 'gzip' },
  'tar.xz': { endings: ['.tar.xz', '.txz'], program: 'xz', package: 'xz-utils' },
  'tar.zst': { endings: ['.tar.zst', '.tzst'], program: 'zstd', package: 'zstd' },
  'tar.bz2': { endings: ['.tar.bz2', '.tbz2'], program: 'bzip2', package: 'bzip2' },
  zip: { endings: ['.zip'], program: 'unzip', package: 'unzip' },
} as const

/** How an archive is packed. */
export type ArchiveForm = keyof typeof archiveForms

const forms = Object.keys(archiveForms) as [ArchiveForm, ...ArchiveForm[]]

/** The name of the file, in the unpacked folder, that tells which archive it was unpacked from. */
export const stampName = '.foobar-deploy-archive'

const object = z
  .strictObject({
    from: z.union([z.string().min(1), remoteFile], { error: 'must be a local file, or { url, sha256 }' }).optional(),
    path: absolutePath.refine((path) => path.split('/').length > 2, 'must not be / or a folder in it'),
    state: z.enum(['present', 'absent']).default('present'),
    form: z.enum(forms).optional(),
    stripComponents: z.int().min(0).default(0),
    creates: z
      .string()
      .regex(/^[^/\0][^\0]*$/, 'must be a path in the unpacked folder')
      .optional(),
    replace: z.boolean().default(false),
    owner: attributes.owner,
    group: attributes.group,
  })
  .superRefine(({ state, from, form }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (state === 'absent' && from !== undefined) refuse('from', "means nothing with state: 'absent'")
    if (state === 'present' && from === undefined) refuse('from', 'is missing')
    if (from !== undefined && form === undefined && formOf(nameOf(from)) === undefined) {
      refuse('form', `is missing: the name of the archive ends with none of ${endings().join(' ')}`)
    }
  })
  .transform(({ form, ...given }) => ({
    ...given,
    form: form ?? formOf(nameOf(given.from ?? '')) ?? 'tar',
    source: undefined as FileSource | undefined,
  }))

/** What an `archive` task says. */
export type ArchiveInput =
  | {
      /** A file of this machine, relative to the file that contains the task; or an address with its checksum. */
      readonly from: string | z.input<typeof remoteFile>
      /** The folder it is unpacked into, which belongs to it alone. The folder above must be there. */
      readonly path: string
      readonly state?: 'present'
      /** By default from the ending of its name. */
      readonly form?: ArchiveForm
      /** How many folders at the beginning of each name are left out. In a zip, each must be there alone. */
      readonly stripComponents?: number
      /** A path in the folder that must exist. If it is gone, the archive is unpacked again. */
      readonly creates?: string
      /** Whether a folder that was not unpacked from an archive is replaced with all that is in it; default false. */
      readonly replace?: boolean
      /** The owner of everything in it; by default the user of the task. */
      readonly owner?: string
      /** The group of everything in it. */
      readonly group?: string
    }
  | { readonly path: string; readonly state: 'absent'; readonly replace?: boolean }

/** What an `archive` task desires; `source` is a local archive. */
export type ArchiveDesired = z.output<typeof object>

// What goes with which state is known to the type alone.
export const archiveSchema = object as unknown as z.ZodType<ArchiveDesired, ArchiveInput>

/** The checksum of the archive. */
export function checksumOf({ from, source }: ArchiveDesired): string {
  return typeof from === 'object' ? from.sha256 : (source?.sha256 ?? '')
}

/** What the stamp says: all that decides what is unpacked. */
export function stampText(desired: ArchiveDesired): string {
  const { stripComponents, owner = '-', group = '-' } = desired
  return `sha256 ${checksumOf(desired)}\nstripComponents ${stripComponents}\nowner ${owner}:${group}\n`
}

function nameOf(from: string | { readonly url: string }): string {
  return typeof from === 'string' ? from : new URL(from.url).pathname
}

function formOf(name: string): ArchiveForm | undefined {
  return forms.find((form) => archiveForms[form].endings.some((ending) => name.toLowerCase().endsWith(ending)))
}

function endings(): string[] {
  return Object.values(archiveForms).flatMap((form) => form.endings)
}
