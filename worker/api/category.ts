import { Hono } from 'hono'
import { z } from 'zod'
import { listCategories, readCategory, type Category } from '../desk/classification'
import { answers, may, query, type Door } from './declare'
import { pathId } from './wire'

const CategoryOut = z
  .object({
    id: z.int(),
    value: z.string(),
    category_name: z.string(),
    parent_id: z.int(),
    type_id: z.literal(1),
    sla_id: z.literal(0),
    priority_id: z.literal(0),
    category_group_id: z.literal(0),
    itilrequesttype: z.literal(0),
    inactive: z.boolean(),
  })
  .meta({ id: 'Category' })

const categoryOut = (row: Category): z.infer<typeof CategoryOut> => ({
  id: row.id,
  value: row.path,
  category_name: row.name,
  parent_id: row.parentId ?? 0,
  type_id: 1,
  sla_id: 0,
  priority_id: 0,
  category_group_id: 0,
  itilrequesttype: 0,
  inactive: row.inactive,
})

/** Categories; `value` is the whole path, levels joined by `>`. Halo has four kinds, this desk the first of them. */
export const category = new Hono<Door>()
  .get(
    '/',
    may(['agent'], 'Lists categories'),
    query(z.object({ type_id: z.string().optional() })),
    answers(200, z.array(CategoryOut)),
    async (c) => {
      const { type_id } = c.req.valid('query')
      const rows = await listCategories(c.var.db)
      return c.json(type_id === undefined || Number(type_id) === 1 ? rows.map(categoryOut) : [])
    },
  )
  .get('/:id', may(['agent'], 'Shows a category'), answers(200, CategoryOut), async (c) =>
    c.json(categoryOut(await readCategory(c.var.db, pathId(c)))),
  )
