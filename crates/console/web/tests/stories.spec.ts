// What an operator and an author do, from end to end.

import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { DIGEST, ENTRIES, LEDGER, NEWSLETTER, PASSWORD, SEO, WELCOME, expect, manifest, test, writePlugin } from "./site";

test("log in, with a mistake first, and log out", async ({ page }) => {
  await page.goto("/admin/");
  await expect(page).toHaveTitle("Log in · raisfast");
  await expect(page.getByLabel("Name")).toBeFocused();
  await page.getByLabel("Name").fill("admin");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();

  const [cookie] = await page.context().cookies(`${page.url().split("/admin")[0]}/api/v1/posts`);
  expect(cookie).toMatchObject({ name: "raisfast_session", httpOnly: true, sameSite: "Strict", path: "/api/v1" });
  // The login is in nothing that a script can read.
  expect(await page.evaluate(() => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }))).toBe("{}");

  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
});

test("a login that ends elsewhere leads to the login, and back to the same screen", async ({ inside, site }) => {
  await inside.goto("/admin/cron");
  await expect(inside.getByRole("heading", { level: 1, name: "Cron" })).toBeVisible();
  await inside.context().clearCookies();
  await expect(inside.getByText("Your login has ended.")).toBeVisible({ timeout: 15_000 });
  await inside.getByLabel("Name").fill("admin");
  await inside.getByLabel("Password").fill(PASSWORD);
  await inside.getByRole("button", { name: "Log in" }).click();
  await expect(inside.getByRole("heading", { level: 1, name: "Cron" })).toBeVisible();
  expect(inside.url()).toBe(`${site.url}/admin/cron`);
});

test("see a failing plugin, read why, reset it", async ({ inside, site }) => {
  await site.pauseWelcome();
  await inside.goto("/admin/");
  const wrong = inside.getByRole("region", { name: "What is wrong" });
  await expect(wrong.getByText("Welcome is paused in on-post-creating after 5 failures")).toBeVisible();
  await wrong.getByRole("link", { name: "Read why it fails" }).first().click();
  await expect(inside.getByRole("heading", { level: 1, name: "Welcome" })).toBeFocused();
  const failures = inside.getByRole("region", { name: "Last failures" });
  await expect(failures.getByText("the post asked for a panic").first()).toBeVisible();
  await expect(failures.getByText(/lib\.rs:\d+/).first()).toBeVisible();

  await inside.getByRole("button", { name: "Reset the breaker" }).click();
  await expect(inside.getByText("Welcome is called again in every hook.")).toBeVisible();
  await inside.getByRole("link", { name: "State", exact: true }).click();
  await expect(inside.getByRole("region", { name: "Hooks" }).getByText("Called", { exact: true })).toBeVisible();
  await expect(inside.getByRole("button", { name: "Reset the breaker" })).toHaveCount(0);
});

test("disable a plugin and enable it again", async ({ inside }) => {
  await inside.goto(`/admin/plugins/${SEO}`);
  await inside.getByRole("button", { name: "Disable" }).click();
  const dialog = inside.getByRole("dialog", { name: "Disable SEO?" });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toBeHidden();
  await inside.getByRole("button", { name: "Disable" }).click();
  await dialog.getByRole("button", { name: "Disable" }).click();
  await expect(inside.getByText("SEO is off.")).toBeVisible();
  await expect(inside.getByText("Disabled", { exact: true })).toBeVisible();
  await inside.getByRole("button", { name: "Enable" }).click();
  await expect(inside.getByText("SEO is on.")).toBeVisible();
  await expect(inside.getByText("Running", { exact: true })).toBeVisible();
});

test("retry a dead letter, and discard the others", async ({ inside, site }) => {
  await site.deadLetters(3);
  await inside.goto("/admin/");
  await inside.getByRole("link", { name: "To the dead letters" }).click();
  const table = inside.getByRole("table", { name: "Deliveries" });
  const retries = table.getByRole("button", { name: `Retry on-post-created for ${NEWSLETTER}` });
  await expect(retries).toHaveCount(3);
  await expect(table.getByText(/subscribe/).first()).toBeVisible();
  // The hook is there again, and fixed: what is retried is taken.
  await site.installNewsletter(["on-post-created"], "stamp");
  await retries.first().click();
  await expect(inside.getByText("The delivery is tried again.")).toBeVisible();
  await expect(retries).toHaveCount(2);

  await inside.getByLabel("Choose all that are shown").check();
  await inside.getByRole("button", { name: "Discard", exact: true }).click();
  await inside.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await expect(inside.getByText("2 deliveries discarded.")).toBeVisible();
  await expect(inside.getByText("There are no dead letters")).toBeVisible();
});

