/** What the desk takes (worker/platform/limits.ts): said before a byte is sent. */
export const fileLimits = { bytes: 25 * 1024 * 1024, count: 20 }
