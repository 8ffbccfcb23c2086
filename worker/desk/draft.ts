/** Where an action is to go: `yes` is the direction that the ticket's links give (design.md §14). */
export type SendTo = 'none' | 'yes' | 'supplier' | 'customer'

export type Author =
  | { kind: 'agent' | 'app'; agentId: number; admin: boolean; actor: string }
  | { kind: 'user'; personId: number; customerId: number; actor: string }

/** A new value for something of the ticket. Ids are resolved and checked by `decide`; null empties. */
export interface Changes {
  summary?: string
  statusId?: number
  priorityId?: number
  categoryId?: number | null
  categoryPath?: string
  agentId?: number | null
  teamId?: number | null
  teamName?: string
  typeId?: number
  customerId?: number
  siteId?: number
  personId?: number
  startDate?: string | null
  targetDate?: string | null
  customerRef?: string | null
  fields?: FieldEntry[]
}

/** A value for an own field, by id or by name; still as it came. */
export interface FieldEntry {
  id?: number
  name?: string
  value: unknown
}

/** An action somebody wants to save. Everything in it is still a wish: `decide` says what becomes of it. */
export interface Draft {
  ticketId: number
  /** The action type, by number or by name without case. A plain edit has neither. */
  typeId?: number
  typeName?: string
  /** A field edited on the ticket itself: needs no step, is never sent (G46). */
  plainEdit?: boolean
  noteHtml: string
  hidden?: boolean
  sendTo?: SendTo
  connectionIds?: number[]
  supplierId?: number
  supplierRef?: string
  emailTemplateId?: number
  files: number[]
  changes: Changes
}
