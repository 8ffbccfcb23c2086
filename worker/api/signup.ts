import { Hono } from 'hono'
import { z } from 'zod'
import { STARTS } from '../../db/seed/starts'
import { refuseFloodOfAddress } from '../auth/flood'
import { refuseOtherSites, setSession } from '../auth/identify'
import { askForDesk, confirmDesk, wantedDesk } from '../auth/signUp'
import { answers, body, may, type Door } from './declare'
import { EmailNeeded } from './wire'

const Name = z
  .string()
  .trim()
  .min(1, 'say what the organisation is called')
  .max(80, 'use at most 80 characters')
const Slug = z.string().trim().toLowerCase()
const Token = z.string().min(1).max(200)

const WantedBody = z.object({
  name: Name,
  slug: Slug,
  template: z.enum(STARTS),
  email: EmailNeeded,
})
const LookBody = z.object({ token: Token })
const ConfirmBody = z.object({ token: Token, slug: Slug.optional() })

const Asked = z.object({ email: z.string() })
const Wanted = z.object({
  name: z.string(),
  slug: z.string(),
  template: z.enum(STARTS),
  email: z.string(),
})
const Made = z.object({ slug: z.string(), name: z.string() })

/** Getting a desk of one's own: ask, open the mailed link, confirm. At the bare host, for there is no instance yet. */
export const signup = new Hono<Door>()
  .use(async (c, next) => {
    refuseOtherSites(c.req.raw, false)
    refuseFloodOfAddress(c.env, c.req.raw)
    await next()
  })
  .post(
    '/',
    may(['anyone'], 'Asks for a new instance'),
    body(WantedBody),
    answers(202, Asked),
    async (c) => {
      const { name, slug, template, email } = c.req.valid('json')
      await askForDesk(c.env, c.req.raw, { name, slug, start: template, email })
      return c.json({ email }, 202)
    },
  )
  .post(
    '/look',
    may(['anyone'], 'Shows what a sign-up link stands for'),
    body(LookBody),
    answers(200, Wanted),
    async (c) => {
      const { name, slug, start, email } = await wantedDesk(c.env, c.req.valid('json').token)
      return c.json({ name, slug, template: start, email })
    },
  )
  .post(
    '/confirm',
    may(['anyone'], 'Makes the instance and signs its admin in'),
    body(ConfirmBody),
    answers(201, Made),
    async (c) => {
      const { cookie, instance } = await confirmDesk(c.env, c.req.valid('json'), { kind: 'nobody' })
      setSession(c, cookie)
      return c.json({ slug: instance.slug, name: instance.name }, 201)
    },
  )
