import { Hono } from 'hono'
import { z } from 'zod'
import { listModules, modules, switchModule } from '../desk/modules'
import { actor } from './caller'
import { answers, body, may, type Door } from './declare'
import { Bool } from './wire'

const ModuleIn = z.object({
  name: z.enum(modules, { error: 'there is no such module' }),
  enabled: Bool,
})
const ModuleOut = z.object({ name: z.enum(modules), enabled: z.boolean() }).meta({ id: 'Module' })

/** Configuration, Modules: the parts of the product that are switched on per instance (G16). */
export const module = new Hono<Door>()
  .get('/', may(['agent'], 'Lists the modules'), answers(200, z.array(ModuleOut)), async (c) =>
    c.json(await listModules(c.var.db)),
  )
  .post(
    '/',
    may(['admin'], 'Switches a module on or off'),
    body(ModuleIn),
    answers(201, ModuleOut),
    async (c) => {
      const { name, enabled } = c.req.valid('json')
      return c.json(await switchModule(c.var.db, name, enabled, actor(c)), 201)
    },
  )
