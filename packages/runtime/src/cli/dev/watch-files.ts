/** Watches the folders of the files that matter. Folders, since editors replace a file rather than write to it. */
import { existsSync, statSync, watch, type FSWatcher } from 'node:fs'
import { dirname, join, sep } from 'node:path'

export interface Watched {
  /** Absolute paths. */
  readonly files: Iterable<string>
  /** Takes any file of code in these folders for one that matters: what was missing may appear. */
  readonly loose: boolean
}

export interface FileWatcher {
  set(watched: Watched): void
  close(): void
}

/** A save is often several events; an editor that writes in two steps is done by then. */
const quietMs = 8
const longestMs = 60

const code = /\.([cm]?[jt]sx?|json)$/

/**
 * @param root folders up to this one are watched too, since a folder that is replaced is not seen from inside
 * @param onChange gets the paths that changed
 */
export function watchFiles(root: string, onChange: (paths: readonly string[]) => void): FileWatcher {
  const watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>()
  let files: ReadonlySet<string> = new Set()
  let folders: ReadonlySet<string> = new Set()
  let loose = false
  const changed = new Set<string>()
  let firstAtMs = 0
  let timer: NodeJS.Timeout | undefined

  function note(path: string): void {
    if (!matters(path)) return
    if (changed.size === 0) firstAtMs = performance.now()
    changed.add(path)
    clearTimeout(timer)
    timer = setTimeout(flush, Math.min(quietMs, Math.max(0, firstAtMs + longestMs - performance.now())))
  }

  const matters = (path: string) => files.has(path) || folders.has(path) || (loose && code.test(path))

  function flush(): void {
    const paths = [...changed]
    changed.clear()
    rewatch()
    onChange(paths)
  }

  /** Watches what is there now: a folder may have been replaced by another one of its name. */
  function rewatch(): void {
    for (const [folder, { watcher, inode }] of watchers)
      if (!folders.has(folder) || inodeOf(folder) !== inode) {
        watcher.close()
        watchers.delete(folder)
      }
    for (const folder of folders) if (!watchers.has(folder)) begin(folder)
  }

  function begin(folder: string): void {
    const inode = inodeOf(folder)
    if (inode === undefined) return
    try {
      const watcher = watch(folder, (_, name) => note(name === null ? folder : join(folder, name)))
      watcher.on('error', () => note(folder))
      watchers.set(folder, { watcher, inode })
    } catch {
      // It went away in between; the folder above says when it is back.
    }
  }

  return {
    set(watched) {
      files = new Set(watched.files)
      loose = watched.loose
      folders = new Set([...files].flatMap((file) => foldersOf(file, root)))
      rewatch()
    },
    close() {
      clearTimeout(timer)
      for (const { watcher } of watchers.values()) watcher.close()
      watchers.clear()
    },
  }
}

/** Its folder and those above it, up to the root. */
function foldersOf(file: string, root: string): string[] {
  const folder = nearestFolder(dirname(file))
  if (!folder.startsWith(root + sep)) return [folder]
  return [folder, ...foldersOf(folder, root)]
}

const nearestFolder = (folder: string): string =>
  existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder))

const inodeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino
