/** Every resource, one line each: what roles call. */

export { apt } from './apt.ts'
export { authorizedKey } from './authorized-key.ts'
export { blockInFile } from './block-in-file.ts'
export { command } from './command.ts'
export { directory } from './directory.ts'
export { file } from './file.ts'
export { group } from './group.ts'
export { lineInFile } from './line-in-file.ts'
export { service } from './service.ts'
export { symlink } from './symlink.ts'
export { template } from './template.ts'
export { user } from './user.ts'
