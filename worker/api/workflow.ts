import { Hono } from 'hono'
import { z } from 'zod'
import { listWorkflows, readWorkflow, type Workflow } from '../desk/workflows'
import { answers, may, type Door } from './declare'
import { pathId } from './wire'

const StepActionOut = z.object({
  id: z.int(),
  start_step: z.int(),
  end_step: z.int(),
  action_id: z.int(),
  action_name: z.string(),
})
const StepOut = z.object({
  fdid: z.int(),
  step_id: z.int(),
  flow_id: z.int(),
  name: z.string(),
  isstart: z.boolean(),
  isend: z.boolean(),
  actions: z.array(StepActionOut),
})
const WorkflowOut = z
  .object({
    id: z.int(),
    guid: z.string(),
    name: z.string(),
    note: z.literal(''),
    active: z.boolean(),
    version: z.int(),
    steps: z.array(StepOut),
    always_allow_actions: z.array(z.int()),
  })
  .meta({ id: 'Workflow' })

const workflowOut = (row: Workflow): z.infer<typeof WorkflowOut> => ({
  id: row.id,
  guid: row.uid,
  name: row.name,
  note: '',
  active: !row.inactive,
  version: row.version,
  steps: row.steps.map((step) => ({
    fdid: step.id,
    step_id: step.id,
    flow_id: row.id,
    name: step.name,
    isstart: step.isStart,
    isend: step.isEnd,
    actions: step.actions.map((one, index) => ({
      id: index + 1,
      start_step: one.stepId,
      end_step: one.nextStepId ?? one.stepId,
      action_id: one.actionTypeId,
      action_name: one.actionTypeName,
    })),
  })),
  always_allow_actions: [],
})

/** Workflows: which action types a ticket may use in which step. */
export const workflow = new Hono<Door>()
  .get('/', may(['agent'], 'Lists workflows'), answers(200, z.array(WorkflowOut)), async (c) =>
    c.json((await listWorkflows(c.var.db)).map(workflowOut)),
  )
  .get('/:id', may(['agent'], 'Shows a workflow'), answers(200, WorkflowOut), async (c) =>
    c.json(workflowOut(await readWorkflow(c.var.db, pathId(c)))),
  )
