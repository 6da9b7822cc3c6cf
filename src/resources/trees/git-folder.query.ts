/** Asks what is checked out in folders: three git processes each; uses the network only if necessary. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import { absences, absentFunction } from '../files/absence.ts'

/** A folder to be asked about. */
export interface GitFolderOperand {
  readonly path: string
  /** A branch, a tag or a commit. */
  readonly version: string
  /** The repository whose branches and tags are asked for, over the network. */
  readonly remote?: string | undefined
}

/** What is known of the folder. */
export type GitFolder =
  | {
      readonly kind: 'checkout'
      /** The commit; undefined where there is none yet. */
      readonly head: string | undefined
      /** The branch; undefined where none is checked out. */
      readonly branch: string | undefined
      /** A move to another version was cut off. */
      readonly isCutOff?: true
      /** How many commits the branch has that its repository did not have when it was last asked. */
      readonly ahead?: number
      /** Files that git knows and that differ from the commit, with git's letters: `.M file`. */
      readonly changed: readonly string[]
      readonly repository: string
      /** The commits that the version means, by the name of the ref: here, or at the remote if that was asked. */
      readonly refs: ReadonlyMap<string, string>
    }
  /** Nothing is there, or an empty folder. */
  | { readonly kind: 'absent' }
  /** Something else is there, git is lacking, or refuses. */
  | { readonly kind: 'refused'; readonly reason: string }

/** The name of a file in `.git` that is there while a checkout is moved. */
export const moveMark = 'foobar-deploy-move'

// The one who asks may not be the owner, and git must not look for a repository in a folder above, nor write its index.
const functions = `${absentFunction}
GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND="\${GIT_SSH_COMMAND:-ssh -o BatchMode=yes}" LC_ALL=C
export GIT_OPTIONAL_LOCKS GIT_TERMINAL_PROMPT GIT_SSH_COMMAND LC_ALL GIT_CEILING_DIRECTORIES
look() {
  # Path, version, repository for ls-remote.
  if ! [ -e "$1" ] && ! [ -L "$1" ]; then absent "$1"; echo "absent $s"; return; fi
  if ! [ -d "$1" ]; then echo 'refused it is no directory'; return; fi
  if ! [ -x "$1" ] || ! [ -r "$1" ]; then echo 'refused the user of the task may not look into it'; return; fi
  if ! [ -e "$1/.git" ]; then
    for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
      if [ -e "$entry" ] || [ -L "$entry" ]; then echo 'refused it holds other things and is no checkout'; return; fi
    done
    echo 'absent a'; return
  fi
  GIT_CEILING_DIRECTORIES=\${1%/*}
  status=$(git -C "$1" status --porcelain=v2 --branch -uno --ignore-submodules=none 2>&1) || {
    # What a power cut left of the index is made anew.
    [ -e "$1/.git/${moveMark}" ] || { echo "refused git says: $status" | head -n 1; return; }
    status='# branch.oid (initial)'
  }
  echo checkout
  if [ -e "$1/.git/${moveMark}" ]; then echo cut; fi
  printf '%s\\n' "$status"
  echo "url $(git -C "$1" config --get remote.origin.url)"
  if [ "$3" ]; then
    refs=$(git ls-remote -- "$3" "refs/heads/$2" "refs/tags/$2" "refs/tags/$2^{}" 2>&1) || { echo 'unreachable'; printf '%s\\n' "$refs" | head -n 1; return; }
    printf 'refs\\n%s\\n' "$refs"
  else
    echo refs
    git -C "$1" show-ref -d -- "refs/remotes/origin/$2" "refs/tags/$2"
  fi
}`

const separator = '-- next'

const gitFolderQuery: QueryKind<GitFolderOperand, GitFolder> = {
  name: 'git-folder',
  key: ({ path, version, remote = '' }) => JSON.stringify([path, version, remote]),
  script: (operands) => `${functions}
if ! command -v git >/dev/null; then echo lacking; exit; fi
${operands
  .map(({ path, version, remote = '' }) => `look ${[path, version, remote].map(quote).join(' ')}\necho '${separator}'`)
  .join('\n')}`,
  parse: ({ stdout }, operands) => {
    const text = stdout.toString()
    if (text === 'lacking\n') return operands.map(() => ({ kind: 'refused', reason: 'the host has no git' }))
    const blocks = text.split(`${separator}\n`)
    return operands.map((_operand, index) => folderOf((blocks[index] ?? '').split('\n').filter(Boolean)))
  },
}

/** What is checked out in a folder. */
export const gitFolder = defineQuery(gitFolderQuery)

function folderOf([first = '', ...rows]: readonly string[]): GitFolder {
  if (first.startsWith('absent ')) return absentFolder(first.slice('absent '.length))
  if (first !== 'checkout') return { kind: 'refused', reason: first.replace(/^refused /, '') || 'git does not answer' }
  const unreachable = rows.indexOf('unreachable')
  if (unreachable >= 0) return { kind: 'refused', reason: `its repository cannot be asked: ${rows[unreachable + 1]}` }
  const after = (prefix: string) => rows.find((row) => row.startsWith(prefix))?.slice(prefix.length)
  const oid = after('# branch.oid ')
  const branch = after('# branch.head ')
  const ahead = Number(/^\+(\d+)/.exec(after('# branch.ab ') ?? '')?.[1] ?? 0)
  return {
    kind: 'checkout',
    head: oid === '(initial)' ? undefined : oid,
    branch: branch === '(detached)' ? undefined : branch,
    ...(rows[0] === 'cut' ? { isCutOff: true } : {}),
    ...(ahead > 0 ? { ahead } : {}),
    changed: rows.flatMap((row) => changedFile(row) ?? []),
    repository: after('url ') ?? '',
    refs: refsIn(rows.slice(rows.indexOf('refs') + 1)),
  }
}

function absentFolder(letter: string): GitFolder {
  const reasons = {
    'no-file': undefined,
    'no-folder': 'the folder above it does not exist',
    'not-a-folder': 'a part of its path is no directory',
    denied: 'the user of the task may not look into a folder above it',
  }
  const reason = reasons[absences[letter] ?? 'no-file']
  return reason === undefined ? { kind: 'absent' } : { kind: 'refused', reason }
}

/** A row of `git status --porcelain=v2` that tells of a file. */
function changedFile(row: string): string | undefined {
  const [, letters = '', ...rest] = row.split(' ')
  const fields = { '1': 6, '2': 7, u: 8 }[row.split(' ', 1)[0] ?? '']
  return fields === undefined ? undefined : `${letters} ${rest.slice(fields).join(' ').split('\t')[0]}`
}

/** The commits by ref; an annotated tag stands for the commit it names. */
function refsIn(rows: readonly string[]): ReadonlyMap<string, string> {
  const refs = new Map<string, string>()
  for (const row of rows) {
    const [commit = '', name = ''] = row.split(/\s+/)
    refs.set(name.replace(/\^\{\}$/, '').replace('refs/remotes/origin/', 'refs/heads/'), commit)
  }
  return refs
}
