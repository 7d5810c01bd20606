import { readFileSync } from "node:fs";

import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Puts the templates' icons into the development page, which no server renders. */
const sprite: Plugin = {
  name: "sprite",
  apply: "serve",
  transformIndexHtml: (html) =>
    html.replace("<!--sprite-->", () => readFileSync(new URL("../templates/partials/_sprite.html", import.meta.url), "utf8")),
};

export default defineConfig(({ command }) => ({
  base: command === "build" ? "/static/dist/" : "/",
  publicDir: false,
  plugins: [sprite],
  build: {
    outDir: "dist",
    manifest: "manifest.json",
    target: "es2022",
    modulePreload: { polyfill: false },
    rollupOptions: { input: ["src/console.ts", "src/run.ts"] },
  },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
}));
