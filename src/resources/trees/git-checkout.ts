/** The command that clones, or fetches, and checks out a version. */

import { type Command, sh } from '../../shell/command.ts'
import { stagedPath } from '../files/write-file.ts'
import { moveMark } from './git-folder.query.ts'

/** What is to be checked out. */
export interface Checkout {
  readonly repository: string
  readonly path: string
  readonly version: string
  readonly isCommit: boolean
  readonly depth?: number | undefined
  readonly discardChanges: boolean
  /** Whether there is a checkout already. */
  readonly isThere: boolean
}

/**
 * Checks it out. A new clone is made beside its place, so that half of one is never seen. One that is there is marked while
 * it is moved, so that the next run can tell a move that was cut off from the work of a person.
 */
export function checkOut({ repository, path, version, isCommit, depth, discardChanges, isThere }: Checkout): Command {
  const shallow = depth === undefined ? [] : [`--depth=${depth}`]
  const begin = isThere
    ? sh`folder=$path
dir=$(git -C "$folder" rev-parse --absolute-git-dir) || exit
mark=$dir/${moveMark}
${unlocked}
${repaired(discardChanges)}
git -C "$folder" remote set-url origin ${repository} 2>/dev/null || git -C "$folder" remote add origin ${repository} || exit
${discardChanges ? sh`:` : refuseToDrop}`
    : sh`folder=${stagedPath(path)}
trap 'rm -rf -- "$folder"' EXIT
rm -rf -- "$folder" && git init -q -- "$folder" && git -C "$folder" remote add origin ${repository} || exit`
  // All is on the disk before the mark goes, and before a new clone gets its name.
  return sh`(
GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND="\${GIT_SSH_COMMAND:-ssh -o BatchMode=yes}" GIT_CEILING_DIRECTORIES=${path.replace(/\/[^/]*$/, '') || '/'}
export GIT_TERMINAL_PROMPT GIT_SSH_COMMAND GIT_CEILING_DIRECTORIES
umask 022
path=${path} version=${version} forced=${discardChanges ? '--force' : ''} mark=
safely() { git -C "$folder" -c core.fsync=all -c fetch.unpackLimit=1 -c advice.detachedHead=false "$@"; }
fetch() { safely fetch -q --force ${shallow} origin "$@"; }
${moving}
${begin}
${isCommit ? byCommit : byName(repository)}
sync -f -- "$folder" || exit
${isThere ? sh`rm -f -- "$mark"` : sh`{ [ ! -e "$path" ] || rmdir -- "$path"; } && mv -T -- "$folder" "$path"`}
)`
}

// A refusal of git changes nothing; what fails midway leaves the mark.
const moving = sh`move() {
  if [ "$mark" ]; then : >"$mark" && sync -- "$mark" || return; fi
  if safely checkout -q $forced "$@"; then safely update-ref refs/foobar-deploy/head HEAD; return; fi
  if [ "$mark" ] && safely update-index -q --refresh && safely diff-index --quiet HEAD --; then rm -f -- "$mark"; fi
  return 1
}`

// Whatever git is at work in a folder has it as its working directory.
const unlocked = sh`if [ "$(find "$dir" -name '*.lock' -type f -print | head -n 1)" ]; then
  here=$(cd -P -- "$folder" && pwd -P)
  for process in /proc/[0-9]*; do
    read -r program 2>/dev/null <"$process/comm" || continue
    case $program in git*) ;; *) continue ;; esac
    at=$(readlink -- "$process/cwd") || at=$here
    case $at/ in
      "$here"/*) echo "git is at work in $folder (process \${process#/proc/}); run again when it has ended" >&2; exit 1 ;;
    esac
  done
  echo 'A git that was cut off left locks; they are removed'
  find "$dir" -name '*.lock' -type f -delete || exit
fi`

// Files of the version before and of the one after are mixed, and may be cut: a copy of all is kept, should a person have
// worked on them since. The index goes, because it may call files whole that are not.
function repaired(force: boolean): Command {
  const lost = force
    ? sh`:`
    : sh`{ echo "A move to another version was cut off in $folder, and what it left cannot be kept: write discardChanges: true to drop it" >&2; exit 1; }`
  return sh`keep() {
  export GIT_INDEX_FILE="$dir/foobar-deploy-index"
  rm -f -- "$GIT_INDEX_FILE"
  safely read-tree HEAD && safely add -u && tree=$(safely write-tree) || return
  [ "$tree" != "$(safely rev-parse 'HEAD^{tree}')" ] || return 0
  commit=$(safely -c user.name=foobar-deploy -c user.email=foobar-deploy@localhost commit-tree -p HEAD -m 'what a move that was cut off left' "$tree") &&
  kept=refs/foobar-deploy/kept-$(date -u +%Y%m%dT%H%M%SZ) && safely update-ref "$kept" "$commit" &&
  echo "What a move that was cut off left in $folder is kept as $kept"
}
if [ -e "$mark" ]; then
  forced=--force
  ( keep ) || ${lost}
  rm -f -- "$dir/foobar-deploy-index" "$dir/index" && safely reset -q --hard HEAD || exit
fi`
}

// Commits that were made here, and that nothing else would hold any more.
const refuseToDrop = sh`own() { git -C "$folder" rev-list --oneline --max-count=5 "$1" --not --remotes --tags --glob='refs/foobar-deploy/*' --exclude="$version" --branches; }
has_ref() { git -C "$folder" rev-parse -q --verify "$1" >/dev/null; }
dropped=
if has_ref "refs/heads/$version"; then dropped=$(own "refs/heads/$version") || exit; fi
if ! git -C "$folder" symbolic-ref -q HEAD >/dev/null && has_ref refs/foobar-deploy/head; then dropped="$dropped$(own HEAD)" || exit; fi
if [ "$dropped" ]; then
  echo "$folder has commits that are in no repository and would be dropped: push them, or write discardChanges: true" >&2
  printf '%s\n' "$dropped" >&2
  exit 1
fi`

/** A commit is fetched by its name, where the server lets it; else with everything. */
const byCommit = sh`has() { git -C "$folder" cat-file -e "$version^{commit}" 2>/dev/null; }
has || fetch "$version" 2>/dev/null || safely fetch -q --force --tags origin '+refs/heads/*:refs/remotes/origin/*' || exit
has || { echo "the repository has no commit $version" >&2; exit 1; }
move --detach "$version" || exit`

function byName(repository: string): Command {
  return sh`refs=$(git ls-remote -- ${repository} "refs/tags/$version" "refs/heads/$version") || exit
case $refs in
  *refs/tags/*)
    fetch --no-tags "+refs/tags/$version:refs/tags/$version" && move --detach "refs/tags/$version" || exit ;;
  *refs/heads/*)
    git -C "$folder" update-ref -d "refs/tags/$version" || exit
    fetch "+refs/heads/$version:refs/remotes/origin/$version" &&
    move -B "$version" --track "refs/remotes/origin/$version" || exit ;;
  *) echo "the repository has no branch or tag $version" >&2; exit 1 ;;
esac`
}
