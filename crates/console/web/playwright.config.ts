import { existsSync } from "node:fs";

import { defineConfig } from "@playwright/test";

// Debian's Chromium: nothing is downloaded beside npm's packages.
const browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));

export default defineConfig({
  testDir: "tests",
  outputDir: "../../../target/console-tests",
  // One server for all of them: a test prepares what it needs.
  workers: 1,
  timeout: 30_000,
  expect: { timeout: 10_000 },
  forbidOnly: process.env["CI"] !== undefined,
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    headless: true,
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    launchOptions: {
      ...(browser !== undefined && { executablePath: browser }),
      args: ["--no-sandbox", "--disable-dev-shm-usage"],
    },
    // `npx playwright test --trace on` keeps what a test has seen.
    trace: "off",
  },
});
