import type { Verdict } from './classify'
import type { Answer } from './partnerFetch'
import type { WithFiles } from './stageFiles'
import type { Wire } from './wire'

/** A claimed message with what it takes to send it. */
export interface Claimed extends WithFiles {
  message: Wire
  /** At a partner without memory: an earlier try may have been taken (R10). `settled` says whether that try had a result. */
  doubt?: { savedAt: number; settled: boolean }
}

/** What a try came to; `doubt` where the partner may have taken it all the same. */
export interface Tried {
  verdict: Verdict
  answered: { status: number; ms: number }
  doubt: boolean
}

export const measured = (answer: Answer) => ({ status: answer.status, ms: Math.round(answer.ms) })
