import type { InferResponseType } from 'hono/client'
import type { api, auth } from './client'

// Names for what the API answers, so that a screen can say "Action". The shapes are the routes' own.

type Api = ReturnType<typeof api>
type Answer<Call> = InferResponseType<Call, 200>

/** Somebody who is signed in. */
export type Me = Answer<ReturnType<typeof auth>['session']['$post']>
export type Instance = Answer<Api['instanceinfo']['$get']>

export type ActionList = Answer<Api['actions']['$get']>
export type Action = ActionList['actions'][number]
export type Delivery = Action['deliveries'][number]
export type SyncState = Delivery['state']
export type FileInfo = Action['attachments'][number]

export type Outcome = Answer<Api['outcome']['$get']>[number]
export type ActionField = Outcome['fields'][number]
export type TicketType = Answer<Api['tickettype']['$get']>[number]
export type AgentRow = Answer<Api['agent']['$get']>[number]
export type User = Answer<Api['users']['$get']>['users'][number]

export type Connection = Answer<Api['connection']['$get']>[number]
export type Mapping = Connection['mappings'][number]
export type Mail = Answer<Api['mail']['$get']>['mails'][number]

export type TicketPage = Answer<Api['tickets']['$get']>
export type TicketRow = TicketPage['tickets'][number]
export type Ticket = Answer<Api['tickets'][':id']['$get']>
export type Link = Ticket['links'][number]
export type SendTo = Ticket['default_send_to']
