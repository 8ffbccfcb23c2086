import { useNavigate } from '@solidjs/router'
import { createEffect, createSignal, Match, Show, Switch } from 'solid-js'
import { useSlug } from '../data/desk'
import { ApiError } from '../data/failure'
import { useInstance } from '../data/instance'
import { useOpenLink } from '../data/session'
import { t as common } from '../i18n/common'
import { t } from '../i18n/signIn'
import { paths } from '../paths'
import { Button, ButtonLink } from '../ui/Button'
import { Card } from '../ui/Card'
import { FailureLine } from '../ui/Failure'
import { TextField } from '../ui/TextField'
import { BrokenLink } from './BrokenLink'
import { Front } from './Front'
import { takeToken } from './token'

/** Where a mailed link leads. A button signs in: a mail scanner that opens every link must not use it up (T28). */
export default function SignInLinkScreen() {
  const slug = useSlug()
  const navigate = useNavigate()
  const desk = useInstance(slug)
  const open = useOpenLink(slug)
  const token = takeToken()
  const [password, setPassword] = createSignal('')
  createEffect(() => {
    document.title = `${t('link.title')} · ${common('app.name')}`
  })
  const refusal = () => (open.error instanceof ApiError ? open.error : undefined)
  const isUsed = () => refusal()?.status === 410
  const passwordError = () => refusal()?.fields['password']
  const submit = () =>
    open.mutate(
      { token, ...(password() !== '' && { password: password() }) },
      {
        onSuccess: (who) =>
          navigate(who.kind === 'agent' ? paths.tickets(slug()) : paths.portal(slug()), {
            replace: true,
          }),
      },
    )
  return (
    <Front>
      <div class="mx-auto w-full max-w-sm pt-4 sm:pt-16">
        <Switch>
          <Match when={token === '' || isUsed()}>
            <BrokenLink error={isUsed() && open.error} fix={t('link.none.fix')}>
              <ButtonLink href={paths.signIn(slug())}>{t('link.again')}</ButtonLink>
            </BrokenLink>
          </Match>
          <Match when={true}>
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
                  <h1 class="text-xl font-semibold">{t('signIn.to', desk.data?.name ?? slug())}</h1>
                  <p class="text-soft">{t('link.lead')}</p>
                </div>
                <Show when={passwordError() === undefined && open.error}>
                  {(error) => <FailureLine error={error()} />}
                </Show>
                <TextField
                  label={t('link.password')}
                  hint={t('link.password.hint')}
                  type="password"
                  name="password"
                  autocomplete="new-password"
                  size="touch"
                  value={password()}
                  error={passwordError()}
                  onInput={setPassword}
                />
                <Button type="submit" look="primary" size="touch" busy={open.isPending}>
                  {open.isPending ? t('signIn.busy') : t('link.go')}
                </Button>
              </form>
            </Card>
          </Match>
        </Switch>
      </div>
    </Front>
  )
}
