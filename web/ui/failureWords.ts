import { ApiError } from '../data/failure'
import { t } from '../i18n/common'

export type FailureWords = { message: string; fix: string | undefined }

/** What a person reads when something failed. The API's own words go first: it knows best. */
export function failureWords(error: unknown): FailureWords {
  if (!(error instanceof ApiError)) {
    return { message: t('error.unexpected'), fix: t('error.unexpected.fix') }
  }
  if (error.status === 0) return { message: t('error.offline'), fix: t('error.offline.fix') }
  if (error.status === 429) {
    return {
      message:
        error.retryAfterS === undefined
          ? t('error.throttled.some')
          : t('error.throttled', error.retryAfterS),
      fix: error.fix,
    }
  }
  if (error.message !== '') return { message: error.message, fix: error.fix }
  if (error.status === 401) return { message: t('error.signedOut'), fix: t('error.signedOut.fix') }
  if (error.status === 403) return { message: t('error.forbidden'), fix: error.fix }
  if (error.status === 404)
    return { message: t('error.gone'), fix: error.fix ?? t('error.gone.fix') }
  return { message: t('error.server'), fix: error.fix ?? t('error.server.fix') }
}
