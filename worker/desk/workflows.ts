import { and, asc, eq, sql, type SQL } from 'drizzle-orm'
import { actionType, stepAction, workflow, workflowStep } from '../../db/schema'
import { found, type Db } from '../platform/database'

export interface StepAction {
  stepId: number
  nextStepId: number | null
  actionTypeId: number
  actionTypeName: string
}
export type Step = typeof workflowStep.$inferSelect & { actions: StepAction[] }
export type Workflow = typeof workflow.$inferSelect & { steps: Step[] }

/** Every workflow with its steps and what each step allows. */
export const listWorkflows = (db: Db): Promise<Workflow[]> => workflowsOf(db)

/** One workflow. Throws NOT_FOUND. */
export async function readWorkflow(db: Db, id: number): Promise<Workflow> {
  const [row] = await workflowsOf(db, id)
  return found(row)
}

async function workflowsOf({ orm, t }: Db, id?: number): Promise<Workflow[]> {
  const only = (is: SQL) => (id === undefined ? undefined : is)
  const [flows, steps, actions] = await orm.batch([
    orm
      .select()
      .from(workflow)
      .where(and(eq(workflow.t, t), only(eq(workflow.id, id ?? 0))))
      .orderBy(asc(workflow.id)),
    orm
      .select()
      .from(workflowStep)
      .where(and(eq(workflowStep.t, t), only(eq(workflowStep.workflowId, id ?? 0))))
      .orderBy(asc(workflowStep.workflowId), asc(workflowStep.id)),
    orm
      .select({
        workflowId: stepAction.workflowId,
        stepId: stepAction.stepId,
        nextStepId: stepAction.nextStepId,
        actionTypeId: stepAction.actionTypeId,
        actionTypeName: sql<string>`${actionType.name}`.as('action_type_name'),
      })
      .from(stepAction)
      .innerJoin(
        actionType,
        and(eq(actionType.t, stepAction.t), eq(actionType.id, stepAction.actionTypeId)),
      )
      .where(
        and(
          eq(stepAction.t, t),
          eq(actionType.inactive, false),
          only(eq(stepAction.workflowId, id ?? 0)),
        ),
      )
      .orderBy(
        asc(stepAction.workflowId),
        asc(stepAction.stepId),
        asc(actionType.sequence),
        asc(actionType.id),
      ),
  ])
  return flows.map((flow) => ({
    ...flow,
    steps: steps
      .filter(({ workflowId }) => workflowId === flow.id)
      .map((step) => ({
        ...step,
        actions: actions.filter((one) => one.workflowId === flow.id && one.stepId === step.id),
      })),
  }))
}
