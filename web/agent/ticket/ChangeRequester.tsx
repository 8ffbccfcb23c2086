import { createSignal, untrack } from 'solid-js'
import { useSlug } from '../../data/desk'
import type { TicketChange } from '../../data/tickets'
import type { Ticket } from '../../data/names'
import { t } from '../../i18n/agent'
import { t as common } from '../../i18n/common'
import { Button } from '../../ui/Button'
import { Combobox } from '../../ui/Combobox'
import { Dialog } from '../../ui/Dialog'
import { useCustomerChoices, userChoice, useUserRows } from '../choices'

/** Chooses another customer and another end user for a ticket. */
export default function ChangeRequester(props: {
  ticket: Ticket
  close: () => void
  save: (change: TicketChange) => void
}) {
  const slug = useSlug()
  const [customer, setCustomer] = createSignal(untrack(() => String(props.ticket.client_id)))
  const [user, setUser] = createSignal(untrack(() => String(props.ticket.user_id ?? '')))
  const customers = useCustomerChoices(slug)
  const users = useUserRows(slug, customer)
  const submit = () => {
    props.save({
      ...(customer() === '' ? {} : { client_id: Number(customer()) }),
      ...(user() === '' ? {} : { user_id: Number(user()) }),
    })
    props.close()
  }
  return (
    <Dialog title={t('detail.change', t('detail.user'))} open onClose={props.close}>
      <form
        class="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Combobox
          label={t('detail.customer')}
          value={customer()}
          choices={customers()}
          onChange={(value) => {
            setCustomer(value)
            setUser('') // a user belongs to one customer
          }}
        />
        <Combobox
          label={t('detail.user')}
          value={user()}
          choices={users().map(userChoice)}
          onChange={setUser}
        />
        <div class="flex gap-2 pt-2">
          <Button type="submit" look="primary">
            {t('form.send.save')}
          </Button>
          <Button onClick={props.close}>{common('cancel')}</Button>
        </div>
      </form>
    </Dialog>
  )
}
