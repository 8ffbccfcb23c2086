/** Answers of the API as the screens read them, until the routes export their types. */

export type SyncState =
  | 'pending'
  | 'synced'
  | 'failed'
  | 'skipped'
  | 'parked'
  | 'unknown'
  | 'withdrawn'
  | 'dead'

export type Delivery = {
  id: string
  connection_id: number
  direction: 'out' | 'in'
  state: SyncState
  url: string | null
  endpoint: string | null
  remote_id: number | null
  remote_ticket_id: number | null
  partner: string
  error: string | null
  reason: string | null
  fix: string | null
  fix_url?: string | null
  attempts: number
  next_attempt_at: string | null
  at: string | null
}

export type Link = {
  connection_id: number
  kind: 'supplier' | 'customer'
  partner: string
  remote_ticket_id: number | null
  remote_url: string | null
  state: string
}

export type CustomField = {
  id: number
  name: string
  label: string
  type: number
  value: unknown
  display: string
}

export type TicketRow = {
  id: number
  summary: string
  status_id: number
  status_name?: string
  priority_id: number | null
  priority?: { priorityid: number; name: string; colour: string } | null
  agent_id: number
  agent_name?: string
  team: string
  client_id: number
  client_name: string
  user_id: number | null
  user_name: string
  dateoccurred: string
  lastactiondate: string
  hasbeenclosed?: boolean
  sync: SyncState | null
  links: Link[]
}

export type Ticket = TicketRow & {
  details_html: string
  tickettype_id: number
  tickettype_name?: string
  category_1: string
  categoryid_1?: number | null
  supplier_id: number | null
  supplier_ref: string | null
  allowed_actions: number[]
  default_send_to?: SendTo
  customfields: CustomField[]
}

export type SendTo = 'none' | 'supplier' | 'customer'

export type TicketPage = {
  record_count: number
  page_no: number
  page_size: number
  has_more?: boolean
  tickets: TicketRow[]
}

export type FileInfo = {
  id: number
  filename: string
  filesize: number
  content_type: string
  isimage: boolean
  url: string
}

export type Action = {
  id: number
  outcome: string
  outcome_id: number | null
  who: string
  who_type: number
  partner: string | null
  datetime: string
  note_html: string
  hiddenfromuser: boolean
  emailto: string | null
  emailfrom: string | null
  emailsubject: string | null
  email_html: string | null
  email_state: string | null
  attachments: FileInfo[]
  sync: Delivery | null
  deliveries: Delivery[]
}

export type ActionList = { record_count: number; actions: Action[] }

export type ActionField = {
  fieldid: number
  name: string
  label: string
  type: number
  inputtype?: number
  mandatory: boolean
  visible: boolean
  readonly: boolean
  hint: string
  default: unknown
  options: { id: number; name: string }[]
  builtin: string | null
}

export type Outcome = {
  id: number
  outcome: string
  buttonname: string
  colour: string
  systemid: 'none' | 'log_to_supplier'
  sendemail: boolean | number
  hidefromuser: boolean
  newstatus: number | null
  default_send_to_halo: boolean
  default_note: string
  emailtemplate_id: number | null
  fields: ActionField[]
}

export type Named = { id: number; name: string }
export type Status = Named & { type: number; colour: string; inactive: boolean }
export type Priority = { priorityid: number; name: string; colour: string }
export type Category = { id: number; value: string; inactive: boolean }
export type Agent = Named & { email: string; isdisabled: boolean; isapiagent: boolean }
export type TicketType = Named & {
  agentscanselect: boolean
  enduserscanselect: boolean
  description?: string
}
export type Team = Named & { inactive: boolean }
export type Customer = Named & { inactive: boolean }
export type User = Named & {
  emailaddress: string
  client_id: number
  client_name: string
  inactive: boolean
}
export type Supplier = Named & {
  thirdpartynhdapiurl: string
  connection_state: string | null
}
export type EmailTemplate = Named

export type Mapping = {
  kind: 'status' | 'priority' | 'category' | 'field' | 'outcome' | 'tickettype'
  remote_id: string
  remote_name: string
  local_id: number
  local_name: string | null
}

export type Connection = {
  id: number
  kind: 'customer' | 'supplier'
  name: string
  client_id: number | null
  supplier_id: number | null
  allow_access: boolean
  issued: {
    client_id: string
    client_secret?: string
    auth_url: string
    resource_url: string
    tenant_id: string
  }
  partner: { auth_url: string; resource_url: string; tenant_id: string; client_id: string }
  state: 'setup' | 'live' | 'paused' | 'broken' | 'ended'
  verified_at: string | null
  health: string
  fix: string | null
  waiting: number
  sync_attachments: boolean
  mappings: Mapping[]
}

export type LogLine = {
  id: string
  at: string
  ticket_id: number | null
  action_id: number | null
  direction: 'out' | 'in'
  outcome: string | null
  state: SyncState
  status: number | null
  ms: number | null
  attempts: number
  error: string | null
  reason: string | null
  fix: string | null
}

export type Mail = {
  id: string
  to: string
  from: string
  subject: string
  html: string
  text: string
  state: string
  at: string
  ticket_id: number | null
  action_id: number | null
  error: string | null
}

export type Me = {
  kind: 'agent' | 'user'
  id: number
  name: string
  email?: string
  role?: 'agent' | 'admin'
  instance?: { name: string; slug: string }
}
