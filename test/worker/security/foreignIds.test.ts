import { and, eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { emailTemplate } from '../../../db/schema'
import { pair, type TestDesk } from '../pair'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

test('T2: an action type names its own desk\u2019s email template, not the one of that number elsewhere', async () => {
  await acme.db.orm
    .update(emailTemplate)
    .set({ name: 'CANARY of Acme' })
    .where(and(eq(emailTemplate.t, acme.t), eq(emailTemplate.id, 35)))
  const path = `outcome/${skyline.outcome('Log to supplier')}`
  expect(JSON.stringify(await skyline.admin.get(path))).not.toContain('CANARY')
  expect(JSON.stringify(await skyline.admin.get('outcome'))).not.toContain('CANARY')
})
