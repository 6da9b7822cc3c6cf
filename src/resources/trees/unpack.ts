/** The command that unpacks an archive beside its folder and switches the new folder in. */

import { type Command, sh } from '../../shell/command.ts'
import { accountOf } from '../files/file-attributes.ts'
import { stagedPath } from '../files/write-file.ts'
import { type ArchiveDesired, stampName, stampText } from './archive-schema.ts'

/** Unpacks the file `archive`, which goes. Where it fails, the folder is what it was. */
export function unpack(desired: ArchiveDesired, archive: string, sha256: string): Command {
  const { path, owner, group, creates } = desired
  const account = accountOf(owner, group)
  const brought = creates === undefined ? sh`:` : sh`brought "$new"/${creates}`
  // What is not ready lies in a folder where nobody else may look, whatever modes the archive has.
  return sh`path=${path} stage=${stagedPath(path)} archive=${archive}
new=$stage/new old=$stage/old
brought() { [ -e "$1" ] || [ -L "$1" ] || { echo "the archive has no "${creates ?? ''} >&2; false; }; }
rm -rf --one-file-system -- "$stage" && {
  [ "$(sha256sum <"$archive")" = ${`${sha256}  -`} ] || { echo 'the archive changed on its way' >&2; false; }
} && mkdir -m 0700 -- "$stage" && mkdir -m 0755 -- "$new" && ${opened(desired)} && ${brought} &&
printf %s ${stampText(desired)} >"$new"/${stampName} && chmod 0644 -- "$new"/${stampName} &&
${account === undefined ? sh`:` : sh`chown -R -h -- ${account} "$new"`} && sync -f -- "$new" && {
  if [ -e "$path" ]; then
    mv -T -- "$path" "$old" && { mv -T -- "$new" "$path" || { s=$?; mv -T -- "$old" "$path"; (exit $s); }; }
  else mv -T -- "$new" "$path"
  fi
}
s=$?
rm -rf --one-file-system -- "$stage" "$archive"
exit $s`
}

function opened({ form, stripComponents }: ArchiveDesired): Command {
  if (form !== 'zip') {
    const filter = { tar: [], 'tar.gz': ['-z'], 'tar.xz': ['-J'], 'tar.zst': ['--zstd'], 'tar.bz2': ['-j'] }[form]
    return sh`tar -x ${filter} -p --no-same-owner ${`--strip-components=${stripComponents}`} -C "$new" -f "$archive"`
  }
  // unzip cannot leave out folders: what is in the only one becomes the whole.
  const strip = sh`only=$(ls -A -- "$new") && [ -d "$new/$only" ] && [ ! -L "$new/$only" ] && [ "$only" ] &&
mv -T -- "$new/$only" "$new.in" && rmdir -- "$new" && mv -T -- "$new.in" "$new" || {
  echo 'the archive holds more than one folder, so that none can be left out' >&2; false
}`
  const strips: Command = {
    kind: 'command',
    script: Array.from({ length: stripComponents }, () => `{ ${strip.script}; }`).join(' && ') || ':',
  }
  return sh`{ umask 022; unzip -q -d "$new" -- "$archive"; } && ${strips}`
}
