/** Every resource, one line each: what roles call. */

export { file } from './file.ts'
