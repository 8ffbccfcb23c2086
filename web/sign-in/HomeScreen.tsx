import { useNavigate } from '@solidjs/router'
import { useQueryClient } from '@tanstack/solid-query'
import { createEffect, createSignal, For } from 'solid-js'
import { instance } from '../data/instance'
import { t } from '../i18n/signIn'
import { t as common } from '../i18n/common'
import { paths } from '../paths'
import { Button, ButtonLink } from '../ui/Button'
import { Card } from '../ui/Card'
import { failureWords } from '../ui/failureWords'
import { TextField } from '../ui/TextField'
import { Front } from './Front'

const steps = [1, 2, 3] as const
const SLUG = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/u

/** What this is, and the way to one's own desk. */
export default function HomeScreen() {
  createEffect(() => {
    document.title = `${t('home.title')} · ${common('app.name')}`
  })
  return (
    <Front>
      <div class="mx-auto grid max-w-5xl gap-8 pt-4 md:grid-cols-[minmax(0,1fr)_22rem] md:pt-12">
        <div class="grid content-start gap-6">
          <h1 class="text-3xl font-semibold tracking-tight">{t('home.title')}</h1>
          <p class="max-w-prose text-base text-soft">{t('home.lead')}</p>
          <ol class="grid gap-4">
            <For each={steps}>
              {(step) => (
                <li class="grid grid-cols-[auto_1fr] gap-x-3">
                  <span
                    class="row-span-2 grid size-7 place-items-center rounded-full bg-accent-soft font-semibold text-accent-ink"
                    aria-hidden="true"
                  >
                    {step}
                  </span>
                  <h2 class="font-semibold">{t(`home.how.${step}.title`)}</h2>
                  <p class="text-soft">{t(`home.how.${step}.text`)}</p>
                </li>
              )}
            </For>
          </ol>
        </div>
        <div class="grid content-start gap-4">
          <DeskForm />
          <Card class="grid justify-items-start gap-2 p-4">
            <h2 class="text-base font-semibold">{t('home.signUp.title')}</h2>
            <p class="text-soft">{t('home.signUp.text')}</p>
            <ButtonLink href={paths.signUp()}>{t('home.signUp.go')}</ButtonLink>
          </Card>
        </div>
      </div>
    </Front>
  )
}

function DeskForm() {
  const navigate = useNavigate()
  const client = useQueryClient()
  const [slug, setSlug] = createSignal('')
  const [error, setError] = createSignal('')
  const [busy, setBusy] = createSignal(false)
  let field: HTMLInputElement | undefined

  const refuse = (why: string) => {
    setError(why)
    field?.focus()
  }
  const go = async () => {
    const wanted = slug().trim().toLowerCase()
    if (!SLUG.test(wanted)) return refuse(t('home.desk.bad'))
    setBusy(true)
    try {
      const found = await client.fetchQuery(instance(wanted))
      if (found === null) refuse(t('home.desk.none', wanted))
      else navigate(paths.signIn(wanted))
    } catch (failure) {
      refuse(failureWords(failure).message)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Card class="p-4">
      <form
        class="grid gap-4"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void go()
        }}
      >
        <h2 class="text-base font-semibold">{t('home.desk.title')}</h2>
        <TextField
          ref={(input) => (field = input)}
          label={t('home.desk.label')}
          hint={t('home.desk.hint')}
          error={error()}
          value={slug()}
          onInput={(value) => {
            setSlug(value)
            setError('')
          }}
          name="desk"
          autocomplete="organization"
          size="touch"
        />
        <Button type="submit" look="primary" size="touch" busy={busy()}>
          {t('home.desk.go')}
        </Button>
      </form>
    </Card>
  )
}
