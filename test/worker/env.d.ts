/** What vitest.config.ts adds to the bindings of wrangler.toml. */
interface TestEnv {
  /** How long and by which chance `fuzz` runs; empty for the short form. */
  FUZZ_REQUESTS: string
  FUZZ_SEED: string
  MIGRATIONS: import('@cloudflare/vitest-pool-workers').D1Migration[]
  WALK_ONLY: string
  MODEL_RUNS: string
  MODEL_SEED: string
  MODEL_PATH: string
}
interface Env extends TestEnv {}
declare namespace Cloudflare {
  interface Env extends TestEnv {}
}
/** A page of the documentation as text, for tests that hold it to the program. */
declare module '*.md?raw' {
  const text: string
  export default text
}

interface ImportMeta {
  /** Vite's: the texts of all files that fit, by path. */
  glob: (
    files: string,
    how: { query: '?raw'; import: 'default'; eager: true },
  ) => Record<string, string>
}
