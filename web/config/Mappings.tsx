import { createMemo, For, Show } from 'solid-js'
import { useSlug } from '../data/desk'
import {
  useCategories,
  useOutcomes,
  usePriorities,
  useStatuses,
  useTicketTypes,
} from '../data/lists'
import type { Mapping } from '../data/wire'
import { t } from '../i18n/config'
import { Card } from '../ui/Card'

const kinds = ['outcome', 'status', 'category', 'field', 'tickettype', 'priority'] as const

/** The published mappings, a table for each kind. */
export function Mappings(props: { mappings: Mapping[] }) {
  const localName = useLocalNames()
  const of = (kind: Mapping['kind']) => props.mappings.filter((mapping) => mapping.kind === kind)
  return (
    <Show
      when={props.mappings.length > 0}
      fallback={
        <Card>
          <p class="text-soft">{t('mapping.none')}</p>
        </Card>
      }
    >
      <For each={kinds.filter((kind) => of(kind).length > 0)}>
        {(kind) => (
          <Card class="overflow-x-auto">
            <table class="w-full table-fixed border-collapse text-start">
              <caption class="px-3 pt-3 pb-1 text-start font-semibold">
                {t(`mapping.${kind}`)}
              </caption>
              <thead>
                <tr class="border-b border-line text-xs text-soft">
                  <th scope="col" class="px-3 py-1.5 text-start font-normal">
                    {t('mapping.theirs')}
                  </th>
                  <th scope="col" class="px-3 py-1.5 text-start font-normal">
                    {t('mapping.ours')}
                  </th>
                </tr>
              </thead>
              <tbody>
                <For each={of(kind)}>
                  {(mapping) => (
                    <tr class="border-b border-line last:border-b-0">
                      <td class="px-3 py-1.5 break-words">{mapping.remote_name}</td>
                      <td class="px-3 py-1.5 break-words">{localName(mapping)}</td>
                    </tr>
                  )}
                </For>
              </tbody>
            </table>
          </Card>
        )}
      </For>
    </Show>
  )
}

/** Names of our own side: the mapping carries only the number. */
function useLocalNames(): (mapping: Mapping) => string {
  const slug = useSlug()
  const statuses = useStatuses(slug)
  const priorities = usePriorities(slug)
  const categories = useCategories(slug)
  const types = useTicketTypes(slug)
  const outcomes = useOutcomes(slug)
  const names = createMemo(() => {
    const found = new Map<string, string>()
    for (const it of statuses.isPending ? [] : (statuses.data ?? [])) found.set(`status/${it.id}`, it.name)
    for (const it of priorities.isPending ? [] : (priorities.data ?? [])) found.set(`priority/${it.priorityid}`, it.name)
    for (const it of categories.isPending ? [] : (categories.data ?? [])) found.set(`category/${it.id}`, it.value)
    for (const it of types.isPending ? [] : (types.data ?? [])) found.set(`tickettype/${it.id}`, it.name)
    for (const it of outcomes.isPending ? [] : (outcomes.data ?? [])) found.set(`outcome/${it.id}`, it.buttonname)
    return found
  })
  return (mapping) => {
    if (mapping.local_name !== undefined) return mapping.local_name
    if (mapping.local_id === null) return t('mapping.nothing')
    return names().get(`${mapping.kind}/${mapping.local_id}`) ?? `#${mapping.local_id}`
  }
}
