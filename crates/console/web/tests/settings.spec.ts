// The settings of plugins: in a form, and secrets nowhere.

import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { LETTERS, expect, test, type Site } from "./site";

const SECRET = "sk-live-0123456789-nobody-may-read-this";

/** Takes back what tests have set. */
async function unset(site: Site): Promise<void> {
  const { settings } = await site.api<{ settings: { key: string }[] }>("GET", `/admin/plugins/${LETTERS}/settings`);
  await site.api("PUT", `/admin/plugins/${LETTERS}/settings`, Object.fromEntries(settings.map(({ key }) => [key, null])));
  await reaches(site, "needs_settings");
}

async function reaches(site: Site, state: string): Promise<void> {
  await site.until(`the state is ${state}`, async () => {
    return (await site.api<{ state: string }>("GET", `/admin/plugins/${LETTERS}`)).state === state;
  });
}

test.beforeEach(async ({ site }) => unset(site));

test("what needs settings is said wherever the plugin is, and leads to the form", async ({ inside }) => {
  await inside.goto("/admin/plugins");
  const row = inside.getByRole("row", { name: /Letters/ });
  await expect(row.getByText("Needs settings", { exact: true })).toBeVisible();
  await row.getByRole("link", { name: "Set them" }).click();
  await expect(inside.getByRole("heading", { level: 2, name: "Settings" })).toBeVisible();
  await expect(inside.getByText("It is not called before these are set")).toBeVisible();

  await inside.goto("/admin/");
  const wrong = inside.getByRole("region", { name: "What is wrong" });
  const trouble = wrong.locator(".notice").filter({ hasText: "Letters needs settings" });
  await expect(trouble.getByText("API key:")).toBeVisible();
  await trouble.getByRole("link", { name: "Set them" }).click();
  await expect(inside.getByLabel("API key (required)")).toBeVisible();
});

test("each type has its field, and all mistakes are said at once", async ({ inside, site }) => {
  await inside.goto(`/admin/plugins/${LETTERS}/settings`);
  await expect(inside.getByLabel("API key (required)")).toHaveAttribute("type", "password");
  await expect(inside.getByLabel("Greeting")).toHaveValue("Dear reader");
  await expect(inside.getByLabel("Letters a day", { exact: true })).toHaveAttribute("type", "number");
  await expect(inside.getByLabel("Send HTML")).toBeChecked();
  await expect(inside.getByLabel("Tone", { exact: true })).toHaveValue("warm");
  await expect(inside.getByLabel("Endpoint", { exact: true })).toHaveAttribute("type", "url");
  await expect(inside.getByLabel("Reply to")).toHaveAttribute("type", "email");
  await expect(inside.getByRole("button", { name: "Save" })).toBeDisabled();

  await inside.getByLabel("API key (required)").fill("short");
  await inside.getByLabel("Letters a day", { exact: true }).fill("101");
  await inside.getByLabel("Share of readers").fill("2");
  await inside.getByLabel("Endpoint", { exact: true }).fill("not a place");
  await inside.getByLabel("Reply to").fill("nobody");
  await inside.getByLabel("Signature").fill("Yours,\nthe editors");
  await inside.getByRole("button", { name: "Save" }).click();
  await expect(inside.getByText("Nothing is saved: 5 values do not fit.")).toBeVisible();
  for (const label of ["API key (required)", "Letters a day", "Share of readers", "Endpoint", "Reply to"]) {
    const field = inside.getByLabel(label);
    await expect(field).toHaveAttribute("aria-invalid", "true");
    await expect(field).toHaveAccessibleDescription(/expected|at least|characters/i);
  }
  await expect(inside.getByLabel("API key (required)")).toBeFocused();
  await expect(inside.getByLabel("Signature")).not.toHaveAttribute("aria-invalid");
  const { settings } = await site.api<{ settings: { origin: string }[] }>("GET", `/admin/plugins/${LETTERS}/settings`);
  expect(settings.filter(({ origin }) => origin === "set")).toEqual([]);

  await inside.getByLabel("API key (required)").fill(SECRET);
  await inside.getByLabel("Letters a day", { exact: true }).fill("100");
  await inside.getByLabel("Share of readers").fill("0.25");
  await inside.getByLabel("Endpoint", { exact: true }).fill("https://example.com/letters");
  await inside.getByLabel("Reply to").fill("editors@example.com");
  await inside.getByLabel("Tone", { exact: true }).selectOption("dry");
  await inside.getByLabel("Send HTML").uncheck();
  await inside.getByLabel("Greeting").press("Enter");
  await expect(inside.getByText("The settings are saved")).toBeVisible();
  const after = await site.api<{ settings: { key: string; value: unknown }[] }>("GET", `/admin/plugins/${LETTERS}/settings`);
  expect(Object.fromEntries(after.settings.map(({ key, value }) => [key, value]))).toEqual({
    api_key: null,
    greeting: "Dear reader",
    signature: "Yours,\nthe editors",
    letters_a_day: 100,
    account: null,
    share: 0.25,
    is_html: false,
    tone: "dry",
    endpoint: "https://example.com/letters",
    reply_to: "editors@example.com",
  });

  // The default again, and no value at all.
  await inside.getByRole("button", { name: "Use the default: Tone" }).click();
  await expect(inside.getByLabel("Tone", { exact: true })).toHaveValue("warm");
  await expect(inside.getByLabel("Tone", { exact: true })).toBeFocused();
  await inside.getByRole("button", { name: "Clear: Endpoint" }).click();
  await expect(inside.getByLabel("Endpoint", { exact: true })).toHaveValue("");
});