test("a plugin's deliveries lead to the outbox", async ({ inside, site }) => {
  await site.deadLetters(2);
  await inside.goto(`/admin/plugins/${NEWSLETTER}`);
  const deliveries = inside.getByRole("region", { name: "Deliveries" });
  await expect(deliveries.getByText("Waiting")).toBeVisible();
  await deliveries.getByRole("link", { name: "Dead letters: 2, show them" }).click();
  await expect(inside.getByRole("heading", { level: 1, name: "Outbox" })).toBeFocused();
  await expect(inside.getByLabel("Plugin")).toHaveValue(NEWSLETTER);
  await expect(inside.getByRole("table", { name: "Deliveries" }).getByText("Dead letter", { exact: true })).toHaveCount(2);
});

test("see how much of its room a plugin takes", async ({ inside, site }) => {
  await site.fillLedger();
  await inside.goto(`/admin/plugins/${LEDGER}`);
  await inside.getByRole("link", { name: "Storage" }).click();
  const kept = inside.getByRole("region", { name: "Keys and files" });
  await expect(kept.getByText("2 of 10,000")).toBeVisible();
  await expect(kept.getByText("5 bytes of 10 MiB")).toBeVisible();
  const row = inside.getByRole("table", { name: "Own tables" }).getByRole("row", { name: ENTRIES });
  await expect(row.getByRole("cell")).toHaveText("2");
  await inside.goto(`/admin/plugins/${SEO}/storage`);
  await expect(inside.getByText("It has no tables of its own.")).toBeVisible();
});

test("run a cron job now", async ({ inside, site }) => {
  await inside.goto("/admin/cron");
  const row = inside.getByRole("row", { name: /Weekly digest/ });
  await expect(row.getByText("0 8 * * 1")).toBeVisible();
  const calls = async (): Promise<number> => {
    const { hooks } = await site.api<{ hooks: { hook: string; calls: number }[] }>("GET", `/admin/plugins/${DIGEST}`);
    return hooks.find((hook) => hook.hook === "on-cron-tick")?.calls ?? 0;
  };
  const before = await calls();
  await inside.getByRole("button", { name: "Run now: Weekly digest" }).click();
  await expect(inside.getByText(/Weekly digest has run, in \d+ ms\./)).toBeVisible();
  expect(await calls()).toBe(before + 1);
});

test("watch the log live, and filter it", async ({ inside, site }) => {
  await inside.goto("/admin/log");
  await expect(inside.getByText("Live", { exact: true })).toBeVisible();
  const records = inside.getByRole("region", { name: "Log records" });
  const before = await records.getByText("the post asked for a panic").count();
  await site.publish("panic");
  await expect(records.getByText("the post asked for a panic")).not.toHaveCount(before);
  await inside.getByLabel("Containing").fill("nobody wrote this");
  await expect(inside.getByText("No record contains that.")).toBeVisible();
  await inside.getByLabel("Containing").fill("asked for a panic");
  await expect(records.getByText("the post asked for a panic").first()).toBeVisible();
  // Held: what comes is shown afterwards.
  const held = await records.getByRole("listitem").count();
  await inside.getByRole("button", { name: "Hold" }).click();
  await site.publish("panic");
  await expect(inside.getByText("Held")).toBeVisible();
  expect(await records.getByRole("listitem").count()).toBe(held);
  await inside.getByRole("button", { name: "Hold" }).click();
  await expect(records.getByRole("listitem")).not.toHaveCount(held);
  await site.api("POST", `/admin/plugins/${WELCOME}/reset`);
});

test("see an event when a plugin is paused", async ({ inside, site }) => {
  await inside.goto("/admin/events");
  await expect(inside.getByText("Live", { exact: true })).toBeVisible();
  await site.pauseWelcome();
  const events = inside.getByRole("region", { name: "Events" });
  await expect(events.getByText("paused", { exact: true }).first()).toBeVisible();
  await site.api("POST", `/admin/plugins/${WELCOME}/reset`);
  await expect(events.getByText("reset", { exact: true }).first()).toBeVisible();
});

