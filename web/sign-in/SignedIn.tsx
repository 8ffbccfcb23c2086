import { Navigate, useLocation } from '@solidjs/router'
import { createContext, Match, Switch, useContext, type Accessor, type JSX } from 'solid-js'
import { useSlug } from '../data/desk'
import { useSession } from '../data/session'
import type { Me } from '../data/names'
import { paths } from '../paths'
import { Failure } from '../ui/Failure'

const Who = createContext<Accessor<Me>>()

/** The person at the screen. Only inside a face: before it, nobody is known. */
export function useMe(): Accessor<Me> {
  const me = useContext(Who)
  if (me === undefined) throw new Error('useMe needs a SignedIn above it')
  return me
}

/** Door of a face: lets in whom `may` lets in, and sends everybody else where they belong. */
export function SignedIn(props: {
  may: (who: Me) => boolean
  waiting: JSX.Element
  children: JSX.Element
}) {
  const slug = useSlug()
  const location = useLocation()
  const who = useSession(slug)
  const here = () => location.pathname + location.search
  return (
    <Switch>
      <Match when={who.isPending}>{props.waiting}</Match>
      <Match when={who.data === undefined && who.error}>
        {(error) => <Failure error={error()} retry={() => void who.refetch()} />}
      </Match>
      <Match when={who.data === null}>
        <Navigate href={paths.signIn(slug(), here())} />
      </Match>
      <Match when={who.data && !props.may(who.data)}>
        <Navigate
          href={who.data?.kind === 'agent' ? paths.tickets(slug()) : paths.portal(slug())}
        />
      </Match>
      <Match when={who.data}>
        {(me) => <Who.Provider value={me}>{props.children}</Who.Provider>}
      </Match>
    </Switch>
  )
}
