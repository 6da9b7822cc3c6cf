#!/usr/bin/env node
/** The command `foobar-deploy`: checks the Node version, then runs the toolkit from its source or its build. */

// No static import and no new syntax: an old Node must get as far as saying that it is old.
var needed = [22, 18]
var version = process.versions.node.split('.').map(Number)

if (version[0] < needed[0] || (version[0] === needed[0] && version[1] < needed[1])) {
  console.error(
    'error[node-version]: Node.js is too old: this is ' +
      process.version +
      ', found at ' +
      process.execPath +
      '\n' +
      '  hint: Install Node.js ' +
      needed.join('.') +
      ' or newer (https://nodejs.org).',
  )
  process.exit(1)
}

import('node:module')
  .then((module) => {
    // Kept in the home directory: code that another user could replace must not be run.
    var cache = process.env.XDG_CACHE_HOME || (process.env.HOME && process.env.HOME + '/.cache')
    if (cache && !process.env.NODE_COMPILE_CACHE) module.enableCompileCache(cache + '/foobar-deploy/compile')
    return import('node:fs')
  })
  .then((fs) => {
    var source = new URL('../src/cli/main.ts', import.meta.url)
    return import(fs.existsSync(source) ? source.href : new URL('../dist/src/cli/main.js', import.meta.url).href)
  })
  .then((cli) => cli.main(process.argv.slice(2)))
