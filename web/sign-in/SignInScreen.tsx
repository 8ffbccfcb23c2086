import { Navigate, useNavigate, useSearchParams } from '@solidjs/router'
import { createEffect, createSignal, Match, Show, Switch } from 'solid-js'
import { useSlug } from '../data/desk'
import { ApiError } from '../data/failure'
import { useInstance } from '../data/instance'
import { useAskForLink, useSession, useSignIn } from '../data/session'
import type { Me } from '../data/names'
import { t as common } from '../i18n/common'
import { t } from '../i18n/signIn'
import { paths, safeNext } from '../paths'
import { Button, ButtonLink } from '../ui/Button'
import { Card } from '../ui/Card'
import { announce } from '../ui/announce'
import { Checkbox } from '../ui/Checkbox'
import { Failure, FailureLine } from '../ui/Failure'
import { failureWords, type FailureWords } from '../ui/failureWords'
import { Notice } from '../ui/Notice'
import { CardSkeletons } from '../ui/Skeletons'
import { TextField } from '../ui/TextField'
import { Front } from './Front'

/** Agents land on the ticket list, end users in the portal, unless they were on their way elsewhere. */
const landing = (slug: string, who: Me, next: string | undefined): string => {
  const home = who.kind === 'agent' ? paths.tickets(slug) : paths.portal(slug)
  const wanted = safeNext(slug, next)
  const fits = who.kind === 'agent' || wanted?.startsWith(paths.portal(slug))
  return fits ? (wanted ?? home) : home
}

export default function SignInScreen() {
  const slug = useSlug()
  const [params] = useSearchParams<{ next?: string }>()
  const desk = useInstance(slug)
  const who = useSession(slug)
  createEffect(() => {
    document.title = `${t('signIn.title')} · ${common('app.name')}`
  })
  return (
    <Front>
      <div class="mx-auto w-full max-w-sm pt-4 sm:pt-16">
        <Switch fallback={<SignInForm name={desk.data?.name ?? slug()} next={params.next} />}>
          <Match when={desk.isPending || who.isPending}>
            <CardSkeletons cards={2} />
          </Match>
          <Match when={desk.error}>
            {(error) => <Failure error={error()} retry={() => void desk.refetch()} />}
          </Match>
          <Match when={desk.data === null}>
            <Card class="grid gap-3 p-4">
              <h1 class="text-base font-semibold">{t('signIn.noDesk', slug())}</h1>
              <ButtonLink href={paths.home()}>{t('signIn.other')}</ButtonLink>
            </Card>
          </Match>
          <Match when={who.data}>
            {(me) => <Navigate href={landing(slug(), me(), params.next)} />}
          </Match>
        </Switch>
      </div>
    </Front>
  )
}

function refusal(error: unknown): FailureWords {
  if (error instanceof ApiError && error.status === 401) {
    return { message: t('signIn.wrong'), fix: t('signIn.wrong.fix') }
  }
  if (error instanceof ApiError && error.status === 429 && error.retryAfterS !== undefined) {
    return { message: t('signIn.throttled', error.retryAfterS), fix: undefined }
  }
  return failureWords(error)
}

function SignInForm(props: { name: string; next: string | undefined }) {
  const slug = useSlug()
  const navigate = useNavigate()
  const signIn = useSignIn(slug)
  const link = useAskForLink(slug)
  const [email, setEmail] = createSignal('')
  const [password, setPassword] = createSignal('')
  const [shown, setShown] = createSignal(false)
  const [missing, setMissing] = createSignal<{ email?: string; password?: string }>({})
  let emailInput: HTMLInputElement | undefined
  let passwordInput: HTMLInputElement | undefined

  const submit = () => {
    const lacks = {
      ...(email().trim() === '' ? { email: common('field.missing', t('signIn.email')) } : {}),
      ...(password() === '' ? { password: common('field.missing', t('signIn.password')) } : {}),
    }
    setMissing(lacks)
    if (lacks.email) return emailInput?.focus()
    if (lacks.password) return passwordInput?.focus()
    signIn.mutate(
      { email: email().trim(), password: password() },
      {
        onSuccess: (who) => navigate(landing(slug(), who, props.next), { replace: true }),
        onError: () => passwordInput?.select(),
      },
    )
  }
  const askForLink = () => {
    const address = email().trim()
    if (address === '') {
      setMissing({ email: common('field.missing', t('signIn.email')) })
      return emailInput?.focus()
    }
    setMissing({})
    link.mutate(address, { onSuccess: (sent) => announce(t('signIn.link.sent', sent.email)) })
  }
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
        <h1 class="text-xl font-semibold">{t('signIn.to', props.name)}</h1>
        <Show when={signIn.error}>
          {(error) => (
            <div role="alert" class="rounded-md bg-bad-soft px-3 py-2 text-bad-ink">
              <p class="font-medium">{refusal(error()).message}</p>
              <Show when={refusal(error()).fix}>
                <p>{refusal(error()).fix}</p>
              </Show>
            </div>
          )}
        </Show>
        <TextField
          ref={(input) => (emailInput = input)}
          label={t('signIn.email')}
          type="email"
          name="email"
          autocomplete="username"
          size="touch"
          value={email()}
          error={missing().email}
          onInput={setEmail}
        />
        <div class="grid gap-1">
          <TextField
            ref={(input) => (passwordInput = input)}
            label={t('signIn.password')}
            type={shown() ? 'text' : 'password'}
            name="password"
            autocomplete="current-password"
            size="touch"
            value={password()}
            error={missing().password}
            onInput={setPassword}
          />
          <Checkbox label={t('signIn.show')} checked={shown()} onChange={setShown} />
        </div>
        <Button type="submit" look="primary" size="touch" busy={signIn.isPending}>
          {signIn.isPending ? t('signIn.busy') : t('signIn.go')}
        </Button>
        <Show when={link.error}>{(error) => <FailureLine error={error()} />}</Show>
        <Show when={link.data}>
          {(sent) => (
            <Notice tone="info">
              <p>{t('signIn.link.sent', sent().email)}</p>
              <p class="mt-1">{t('signIn.link.none')}</p>
            </Notice>
          )}
        </Show>
        <Button size="touch" busy={link.isPending} onClick={() => askForLink()}>
          {link.isPending ? t('signIn.link.busy') : t('signIn.link')}
        </Button>
      </form>
    </Card>
  )
}
