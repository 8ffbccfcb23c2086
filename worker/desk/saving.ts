import type { BatchItem } from 'drizzle-orm/batch'
import { or, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { idOf, type Counted } from '../platform/counter'
import { writeAndRead, type Db, type Query } from '../platform/database'
import { Problem } from '../platform/problem'
import { among } from './lists'

type Statement = BatchItem<'sqlite'>

/** How one kind of thing is saved. */
interface Kind<D, R> {
  name: Counted
  idColumn: SQLiteColumn
  /** The statements that make one; the first draws its number. */
  make: (draft: D) => Statement[]
  change: (draft: D, id: number) => Statement[]
  /** The query that shows those of the condition. */
  show: (which: SQL | undefined) => Query<R[]>
}

/** The ids among the drafts: those that change something that stands. */
export const idsOf = (drafts: { id?: number | undefined }[]): number[] => [
  ...new Set(drafts.flatMap(({ id }) => (id === undefined ? [] : [id]))),
]

/** Throws NOT_FOUND where a draft names an id that the rows do not have: unknown and foreign alike (T1). */
export function mustKnow(drafts: { id?: number | undefined }[], rows: { id: number }[]): void {
  if (idsOf(drafts).some((id) => !rows.some((row) => row.id === id))) throw new Problem('NOT_FOUND')
}

/** Makes those without id, changes the others, and reads all of them back, in one batch. The answer is in the order of the drafts. */
export async function saveAll<D extends { id?: number | undefined }, R extends { id: number }>(
  db: Db,
  drafts: D[],
  note: Statement,
  { name, idColumn, make, change, show }: Kind<D, R>,
): Promise<R[]> {
  const ids = idsOf(drafts)
  const count = drafts.filter(({ id }) => id === undefined).length
  const which = or(
    ids.length > 0 ? among(idColumn, ids) : undefined,
    count > 0 ? sql`${idColumn} > ${idOf(db, name, count)}` : undefined,
  )
  const writes = drafts.flatMap((draft) =>
    draft.id === undefined ? make(draft) : change(draft, draft.id),
  )
  const [rows] = await writeAndRead(db, [note, ...writes], [show(which)])
  const made = rows.filter(({ id }) => !ids.includes(id)).sort((a, b) => a.id - b.id)
  let nth = 0
  return drafts.flatMap(({ id }) => {
    const row = id === undefined ? made[nth++] : rows.find((one) => one.id === id)
    return row ? [row] : []
  })
}
