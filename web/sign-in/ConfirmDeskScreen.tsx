import { useQueryClient } from '@tanstack/solid-query'
import { useNavigate } from '@solidjs/router'
import { createEffect, createResource, createSignal, Match, Show, Switch, untrack } from 'solid-js'
import { ApiError } from '../data/failure'
import { useConfirmDesk, wantedDesk } from '../data/signUp'
import { t as common } from '../i18n/common'
import { t } from '../i18n/signIn'
import { paths } from '../paths'
import { Button, ButtonLink } from '../ui/Button'
import { Card } from '../ui/Card'
import { Failure, FailureLine } from '../ui/Failure'
import { CardSkeletons } from '../ui/Skeletons'
import { TextField } from '../ui/TextField'
import { BrokenLink } from './BrokenLink'
import { Front } from './Front'
import { takeToken } from './token'

/** Where the link of a sign-up leads. Looking uses nothing up; the button makes the desk. */
export default function ConfirmDeskScreen() {
  createEffect(() => {
    document.title = `${t('confirm.title')} · ${common('app.name')}`
  })
  const token = takeToken()
  const [found, { refetch }] = createResource(async () => {
    try {
      return { desk: await wantedDesk(token) }
    } catch (error) {
      return { error }
    }
  })
  const failure = () => found()?.error
  const isUsed = () => {
    const error = failure()
    return error instanceof ApiError && error.status === 410
  }
  return (
    <Front>
      <div class="mx-auto w-full max-w-sm pt-4 sm:pt-16">
        <Switch fallback={<CardSkeletons cards={2} />}>
          <Match when={token === '' || isUsed()}>
            <BrokenLink error={failure()} fix={t('confirm.used.fix')}>
              <ButtonLink href={paths.signUp()}>{t('signUp.title')}</ButtonLink>
            </BrokenLink>
          </Match>
          <Match when={failure()}>
            <Failure error={failure()} retry={() => void refetch()} />
          </Match>
          <Match when={found()?.desk}>
            {(desk) => <ConfirmForm token={token} desk={desk()} />}
          </Match>
        </Switch>
      </div>
    </Front>
  )
}

function ConfirmForm(props: {
  token: string
  desk: { name: string; slug: string; email: string }
}) {
  const navigate = useNavigate()
  const client = useQueryClient()
  const confirm = useConfirmDesk()
  const [slug, setSlug] = createSignal(untrack(() => props.desk.slug))
  const slugError = () =>
    confirm.error instanceof ApiError ? confirm.error.fields['slug'] : undefined
  const submit = () =>
    confirm.mutate(
      { token: props.token, slug: slug() },
      {
        onSuccess: (made) => {
          client.removeQueries({ queryKey: [made.slug] }) // it was not there a moment ago
          navigate(paths.config(made.slug), { replace: true })
        },
      },
    )
  return (
    <Card class="p-5">
      <form
        class="grid gap-4"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <div class="grid gap-1">
          <h1 class="text-xl font-semibold">{props.desk.name}</h1>
          <p class="text-soft">{t('confirm.lead', props.desk.email)}</p>
        </div>
        <Show when={slugError() === undefined && confirm.error}>
          {(error) => <FailureLine error={error()} />}
        </Show>
        <TextField
          label={t('signUp.slug')}
          hint={t('signUp.slug.hint', `${location.host}/${slug()}`)}
          name="slug"
          size="touch"
          maxLength={40}
          value={slug()}
          error={slugError()}
          onInput={setSlug}
        />
        <Button type="submit" look="primary" size="touch" busy={confirm.isPending}>
          {confirm.isPending ? t('confirm.busy') : t('confirm.go')}
        </Button>
      </form>
    </Card>
  )
}
