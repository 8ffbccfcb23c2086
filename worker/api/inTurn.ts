import { Problem, problemIn } from '../platform/problem'

/**
 * Saves the elements of an array one after another and gives what became of each. Their shapes were checked before; a rule that refuses
 * one names it by its place, and says that those before it stand: with the same Idempotency-Key they are not saved again.
 */
export async function inTurn<T, R>(
  elements: T[],
  save: (element: T, index: number) => Promise<R>,
): Promise<R[]> {
  const saved: R[] = []
  for (const [index, element] of elements.entries()) {
    try {
      saved.push(await save(element, index))
    } catch (error) {
      const problem = problemIn(error)
      if (!problem || elements.length === 1) throw error
      const { fields } = problem.detail
      const before =
        index === 0 ? '' : `; the ${index} before it ${index === 1 ? 'is' : 'are'} saved`
      throw new Problem(problem.code, {
        ...problem.detail,
        message: `[${index}]: ${problem.message}${before}`,
        fix: problem.fix,
        ...(fields && {
          fields: Object.fromEntries(
            Object.entries(fields).map(([name, why]) => [`[${index}].${name}`, why]),
          ),
        }),
      })
    }
  }
  return saved
}
