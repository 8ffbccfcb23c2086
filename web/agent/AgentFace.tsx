import type { RouteSectionProps } from '@solidjs/router'
import CirclePlus from 'lucide-solid/icons/circle-plus'
import Settings from 'lucide-solid/icons/settings'
import Ticket from 'lucide-solid/icons/ticket'
import { Suspense } from 'solid-js'
import { useSlug } from '../data/desk'
import { useInstance } from '../data/instance'
import { t } from '../i18n/agent'
import { paths } from '../paths'
import { SignedIn, useMe } from '../sign-in/SignedIn'
import { Account } from '../sign-in/Account'
import { Shell, type NavItem } from '../ui/Shell'
import { ShellSkeleton } from '../ui/ShellSkeleton'
import { PageSkeleton } from '../ui/Skeletons'

/** The desk: for agents. */
export default function AgentFace(props: RouteSectionProps) {
  return (
    <SignedIn may={(who) => who.kind === 'agent'} waiting={<ShellSkeleton />}>
      <Desk>{props.children}</Desk>
    </SignedIn>
  )
}

function Desk(props: { children: RouteSectionProps['children'] }) {
  const slug = useSlug()
  const me = useMe()
  const desk = useInstance(slug)
  const name = () => (desk.isPending ? slug() : (desk.data?.name ?? slug()))
  const nav = (): NavItem[] => [
    {
      href: paths.tickets(slug()),
      label: t('nav.tickets'),
      icon: Ticket,
      end: true,
      within: paths.ticketPages(slug()),
    },
    { href: paths.newTicket(slug()), label: t('nav.new'), icon: CirclePlus },
    ...(me().role === 'admin'
      ? [{ href: paths.config(slug()), label: t('nav.config'), icon: Settings }]
      : []),
  ]
  return (
    <Shell name={name()} home={paths.tickets(slug())} nav={nav()} foot={<Account />}>
      <Suspense fallback={<PageSkeleton />}>{props.children}</Suspense>
    </Shell>
  )
}
