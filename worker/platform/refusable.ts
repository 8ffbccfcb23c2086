import { Problem, type ProblemCode, type ProblemDetail } from './problem'

/** A result that crosses from one object to another: a thrown class does not, so a refusal travels as data. */
export type Refusable<T> = { ok: T } | { refused: { code: ProblemCode; detail: ProblemDetail } }

/** Catches a refusal as data; anything else stays an exception. */
export async function caught<T>(work: () => Promise<T>): Promise<Refusable<T>> {
  try {
    return { ok: await work() }
  } catch (error) {
    if (error instanceof Problem)
      return {
        refused: {
          code: error.code,
          detail: { ...error.detail, message: error.message, fix: error.fix },
        },
      }
    throw error
  }
}

/** The result, or the refusal thrown again. */
export function uncaught<T>(result: Refusable<T>): T {
  if ('ok' in result) return result.ok
  throw new Problem(result.refused.code, result.refused.detail)
}
