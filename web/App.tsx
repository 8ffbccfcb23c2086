import { Route, Router, useCurrentMatches, type RouteSectionProps } from '@solidjs/router'
import { QueryClientProvider } from '@tanstack/solid-query'
import { createEffect, ErrorBoundary, lazy, onMount, Suspense } from 'solid-js'
import { createQueryClient } from './data/desk'
import { t } from './i18n/common'
import { NotFoundScreen } from './sign-in/NotFoundScreen'
import { announcement } from './ui/announce'
import { Failure } from './ui/Failure'

// Each face is a chunk of its own, and so is each of its screens: nobody downloads another one's.
const Home = lazy(() => import('./sign-in/HomeScreen'))
const SignIn = lazy(() => import('./sign-in/SignInScreen'))
const SignUp = lazy(() => import('./sign-in/SignUpScreen'))
const ConfirmDesk = lazy(() => import('./sign-in/ConfirmDeskScreen'))
const SignInLink = lazy(() => import('./sign-in/SignInLinkScreen'))
const Gallery = lazy(() => import('./gallery/GalleryScreen'))
const AgentFace = lazy(() => import('./agent/AgentFace'))
const Tickets = lazy(() => import('./agent/tickets/TicketsScreen'))
const Ticket = lazy(() => import('./agent/ticket/TicketScreen'))
const NewTicket = lazy(() => import('./agent/NewTicketScreen'))
const PortalFace = lazy(() => import('./portal/PortalFace'))
const PortalHome = lazy(() => import('./portal/MyTicketsScreen'))
const PortalNew = lazy(() => import('./portal/LogTicketScreen'))
const PortalTicket = lazy(() => import('./portal/MyTicketScreen'))
const ConfigFace = lazy(() => import('./config/ConfigFace'))
const ConfigHome = lazy(() => import('./config/OverviewScreen'))
const Agents = lazy(() => import('./config/AgentsScreen'))
const Connections = lazy(() => import('./config/ConnectionsScreen'))
const Connection = lazy(() => import('./config/ConnectionScreen'))
const Mail = lazy(() => import('./config/MailScreen'))

/** Begins to fetch face and screen together; by itself a face would first wait for who is signed in. */
function fetchAhead() {
  const matches = useCurrentMatches()
  createEffect(() => {
    for (const { route } of matches()) {
      const { component } = route
      if (component !== undefined && 'preload' in component) {
        if (typeof component.preload === 'function') void component.preload()
      }
    }
  })
}

/** What stands around every screen. The live region is there from the start, or it would not be heard. */
function Root(props: RouteSectionProps) {
  fetchAhead()
  return (
    <>
      <div aria-live="polite" class="sr-only">
        {announcement()}
      </div>
      <ErrorBoundary fallback={(error: unknown) => <Broken error={error} />}>
        <Suspense>{props.children}</Suspense>
      </ErrorBoundary>
    </>
  )
}

/** A fault of our own. The console keeps what only a developer can use. */
function Broken(props: { error: unknown }) {
  onMount(() => console.error(props.error))
  return (
    <main>
      <h1 class="sr-only">{t('error.unexpected')}</h1>
      <Failure error={props.error} retry={() => location.reload()} />
    </main>
  )
}

export function App() {
  const client = createQueryClient() // made here once: a call inside the markup runs at each look
  return (
    <QueryClientProvider client={client}>
      <Router root={Root}>
        <Route path="/" component={Home} />
        <Route path="/signup" component={SignUp} />
        <Route path="/signup/confirm" component={ConfirmDesk} />
        <Route path="/dev/gallery" component={Gallery} />
        <Route path="/:slug/sign-in" component={SignIn} />
        <Route path="/:slug/sign-in/link" component={SignInLink} />
        <Route path="/:slug/portal" component={PortalFace}>
          <Route path="/" component={PortalHome} />
          <Route path="/new" component={PortalNew} />
          <Route path="/tickets/:id" component={PortalTicket} />
          <Route path="*" component={NotFoundScreen} />
        </Route>
        <Route path="/:slug/config" component={ConfigFace}>
          <Route path="/" component={ConfigHome} />
          <Route path="/agents" component={Agents} />
          <Route path="/connections" component={Connections} />
          <Route path="/connections/:id" component={Connection} />
          <Route path="/mail" component={Mail} />
          <Route path="*" component={NotFoundScreen} />
        </Route>
        <Route path="/:slug" component={AgentFace}>
          <Route path="/" component={Tickets} />
          <Route path="/new" component={NewTicket} />
          <Route path="/tickets/:id" component={Ticket} />
          <Route path="*" component={NotFoundScreen} />
        </Route>
      </Router>
    </QueryClientProvider>
  )
}
