import { and, asc, eq, getTableColumns, inArray, notInArray, sql, type SQL } from 'drizzle-orm'
import {
  actionType,
  actionTypeField,
  emailTemplate,
  field,
  stepAction,
  ticketType,
} from '../../db/schema'
import { found, type Db } from '../platform/database'
import { optionsOf, optionsQuery, type Field } from './fields'

export type FormField = Field & {
  actionTypeId: number
  order: number
  required: boolean
  readOnly: boolean
  defaultValue: string | null
}
export type ActionType = Awaited<ReturnType<typeof typesQuery>>[number] & { form: FormField[] }

export interface ActionTypeFilter {
  ticketTypeId?: number
  workflowId?: number
  stepId?: number
  /** Those switched off too, and those that the desk itself makes. */
  withHidden: boolean
}

const typesQuery = ({ orm, t }: Db, which: SQL | undefined) =>
  orm
    .select({
      ...getTableColumns(actionType),
      emailTemplateName: sql<string | null>`${emailTemplate.name}`.as('email_template_name'),
    })
    .from(actionType)
    // A join and no subquery: alone in its select, drizzle names a column without its table, and \`t\` would mean the inner one (T2).
    .leftJoin(
      emailTemplate,
      and(eq(emailTemplate.t, actionType.t), eq(emailTemplate.id, actionType.emailTemplateId)),
    )
    .where(and(eq(actionType.t, t), which))
    .orderBy(asc(actionType.sequence), asc(actionType.id))

const formsQuery = ({ orm, t }: Db, which?: SQL) =>
  orm
    .select({
      ...getTableColumns(field),
      actionTypeId: actionTypeField.actionTypeId,
      order: actionTypeField.sequence,
      required: actionTypeField.required,
      readOnly: actionTypeField.readOnly,
      defaultValue: actionTypeField.defaultValue,
    })
    .from(actionTypeField)
    .innerJoin(field, and(eq(field.t, actionTypeField.t), eq(field.id, actionTypeField.fieldId)))
    .where(and(eq(actionTypeField.t, t), eq(field.inactive, false), which))
    .orderBy(asc(actionTypeField.actionTypeId), asc(actionTypeField.sequence))

/** Made by the desk, never by a person: they are in no list of buttons. */
const OWN_USES: ('logged' | 'changed')[] = ['logged', 'changed']

function whereOf(
  { orm, t }: Db,
  { ticketTypeId, workflowId, stepId, withHidden }: ActionTypeFilter,
): SQL | undefined {
  const ofType =
    ticketTypeId === undefined
      ? undefined
      : orm
          .select({ id: ticketType.workflowId })
          .from(ticketType)
          .where(and(eq(ticketType.t, t), eq(ticketType.id, ticketTypeId)))
  const onSteps = and(
    eq(stepAction.t, t),
    workflowId === undefined ? undefined : eq(stepAction.workflowId, workflowId),
    ofType && inArray(stepAction.workflowId, ofType),
    stepId === undefined ? undefined : eq(stepAction.stepId, stepId),
  )
  const bound = ticketTypeId !== undefined || workflowId !== undefined || stepId !== undefined
  return and(
    withHidden
      ? undefined
      : and(eq(actionType.inactive, false), notInArray(actionType.systemUse, OWN_USES)),
    bound
      ? inArray(
          actionType.id,
          orm.select({ id: stepAction.actionTypeId }).from(stepAction).where(onSteps),
        )
      : undefined,
  )
}

/** The action types with their forms, in the order of the buttons. */
export async function listActionTypes(db: Db, filter: ActionTypeFilter): Promise<ActionType[]> {
  const [types, forms, options] = await db.orm.batch([
    typesQuery(db, whereOf(db, filter)),
    formsQuery(db),
    optionsQuery(db),
  ])
  return types.map((row) => ({
    ...row,
    form: forms
      .filter(({ actionTypeId }) => actionTypeId === row.id)
      .map((one) => ({ ...one, options: optionsOf(options, one.id) })),
  }))
}

/** One action type with its form. Throws NOT_FOUND. */
export async function readActionType(db: Db, id: number): Promise<ActionType> {
  const [[row], form, options] = await db.orm.batch([
    typesQuery(db, eq(actionType.id, id)),
    formsQuery(db, eq(actionTypeField.actionTypeId, id)),
    optionsQuery(db),
  ])
  return {
    ...found(row),
    form: form.map((one) => ({ ...one, options: optionsOf(options, one.id) })),
  }
}
