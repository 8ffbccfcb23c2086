import { expect, vi } from 'vitest'
import { seams } from '../../../worker/platform/seams'

/** The mails about accounts that `work` brings, and the token in the link of each; waits for `count`, which may leave after the answer. */
export async function lettersOf(
  work: () => Promise<unknown>,
  count = 1,
): Promise<{ to: string; token: string; url: string; text: string }[]> {
  const { sendMail } = seams
  const letters: Awaited<ReturnType<typeof lettersOf>> = []
  seams.sendMail = (_, { to, text = '' }) => {
    const url = /https:\S+#\w+/.exec(text)?.[0] ?? ''
    letters.push({
      to: typeof to === 'string' ? to : '',
      url,
      token: url.split('#')[1] ?? '',
      text,
    })
    return Promise.resolve({ messageId: `<${letters.length}@test.example>` })
  }
  try {
    await work()
    await vi.waitFor(() => expect(letters.length).toBeGreaterThanOrEqual(count), 5_000)
    return letters
  } finally {
    seams.sendMail = sendMail
  }
}
