// Every screen, in both themes, small and large: axe finds nothing, nothing is cut off, and a
// picture of it is kept.

import { resolve } from "node:path";

import type { Page } from "@playwright/test";
import axe from "axe-core";

import { LETTERS, NEWSLETTER, PASSWORD, SEO, WELCOME, expect, manifest, test, writePlugin } from "./site";

const pictures = resolve(import.meta.dirname, "../../../../target/console-screenshots");

const SCREENS: { name: string; path: string; heading: string }[] = [
  { name: "overview", path: "/", heading: "Overview" },
  { name: "plugins", path: "/plugins", heading: "Plugins" },
  { name: "plugin", path: `/plugins/${WELCOME}`, heading: "Welcome" },
  { name: "figures", path: `/plugins/${SEO}/figures`, heading: "SEO" },
  { name: "settings", path: `/plugins/${LETTERS}/settings`, heading: "Letters" },
  { name: "rights", path: "/plugins/com.example.digest/rights", heading: "Digest" },
  { name: "failures", path: `/plugins/${WELCOME}/failures`, heading: "Welcome" },
  { name: "plugin-log", path: `/plugins/${WELCOME}/log`, heading: "Welcome" },
  { name: "install", path: "/install", heading: "Install a plugin" },
  { name: "outbox", path: "/outbox", heading: "Outbox" },
  { name: "cron", path: "/cron", heading: "Cron" },
  { name: "log", path: "/log", heading: "Log" },
  { name: "events", path: "/events", heading: "Events" },
  { name: "posts", path: "/posts", heading: "Posts" },
  { name: "comments", path: "/comments", heading: "Comments" },
  { name: "users", path: "/users", heading: "Users" },
  { name: "new-post", path: "/posts/new", heading: "Write a post" },
  { name: "nowhere", path: "/nowhere", heading: "There is no such screen" },
];

const SIZES = [
  { name: "large", width: 1440, height: 900 },
  { name: "small", width: 360, height: 740 },
];

test.beforeAll(async ({ site }) => {
  await site.publish("Tea in the garden", {
    content: "# Tea\n\nSome *tea*, and a [link](https://example.com/).\n\n- green\n- black\n",
    tag_ids: ["tea", "garden"],
  });
  await site.comment(
    "tea-in-the-garden",
    "What a fine text about tea!",
    "I do not agree: coffee is better.\n\nWhy? Because it is.",
    `BUY CHEAP WATCHES https://example.com/${"watches".repeat(20)}`,
  );
  await site.api("POST", "/admin/users", { username: "ed", password: PASSWORD, role: "editor" });
  for (let n = 0; n < 30; n += 1) await site.visit("/posts/tea-in-the-garden");
  await site.api("POST", "/posts", { title: "A letter that is not done", content: "…" });
  await site.pauseWelcome();
  await site.deadLetters(2);
  await site.until("a step with calls is closed", async () => {
    const { series } = await site.api<{ series: { calls: number[] } | null }>("GET", `/admin/plugins/${SEO}/figures`);
    return series !== null && series.calls.some((calls) => calls > 0);
  });
});

/** Looks at a page in both themes, small and large. */
async function isRight(page: Page, name: string): Promise<void> {
  await page.evaluate(axe.source);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const { name: size, width, height } of SIZES) {
      await page.setViewportSize({ width, height });
      // Nothing runs in the frame of the preview, and so axe does not either.
      const violations = await page.evaluate(async () => {
        const found = await (window as unknown as { axe: typeof axe }).axe.run(document, { iframes: false });
        return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
      });
      const shot = `${name}-${size}-${colorScheme}`;
      expect(violations, shot).toEqual([]);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(wider, `${shot} is wider than the screen`).toBeLessThanOrEqual(0);
      await page.screenshot({ path: `${pictures}/${shot}.png`, fullPage: true });
    }
  }
}

test("login", async ({ page }) => {
  await page.goto("/admin/");
  await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
  await isRight(page, "login");
});

for (const screen of SCREENS) {
  test(screen.name, async ({ inside }) => {
    await inside.goto(`/admin${screen.path}`);
    await expect(inside.getByRole("heading", { level: 1, name: screen.heading })).toBeVisible();
    await expect(inside.getByText("Loading…")).toHaveCount(0);
    await expect(inside.getByText("Connecting")).toHaveCount(0);
    await isRight(inside, screen.name);
  });
}

test("post", async ({ inside, site }) => {
  const { items } = await site.api<{ items: { id: string; slug: string }[] }>("GET", "/posts");
  const post = items.find(({ slug }) => slug.startsWith("tea-in-the-garden"));
  await inside.goto(`/admin/posts/${post?.id}`);
  await expect(inside.getByRole("region", { name: "What plugins changed" }).getByRole("link", { name: SEO }).first()).toBeVisible();
  await expect(inside.frameLocator("iframe").getByRole("heading", { name: "Tea" })).toBeVisible();
  await isRight(inside, "post");
});

