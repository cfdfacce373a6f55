// Comments that are approved, and what an editor may do.

import { PASSWORD, expect, test, type Site } from "./site";

interface Comment {
  id: string;
  content: string;
  status: string;
}

async function statusOf(site: Site, content: string): Promise<string | undefined> {
  const { items } = await site.api<{ items: Comment[] }>("GET", "/comments?limit=100");
  return items.find((comment) => comment.content === content)?.status;
}

test.beforeEach(async ({ site }) => {
  const { items } = await site.api<{ items: Comment[] }>("GET", "/comments?limit=100");
  for (const { id } of items) await site.api("DELETE", `/comments/${id}`);
});

test("approve, mark as spam, take back and delete", async ({ inside, site }) => {
  const { slug } = await site.publish("A post with comments");
  const markup = "<img src=x onerror=\"document.title='ran'\">";
  await site.comment(slug, "A good one", markup, "Buy this");
  await inside.goto("/admin/");
  await inside.getByRole("link", { name: "To the comments" }).click();
  await expect(inside.getByRole("listitem").filter({ hasText: markup })).toBeVisible();
  await inside.getByRole("button", { name: "Approve: Ann, A good one" }).click();
  await expect(inside.getByText("1 comment approved.")).toBeVisible();
  await expect(inside.getByText("A good one")).toHaveCount(0);
  expect(await site.visit(`/posts/${slug}/comments`)).toContain("A good one");
  await inside.getByRole("button", { name: "Spam: Ann, Buy this" }).click();
  await expect(inside.getByText("1 comment marked as spam.")).toBeVisible();
  expect(await statusOf(site, "Buy this")).toBe("spam");

  await inside.getByRole("link", { name: "Spam" }).click();
  await expect(inside.getByText("Buy this")).toBeVisible();
  await inside.getByRole("link", { name: "Approved" }).click();
  await inside.getByRole("button", { name: "Hide: Ann, A good one" }).click();
  await expect(inside.getByText("1 comment pending again.")).toBeVisible();
  await inside.getByRole("link", { name: "Pending" }).click();
  await inside.getByRole("button", { name: "Delete: Ann, A good one" }).click();
  await inside.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(inside.getByText("1 comment deleted.")).toBeVisible();
  expect(await statusOf(site, "A good one")).toBeUndefined();
  await expect(inside).toHaveTitle("Comments · raisfast");
});

test("moderate many at once", async ({ inside, site }) => {
  const { slug } = await site.publish("A post with many comments");
  await site.comment(slug, "One", "Two", "Three", "Four");
  await inside.goto("/admin/comments");
  await expect(inside.getByRole("button", { name: "Approve those that are chosen" })).toBeDisabled();
  await inside.getByRole("listitem").filter({ hasText: "Two" }).getByRole("checkbox").check();
  await inside.getByRole("listitem").filter({ hasText: "Four" }).getByRole("checkbox").check();
  await expect(inside.getByText("2 comments chosen")).toBeVisible();
  await inside.getByRole("button", { name: "Approve those that are chosen" }).click();
  await expect(inside.getByText("2 comments approved.")).toBeVisible();
  expect(await statusOf(site, "Two")).toBe("approved");
  expect(await statusOf(site, "One")).toBe("pending");

  await inside.getByLabel("Choose all that are shown").check();
  await inside.getByRole("button", { name: "Spam those that are chosen" }).click();
  await expect(inside.getByText("No comment waits to be approved.")).toBeVisible();
  await inside.getByRole("link", { name: "Spam" }).click();
  await inside.getByRole("button", { name: "Delete all spam" }).click();
  await inside.getByRole("dialog").getByRole("button", { name: "Delete all" }).click();
  await expect(inside.getByText("2 comments deleted.")).toBeVisible();
  await expect(inside.getByText("There is no spam.")).toBeVisible();
  expect(await statusOf(site, "Two")).toBe("approved");
});

