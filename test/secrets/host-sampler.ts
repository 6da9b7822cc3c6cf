/** Looks over a host's shoulder while a run goes on: command lines, environments and files, as fast as it can. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { labPaths } from '../../src/lab/index.ts'

/** What was seen. */
export interface Seen {
  /** How many times it looked at everything. */
  readonly rounds: number
  /** Every distinct command line and environment, one a line. */
  readonly processes: string
  /** Every distinct content of the files that runs write. */
  readonly files: string
}

const stopFile = '/dev/shm/stop-sampling'
const filesFollow = '=== files ==='

// One process that opens and reads, so that a round takes a millisecond or two; a command's own start takes as long.
const program = `
use strict;
my (%processes, %files, $rounds);
$| = 1;
print "ready\\n";
until (-e '${stopFile}') {
  opendir my $proc, '/proc' or die;
  my @files = map { ("/proc/$_/cmdline", "/proc/$_/environ") } grep { /^\\d/ && $_ != $$ } readdir $proc;
  for my $folder ('/etc/canary', '/etc/apt/auth.conf.d', '/etc/systemd/system', '/run', '/tmp', '/root', glob('/run/foobar-deploy/*/ /tmp/foobar-deploy*/')) {
    opendir my $entries, $folder or next;
    push @files, grep { -f } map { "$folder/$_" } grep { /canary|control|foobar|input|script|log/ || $folder eq '/etc/canary' } readdir $entries;
  }
  for my $file (@files) {
    open my $handle, '<', $file or next;
    local $/;
    my $text = <$handle>;
    ($file =~ m{^/proc} ? $processes{$text} : $files{$text}) = 1 if defined $text;
  }
  $rounds++;
}
print "$rounds\\n", (map { tr/\\0\\n/  /r . "\\n" } keys %processes), "${filesFollow}\\n", map { "$_\\n" } keys %files;
`

/** Samples the host as root or as the lab's user while `work` goes on. */
export async function sampled<T>(
  lab: string,
  host: string,
  asRoot: boolean,
  work: () => Promise<T>,
): Promise<[Seen, T]> {
  const ssh = ['-F', labPaths(lab).sshConfig, host]
  const sampler = spawn('ssh', [...ssh, asRoot ? 'sudo perl -' : 'perl -'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  sampler.stdout.on('data', (chunk) => (output += chunk))
  sampler.stdin.end(program)
  const closed = once(sampler, 'close')
  while (!output.startsWith('ready')) await once(sampler.stdout, 'data')
  try {
    const result = await work()
    await once(spawn('ssh', [...ssh, `touch ${stopFile}`]), 'close')
    await closed
    const [, rounds] = output.split('\n')
    const [processes = '', files = ''] = output.split(`${filesFollow}\n`)
    return [{ rounds: Number(rounds), processes, files }, result]
  } finally {
    await once(spawn('ssh', [...ssh, `touch ${stopFile}`]), 'close')
    await closed
    await once(spawn('ssh', [...ssh, `rm -f ${stopFile}`]), 'close')
  }
}
