import { useSlug } from '../data/desk'
import { useCustomers, useSuppliers } from '../data/lists'
import type { Connection } from '../data/wire'
import { partnerName } from './partnerName'

/** Names connections once the lists of customers and suppliers are there. */
export function usePartnerName(): (connection: Connection) => string {
  const slug = useSlug()
  const customers = useCustomers(slug)
  const suppliers = useSuppliers(slug, () => true)
  return (connection) =>
    partnerName(connection, {
      customers: customers.isPending ? [] : (customers.data ?? []),
      suppliers: suppliers.isPending ? [] : (suppliers.data ?? []),
    })
}
