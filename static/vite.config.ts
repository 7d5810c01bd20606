import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "/static/dist/",
  publicDir: false,
  build: {
    outDir: "dist",
    manifest: "manifest.json",
    target: "es2022",
    modulePreload: { polyfill: false },
    rollupOptions: { input: ["src/console.ts", "src/run.ts"] },
  },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
