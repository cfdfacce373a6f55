// Figures: they come after calls, and are asked for while somebody looks.

import { SEO, Site, expect, test } from "./site";

test("figures appear after calls", async ({ inside, site }) => {
  test.slow();
  await inside.goto(`/admin/plugins/${SEO}/figures`);
  const hook = inside.getByRole("region", { name: "on-post-creating" });
  for (let n = 0; n < 3; n += 1) await site.publish(`A post that is counted, ${n}`);
  await expect(hook.getByText("Calls since the start")).toBeVisible({ timeout: 30_000 });
  // A step of ten seconds is closed before it is drawn.
  await expect(hook.getByRole("img", { name: /^Calls of on-post-creating in the last hour: [1-9]/ })).toBeVisible({ timeout: 30_000 });
  await expect(hook.getByRole("img", { name: /^Time of a call of on-post-creating in the last hour: p99 at most \d/ })).toBeVisible();
  await expect(inside.getByRole("region", { name: "Host calls" })).toBeVisible();

  await inside.goto("/admin/plugins");
  const row = inside.getByRole("row", { name: /SEO/ });
  await expect(row.getByRole("img", { name: /^Calls of SEO in the last hour: [1-9]/ })).toBeVisible();
  await expect(row.getByText(/\d (µs|ms|s)$/).first()).toBeVisible();

  await inside.goto("/admin/");
  const now = inside.getByRole("region", { name: "Now" });
  await expect(now.getByRole("img", { name: /^Requests in the last hour: [1-9]/ })).toBeVisible();
  await expect(now.getByText("Latency, p99")).toBeVisible();
  const costs = inside.getByRole("table", { name: "Plugins by cost" });
  await expect(costs.getByRole("row", { name: /SEO/ }).getByRole("img")).toBeVisible();
});

test("steps that are new come after those that are known", async ({ inside }) => {
  // What the server would answer, one step after the other.
  const began = Date.parse("2026-03-02T08:00:00.000Z");
  let asked: (string | null)[] = [];
  let step = 0;
  const answer = (first: number, count: number): object => {
    const ones = Array.from({ length: count }, () => 1);
    const calls = { calls: step, errors: 0, total_micros: step, p50_micros: 1, p99_micros: 1 };
    const series = { calls: ones, errors: ones.map(() => 0), total_micros: ones, p50_micros: ones, p99_micros: ones };
    return {
      closed_at: new Date(began + step * 10_000).toISOString(),
      steps: { ms: 10_000, first, count },
      recent_ms: 60_000,
      left_out: 0,
      requests: { ...calls, recent: { ...calls, cost: 1 }, series },
      plugins: [{ plugin: SEO, name: "SEO", state: "running", ...calls, recent: null, series: count === 0 ? null : series }],
    };
  };
  await inside.route("**/api/v1/admin/figures*", async (route) => {
    const after = new URL(route.request().url()).searchParams.get("after");
    asked.push(after);
    await route.fulfill({ json: after === null ? answer(0, step) : answer(Number(after) + 1, Math.max(0, step - 1 - Number(after))) });
  });
  await inside.clock.install();
  await inside.goto("/admin/plugins");
  const spark = inside.getByRole("row", { name: /SEO/ }).getByRole("img");
  // The server has just started.
  await expect(spark).toHaveAccessibleName("Calls of SEO in the last hour: 0 calls");
  step = 3;
  await inside.clock.runFor(10_000);
  await expect(spark).toHaveAccessibleName("Calls of SEO in the last hour: 3 calls");
  expect(asked).toEqual([null, null]);
  step = 5;
  await inside.clock.runFor(10_000);
  await expect(spark).toHaveAccessibleName("Calls of SEO in the last hour: 5 calls");
  expect(asked.at(-1)).toBe("2");
  // Nothing new: what is known stays.
  await inside.clock.runFor(10_000);
  await expect.poll(() => asked.at(-1)).toBe("4");
  await expect(spark).toHaveAccessibleName("Calls of SEO in the last hour: 5 calls");
  // The server was started again, and has counted two steps.
  step = 2;
  asked = [];
  await inside.clock.runFor(10_000);
  await expect(spark).toHaveAccessibleName("Calls of SEO in the last hour: 2 calls");
  expect(asked).toEqual(["4", null]);
});

test("nothing is asked for while the page is not seen", async ({ inside }) => {
  let asked = 0;
  inside.on("request", (request) => {
    if (request.url().includes("/api/v1/admin/figures")) asked += 1;
  });
  await inside.clock.install();
  await inside.goto("/admin/plugins");
  await expect.poll(() => asked).toBe(1);
  await inside.clock.runFor(10_000);
  await expect.poll(() => asked).toBe(2);
  const show = (state: string): Promise<void> =>
    inside.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  await show("hidden");
  await inside.clock.runFor(60_000);
  expect(asked).toBe(2);
  await show("visible");
  await expect.poll(() => asked).toBe(3);
});

test("safe mode is said on every screen", async ({ page }) => {
  test.slow();
  const site = await Site.start(["--safe-mode"], ["safe_mode"]);
  try {
    await site.logIn(page);
    for (const path of ["/", "/plugins", `/plugins/${SEO}`, "/cron", "/posts"]) {
      await page.goto(`${site.url}/admin${path}`);
      await expect(page.getByRole("region", { name: "Safe mode" })).toContainText("No plugin is called");
    }
    await page.goto(`${site.url}/admin/plugins`);
    await expect(page.getByRole("row", { name: /SEO/ }).getByText("Safe mode", { exact: true })).toBeVisible();
    await page.goto(`${site.url}/admin/plugins/${SEO}`);
    await page.getByRole("button", { name: "Disable" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
    await expect(page.getByText("SEO is off.")).toBeVisible();
  } finally {
    await site.stop();
  }
});
