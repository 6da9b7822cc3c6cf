/** Rows of resources that are files, folders and links. */

import {
  artifact,
  blockInFile,
  configFiles,
  directory,
  file,
  lineInFile,
  localArtifact,
  replace,
  Secret,
  symlink,
  template,
} from 'foobar-deploy'
import { type Rows, secrets } from './on-hosts-row.ts'

const config = { path: '/srv/rows/config', exclusiveIn: ['on'] }
const block = { path: '/srv/rows/block', name: 'rows' }
const line = { path: '/srv/rows/lines', line: 'three' }

const noFile = (path: string) => ({ task: file({ path, state: 'absent' }), gone: `[ ! -e ${path} ]` })

const built = localArtifact({ folder: './trees/artifact/files/sources', build: 'mkdir dist && cp say.sh dist' })

export const fileRows: Rows = {
  directory: {
    task: directory({ path: '/srv/rows/a/folder', parents: true, mode: '2750', group: 'games' }),
    drift: 'chmod 0777 /srv/rows/a/folder; chgrp root /srv/rows/a/folder',
    repaired: ['group', 'mode'],
    removal: {
      task: directory({ path: '/srv/rows/a', state: 'absent', recursive: true }),
      gone: '[ ! -e /srv/rows/a ]',
    },
  },
  file: {
    task: file({ path: '/srv/rows/file', content: 'as declared\n', owner: 'games', mode: '0640' }),
    drift: 'echo by hand >>/srv/rows/file; chown root /srv/rows/file',
    repaired: ['content', 'owner'],
    removal: noFile('/srv/rows/file'),
  },
  'file with a secret': {
    task: file({ path: '/srv/rows/secret', content: new Secret('rows.text', secrets.text), mode: '0600' }),
    drift: 'echo correct horse >/srv/rows/secret',
    repaired: ['content'],
    removal: noFile('/srv/rows/secret'),
  },
  template: {
    task: template({
      path: '/srv/rows/template',
      from: '../../playbooks/templates/index.html.ejs',
      with: { domain: 'foobar.com', title: 'rows', host: 'web1', os: 'Debian' },
    }),
    drift: 'rm /srv/rows/template',
    repaired: ['content'],
    removal: noFile('/srv/rows/template'),
  },
  symlink: {
    task: symlink({ path: '/srv/rows/link', target: 'file' }),
    drift: 'ln -sfn /etc/passwd /srv/rows/link',
    repaired: ['target'],
    removal: { task: symlink({ path: '/srv/rows/link', state: 'absent' }), gone: '[ ! -L /srv/rows/link ]' },
  },
  artifact: {
    task: artifact({ from: built, path: '/srv/rows/artifact', owner: 'games' }),
    drift: 'echo older >/srv/rows/artifact/.foobar-deploy-artifact',
    repaired: ['artifact'],
    removal: { task: artifact({ path: '/srv/rows/artifact', state: 'absent' }), gone: '[ ! -e /srv/rows/artifact ]' },
  },
  lineInFile: {
    task: lineInFile({ ...line, insertAfter: '^one$' }),
    drift: "sed -i 's/three/four/' /srv/rows/lines",
    repaired: ['line'],
    removal: { task: lineInFile({ ...line, state: 'absent' }), gone: '! grep three /srv/rows/lines' },
  },
  replace: {
    task: replace({ path: '/srv/rows/words', match: /old(\d)/, replacement: 'new$1' }),
    drift: "sed -i 's/new/old/g' /srv/rows/words",
    repaired: ['matches'],
    removal: null,
  },
  blockInFile: {
    task: blockInFile({ ...block, block: 'in\nside\n' }),
    drift: "sed -i 's/side/out/' /srv/rows/block",
    repaired: ['block'],
    removal: { task: blockInFile({ ...block, state: 'absent' }), gone: '! grep rows /srv/rows/block' },
  },
  configFiles: {
    task: configFiles({
      ...config,
      files: { 'main.conf': 'main\n', 'on/deep/a.conf': { content: 'a\n', mode: '0600' } },
      links: { 'on/link': '../main.conf' },
      validate: 'test "$(cat /srv/rows/config/on/link)" = main',
    }),
    drift:
      'cd /srv/rows/config; echo x >>main.conf; chmod 644 on/deep/a.conf; rm on/link; mkdir on/other; touch on/other/file',
    repaired: ['main.conf', 'on/deep/a.conf mode', 'on/link', 'on/other'],
    removal: {
      task: configFiles({ ...config, absent: ['main.conf'] }),
      gone: '[ -z "$(find /srv/rows/config -type f -o -type l)" ]',
    },
  },
}
