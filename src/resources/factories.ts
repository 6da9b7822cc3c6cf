/** Every resource, one line each: what roles call. */

export { apt } from './apt.ts'
export { file } from './file.ts'
export { service } from './service.ts'
