import { Hono } from 'hono'
import { z } from 'zod'
import {
  listActionTypes,
  readActionType,
  type ActionType,
  type FormField,
} from '../desk/actionTypes'
import { answers, may, query, type Door } from './declare'
import { haloType } from './fieldinfo'
import { given, Id, pathId, QueryBool } from './wire'

const OutcomeQuery = z.object({
  tickettype_id: Id.optional(),
  workflow_id: Id.optional(),
  workflow_step: Id.optional(),
  showhidden: QueryBool.optional(),
})

/** A field's value as it is stored. */
const Default = z.union([z.string(), z.number(), z.boolean(), z.array(z.number()), z.null()])

const FormFieldOut = z.object({
  id: z.int(),
  fieldid: z.int(),
  seq: z.int(),
  name: z.string(),
  label: z.string(),
  hint: z.string(),
  type: z.int(),
  inputtype: z.int(),
  builtin: z.string().nullable(),
  mandatory: z.boolean(),
  readonly: z.boolean(),
  visible: z.literal(true),
  technew: z.int(),
  default: Default,
  options: z.array(z.object({ id: z.int(), name: z.string() })),
})

const OutcomeOut = z
  .object({
    id: z.int(),
    outcome: z.string(),
    buttonname: z.string(),
    labellong: z.string(),
    colour: z.string(),
    icon: z.string(),
    sequence: z.int(),
    hidden: z.boolean(),
    systemid: z.string(),
    respondtype: z.literal(0),
    sendemail: z.int(),
    newstatus: z.int().nullable(),
    emailtemplate_id: z.int().nullable(),
    emailtemplate_name: z.string(),
    hidefromuser: z.boolean(),
    default_send_to_halo: z.boolean(),
    email_on_connection: z.boolean(),
    default_note: z.literal(''),
    ai_operation: z.int(),
    ai_prompt: z.string(),
    fields: z.array(FormFieldOut),
  })
  .meta({ id: 'Outcome' })

const formFieldOut = (row: FormField): z.infer<typeof FormFieldOut> => ({
  id: row.id,
  fieldid: row.id,
  seq: row.order,
  name: row.name,
  label: row.label,
  hint: row.hint ?? '',
  ...haloType(row.type),
  builtin: row.builtin,
  mandatory: row.required,
  readonly: row.readOnly,
  visible: true,
  technew: row.required ? 2 : 1,
  default: Default.parse(JSON.parse(row.defaultValue ?? 'null')),
  options: row.options,
})

/** `systemid` is the system use by its name, `newstatus` null where the status stays. */
const outcomeOut = (row: ActionType): z.infer<typeof OutcomeOut> => ({
  id: row.id,
  outcome: row.name,
  buttonname: row.button,
  labellong: row.button,
  colour: row.colour ?? '',
  icon: row.icon ?? '',
  sequence: row.sequence,
  hidden: row.inactive || row.systemUse === 'logged' || row.systemUse === 'changed',
  systemid: row.systemUse,
  respondtype: 0,
  sendemail: row.sendEmail ? 1 : 0,
  newstatus: row.statusAfterId,
  emailtemplate_id: row.emailTemplateId,
  emailtemplate_name: row.emailTemplateName ?? '',
  hidefromuser: row.hideFromUser,
  default_send_to_halo: row.sendToConnected,
  email_on_connection: row.emailOnConnection,
  default_note: '',
  ai_operation: row.aiOn ? 1 : 0,
  ai_prompt: row.aiPrompt ?? '',
  fields: row.form.map(formFieldOut),
})

/** Action types, which Halo's API calls outcomes, each with the form that its button opens. */
export const outcome = new Hono<Door>()
  .get(
    '/',
    may(['agent'], 'Lists action types'),
    query(OutcomeQuery),
    answers(200, z.array(OutcomeOut)),
    async (c) => {
      const { tickettype_id, workflow_id, workflow_step, showhidden } = c.req.valid('query')
      const filter = given({
        ticketTypeId: tickettype_id,
        workflowId: workflow_id,
        stepId: workflow_step,
      })
      return c.json(
        (await listActionTypes(c.var.db, { ...filter, withHidden: showhidden ?? false })).map(
          outcomeOut,
        ),
      )
    },
  )
  .get(
    '/:id',
    may(['agent'], 'Shows an action type with its form'),
    answers(200, OutcomeOut),
    async (c) => c.json(outcomeOut(await readActionType(c.var.db, pathId(c)))),
  )