test("an editor sees posts of all and comments, and nothing of the server", async ({ page, site }) => {
  await site.api("POST", "/admin/users", { username: "edith", password: PASSWORD, role: "editor" });
  await site.api("POST", "/posts", { title: "A draft of the administrator's", content: "…" });
  const { slug } = await site.publish("A post that an editor looks after");
  await site.comment(slug, "For the editor");
  const refused: string[] = [];
  page.on("response", (response) => {
    if (response.status() === 403) refused.push(response.url());
  });
  await site.logIn(page, "edith");
  await page.goto("/admin/");
  await expect(page.getByRole("heading", { level: 1, name: "Posts" })).toBeVisible();
  const menu = page.getByRole("navigation", { name: "Screens" });
  await expect(menu.getByRole("link")).toHaveText(["Posts", "Comments", "Content"]);
  await page.getByRole("link", { name: "Drafts" }).click();
  await page.getByRole("link", { name: "A draft of the administrator's" }).click();
  await page.getByLabel("Title").fill("A draft that an editor has changed");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();

  await menu.getByRole("link", { name: "Comments" }).click();
  await page.getByRole("button", { name: "Approve: Ann, For the editor" }).click();
  await expect(page.getByText("1 comment approved.")).toBeVisible();
  for (const path of ["/plugins", "/users", "/outbox", "/cron", "/log", "/events", "/install"]) {
    await page.goto(`/admin${path}`);
    await expect(page.getByRole("heading", { name: "This is for administrators" })).toBeVisible();
    await expect(page.getByText("Your account is an editor's.")).toBeVisible();
  }
  expect(refused).toEqual([]);

  // The role counts from the next request on.
  await site.api("PATCH", "/admin/users/edith", { role: "author" });
  await page.goto("/admin/comments");
  await expect(page.getByRole("heading", { name: "This is for editors" })).toBeVisible();
});

test("change a role, remove an account", async ({ inside, site }) => {
  await site.api("POST", "/admin/users", { username: "olga", password: PASSWORD, role: "author" });
  await inside.goto("/admin/users");
  await inside.getByRole("button", { name: "Change the role of olga" }).click();
  const dialog = inside.getByRole("dialog", { name: "Change the role of olga" });
  await dialog.getByRole("radio", { name: /editor/ }).check();
  await dialog.getByRole("button", { name: "Change the role" }).click();
  await expect(inside.getByText("olga is an editor now.")).toBeVisible();
  const { role } = await site.api<{ role: string }>("GET", "/admin/users/olga");
  expect(role).toBe("editor");

  const own = inside.getByRole("row", { name: /^admin/ });
  await expect(own.getByRole("button", { name: "New password for admin" })).toBeVisible();
  await expect(own.getByRole("button", { name: "Remove admin" })).toHaveCount(0);
  await expect(own.getByRole("button", { name: "Change the role of admin" })).toHaveCount(0);

  await inside.getByRole("button", { name: "Remove olga" }).click();
  const question = inside.getByRole("dialog", { name: "Remove olga?" });
  await question.getByRole("button", { name: "Cancel" }).click();
  await inside.getByRole("button", { name: "Remove olga" }).click();
  await question.getByRole("button", { name: "Remove" }).click();
  await expect(inside.getByText("olga was removed.")).toBeVisible();
  await expect(inside.getByRole("row", { name: /^olga/ })).toHaveCount(0);
});

test("posts are found by their titles, whatever page they are on", async ({ inside, site }) => {
  for (let n = 0; n < 51; n += 1) await site.api("POST", "/posts", { title: `Filling ${n}`, content: "…" });
  const first = await site.api<{ items: { title: string }[] }>("GET", "/posts?status=draft&limit=50");
  await inside.goto("/admin/posts?status=draft");
  await expect(inside.getByRole("button", { name: "Show more" })).toBeVisible();
  expect(first.items.some(({ title }) => title === "Filling 0")).toBe(false);
  await inside.getByLabel("Search in titles").fill("filling 0");
  await expect(inside.getByRole("link", { name: "Filling 0" })).toBeVisible();
  await inside.getByLabel("Search in titles").fill("nobody wrote this");
  await expect(inside.getByText("No title of these contains that.")).toBeVisible();
});
