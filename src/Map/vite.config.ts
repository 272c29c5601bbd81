import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

// map.js, its worker and map.css, to be served under one folder (/dispatch/map/). No code is made from strings, no worker from a blob,
// no style written into the page: a strict Content-Security-Policy holds.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  publicDir: false,
  worker: { format: 'es', rollupOptions: { output: { entryFileNames: 'map-worker.js' } } },
  build: {
    outDir: fileURLToPath(new URL('../../.build/web/map', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    chunkSizeWarningLimit: 2000,
    rollupOptions: {
      input: fileURLToPath(new URL('./map.ts', import.meta.url)),
      preserveEntrySignatures: 'strict',
      output: { entryFileNames: 'map.js', chunkFileNames: 'map-[name].js', assetFileNames: (asset) => (asset.names[0]?.endsWith('.css') ? 'map.css' : '[name][extname]') },
    },
  },
});