test("write a draft, see which plugin set what, publish it", async ({ inside, site }) => {
  await inside.goto("/admin/posts");
  await inside.getByRole("button", { name: "Write a post" }).click();
  await inside.getByLabel("Title").fill("Tea in the morning");
  await inside.getByLabel("Text, in Markdown").fill("Some **strong** tea.\n\n<script>alert(1)</script>");
  await inside.getByRole("button", { name: "Save the draft" }).click();
  await expect(inside.getByText("The draft is saved.")).toBeVisible();
  await expect(inside.getByLabel("Slug")).toHaveValue("tea-in-the-morning");
  const provenance = inside.getByRole("region", { name: "What plugins changed" });
  await expect(provenance.getByRole("link", { name: SEO }).first()).toBeVisible();
  await expect(provenance.getByText(/excerpt/).first()).toBeVisible();

  // A browser may leave a frame that nobody sees without a layout.
  await inside.locator("iframe").scrollIntoViewIfNeeded();
  const preview = inside.frameLocator("iframe");
  await expect(preview.getByText("strong")).toBeVisible();
  await expect(inside.getByRole("table", { name: "Time of this page" })).toBeVisible();
  await inside.getByRole("button", { name: "Publish" }).click();
  await expect(inside.getByText("Published.")).toBeVisible();
  const read = await fetch(`${site.url}/api/v1/posts/tea-in-the-morning`);
  expect(read.status).toBe(200);

  // What is not saved is not lost by a slip.
  await inside.getByLabel("Title").fill("Tea at noon");
  inside.once("dialog", (dialog) => void dialog.dismiss());
  await inside.getByRole("navigation", { name: "Screens" }).getByRole("link", { name: "Cron" }).click();
  await expect(inside.getByLabel("Title")).toHaveValue("Tea at noon");
  await inside.getByRole("button", { name: "Save" }).click();
  await expect(inside.getByText("Saved; readers see it now.")).toBeVisible();

  await inside.getByRole("navigation", { name: "Screens" }).getByRole("link", { name: "Posts" }).click();
  await inside.getByLabel("Search in titles").fill("noon");
  await expect(inside.getByRole("link", { name: "Tea at noon" })).toBeVisible();
});

test("a mistake in a post is said beside its field", async ({ inside }) => {
  await inside.goto("/admin/posts/new");
  await inside.getByLabel("Title").fill("x".repeat(2000));
  await inside.getByRole("button", { name: "Save the draft" }).click();
  await expect(inside.getByLabel("Title")).toHaveAttribute("aria-invalid", "true");
  await inside.getByLabel("Title").fill("");
});

test("install a plugin, then a version that may do more", async ({ inside, site }) => {
  const id = "com.example.counter";
  const folder = (version: string, hooks: string[], more = ""): string =>
    writePlugin(join(site.folder, "given"), `counter-${version}`, "moody", manifest(id, "Counter", version, hooks, more));
  const first = folder("1.0.0", ["on-post-creating"]);
  await inside.goto("/admin/plugins");
  await inside.getByRole("button", { name: "Install a plugin" }).click();
  await inside.getByLabel("Choose a folder").setInputFiles(first);
  await expect(inside.getByRole("heading", { name: "Counter 1.0.0" })).toBeFocused();
  await expect(inside.getByText("It may reach nothing outside its sandbox.")).toBeVisible();
  await inside.getByRole("button", { name: "Install", exact: true }).click();
  await expect(inside.getByText("Counter 1.0.0 serves")).toBeVisible();

  const next = folder(
    "1.1.0",
    ["on-post-creating", "on-comment-creating"],
    '\n[permissions]\ndatabase = ["posts"]\nhttp = ["https://api.example.com"]\n\n[limits]\nkv_keys = 20000\n' +
      '\n[[settings]]\nkey = "api_key"\nlabel = "API key"\ntype = "secret"\nrequired = true\n' +
      '\n[[settings]]\nkey = "tone"\nlabel = "Tone"\ntype = "string"\ndefault = "dry"\n',
  );
  await inside.getByRole("button", { name: "Install another one" }).click();
  await inside.getByLabel("Choose a folder").setInputFiles(next);
  await expect(inside.getByText("It takes the place of version 1.0.0.")).toBeVisible();
  const news = inside.getByText("It may do more than the version that serves");
  await expect(news).toBeVisible();
  await expect(inside.getByText("It may send requests to https://api.example.com.")).toBeVisible();
  await expect(inside.getByText("It is called before a comment is stored (on-comment-creating).")).toBeVisible();
  await expect(inside.getByText("Keys in its key-value store: 20,000 instead of 10,000.")).toBeVisible();
  await expect(inside.getByText("New, reaches further").first()).toBeVisible();
  // Its settings are known before it is installed, and what it cannot be without.
  await expect(inside.getByText(/which you do after the installation: API key\./)).toBeVisible();
  const settings = inside.getByRole("table", { name: "Settings" });
  await expect(settings.getByRole("row", { name: /API key/ })).toContainText("a secret, which is kept encrypted");
  await expect(settings.getByRole("row", { name: /API key/ })).toContainText("Has to be set");
  await expect(settings.getByRole("row", { name: /Tone/ })).toContainText("Has a value");
  await expect(settings.getByText("New", { exact: true })).toHaveCount(2);
  await inside.getByRole("button", { name: "Allow this and install" }).click();
  await expect(inside.getByText("Counter 1.1.0 is installed, and needs settings")).toBeVisible();
  await expect(inside.getByText("Version 1.0.0 serves meanwhile.")).toBeVisible();
  await inside.getByRole("link", { name: "Set them" }).click();
  await expect(inside.getByLabel("API key (required)")).toBeVisible();
  await inside.getByRole("button", { name: "Remove" }).click();
  await inside.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(inside.getByRole("heading", { level: 1, name: "Plugins" })).toBeVisible();
});

