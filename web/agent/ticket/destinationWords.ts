import { t } from '../../i18n/agent'
import type { Audience, Destination } from './form'

/** "Only agents see this · goes to Skyline": who sees it and where it goes, before it is sent. */
export function destinationWords(to: Destination, who: Audience): string {
  return `${t(`form.see.${who}`)} · ${where(to)}`
}

function where(to: Destination): string {
  switch (to.kind) {
    case 'stays':
      return t('form.stays')
    case 'send':
      return t('form.goes', to.partner)
    case 'create':
      return to.partner === undefined ? t('form.goes.pick') : t('form.goes.create', to.partner)
    case 'nobody':
      return t('form.goes.nobody')
  }
}

/** What the button says will happen. */
export function submitWords(to: Destination, who: Audience): string {
  if (to.kind === 'create') {
    return to.partner === undefined ? t('form.send.supplier') : t('form.send.escalate', to.partner)
  }
  if (to.kind === 'send') {
    return who === 'email'
      ? t('form.send.userAndPartner', to.partner)
      : t('form.send.partner', to.partner)
  }
  return who === 'email' ? t('form.send.user') : t('form.send.save')
}
