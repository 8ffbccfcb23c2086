/** Tells of something that has happened elsewhere on the page. Loaded when first needed. */
export async function toast(message: string, tone: 'good' | 'bad' = 'good'): Promise<void> {
  const { show } = await import('./Toasts')
  show(message, tone)
}
