/** Which part of the source may import which, and where each package from outside belongs. */

/** A folder or file below src/ by name, and the folders and files below src/ that it may import. */
export const allowedImports: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  shell: ['errors.ts'],
  plan: ['errors.ts', 'shell'],
  model: ['errors.ts', 'shell', 'plan'],
  certificates: ['errors.ts'],
  secrets: ['errors.ts', 'shell', 'model', 'certificates'],
  // What is rendered from a secret is one.
  template: ['errors.ts', 'shell', 'model'],
  protocol: ['errors.ts', 'shell', 'plan'],
  transport: ['errors.ts', 'shell', 'model'],
  resources: ['errors.ts', 'shell', 'plan', 'model', 'template', 'certificates'],
  engine: [
    'errors.ts',
    'shell',
    'plan',
    'model',
    'template',
    'protocol',
    'resources',
    // The interface alone: the engine knows nothing of SSH.
    'transport/transport.ts',
  ],
  report: ['errors.ts', 'plan', 'engine/events.ts'],
  lab: ['errors.ts', 'model'],
  // The reader of ssh_config is pure; nothing here connects.
  sources: ['errors.ts', 'shell', 'model', 'transport/ssh-config/ssh-config.ts'],
  'index.ts': ['errors.ts', 'shell', 'plan', 'model', 'secrets', 'template', 'resources', 'sources'],
  'mysql.ts': ['resources'],
  cli: [
    'errors.ts',
    'shell',
    'plan',
    'model',
    'certificates',
    'secrets',
    'template',
    'protocol',
    'transport',
    'resources',
    'engine',
    'report',
    'lab',
    'sources',
    'index.ts',
  ],
}

/** The parts of src/ that alone may import a package. */
export const packageHomes: Readonly<Record<string, readonly string[]>> = {
  '@noble/curves': ['resources'],
  'age-encryption': ['secrets'],
  diff: ['plan'],
  ejs: ['template'],
  listr2: ['report'],
  'node-ssh': ['transport'],
  ssh2: ['transport'],
  yaml: ['sources'],
  yargs: ['cli'],
  zod: ['plan', 'model', 'secrets', 'resources', 'report', 'lab', 'sources', 'cli', 'index.ts'],
}

/** Parts that compute alone: they open no file, no socket and no process. */
export const pureParts: readonly string[] = ['errors.ts', 'shell', 'plan', 'model', 'protocol']

/** A family of resources, and the other families that it may import. */
export const familyImports: Readonly<Record<string, readonly string[]>> = {
  files: [],
  edits: ['files'],
  'config-files': ['files'],
  commands: ['files'],
  trees: ['files', 'config-files', 'commands'],
  packages: ['files', 'trees'],
  accounts: ['files'],
  systemd: ['files', 'accounts'],
  system: ['files', 'edits', 'accounts'],
  storage: ['files', 'edits'],
  certificates: ['files'],
  mysql: ['files'],
  haproxy: ['files'],
}

/** What gives access to the world outside the process. */
export const effects: readonly string[] = [
  'node:child_process',
  'node:dgram',
  'node:dns',
  'node:fs',
  'node:http',
  'node:https',
  'node:net',
  'node:process',
  'node:timers',
  'node:tls',
  'node:worker_threads',
]
