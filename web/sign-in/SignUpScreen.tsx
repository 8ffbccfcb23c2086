import MailCheck from 'lucide-solid/icons/mail-check'
import { createEffect, createSignal, For, Show, untrack } from 'solid-js'
import { createStore } from 'solid-js/store'
import { ApiError } from '../data/failure'
import { useAskForDesk, type Start, type WantedDesk } from '../data/signUp'
import { t as common } from '../i18n/common'
import { t } from '../i18n/signIn'
import { announce } from '../ui/announce'
import { Button } from '../ui/Button'
import { Card } from '../ui/Card'
import { FailureLine } from '../ui/Failure'
import { TextField } from '../ui/TextField'
import { Front } from './Front'
import { slugFrom } from './slug'

const kinds: Start[] = ['internal_it', 'msp', 'supplier', 'customer_service']
type Errors = Partial<Record<keyof WantedDesk, string>>

/** Asking for a desk. The form stays filled in behind the answer, for whoever mistyped the address. */
export default function SignUpScreen() {
  createEffect(() => {
    document.title = `${t('signUp.title')} · ${common('app.name')}`
  })
  const [wanted, setWanted] = createStore<WantedDesk>({
    name: '',
    slug: '',
    template: 'internal_it',
    email: '',
  })
  const [sentTo, setSentTo] = createSignal('')
  return (
    <Front>
      <div class="mx-auto w-full max-w-lg pt-2 sm:pt-8">
        <Show
          when={sentTo()}
          fallback={<SignUpForm wanted={wanted} set={setWanted} onSent={setSentTo} />}
        >
          {(email) => (
            <Card class="grid justify-items-start gap-3 p-5">
              <MailCheck size={28} class="text-accent-ink" aria-hidden="true" />
              <h1
                class="text-xl font-semibold"
                tabIndex={-1}
                ref={(h) => queueMicrotask(() => h.focus())}
              >
                {t('signUp.sent.title')}
              </h1>
              <p>{t('signUp.sent', email())}</p>
              <p class="text-soft">{t('signIn.link.none')}</p>
              <Button onClick={() => setSentTo('')}>{t('signUp.sent.change')}</Button>
            </Card>
          )}
        </Show>
      </div>
    </Front>
  )
}

function SignUpForm(props: {
  wanted: WantedDesk
  set: (change: Partial<WantedDesk>) => void
  onSent: (email: string) => void
}) {
  const ask = useAskForDesk()
  const [errors, setErrors] = createSignal<Errors>({})
  // The address follows the name until somebody has written one.
  const [ownSlug, setOwnSlug] = createSignal(
    untrack(() => props.wanted.slug !== slugFrom(props.wanted.name)),
  )
  let form: HTMLFormElement | undefined

  const change = (field: keyof WantedDesk, value: string) => {
    if (field === 'slug') setOwnSlug(true)
    props.set({
      [field]: value,
      ...(field === 'name' && !ownSlug() && { slug: slugFrom(value) }),
    })
    setErrors(({ [field]: _fixed, ...others }) =>
      field === 'name' && !ownSlug() ? { ...others, slug: undefined } : others,
    )
  }
  const refuse = (why: Errors) => {
    setErrors(why)
    queueMicrotask(() => form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
  }
  const submit = () => {
    if (ask.isPending) return
    const { name, slug, email } = props.wanted
    const lacks: Errors = {
      ...(name.trim() === '' && { name: common('field.missing', t('signUp.name')) }),
      ...(slug.trim() === '' && { slug: common('field.missing', t('signUp.slug')) }),
      ...(email.trim() === '' && { email: common('field.missing', t('signUp.email')) }),
    }
    if (Object.keys(lacks).length > 0) return refuse(lacks)
    ask.mutate(
      { ...props.wanted },
      {
        onSuccess: ({ email: to }) => {
          announce(t('signUp.sent', to))
          props.onSent(to)
        },
        onError: (error) => {
          if (error instanceof ApiError) refuse(error.fields)
        },
      },
    )
  }
  const general = () =>
    ask.error instanceof ApiError && Object.keys(ask.error.fields).length > 0 ? null : ask.error
  return (
    <Card class="p-5">
      <form
        ref={(element) => (form = element)}
        class="grid gap-4"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <div class="grid gap-1">
          <h1 class="text-xl font-semibold">{t('signUp.title')}</h1>
          <p class="text-soft">{t('signUp.lead')}</p>
        </div>
        <Show when={general()}>{(error) => <FailureLine error={error()} />}</Show>
        <TextField
          label={t('signUp.name')}
          name="organization"
          autocomplete="organization"
          size="touch"
          maxLength={80}
          value={props.wanted.name}
          error={errors().name}
          onInput={(value) => change('name', value)}
        />
        <TextField
          label={t('signUp.slug')}
          hint={t('signUp.slug.hint', `${location.host}/${props.wanted.slug || '…'}`)}
          name="slug"
          size="touch"
          maxLength={40}
          value={props.wanted.slug}
          error={errors().slug}
          onInput={(value) => change('slug', value)}
        />
        <TextField
          label={t('signUp.email')}
          type="email"
          name="email"
          autocomplete="email"
          size="touch"
          value={props.wanted.email}
          error={errors().email}
          onInput={(value) => change('email', value)}
        />
        <fieldset class="grid gap-2 sm:grid-cols-2">
          <legend class="mb-1 text-sm">{t('signUp.kind')}</legend>
          <For each={kinds}>
            {(kind) => (
              <label class="grid cursor-pointer grid-cols-[auto_1fr] content-start items-start gap-x-2.5 rounded-md border border-edge p-3 has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-accent">
                <input
                  type="radio"
                  name="template"
                  class="mt-1 size-4 accent-accent"
                  checked={props.wanted.template === kind}
                  onChange={() => change('template', kind)}
                />
                <span class="font-medium">{t(`signUp.kind.${kind}`)}</span>
                <span class="col-start-2 text-sm text-soft">{t(`signUp.kind.${kind}.text`)}</span>
              </label>
            )}
          </For>
        </fieldset>
        <Button type="submit" look="primary" size="touch" busy={ask.isPending}>
          {ask.isPending ? t('signUp.busy') : t('signUp.go')}
        </Button>
      </form>
    </Card>
  )
}