test("consent", async ({ inside, site }) => {
  const more = '\n[permissions]\nhttp = ["https://api.example.com"]\ndatabase = ["read:posts"]\nmax_memory_mb = 64\n';
  const text = manifest(NEWSLETTER, "Newsletter", "1.1.0", ["on-post-created", "on-comment-creating"], more);
  await inside.goto("/admin/install");
  await inside.getByLabel("Choose a folder").setInputFiles(writePlugin(`${site.folder}/given`, "newsletter", "moody", text));
  await expect(inside.getByText("It may do more than the version that serves")).toBeVisible();
  await isRight(inside, "consent");
});

test("question", async ({ inside }) => {
  await inside.goto(`/admin/plugins/${SEO}`);
  await inside.getByRole("button", { name: "Remove" }).click();
  await expect(inside.getByRole("dialog")).toBeVisible();
  await isRight(inside, "question");
});

/** An hour of calls as a busy site has them, the same each time. */
function hourOf(hook: string, most: number, micros: number): object {
  const wave = (step: number): number => 0.55 + 0.3 * Math.sin(step / 40) + 0.15 * Math.sin(step * 1.7);
  const steps = Array.from({ length: 360 }, (_, step) => step);
  const calls = steps.map((step) => (step > 210 && step < 224 ? 0 : Math.round(most * wave(step))));
  const series = {
    calls,
    errors: steps.map((step) => (step > 120 && step < 150 ? Math.round((calls[step] ?? 0) / 4) : 0)),
    total_micros: calls.map((count) => count * micros),
    p50_micros: steps.map((step) => (calls[step] === 0 ? null : micros * (0.8 + 0.4 * wave(step)))),
    p99_micros: steps.map((step) => (calls[step] === 0 ? null : micros * (step > 120 && step < 150 ? 40 : 6 + 4 * wave(step * 3)))),
  };
  const sum = (values: number[]): number => values.reduce((all, one) => all + one, 0);
  const summary = {
    calls: sum(calls),
    errors: sum(series.errors),
    total_micros: sum(series.total_micros),
    p50_micros: micros,
    p99_micros: micros * 9,
  };
  return { hook, ...summary, recent: { ...summary, calls: sum(calls.slice(-6)), cost: 1 }, series };
}

test("hour", async ({ inside }) => {
  await inside.route(`**/api/v1/admin/plugins/${SEO}/figures*`, (route) =>
    route.fulfill({
      json: {
        ...hourOf("", 30, 420),
        plugin: SEO,
        closed_at: new Date().toISOString(),
        steps: { ms: 10_000, first: 0, count: 360 },
        recent_ms: 60_000,
        hooks: [hourOf("on-post-creating", 4, 900), hourOf("filter-html", 26, 310)],
        host_calls: [
          { function: "host-api/log", calls: 1840, total_micros: null },
          { function: "host-api/get-data", calls: 5210, total_micros: 890_000 },
          { function: "host-api/set-data", calls: 940, total_micros: 1_730_000 },
          { function: "host-api/db-query", calls: 610, total_micros: 2_410_000 },
        ],
        waits: { count: 12, total_micros: 48_000, p50_micros: 2_100, p99_micros: 18_000 },
      },
    }),
  );
  await inside.goto(`/admin/plugins/${SEO}/figures`);
  await expect(inside.getByRole("region", { name: "Waits for an instance" })).toBeVisible();
  await isRight(inside, "hour");
});

test("wrong-settings", async ({ inside }) => {
  await inside.goto(`/admin/plugins/${LETTERS}/settings`);
  await inside.getByLabel("Letters a day").fill("1000");
  await inside.getByLabel("Endpoint").fill("nowhere");
  await inside.getByRole("button", { name: "Save" }).click();
  await expect(inside.getByLabel("Letters a day")).toBeFocused();
  await isRight(inside, "wrong-settings");
});

test("role", async ({ inside }) => {
  await inside.goto("/admin/users");
  await inside.getByRole("button", { name: "Change the role of ed", exact: true }).click();
  await expect(inside.getByRole("dialog")).toBeVisible();
  await isRight(inside, "role");
});

test("menu", async ({ inside }) => {
  await inside.setViewportSize({ width: 360, height: 740 });
  await inside.goto("/admin/cron");
  await inside.getByRole("button", { name: "Menu" }).click();
  await expect(inside.getByRole("link", { name: "Outbox" })).toBeVisible();
  await isRight(inside, "menu");
  await inside.setViewportSize({ width: 360, height: 740 });
  await inside.getByRole("link", { name: "Outbox" }).click();
  await expect(inside.getByRole("heading", { level: 1, name: "Outbox" })).toBeVisible();
  await expect(inside.getByRole("link", { name: "Cron" })).toBeHidden();
});
