// Every screen, in both themes, small and large: axe finds nothing, nothing is cut off, and a
// picture of it is kept.

import { resolve } from "node:path";

import type { Page } from "@playwright/test";
import axe from "axe-core";

import { DIGEST, LEDGER, LETTERS, NEWSLETTER, PASSWORD, SEO, WELCOME, expect, manifest, test, writePlugin } from "./site";

const pictures = resolve(import.meta.dirname, "../../../../target/console-screenshots");

const SCREENS: { name: string; path: string; heading: string }[] = [
  { name: "overview", path: "/", heading: "Overview" },
  { name: "plugins", path: "/plugins", heading: "Plugins" },
  { name: "plugin", path: `/plugins/${WELCOME}`, heading: "Welcome" },
  { name: "figures", path: `/plugins/${SEO}/figures`, heading: "SEO" },
  { name: "settings", path: `/plugins/${LETTERS}/settings`, heading: "Letters" },
  { name: "storage", path: `/plugins/${LEDGER}/storage`, heading: "Ledger" },
  { name: "deliveries", path: `/plugins/${NEWSLETTER}`, heading: "Newsletter" },
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
  { name: "content", path: "/content", heading: "Content" },
  { name: "records", path: "/content/product", heading: "product" },
  { name: "new-record", path: "/content/product/new", heading: "Write a record of product" },
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
  for (const [name, price, more] of [
    ["Darjeeling, first flush", 12.5, { tags: ["black", "India"], sku: "DJ-01" }],
    ["Sencha", 9, { tags: ["green"], description: "From Shizuoka.\nSteep it for a minute, at 70 degrees." }],
    ["Rooibos", 4.25, { tags: [], in_stock: false }],
  ] as const) {
    await site.api("POST", "/content/product", { name, price, in_stock: true, ...more });
  }
  await site.api("POST", "/content/event", { title: "Tasting on Friday", starts: "2027-01-15T18:00:00Z", seats: 24 });
  await site.fillLedger();
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
  // A frame that is out of sight has no layout.
  await inside.locator("iframe").scrollIntoViewIfNeeded();
  await expect(inside.frameLocator("iframe").getByRole("heading", { name: "Tea" })).toBeVisible();
  await isRight(inside, "post");
});

test("record", async ({ inside, site }) => {
  const { items } = await site.api<{ items: { id: string; data: { name: string } }[] }>("GET", "/content/product");
  const sencha = items.find(({ data }) => data.name === "Sencha");
  await inside.goto(`/admin/content/product/${sencha?.id}`);
  await expect(inside.getByRole("heading", { level: 1, name: "Sencha" })).toBeVisible();
  await isRight(inside, "record");
  await inside.getByRole("button", { name: "As JSON" }).click();
  await expect(inside.getByLabel("The record, as JSON")).toHaveValue(/"name": "Sencha"/);
  await isRight(inside, "record-json");
});

test("record that a plugin has changed", async ({ inside, site }) => {
  const { id } = await site.fillLedger();
  await inside.goto(`/admin/content/call/${id}`);
  await expect(inside.getByRole("region", { name: "What plugins changed" }).getByRole("link", { name: LEDGER })).toBeVisible();
  await isRight(inside, "record-changed");
});

/** Says what a server answers that knows more than this one. */
test("nodes and last runs", async ({ inside }) => {
  const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();
  await inside.route("**/api/v1/admin/nodes", (route) =>
    route.fulfill({
      json: {
        items: [
          { id: "a1", name: "web-1", address: "10.0.0.4:8787", version: "0.1.0", files: "shared", state: "alive", started_at: ago(90_000), alive_until: ago(-9), is_this: true },
          { id: "b2", name: "web-2", address: "10.0.0.5:8787", version: "0.1.0", files: "shared", state: "gone", started_at: ago(4_000), alive_until: ago(30), is_this: false },
        ],
      },
    }),
  );
  await inside.goto("/admin/");
  const nodes = inside.getByRole("table", { name: "Nodes" });
  await expect(nodes.getByRole("row", { name: /web-1/ })).toContainText("This one");
  await expect(nodes.getByRole("row", { name: /web-2/ })).toContainText("Gone");
  await isRight(inside, "nodes");

  await inside.route("**/api/v1/admin/plugins", async (route) => {
    const answer = await route.fetch();
    const list = (await answer.json()) as { items: { id: string; cron: object[] }[] };
    const last = { due: ago(60), started_at: ago(60), ended_at: ago(58), outcome: "failed", error: "no answer within 5000 ms", node: "web-2" };
    for (const plugin of list.items) plugin.cron = plugin.cron.map((job) => ({ ...job, last: plugin.id === DIGEST ? last : null }));
    await route.fulfill({ json: list });
  });
  await inside.goto("/admin/cron");
  const row = inside.getByRole("row", { name: /Weekly digest/ });
  await expect(row).toContainText("Failed");
  await expect(row).toContainText("no answer within 5000 ms");
  await expect(row).toContainText("on web-2");
  await isRight(inside, "last-run");
});

test("consent", async ({ inside, site }) => {
  const more = '\n[permissions]\nhttp = ["https://api.example.com"]\ndatabase = ["read:posts"]\nmax_memory_mb = 64\n' +
    '\n[[settings]]\nkey = "api_key"\nlabel = "API key"\nhelp = "From your account\'s page."\ntype = "secret"\nrequired = true\n' +
    '\n[[settings]]\nkey = "tone"\nlabel = "Tone"\ntype = "string"\ndefault = "dry"\n';
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
