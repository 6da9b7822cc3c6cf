/** The bastions of a ProxyJump. */

/** One bastion; what is missing comes from ssh_config. */
export interface Hop {
  readonly host: string
  readonly user?: string
  readonly port?: number
}

const hopForm = /^(?:ssh:\/\/)?(?:(?<user>.+)@)?(?:\[(?<bracketed>[^\]]+)\]|(?<plain>[^:/]+))(?::(?<port>\d+))?\/?$/

/** The bastions in `text`, `user@host:port` separated by commas, in the order they are passed. */
export function parseHops(text: string): Hop[] {
  return text.split(',').map((part) => {
    const groups = hopForm.exec(part.trim())?.groups
    // What has no such form is an address all the same; connecting to it tells what is wrong with it.
    if (!groups) return { host: part.trim() }
    const { user, bracketed, plain, port } = groups
    return {
      host: bracketed ?? plain ?? part,
      ...(user ? { user } : {}),
      ...(port ? { port: Number(port) } : {}),
    }
  })
}
