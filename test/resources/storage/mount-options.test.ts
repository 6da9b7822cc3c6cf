/** Options of mounts: what a mount lacks of those that are desired, and the remount that gives it them. */

import { describe, expect, it } from 'vitest'
import { lackingOptions, remountOptions } from '../../../src/resources/storage/mount-options.ts'

const mounted = (flags: string, options = 'rw') => ({
  source: 'x',
  type: 'x',
  device: '0:1',
  flags: flags.split(','),
  options: options.split(','),
})

describe('lackingOptions', () => {
  it.each([
    ['defaults', 'rw,relatime', 'rw', []],
    ['defaults,nofail,_netdev,x-systemd.automount', 'rw,relatime', 'rw', []],
    ['defaults', 'ro,relatime', 'rw', ['rw']],
    ['defaults', 'rw,relatime', 'ro', ['rw']],
    ['ro', 'ro,relatime', 'ro', []],
    ['noatime,nodev', 'rw,nosuid,relatime', 'rw', ['suid', 'nodev', 'noatime']],
    ['strictatime', 'rw', 'rw', []],
    ['strictatime', 'rw,relatime', 'rw', ['strictatime']],
    ['user', 'rw,nosuid,nodev,noexec,relatime', 'rw', []],
    ['user,exec', 'rw,nosuid,nodev,noexec,relatime', 'rw', ['exec']],
    ['size=64m,mode=0755', 'rw,relatime', 'rw,size=65536k,mode=755', []],
    ['size=64m,uid=0', 'rw,relatime', 'rw,size=1024k', ['size=64m']],
    ['size=50%', 'rw,relatime', 'rw,size=1024k', []],
    ['bind', 'rw,relatime', 'ro', []],
    ['bind,ro', 'rw,relatime', 'rw', ['ro']],
  ])('%s of a mount with %s and %s: %j', (wanted, flags, options, lacking) => {
    expect(lackingOptions(wanted.split(','), mounted(flags, options))).toEqual(lacking)
  })
})

describe('remountOptions', () => {
  it.each([
    ['defaults', 'remount,rw,suid,dev,exec,relatime,diratime'],
    ['defaults,ro,noexec,size=1m', 'remount,ro,suid,dev,noexec,relatime,diratime,size=1m'],
    ['bind,noatime', 'remount,rw,suid,dev,exec,noatime,diratime,bind'],
  ])('%s: %s', (wanted, options) => {
    expect(remountOptions(wanted.split(','))).toBe(options)
  })
})
