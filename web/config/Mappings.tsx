import { For, Show } from 'solid-js'
import type { Mapping } from '../data/names'
import { t } from '../i18n/config'
import { Card } from '../ui/Card'

const kinds = ['outcome', 'status', 'category', 'field', 'tickettype', 'priority'] as const

/** The published mappings, a table for each kind. */
export function Mappings(props: { mappings: Mapping[] }) {
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
                      <td class="px-3 py-1.5 break-words">
                        {mapping.local_name ?? t('mapping.nothing')}
                      </td>
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
