/** What the cases of the nginx role serve: pages, a certificate made on the host. */

import { command, directory, file, type TaskList } from 'foobar-deploy'

const pages: Readonly<Record<string, string>> = {
  'www/index.html': '<p>index of www</p>\n',
  'www/404.html': 'our 404\n',
  'www/small.txt': 'small\n',
  'www/large.txt': 'large\n'.repeat(200),
  'www/.hidden': 'hidden\n',
  'www/.git/config': '[core]\n',
  'www/.well-known/security.txt': 'security\n',
  'www/files/app.js': 'app\n',
  'acme/.well-known/acme-challenge/token': 'challenge\n',
}

/** The tasks that put it below `/srv/test`. */
export function siteFiles(): TaskList {
  const folders = new Set(Object.keys(pages).map((path) => `/srv/test/${path.slice(0, path.lastIndexOf('/'))}`))
  return [
    [...folders].map((path) => directory({ path, parents: true })),
    Object.entries(pages).map(([path, content]) => file({ path: `/srv/test/${path}`, content })),
    command({
      title: 'certificate',
      run: `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=www.foobar.com -addext subjectAltName=DNS:www.foobar.com -keyout tls.key -out tls.crt`,
      cwd: '/srv/test',
      creates: '/srv/test/tls.crt',
    }),
  ]
}
