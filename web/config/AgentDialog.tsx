import { createSignal, For, Show, untrack } from 'solid-js'
import { createStore } from 'solid-js/store'
import { useInvite, useSaveAgent } from '../data/agents'
import { useSlug } from '../data/desk'
import { ApiError } from '../data/failure'
import type { AgentRow } from '../data/names'
import { t as common } from '../i18n/common'
import { t } from '../i18n/config'
import { Button } from '../ui/Button'
import { Checkbox } from '../ui/Checkbox'
import { Dialog } from '../ui/Dialog'
import { FailureLine } from '../ui/Failure'
import { Select } from '../ui/Select'
import { Switch } from '../ui/Switch'
import { TextField } from '../ui/TextField'
import { toast } from '../ui/toast'

/** Invites an agent, or changes one. */
export function AgentDialog(props: {
  agent: AgentRow | undefined
  teams: readonly { id: number; name: string }[]
  close: () => void
}) {
  const slug = useSlug()
  const save = useSaveAgent(slug)
  const invite = useInvite(slug)
  const [draft, setDraft] = createStore(
    untrack(() => ({
      name: props.agent?.name ?? '',
      email: props.agent?.email ?? '',
      role: props.agent?.role === 'admin' ? ('admin' as const) : ('agent' as const),
      jobtitle: props.agent?.jobtitle ?? '',
      active: !props.agent?.isdisabled,
      teams: props.agent?.teams.map(({ team_id }) => team_id) ?? [],
    })),
  )
  const [lacks, setLacks] = createSignal<{ name?: string; email?: string }>({})
  let form: HTMLFormElement | undefined

  const error = (field: string) =>
    save.error instanceof ApiError ? save.error.fields[field] : undefined
  const isOfField = () =>
    save.error instanceof ApiError && Object.keys(save.error.fields).length > 0
  const focusFirstError = () =>
    queueMicrotask(() => form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())

  const submit = () => {
    if (save.isPending) return
    const missing = {
      ...(draft.name.trim() === '' && { name: common('field.missing', t('agents.name')) }),
      ...(draft.email.trim() === '' && { email: common('field.missing', t('agents.email')) }),
    }
    setLacks(missing)
    if (Object.keys(missing).length > 0) return focusFirstError()
    save.mutate(
      {
        ...(props.agent && { id: props.agent.id }),
        name: draft.name,
        // Sending the same address again would not invite; leaving it out says that it stays.
        ...(draft.email !== props.agent?.email && { email: draft.email }),
        role: draft.role,
        jobtitle: draft.jobtitle,
        isdisabled: !draft.active,
        teams: draft.teams.map((team_id) => ({ team_id })),
      },
      {
        onSuccess: (saved) => {
          void toast(saved.joined ? t('agents.saved', saved.name) : t('agents.sent', saved.email))
          props.close()
        },
        onError: focusFirstError,
      },
    )
  }
  return (
    <Dialog
      title={props.agent ? t('agents.edit', props.agent.name) : t('agents.invite')}
      open
      onClose={props.close}
    >
      <form
        ref={(element) => (form = element)}
        class="grid gap-3"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Show when={!isOfField() && (save.error ?? invite.error)}>
          {(failure) => <FailureLine error={failure()} />}
        </Show>
        <TextField
          label={t('agents.name')}
          maxLength={100}
          value={draft.name}
          error={lacks().name ?? error('name')}
          onInput={(name) => setDraft({ name })}
        />
        <TextField
          label={t('agents.email')}
          hint={t('agents.email.hint')}
          type="email"
          value={draft.email}
          error={lacks().email ?? error('email')}
          onInput={(email) => setDraft({ email })}
        />
        <Select
          label={t('agents.role')}
          value={draft.role}
          error={error('role')}
          choices={[
            { value: 'agent', label: t('agents.role.agent') },
            { value: 'admin', label: t('agents.role.admin') },
          ]}
          onChange={(role) => setDraft({ role: role === 'admin' ? 'admin' : 'agent' })}
        />
        <TextField
          label={t('agents.job')}
          maxLength={100}
          value={draft.jobtitle}
          onInput={(jobtitle) => setDraft({ jobtitle })}
        />
        <fieldset>
          <legend class="text-sm">{t('agents.teams')}</legend>
          <For each={props.teams}>
            {(team) => (
              <Checkbox
                label={team.name}
                checked={draft.teams.includes(team.id)}
                onChange={(isIn) =>
                  setDraft('teams', (now) =>
                    isIn ? [...now, team.id] : now.filter((id) => id !== team.id),
                  )
                }
              />
            )}
          </For>
        </fieldset>
        <Show when={props.agent}>
          <Switch
            label={t('agents.standing')}
            hint={t('agents.standing.hint')}
            on={draft.active}
            onChange={(active) => setDraft({ active })}
          />
          <Show when={error('isdisabled')}>
            {(why) => (
              <p role="alert" class="text-xs text-bad-ink">
                {why()}
              </p>
            )}
          </Show>
        </Show>
        <div class="flex flex-wrap gap-2 pt-2">
          <Button type="submit" look="primary" busy={save.isPending}>
            {t(props.agent ? 'agents.save' : 'agents.send')}
          </Button>
          <Show when={props.agent?.joined === false && !props.agent.isdisabled && props.agent}>
            {(agent) => (
              <Button
                busy={invite.isPending}
                onClick={() =>
                  invite.mutate(agent().id, {
                    onSuccess: ({ email }) => void toast(t('agents.sent', email)),
                  })
                }
              >
                {t('agents.again')}
              </Button>
            )}
          </Show>
          <Button onClick={props.close}>{common('cancel')}</Button>
        </div>
      </form>
    </Dialog>
  )
}
