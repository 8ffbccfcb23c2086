import { A, type RouteSectionProps } from '@solidjs/router'
import LogOut from 'lucide-solid/icons/log-out'
import { Suspense } from 'solid-js'
import { useSlug } from '../data/desk'
import { useInstance } from '../data/instance'
import { useSignOut } from '../data/session'
import { t as common } from '../i18n/common'
import { t } from '../i18n/portal'
import { paths } from '../paths'
import { SignedIn, useMe } from '../sign-in/SignedIn'
import { Button } from '../ui/Button'
import { CardSkeletons } from '../ui/Skeletons'
import { SkipLink } from '../ui/SkipLink'
import { ThemeChoice } from '../ui/ThemeChoice'
import { toast } from '../ui/toast'

/** The portal: for the people who raise tickets. */
export default function PortalFace(props: RouteSectionProps) {
  return (
    <SignedIn
      may={(who) => who.kind === 'user'}
      waiting={
        <div class="mx-auto max-w-2xl p-4">
          <CardSkeletons cards={3} />
        </div>
      }
    >
      <Portal>{props.children}</Portal>
    </SignedIn>
  )
}

function Portal(props: { children: RouteSectionProps['children'] }) {
  const slug = useSlug()
  const me = useMe()
  const desk = useInstance(slug)
  const signOut = useSignOut(slug)
  const place = 'inline-flex min-h-11 items-center rounded-md px-3'
  return (
    <div class="grid min-h-dvh grid-rows-[auto_1fr_auto] bg-bg">
      <SkipLink />
      <header class="border-b border-line bg-surface">
        <div class="mx-auto flex max-w-2xl flex-wrap items-center justify-between gap-x-2 px-4 py-1.5">
          <A
            href={paths.portal(slug())}
            class="inline-flex min-h-11 min-w-0 items-center font-semibold"
          >
            <span class="truncate">{desk.isPending ? slug() : (desk.data?.name ?? slug())}</span>
          </A>
          <nav aria-label={common('nav.main')} class="-mr-3 flex flex-wrap">
            <A
              href={paths.portal(slug())}
              end
              class={place}
              activeClass="font-medium text-accent-ink"
              inactiveClass="text-soft"
            >
              {t('nav.mine')}
            </A>
            <A
              href={paths.portalNew(slug())}
              class={place}
              activeClass="font-medium text-accent-ink"
              inactiveClass="text-soft"
            >
              {t('nav.new')}
            </A>
          </nav>
        </div>
      </header>
      <main id="main" tabIndex={-1} class="mx-auto w-full max-w-2xl min-w-0 px-4 py-4 outline-none">
        <Suspense fallback={<CardSkeletons cards={3} />}>{props.children}</Suspense>
      </main>
      <footer class="border-t border-line">
        <div class="mx-auto flex max-w-2xl flex-wrap items-center justify-between gap-3 px-4 py-3 text-soft">
          <span>{t('signed.in', me().name)}</span>
          <div class="flex items-center gap-2">
            <ThemeChoice labelHidden size="touch" />
            <Button
              size="touch"
              busy={signOut.isPending}
              onClick={() =>
                signOut.mutate(undefined, {
                  onError: () => void toast(common('signOut.failed'), 'bad'),
                })
              }
            >
              <LogOut size={15} aria-hidden="true" />
              {common('account.signOut')}
            </Button>
          </div>
        </div>
      </footer>
    </div>
  )
}
