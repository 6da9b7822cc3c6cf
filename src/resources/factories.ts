/** Every resource, one line each: what roles call. */

export { apt } from './apt.ts'
export { directory } from './directory.ts'
export { file } from './file.ts'
export { service } from './service.ts'
export { symlink } from './symlink.ts'
export { template } from './template.ts'
