/** The site www.foobar.com: nginx with a page on every web server. */

import { definePlaybook, directory, template, z } from 'foobar-deploy'
import { nginx } from 'foobar-deploy/roles/nginx'

const root = '/var/www/foobar'

export const site = definePlaybook({
  name: 'site',
  groups: ['web'],
  variables: z.strictObject({
    /** The name the site answers to. */
    domain: z.string().min(1),
    title: z.string().default('foobar'),
  }),
  plays: ({ vars }) => [
    {
      name: 'Web servers',
      hosts: 'web',
      roles: [
        nginx({
          sites: [
            {
              serverNames: [vars.domain],
              isDefault: true,
              root,
              locations: [{ path: '= /healthz', return: { status: 200, body: 'ok\n' }, extra: ['access_log off;'] }],
            },
          ],
        }),
      ],
      tasks: ({ host }) => [
        directory({ path: root }),
        template({
          path: `${root}/index.html`,
          from: './templates/index.html.ejs',
          with: { title: vars.title, domain: vars.domain, host: host.name, os: host.facts.os.name },
        }),
      ],
    },
  ],
})
