/** Rows of resources that are packages, users, units and commands. */

import { apt, authorizedKey, command, group, Secret, service, systemdUnit, user, waitFor } from 'foobar-deploy'
import { type Rows, secrets } from './on-hosts-row.ts'

/** What is on the host before, made by hand: for the rows of files too. */
export const prepared = `mkdir -p /srv/rows/config/on
printf 'one\\ntwo\\n' | tee /srv/rows/lines >/srv/rows/block
printf 'old1 old2\\n' >/srv/rows/words
printf '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/rows-service.service
mkdir -p /usr/local/lib/systemd/system
printf '[Service]\\nExecStart=/bin/true\\n' >/usr/local/lib/systemd/system/rows-masked.service
systemctl daemon-reload; useradd -m rows-keys`

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE1h0Un1vTTZ6T3Hx3W2g9n0kqS0dV5o1rYp4t7cL2bX alice@example.com'
export const systemRows: Rows = {
  apt: {
    task: apt({ packages: ['tree'] }),
    drift: 'dpkg --remove tree',
    repaired: ['tree'],
    removal: { task: apt({ packages: ['tree'], state: 'absent', purge: true }), gone: '! dpkg -s tree' },
  },
  group: {
    task: group({ name: 'rows', gid: 4321 }),
    drift: 'groupmod -g 4322 rows',
    repaired: ['gid'],
    removal: { task: group({ name: 'rows', state: 'absent' }), gone: '! getent group rows' },
  },
  user: {
    task: user({ name: 'rows-user', shell: '/bin/bash', groups: ['users'], comment: 'Rows' }),
    drift: 'usermod -s /bin/sh -c other rows-user; gpasswd -d rows-user users',
    repaired: ['groups', 'shell', 'comment'],
    removal: {
      task: user({ name: 'rows-user', state: 'absent', removeHome: true }),
      gone: '! id rows-user && [ ! -e /home/rows-user ]',
    },
  },
  authorizedKey: {
    task: authorizedKey({ user: 'rows-keys', keys: [key] }),
    drift: 'chmod 644 ~rows-keys/.ssh/authorized_keys; sed -i /alice/d ~rows-keys/.ssh/authorized_keys',
    repaired: ['ssh-ed25519 alice@example.com', 'mode of .ssh/authorized_keys'],
    removal: {
      task: authorizedKey({ user: 'rows-keys', keys: [key], state: 'absent' }),
      gone: '! grep alice ~rows-keys/.ssh/authorized_keys',
    },
  },
  'user with a password': {
    task: user({ name: 'rows-secret', password: new Secret('rows.hash', secrets.hash), system: true }),
    drift: 'usermod -p x rows-secret',
    repaired: ['password'],
    removal: { task: user({ name: 'rows-secret', state: 'absent' }), gone: '! id rows-secret' },
  },
  systemdUnit: {
    task: systemdUnit({ name: 'rows-unit.service', sections: { Service: { ExecStart: '/bin/sleep infinity' } } }),
    drift: 'echo Nice=5 >>/etc/systemd/system/rows-unit.service',
    repaired: ['content'],
    removal: {
      task: systemdUnit({ name: 'rows-unit.service', state: 'absent' }),
      gone: '[ "$(systemctl show -p LoadState --value rows-unit.service)" = not-found ]',
    },
  },
  service: {
    task: service({ name: 'rows-service', running: true, enabled: true }),
    drift: 'systemctl disable --now rows-service',
    repaired: ['enabled', 'running'],
    removal: {
      task: service({ name: 'rows-service', running: false, enabled: false }),
      gone: '! systemctl is-active rows-service',
    },
  },
  'service that is masked': {
    task: service({ name: 'rows-masked', masked: true }),
    drift: 'systemctl unmask rows-masked',
    repaired: ['masked'],
    removal: {
      task: service({ name: 'rows-masked', masked: false }),
      gone: '[ "$(systemctl is-enabled rows-masked)" = static ]',
    },
  },
  'systemdUnit with a drop-in': {
    task: systemdUnit({ name: 'rows-masked', dropIn: 'nice', sections: { Service: { Nice: 5 } } }),
    drift: 'rm -r /etc/systemd/system/rows-masked.service.d',
    repaired: ['content', 'owner', 'group', 'mode'],
    removal: {
      task: systemdUnit({ name: 'rows-masked', dropIn: 'nice', state: 'absent' }),
      gone: '[ ! -e /etc/systemd/system/rows-masked.service.d ]',
    },
  },
  command: {
    task: command({
      run: 'touch /srv/rows/made; systemd-run -q sh -c "sleep 0.5; touch /srv/rows/late"',
      creates: '/srv/rows/made',
    }),
    drift: 'rm /srv/rows/made',
    repaired: ['creates'],
    removal: null,
  },
  waitFor: {
    task: waitFor({ path: '/srv/rows/late', withinMs: 10_000 }),
    drift: 'rm /srv/rows/late',
    repaired: ['/srv/rows/late'],
    removal: null,
  },
}
