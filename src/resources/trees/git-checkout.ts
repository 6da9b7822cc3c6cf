/** The command that clones, or fetches, and checks out a version. */

import { type Command, sh } from '../../shell/command.ts'
import { stagedPath } from '../files/write-file.ts'

/** What is to be checked out. */
export interface Checkout {
  readonly repository: string
  readonly path: string
  readonly version: string
  readonly isCommit: boolean
  readonly depth?: number | undefined
  readonly force: boolean
  /** Whether there is a checkout already. */
  readonly isThere: boolean
}

/** Checks it out. A new clone is made beside its place, so that half of one is never seen. */
export function checkOut({ repository, path, version, isCommit, depth, force, isThere }: Checkout): Command {
  const shallow = depth === undefined ? [] : [`--depth=${depth}`]
  const begin = isThere
    ? sh`folder=$path
git -C "$folder" remote set-url origin ${repository} 2>/dev/null || git -C "$folder" remote add origin ${repository} || exit`
    : sh`folder=${stagedPath(path)}
trap 'rm -rf -- "$folder"' EXIT
rm -rf -- "$folder" && git init -q -- "$folder" && git -C "$folder" remote add origin ${repository} || exit`
  const checkout = force ? ['checkout', '-q', '--force'] : ['checkout', '-q']
  return sh`(
GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND="\${GIT_SSH_COMMAND:-ssh -o BatchMode=yes}" GIT_CEILING_DIRECTORIES=${path.replace(/\/[^/]*$/, '') || '/'}
export GIT_TERMINAL_PROMPT GIT_SSH_COMMAND GIT_CEILING_DIRECTORIES
umask 022
path=${path} version=${version}
${begin}
fetch() { git -C "$folder" -c advice.detachedHead=false fetch -q --force ${shallow} origin "$@"; }
${isCommit ? byCommit(checkout) : byName(checkout, repository)}
${isThere ? sh`:` : sh`{ [ ! -e "$path" ] || rmdir -- "$path"; } && mv -T -- "$folder" "$path"`}
)`
}

/** A commit is fetched by its name, where the server lets it; else with everything. */
function byCommit(checkout: readonly string[]): Command {
  return sh`has() { git -C "$folder" cat-file -e "$version^{commit}" 2>/dev/null; }
has || fetch "$version" 2>/dev/null || git -C "$folder" fetch -q --force --tags origin '+refs/heads/*:refs/remotes/origin/*' || exit
has || { echo "the repository has no commit $version" >&2; exit 1; }
git -C "$folder" ${checkout} --detach "$version" || exit`
}

function byName(checkout: readonly string[], repository: string): Command {
  return sh`refs=$(git ls-remote -- ${repository} "refs/tags/$version" "refs/heads/$version") || exit
case $refs in
  *refs/tags/*)
    fetch --no-tags "+refs/tags/$version:refs/tags/$version" && git -C "$folder" ${checkout} --detach "refs/tags/$version" || exit ;;
  *refs/heads/*)
    git -C "$folder" update-ref -d "refs/tags/$version" || exit
    fetch "+refs/heads/$version:refs/remotes/origin/$version" &&
    git -C "$folder" ${checkout} -B "$version" --track "refs/remotes/origin/$version" || exit ;;
  *) echo "the repository has no branch or tag $version" >&2; exit 1 ;;
esac`
}