test("a number of many digits stays as it is written", async ({ inside, site }) => {
  const long = "9007199254740993";
  await inside.goto(`/admin/plugins/${LETTERS}/settings`);
  const field = inside.getByLabel("Account", { exact: true });
  await field.fill(long);
  await inside.getByRole("button", { name: "Save" }).click();
  await expect(inside.getByText("The settings are saved")).toBeVisible();
  await expect(field).toHaveValue(long);
  expect(await site.text(`/admin/plugins/${LETTERS}/settings`)).toContain(`"value":${long}`);
  // Nor does it change when another one is saved.
  await inside.reload();
  await expect(field).toHaveValue(long);
  await inside.getByLabel("Greeting").fill("Hello");
  await inside.getByRole("button", { name: "Save" }).click();
  await expect(inside.getByText("The settings are saved")).toBeVisible();
  await expect(field).toHaveValue(long);
});

test("what is not a number is neither sent nor lost", async ({ inside }) => {
  await inside.goto(`/admin/plugins/${LETTERS}/settings`);
  const field = inside.getByLabel("Letters a day", { exact: true });
  await field.fill("");
  await field.pressSequentially("1e");
  await inside.getByRole("button", { name: "Save" }).click();
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveAccessibleDescription(/^Expected an integer from 1 to 100\. From 1/);
  await field.pressSequentially("1");
  await inside.getByRole("button", { name: "Save" }).click();
  await expect(inside.getByText("The settings are saved")).toBeVisible();
  await expect(field).toHaveValue("10");
});

test("a change that is not saved is not lost by a slip", async ({ inside }) => {
  await inside.goto(`/admin/plugins/${LETTERS}/settings`);
  await inside.getByLabel("Greeting").fill("Hello");
  inside.once("dialog", (dialog) => void dialog.dismiss());
  await inside.getByRole("link", { name: "Failures" }).click();
  await expect(inside.getByLabel("Greeting")).toHaveValue("Hello");
  await inside.getByRole("button", { name: "Undo my changes" }).click();
  await expect(inside.getByLabel("Greeting")).toHaveValue("Dear reader");
  await inside.getByRole("link", { name: "Failures" }).click();
  await expect(inside.getByRole("heading", { name: "Last failures" })).toBeVisible();
});

