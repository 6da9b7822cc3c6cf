/** Asks what is at paths: one `stat` for all of them, one `sha256sum` for all files whose content matters. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import { absentFunction } from './absence.ts'
import { type FileStatus, type FileStatusOperand, fileStatusAnswers, statFormat } from './file-status-answer.ts'

export type { FileStatus, FileStatusOperand, PresentFile } from './file-status-answer.ts'

export const fileStatusQuery: QueryKind<FileStatusOperand, FileStatus> = {
  name: 'file-status',
  key: ({ path, checksum, follow }) => `${checksum ? 'c' : ''}${follow ? 'f' : ''} ${path}`,
  script: (operands) => {
    const { ordered, checksums, followsFrom, followsTo } = arrange(operands)
    return `LC_ALL=C; export LC_ALL
${absentFunction}
set -- ${ordered.map(({ path }) => quote(path)).join(' ')}
f=${statFormat} i=0 r= c= l= m=
for p do
  i=$((i+1)) s=e
  if [ -L "$p" ]; then
    s=l m="$m \\"\\\${$i}\\""
    if [ $i -gt ${followsFrom} ] && [ $i -le ${followsTo} ]; then
      l="$l \\"\\\${$i}\\""
      if [ $i -le ${checksums} ] && [ -f "$p" ] && [ -r "$p" ]; then c="$c \\"\\\${$i}\\""; fi
    fi
  elif [ -e "$p" ]; then
    if [ $i -le ${checksums} ] && [ -f "$p" ] && [ -r "$p" ]; then c="$c \\"\\\${$i}\\""; fi
  else
    absent "$p"
  fi
  r=$r$s
done
printf '%s\\0' "$r"
case $r in *[el]*) stat --printf="$f" -- "$@" 2>/dev/null;; esac
printf '\\0'
if [ -n "$l" ]; then eval "stat -L --printf=\\"\\$f\\" -- $l" 2>/dev/null; fi
printf '\\0'
if [ -n "$m" ]; then eval "readlink -z -- $m"; fi
if [ -n "$l" ]; then eval "readlink -mz -- $l"; fi
printf '\\0'
if [ -n "$c" ]; then eval "sha256sum -z -- $c"; fi
:`
  },
  parse: (output, operands) => {
    const { ordered } = arrange(operands)
    const answers = new Map(fileStatusAnswers(output, ordered).map((answer, index) => [ordered[index], answer]))
    return operands.map((operand) => answers.get(operand) as FileStatus)
  },
}

/** What lies at a path. */
export const fileStatus = defineQuery(fileStatusQuery)

/** The operands so that each wish is a range of positions: checksum, checksum and follow, follow, neither. */
function arrange(operands: readonly FileStatusOperand[]) {
  const group = (checksum: boolean, follow: boolean) =>
    operands.filter((operand) => (operand.checksum ?? false) === checksum && (operand.follow ?? false) === follow)
  const [plain, both, follows, neither] = [
    group(true, false),
    group(true, true),
    group(false, true),
    group(false, false),
  ]
  const checksums = plain.length + both.length
  return {
    ordered: [...plain, ...both, ...follows, ...neither],
    checksums,
    followsFrom: plain.length,
    followsTo: checksums + follows.length,
  }
}
