import type { Connection, Named } from '../data/wire'
import { t } from '../i18n/config'

type Rows = { customers: Named[]; suppliers: Named[] }

/** A connection is known by the customer or supplier whose profile it belongs to. */
export function partnerName(connection: Connection, rows: Rows): string {
  if (connection.name !== undefined && connection.name !== '') return connection.name
  const [list, id] =
    connection.kind === 'supplier'
      ? [rows.suppliers, connection.supplier_id]
      : [rows.customers, connection.client_id]
  return list.find((row) => row.id === id)?.name ?? t('connection.fallback', connection.id)
}
