import type { RouteSectionProps } from '@solidjs/router'
import ArrowLeft from 'lucide-solid/icons/arrow-left'
import Cable from 'lucide-solid/icons/cable'
import LayoutDashboard from 'lucide-solid/icons/layout-dashboard'
import Mail from 'lucide-solid/icons/mail'
import Users from 'lucide-solid/icons/users'
import { Suspense } from 'solid-js'
import { useSlug } from '../data/desk'
import { useInstance } from '../data/instance'
import { t } from '../i18n/config'
import { paths } from '../paths'
import { Account } from '../sign-in/Account'
import { SignedIn } from '../sign-in/SignedIn'
import { Shell } from '../ui/Shell'
import { ShellSkeleton } from '../ui/ShellSkeleton'
import { PageSkeleton } from '../ui/Skeletons'

/** The configuration: for admins. */
export default function ConfigFace(props: RouteSectionProps) {
  return (
    <SignedIn may={(who) => who.role === 'admin'} waiting={<ShellSkeleton />}>
      <Config>{props.children}</Config>
    </SignedIn>
  )
}

function Config(props: { children: RouteSectionProps['children'] }) {
  const slug = useSlug()
  const desk = useInstance(slug)
  return (
    <Shell
      name={desk.isPending ? slug() : (desk.data?.name ?? slug())}
      home={paths.config(slug())}
      nav={[
        { href: paths.config(slug()), label: t('nav.overview'), icon: LayoutDashboard, end: true },
        { href: paths.agents(slug()), label: t('nav.agents'), icon: Users },
        { href: paths.connections(slug()), label: t('nav.connections'), icon: Cable },
        { href: paths.mail(slug()), label: t('nav.mail'), icon: Mail },
        { href: paths.tickets(slug()), label: t('nav.desk'), icon: ArrowLeft, end: true },
      ]}
      foot={<Account />}
    >
      <Suspense fallback={<PageSkeleton />}>{props.children}</Suspense>
    </Shell>
  )
}
