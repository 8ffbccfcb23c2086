import { sql } from 'drizzle-orm'
import { connection } from '../../db/schema'

/**
 * What a customer's or supplier's own row shows of its connection: the API Access tab at a glance. No secret is among it. The columns are
 * named apart from those of the profile they are joined to.
 */
export const profileConnection = {
  connectionId: sql<number | null>`${connection.id}`.as('connection_id'),
  connectionState: sql<(typeof connection.$inferSelect)['state'] | null>`${connection.state}`.as(
    'connection_state',
  ),
  allowAccess: sql<number | null>`${connection.allowAccess}`.as('allow_access'),
  issuedClientId: sql<string | null>`${connection.issuedClientId}`.as('issued_client_id'),
  partnerAuthUrl: connection.partnerAuthUrl,
  partnerResourceUrl: connection.partnerResourceUrl,
  partnerTenantId: connection.partnerTenantId,
  partnerClientId: connection.partnerClientId,
  verifiedAt: connection.verifiedAt,
  defaultStatusId: connection.defaultStatusId,
  defaultActionTypeId: connection.defaultActionTypeId,
  defaultTicketTypeId: connection.defaultTicketTypeId,
  syncAttachments: sql<number | null>`${connection.syncAttachments}`.as('sync_attachments'),
}

export interface ProfileConnection {
  connectionId: number | null
  connectionState: (typeof connection.$inferSelect)['state'] | null
  allowAccess: number | null
  issuedClientId: string | null
  partnerAuthUrl: string | null
  partnerResourceUrl: string | null
  partnerTenantId: string | null
  partnerClientId: string | null
  verifiedAt: number | null
  defaultStatusId: number | null
  defaultActionTypeId: number | null
  defaultTicketTypeId: number | null
  syncAttachments: number | null
}
