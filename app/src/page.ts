/** The page: the notes, a form for another one, and who answered. */

import { type Html, html } from './html.ts'
import { type Found, longestText, type Note } from './notes.ts'

/** What the page tells of the server. */
export interface Server {
  readonly serverName: string
  readonly release: string
}

/** The page with notes, or with what went wrong in their place. */
export function page(server: Server, shown: { readonly found: Found } | { readonly problem: string }): string {
  const { serverName, release } = server
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Notes · ${serverName}</title>
<link rel="stylesheet" href="/static/style.css">
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
</head>
<body>
<header>
<h1>Notes</h1>
<p class="server"><span class="dot"></span>answered by <strong>${serverName}</strong></p>
</header>
<main>
<form method="post" action="/">
<label for="text">A new note</label>
<div class="row">
<input id="text" name="text" maxlength="${longestText}" required autocomplete="off" placeholder="What is to be remembered?">
<button>Add</button>
</div>
</form>
${'problem' in shown ? html`<p class="problem" role="alert">${shown.problem}</p>` : list(shown.found)}
</main>
<footer>release <code>${release}</code>${'found' in shown && html` · notes from the ${shown.found.from} endpoint`}</footer>
</body>
</html>
`.text
}

function list({ notes }: Found): Html {
  if (notes.length === 0) return html`<p class="empty">Nothing here yet.</p>`
  return html`<ol class="notes">
${notes.map(item)}</ol>`
}

function item({ text, server, createdAt }: Note): Html {
  const shown = createdAt.replace('T', ' ').slice(0, 19)
  return html`<li><p>${text}</p><p class="about"><time datetime="${createdAt}">${shown} UTC</time> · ${server}</p></li>
`
}
