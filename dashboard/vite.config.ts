import { fileURLToPath } from "node:url";

/**
 * For Vite, which tools/page brings: builds the page into files that the server gives out as they are, with no script or
 * style within the document.
 */
export default {
  root: fileURLToPath(new URL("page", import.meta.url)),
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: fileURLToPath(new URL("built", import.meta.url)),
    emptyOutDir: true,
    // Nothing becomes a data: address, which the page's policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Names without digests: what is built from the same sources is the same, file by file.
    rolldownOptions: {
      output: {
        entryFileNames: "page.js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
  // While the page is worked on: ./freshet page in one terminal, vite in another.
  server: { proxy: { "/api": "http://127.0.0.1:9280" } },
};
