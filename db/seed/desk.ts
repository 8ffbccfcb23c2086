import type * as tables from '../schema'

/** What the writer of an instance adds to a row by itself. */
type Given = 't' | 'uid' | 'createdAt'
type Rows<Table extends { $inferInsert: object }> = Omit<Table['$inferInsert'], Given>[]

/** All rows a new instance begins with. The order is that of the foreign keys. */
export interface Desk {
  module: Rows<typeof tables.module>
  team: Rows<typeof tables.team>
  agent: Rows<typeof tables.agent>
  agentTeam: Rows<typeof tables.agentTeam>
  customer: Rows<typeof tables.customer>
  site: Rows<typeof tables.site>
  person: Rows<typeof tables.person>
  status: Rows<typeof tables.status>
  sla: Rows<typeof tables.sla>
  priority: Rows<typeof tables.priority>
  category: Rows<typeof tables.category>
  field: Rows<typeof tables.field>
  fieldOption: Rows<typeof tables.fieldOption>
  emailTemplate: Rows<typeof tables.emailTemplate>
  actionType: Rows<typeof tables.actionType>
  actionTypeField: Rows<typeof tables.actionTypeField>
  workflow: Rows<typeof tables.workflow>
  workflowStep: Rows<typeof tables.workflowStep>
  stepAction: Rows<typeof tables.stepAction>
  ticketType: Rows<typeof tables.ticketType>
  ticketTypeField: Rows<typeof tables.ticketTypeField>
  lookup: Rows<typeof tables.lookup>
  apiApp: Rows<typeof tables.apiApp>
}

/** An action type as one thing: its settings, its form, and where the standard workflow allows it. */
export type ActionTypeSeed = Omit<Desk['actionType'][number], 'button' | 'sequence'> & {
  /** Field names in order; one with `!` must be filled. */
  form: string[]
  /** The steps that allow it, and the step the ticket is in afterwards (null: the same). */
  on: readonly (readonly [step: number, next: number | null])[]
}

/** The rows of action types. Button and timeline use one name, so that people and programs call an action the same. */
export function actionTypeRows(
  seeds: ActionTypeSeed[],
  fields: Desk['field'],
  workflowId: number,
): Pick<Desk, 'actionType' | 'actionTypeField' | 'stepAction'> {
  const fieldId = (name: string) => {
    const field = fields.find((one) => one.name === name)
    if (!field) throw new Error(`The seed has no field ${name}`)
    return field.id
  }
  return {
    actionType: seeds.map(({ form: _form, on: _on, ...settings }) => ({
      ...settings,
      button: settings.name,
      sequence: settings.id,
    })),
    actionTypeField: seeds.flatMap(({ id, form }) =>
      form.map((line, index) => ({
        actionTypeId: id,
        fieldId: fieldId(line.replace('!', '')),
        sequence: index + 1,
        required: line.endsWith('!'),
      })),
    ),
    stepAction: seeds.flatMap(({ id, on }) =>
      on.map(([stepId, nextStepId]) => ({ workflowId, stepId, actionTypeId: id, nextStepId })),
    ),
  }
}
