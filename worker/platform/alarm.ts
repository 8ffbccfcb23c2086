/** Makes sure that an object's alarm fires at `at` or earlier; one that stands for an earlier time is kept (protocol.md §5 `arm`). */
export async function arm(storage: DurableObjectStorage, at: number): Promise<void> {
  const standing = await storage.getAlarm()
  if (standing === null || at < standing) await storage.setAlarm(at)
}

/** Whoever starts work first makes sure that somebody looks again, should it die on the way. */
export const LOOK_AGAIN_MS = 45_000
