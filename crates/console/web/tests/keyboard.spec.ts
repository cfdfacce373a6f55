// The keyboard alone.

import type { Page } from "@playwright/test";

import { PASSWORD, WELCOME, expect, test } from "./site";

/** Goes on with Tab until something of this name has the focus, which has to be seen. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let n = 0; n < 60; n += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      const label = element instanceof HTMLInputElement ? (element.labels?.[0]?.textContent ?? "") : "";
      const style = element && getComputedStyle(element);
      return {
        name: element?.getAttribute("aria-label") ?? (label || (element?.textContent ?? "")),
        isSeen: style !== null && style?.outlineStyle !== "none",
      };
    });
    passed.push(focused.name);
    if (name.test(focused.name)) {
      expect(focused.isSeen, `the focus on ${focused.name} cannot be seen`).toBe(true);
      return;
    }
  }
  throw new Error(`nothing named ${name} is reached; passed ${passed.join(", ")}`);
}

test("from the login to a plugin that is called again, without a mouse", async ({ page, site }) => {
  await site.pauseWelcome();
  await page.goto("/admin/");
  await expect(page.getByLabel("Name")).toBeFocused();
  await page.keyboard.type("admin");
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();

  await tabTo(page, /^Skip to the content$/);
  await page.keyboard.press("Enter");
  await tabTo(page, /^Read why it fails$/);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Welcome" })).toBeFocused();
  await tabTo(page, /^Disable$/);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.getByRole("button", { name: "Disable" })).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  await expect(page.getByRole("button", { name: "Reset the breaker" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByText("Welcome is called again in every hook.")).toBeVisible();
  const { hooks } = await site.api<{ hooks: { breaker: { state: string } }[] }>("GET", `/admin/plugins/${WELCOME}`);
  expect(hooks[0]?.breaker.state).toBe("closed");
});

test("comments are moderated without a mouse, and the place in the list is kept", async ({ page, site }) => {
  await site.api("POST", "/admin/users", { username: "kay", password: PASSWORD, role: "editor" });
  const { slug } = await site.publish("A post for the keyboard");
  await site.comment(slug, "The third", "The second", "The first");
  await site.logIn(page, "kay");
  await page.goto("/admin/posts");
  await tabTo(page, /^Comments$/);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Comments" })).toBeFocused();
  await tabTo(page, /^Approve: Ann, The first$/);
  await page.keyboard.press("Enter");
  await expect(page.getByText("1 comment approved.")).toBeVisible();
  // The focus is on the comment that took its place.
  await expect(page.getByRole("listitem").filter({ hasText: "The second" }).getByRole("checkbox")).toBeFocused();
  await page.keyboard.press("Space");
  await tabTo(page, /^Delete: Ann, The third$/);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Delete the comment of Ann?" })).toBeVisible();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByText("1 comment deleted.")).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "The second" }).getByRole("checkbox")).toBeFocused();
  await tabTo(page, /^Spam: Ann, The second$/);
  await page.keyboard.press("Enter");
  await expect(page.getByText("1 comment marked as spam.")).toBeVisible();
  await expect(page.getByRole("region", { name: "Comments" })).toBeFocused();
});