test("set a secret, and no page, answer or log shows it", async ({ inside, site }) => {
  test.slow();
  const answers: Promise<string>[] = [];
  inside.on("response", (response) => {
    // Streams do not end.
    if (!response.url().includes("/stream") && !response.url().endsWith("/events")) {
      answers.push(response.text().catch(() => ""));
    }
  });
  const said: string[] = [];
  inside.on("console", (message) => said.push(message.text()));

  await inside.goto(`/admin/plugins/${LETTERS}/settings`);
  await expect(inside.getByText("Not set", { exact: true })).toBeVisible();
  await inside.getByLabel("API key (required)").fill(SECRET);
  await inside.getByRole("button", { name: "Save" }).click();
  await expect(inside.getByText("The settings are saved")).toBeVisible();
  await expect(inside.getByText("Is set", { exact: true })).toBeVisible();
  await expect(inside.getByLabel("API key (required)")).toHaveValue("");
  await reaches(site, "running");

  /** Everything that a page holds: its text, its attributes, and what stands in its fields. */
  const held = (): Promise<string> =>
    inside.evaluate(() => {
      const fields = [...document.querySelectorAll<HTMLInputElement>("input, textarea, select")].map((field) => field.value);
      const kept = JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, document.cookie, location.href]);
      return [document.documentElement.outerHTML, document.body.innerText, ...fields, kept].join("\n");
    });
  expect(await held()).not.toContain(SECRET);
  // It is called with it, and what it logs and fails with is shown on these pages.
  const { slug } = await site.publish("A page that a plugin with a secret filters");
  await site.visit(`/posts/${slug}`);
  const pages = ["", "/rights", "/figures", "/failures", "/log", "/settings"].map((tab) => `/plugins/${LETTERS}${tab}`);
  for (const path of [...pages, "/", "/plugins", "/log", "/events", "/outbox"]) {
    await inside.goto(`/admin${path}`);
    await expect(inside.getByText("Loading…")).toHaveCount(0);
    expect(await held(), path).not.toContain(SECRET);
  }
  expect(said.join("\n")).not.toContain(SECRET);
  expect(site.written()).not.toContain(SECRET);
  // What the last pages asked for and nobody waited for ends with them.
  await inside.goto("about:blank");
  const texts = await Promise.all(answers);
  expect(texts.some((text) => text.includes('"api_key"'))).toBe(true);
  expect(texts.filter((text) => text.includes(SECRET))).toEqual([]);
  const bytes = Buffer.from(SECRET);
  const files = filesIn(site.folder);
  expect(files.length).toBeGreaterThan(3);
  expect(files.filter((path) => readFileSync(path).includes(bytes))).toEqual([]);
});

test("replace a secret by one of several lines, and remove it", async ({ inside, site }) => {
  await inside.goto(`/admin/plugins/${LETTERS}/settings`);
  await inside.getByRole("button", { name: "Enter several lines: API key" }).click();
  await inside.getByLabel("API key (required)").fill("-----BEGIN KEY-----\nabc\n-----END KEY-----");
  await inside.getByRole("button", { name: "Save" }).click();
  await expect(inside.getByText("Is set", { exact: true })).toBeVisible();
  await expect(inside.getByLabel("API key (required)")).toHaveAttribute("type", "password");
  await reaches(site, "running");

  await inside.getByRole("button", { name: "Remove: API key" }).click();
  const dialog = inside.getByRole("dialog", { name: "Remove API key?" });
  await expect(dialog.getByText("The plugin is not called until it is set again.")).toBeVisible();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(inside.getByText("Not set", { exact: true })).toBeVisible();
  await expect(inside.getByLabel("API key (required)")).toBeFocused();
  await reaches(site, "needs_settings");
});

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const found = statSync(path);
    return found.isDirectory() ? filesIn(path) : found.isFile() ? [path] : [];
  });
}
