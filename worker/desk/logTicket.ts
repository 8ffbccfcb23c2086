import { and, eq } from 'drizzle-orm'
import { agent, idem, person } from '../../db/schema'
import { isKeyCollision, when, writeAndRead, type Db } from '../platform/database'
import { fault } from '../platform/fault'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { claimFiles, filesNamed, filesWanted, isFileGone } from './attachments'
import type { Author } from './draft'
import {
  newTicketId,
  newTicketQueries,
  newTicketStatements,
  planTicket,
  type NewTicket,
} from './newTicket'
import { ticketFieldsQuery, ticketQuery } from './tickets'

/**
 * Logs a ticket: one trip to read, one to write and to show the ticket as it then stands. A repeat under the same key gives the first one
 * (R1). Throws what `planTicket` refuses, IDEMPOTENCY_MISMATCH.
 */
export async function logTicket(
  db: Db,
  author: Author,
  draft: NewTicket,
  key?: { key: string; hash: string },
) {
  const { orm, t } = db
  for (let tries = 1; ; tries++) {
    const [[known], [name], files, ...rows] = await orm.batch([
      when(key !== undefined, () =>
        orm
          .select()
          .from(idem)
          .where(and(eq(idem.t, t), eq(idem.actor, author.actor), eq(idem.key, key?.key ?? ''))),
      ),
      author.kind === 'user'
        ? orm
            .select({ name: person.name })
            .from(person)
            .where(and(eq(person.t, t), eq(person.id, author.personId)))
        : orm
            .select({ name: agent.name })
            .from(agent)
            .where(and(eq(agent.t, t), eq(agent.id, author.agentId))),
      filesWanted(db, draft.files),
      ...newTicketQueries(db, draft),
    ])
    if (known) {
      if (known.requestHash !== key?.hash) throw new Problem('IDEMPOTENCY_MISMATCH')
      const [[ticket], fields] = await orm.batch([
        ticketQuery(db, known.ticketId),
        ticketFieldsQuery(db, known.ticketId),
      ])
      if (!ticket) throw new Problem('NOT_FOUND')
      return { repeat: true, ticket, fields }
    }
    const plan = planTicket(rows, draft, author.kind === 'user')
    const id = newTicketId(db)
    const by = {
      uid: seams.uid(),
      kind: author.kind,
      id: author.kind === 'user' ? author.personId : author.agentId,
      name: name?.name ?? '',
      at: seams.now(),
    }
    try {
      const [[ticket], fields] = await writeAndRead(
        db,
        [
          ...newTicketStatements(db, plan, by, seams.uid(), seams.uid()),
          ...(key
            ? [
                orm.insert(idem).values({
                  t,
                  actor: author.actor,
                  key: key.key,
                  requestHash: key.hash,
                  ticketId: id,
                  actionId: 1,
                  at: by.at,
                }),
              ]
            : []),
          ...claimFiles(db, filesNamed(files, draft.files, author.actor, null), id, 1),
        ],
        [ticketQuery(db, id), ticketFieldsQuery(db, id)],
      )
      FAULTS && (await fault('P2'))
      if (!ticket) throw new Error('The ticket just written is not there')
      return { repeat: false, ticket, fields }
    } catch (error) {
      if (!(isKeyCollision(error) || isFileGone(error)) || tries >= 5) throw error
    }
  }
}
