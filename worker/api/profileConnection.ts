import { z } from 'zod'
import type { ProfileConnection } from '../desk/profileConnection'
import { isoUtc } from './wire'

/**
 * The connection as Halo shows it on a client or supplier (halo-api.md §7, rows 1 to 4): the same store as `/connection`, where it is
 * changed. Client ids are for admins; secrets are in no answer.
 */
export const ConnectionView = {
  connection_id: z.int().nullable(),
  connection_state: z.string().nullable(),
  allow_api_access: z.boolean(),
  api_access_clientid: z.string(),
  thirdpartynhdapiurl: z.string(),
  thirdpartynhdauthurl: z.string(),
  thirdpartynhdtenant: z.string(),
  thirdpartynhdapiclientid: z.string(),
  thirdpartynhd_validated: z.boolean(),
  thirdpartynhd_validated_at: z.string().nullable(),
  thirdpartynhd_status: z.int(),
  thirdpartynhd_tickettype: z.int(),
  thirdpartynhd_outcome: z.int(),
  thirdpartynhd_attachments: z.boolean(),
}

export const connectionView = (row: ProfileConnection, forAdmin: boolean) => ({
  connection_id: row.connectionId,
  connection_state: row.connectionState,
  allow_api_access: Boolean(row.allowAccess),
  api_access_clientid: forAdmin ? (row.issuedClientId ?? '') : '',
  thirdpartynhdapiurl: row.partnerResourceUrl ?? '',
  thirdpartynhdauthurl: row.partnerAuthUrl ?? '',
  thirdpartynhdtenant: row.partnerTenantId ?? '',
  thirdpartynhdapiclientid: forAdmin ? (row.partnerClientId ?? '') : '',
  thirdpartynhd_validated: row.verifiedAt !== null,
  thirdpartynhd_validated_at: isoUtc(row.verifiedAt),
  thirdpartynhd_status: row.defaultStatusId ?? 0,
  thirdpartynhd_tickettype: row.defaultTicketTypeId ?? 0,
  thirdpartynhd_outcome: row.defaultActionTypeId ?? 0,
  thirdpartynhd_attachments: Boolean(row.syncAttachments),
})
