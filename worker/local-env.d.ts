/** What only a local deployment hands to the Worker; see scripts/serve.mjs. Never in wrangler.toml. */
interface LocalEnv {
  /** Opens the door that makes the demo pair. */
  DEMO_KEY?: string
  /** "1" counts database trips and answers them in a header. */
  COST?: string
}
/** Whether this build has the points at which tests break what runs; a constant of the build (platform/fault.ts). */
declare const FAULTS: boolean
interface Env extends LocalEnv {}
declare namespace Cloudflare {
  interface Env extends LocalEnv {}
}
