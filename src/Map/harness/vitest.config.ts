import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Needs `npm run basemap`, `npm run build` and a Chromium (CHROMIUM, else /usr/bin/chromium).
export default defineConfig({
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  test: { include: ['src/Map/harness/*.browser.mjs'], environment: 'node', testTimeout: 600_000, hookTimeout: 120_000, fileParallelism: false },
});
