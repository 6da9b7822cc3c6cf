/** From where the accounts of the role and of its variables may come: addresses of the inventory in place of everywhere. */

import { isIP } from 'node:net'
import { FoobarDeployError, type Host } from 'foobar-deploy'

const loopback = '127.0.0.1'

/**
 * Hosts as the server matches accounts. It looks up no names, so a host that has one as its address is an error; `remedy`
 * is the variable that says from where an account may come.
 */
export function accountHostsOf(hosts: readonly Host[], remedy: string): string[] {
  const named = hosts.find(({ address }) => isIP(address) === 0)
  if (named) {
    throw new FoobarDeployError('definition', 'mysql-address-name', 'A database account needs an address, not a name', {
      detail: `${named.name} has the address ${named.address}, and the server looks up no names (skip_name_resolve)`,
      hint: `Give the host an IP address in the inventory, or set ${remedy}.`,
    })
  }
  return [...new Set(hosts.map(({ address }) => shortest(address)))]
}

// The server compares text: 2001:db8:0::1 is not 2001:db8::1.
function shortest(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address
}

/**
 * From where a user may come who has no `host`: the clients, and the host of the server itself where it is a client or where
 * there is none.
 */
export function clientHostsOf(
  clients: readonly Host[],
  networks: readonly string[],
  databases: readonly Host[],
): string[] {
  const remedy = "the host of the user: host: '198.51.100.%', host: '%'"
  const others = [...accountHostsOf(clients, remedy), ...networks.map((network) => patternOf(network, remedy))]
  const isLocal = clients.some(({ name }) => databases.some((database) => database.name === name))
  return [...new Set([...others, ...(isLocal || others.length === 0 ? [loopback] : [])])]
}

// MariaDB knows 10.0.0.0/255.0.0.0 alone, MySQL both forms.
function patternOf(network: string, remedy: string): string {
  const [address = '', bits] = network.split('/')
  if (bits === undefined) return shortest(network)
  if (isIP(address) !== 4) {
    throw new FoobarDeployError(
      'definition',
      'mysql-address-name',
      'A database account needs an address, not a network',
      {
        detail: `clientsFrom has ${network}, and not every server takes networks of IPv6 for accounts`,
        hint: `Set ${remedy}.`,
      },
    )
  }
  const mask = Number(bits) === 0 ? 0 : (0xffffffff << (32 - Number(bits))) >>> 0
  const octets = (number: number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255)
  const base = address.split('.').map((part, index) => Number(part) & (octets(mask)[index] ?? 0))
  return `${base.join('.')}/${octets(mask).join('.')}`
}
