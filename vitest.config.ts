import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import solid from 'vite-plugin-solid'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: 'wrangler.toml' },
            miniflare: {
              bindings: {
                ENVIRONMENT: 'test',
                KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
                SESSION_KEY: Buffer.alloc(32, 2).toString('base64'),
                DEMO_KEY: 'demo',
                FUZZ_REQUESTS: process.env['FUZZ_REQUESTS'] ?? '',
                FUZZ_SEED: process.env['FUZZ_SEED'] ?? '',
                MIGRATIONS: await readD1Migrations('db/migrations'),
                // How long the fault walk and the model run, and with which seed.
                WALK_ONLY: process.env['WALK_ONLY'] ?? '',
                MODEL_RUNS: process.env['MODEL_RUNS'] ?? '',
                MODEL_SEED: process.env['MODEL_SEED'] ?? '',
                MODEL_PATH: process.env['MODEL_PATH'] ?? '',
              },
            },
          })),
        ],
        define: { FAULTS: 'true' },
        test: {
          name: 'worker',
          include: ['test/worker/**/*.test.ts'],
          setupFiles: ['test/worker/setup.ts'],
          // Bounds for a busy machine; nothing here is measured by the clock.
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [solid({ ssr: true })],
        test: {
          name: 'web',
          include: ['test/web/**/*.test.{ts,tsx}'],
          environment: 'node',
        },
      },
    ],
  },
})