test("an archive is a plugin, too", async ({ inside, site }) => {
  const folder = writePlugin(join(site.folder, "given"), "packed", "moody", manifest("com.example.packed", "Packed", "1.0.0", ["on-login"]));
  const archive = join(site.folder, "packed.tar.gz");
  execFileSync("tar", ["-czf", archive, "-C", folder, "."]);
  await inside.goto("/admin/install");
  await inside.getByLabel("Choose an archive").setInputFiles(archive);
  await expect(inside.getByRole("heading", { name: "Packed 1.0.0" })).toBeVisible();
  await inside.getByRole("button", { name: "Cancel" }).click();
  await expect(inside.getByText("Drop a built plugin here")).toBeVisible();
});

test("an author sees posts alone, the own drafts among them", async ({ page, site }) => {
  await site.api("POST", "/admin/users", { username: "ann", password: PASSWORD, role: "author" });
  await page.goto("/admin/");
  await page.getByLabel("Name").fill("ann");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Posts" })).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Screens" }).getByRole("link")).toHaveText(["Posts", "Content"]);
  await page.getByRole("button", { name: "Write a post" }).click();
  await page.getByLabel("Title").fill("A draft of Ann's");
  await page.getByRole("button", { name: "Save the draft" }).click();
  await expect(page.getByText("The draft is saved.")).toBeVisible();
  await expect(page.frameLocator("iframe").locator("body")).toBeAttached();
  await expect(page.getByText("What plugins changed")).toHaveCount(0);
  await page.goto("/admin/plugins");
  await expect(page.getByRole("heading", { name: "This is for administrators" })).toBeVisible();
});

test("add a user, who logs in with the password that is shown once, and disable the account", async ({ inside, browser, site }) => {
  await inside.goto("/admin/users");
  await inside.getByLabel("Name", { exact: true }).fill("bea");
  await inside.getByRole("button", { name: "Add", exact: true }).click();
  const shown = inside.getByRole("status").filter({ hasText: "The password of bea" });
  const password = (await shown.locator("code").textContent()) ?? "";
  expect(password.length).toBeGreaterThan(10);

  const elsewhere = await browser.newPage({ baseURL: site.url });
  await elsewhere.goto("/admin/");
  await elsewhere.getByLabel("Name").fill("bea");
  await elsewhere.getByLabel("Password").fill(password);
  await elsewhere.getByRole("button", { name: "Log in" }).click();
  await expect(elsewhere.getByRole("heading", { level: 1, name: "Posts" })).toBeVisible();

  await inside.getByRole("button", { name: "I have kept it" }).click();
  await expect(inside.getByText(password)).toHaveCount(0);
  await inside.getByRole("button", { name: "Disable bea" }).click();
  await inside.getByRole("dialog", { name: "Disable bea?" }).getByRole("button", { name: "Disable" }).click();
  await expect(inside.getByText("bea cannot log in.")).toBeVisible();
  await elsewhere.getByRole("link", { name: "Posts" }).click();
  await elsewhere.getByRole("link", { name: "Drafts" }).click();
  await expect(elsewhere.getByText("Your login has ended.")).toBeVisible();
  await elsewhere.close();
});

test("something that is not a plugin is refused in words", async ({ inside, site }) => {
  const folder = writePlugin(join(site.folder, "given"), "broken", "moody", "[plugin]\nid = 1\n");
  await inside.goto("/admin/install");
  await inside.getByLabel("Choose a folder").setInputFiles(folder);
  await expect(inside.getByRole("alert")).toContainText("manifest.toml");
  await inside.getByLabel("Choose an archive").setInputFiles({ name: "x.tar.gz", mimeType: "application/gzip", buffer: Buffer.from("x") });
  await expect(inside.getByRole("alert")).toBeVisible();
});

test("text from a plugin is text", async ({ inside, site }) => {
  await site.pauseWelcome();
  const markup = '<img src=x onerror="document.title=1"><b>bold</b>';
  await site.publish(markup);
  await inside.goto("/admin/posts");
  await expect(inside.getByRole("link", { name: markup })).toBeVisible();
  await expect(inside).toHaveTitle("Posts · raisfast");
  await site.api("POST", `/admin/plugins/${WELCOME}/reset`);
});
