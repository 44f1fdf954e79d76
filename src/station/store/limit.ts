import type { ReadHandle, WriteHandle } from './handles.ts'

/** SQLite's own bound, where no limit is set (https://www.sqlite.org/limits.html, 13). */
const mostPages = 4_294_967_294

/** The most bytes that the database file may grow to; null: as the disk has. A larger file keeps its size. */
export function limitStore({ database }: WriteHandle, bytes: number | null): void {
  const pages = bytes === null ? mostPages : Math.floor(bytes / pageBytes({ database }))
  database.pragma(`max_page_count = ${pages}`)
}

/** Bytes of the database that hold something: what was deleted is free for what comes. */
export function usedBytes({ database }: Pick<ReadHandle, 'database'>): number {
  const [pages, free] = ['page_count', 'freelist_count'].map((name) =>
    Number(database.pragma(name, { simple: true })),
  )
  return ((pages ?? 0) - (free ?? 0)) * pageBytes({ database })
}

function pageBytes({ database }: Pick<ReadHandle, 'database'>): number {
  return Number(database.pragma('page_size', { simple: true }))
}
