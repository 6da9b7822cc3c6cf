/** Paths that a task writes to, so that root can be kept out of folders that other users control. */

/** A path that is written, moved, unpacked, linked, given away or removed. */
export interface PathUse {
  readonly path: string
  /** A symbolic link at the path is followed. */
  readonly follow?: boolean | undefined
  /** The path is a folder, and the task writes to names in it. */
  readonly isEntered?: boolean | undefined
  /** It is removed, whatever it is. */
  readonly isRemoved?: boolean | undefined
  /** Its group and mode let others than the owner write to it. */
  readonly isOpened?: boolean | undefined
  /** The user it is given to; undefined where it keeps its owner, or stays with the user of the task. */
  readonly owner?: string | undefined
  /** The group it is given to. */
  readonly group?: string | undefined
}

/** Whether what is given to `owner` stays with root. */
export function staysRoots(owner: string | undefined): boolean {
  return owner === undefined || owner === 'root' || owner === '0'
}
