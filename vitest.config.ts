import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    isolate: false,
    // Node runs the sources as they are: Vite's module runner slows hot loops down several times
    experimental: { viteModuleRunner: false },
    testTimeout: 120_000,
    benchmark: { include: ["bench/**/*.bench.ts"] },
  },
});

export default config;
