// Typed content: written in fields and as JSON, found, changed and deleted.

import { LEDGER, PASSWORD, expect, test, type Site } from "./site";

interface Found {
  id: string;
  data: Record<string, unknown>;
}

async function all(site: Site, type: string): Promise<Found[]> {
  return (await site.api<{ items: Found[] }>("GET", `/content/${type}`)).items;
}

test("write the first record of a type, change it, and delete it", async ({ inside, site }) => {
  await inside.goto("/admin/content");
  await inside.getByLabel("Name of the type").fill("Not a type");
  await inside.getByRole("button", { name: "Write its first record" }).click();
  await expect(inside.getByLabel("Name of the type")).toHaveAccessibleDescription(/^Expected a small letter/);
  await inside.getByLabel("Name of the type").fill("recipe");
  await inside.keyboard.press("Enter");
  await expect(inside.getByRole("heading", { level: 1, name: "Write a record of recipe" })).toBeFocused();

  const add = async (name: string, kind: string): Promise<void> => {
    await inside.getByLabel("New field").fill(name);
    await inside.getByLabel("It is a").selectOption(kind);
    await inside.getByRole("button", { name: "Add the field" }).click();
  };
  await add("title", "text");
  // Whoever adds a field goes on in it.
  await expect(inside.getByLabel("title", { exact: true })).toBeFocused();
  await inside.keyboard.type("Scones");
  await add("barcode", "number");
  await inside.getByLabel("barcode", { exact: true }).fill("1e");
  await add("vegan", "yes or no");
  await add("steps", "list or object, as JSON");
  await inside.getByLabel("steps (JSON)", { exact: true }).fill('["mix", "bake"');
  await inside.getByRole("button", { name: "Publish" }).click();
  await expect(inside.getByText("Nothing is saved: the field barcode cannot be read.")).toBeVisible();
  await expect(inside.getByLabel("barcode", { exact: true })).toHaveAccessibleDescription("Expected a number, found 1e. Remove the field if it has no value.");
  await expect(inside.getByLabel("barcode", { exact: true })).toBeFocused();
  await inside.getByLabel("barcode", { exact: true }).fill("12345678901234567890");
  await inside.getByRole("button", { name: "Publish" }).click();
  await expect(inside.getByLabel("steps (JSON)", { exact: true })).toHaveAccessibleDescription(/^Expected JSON/);
  await inside.getByLabel("steps (JSON)", { exact: true }).fill('["mix", "bake"]');
  await inside.getByRole("button", { name: "Publish" }).click();
  await expect(inside.getByText("Published.")).toBeVisible();
  await expect(inside.getByRole("heading", { level: 1, name: "Scones" })).toBeVisible();
  const written = '{"title":"Scones","barcode":12345678901234567890,"vegan":false,"steps":["mix","bake"]}';
  // Not a digit is lost, on the way there or back.
  expect(await site.text("/content/recipe")).toContain(written);
  await expect(inside.getByLabel("barcode", { exact: true })).toHaveValue("12345678901234567890");

  await inside.getByLabel("vegan", { exact: true }).check();
  await expect(inside.getByText("Changed, and not saved")).toBeVisible();
  await inside.getByRole("button", { name: "Remove the field steps" }).click();
  await inside.getByRole("button", { name: "Save" }).click();
  await expect(inside.getByText("Saved; readers see it now.")).toBeVisible();
  expect(await site.text("/content/recipe")).toContain('{"title":"Scones","barcode":12345678901234567890,"vegan":true}');

  await inside.getByRole("button", { name: "Delete" }).click();
  await inside.getByRole("dialog", { name: "Delete this record?" }).getByRole("button", { name: "Delete" }).click();
  await expect(inside.getByText("The record was deleted.")).toBeVisible();
  await expect(inside.getByText("There are no records of this type.")).toBeVisible();
  expect(await all(site, "recipe")).toEqual([]);
});

test("write a record as JSON, and see what is wrong with it", async ({ inside, site }) => {
  await site.api("POST", "/content/venue", { name: "The mill", seats: 40 });
  await inside.goto("/admin/content/venue/new");
  // A new one begins with the fields of the latest.
  await expect(inside.getByLabel("name", { exact: true })).toHaveValue("");
  await inside.getByLabel("name", { exact: true }).fill("The barn");
  await inside.getByRole("button", { name: "As JSON" }).click();
  const text = inside.getByLabel("The record, as JSON");
  await expect(text).toHaveValue('{\n  "name": "The barn"\n}');
  await text.fill('{"name": "The barn", "at": {"street": "Mill Lane", "no": 1.50}');
  await inside.getByRole("button", { name: "Publish" }).click();
  await expect(text).toHaveAccessibleDescription(/^Expected JSON/);
  await text.fill("[1]");
  await inside.getByRole("button", { name: "Publish" }).click();
  await expect(text).toHaveAccessibleDescription(/^Expected a JSON object/);
  await text.fill('{"name": "The barn", "at": {"street": "Mill Lane", "no": 1.50}}');
  await inside.getByRole("button", { name: "As JSON" }).click();
  await expect(inside.getByLabel("at (JSON)", { exact: true })).toHaveValue('{\n  "street": "Mill Lane",\n  "no": 1.50\n}');
  await inside.getByRole("button", { name: "Publish" }).click();
  await expect(inside.getByText("Published.")).toBeVisible();
  expect(await site.text("/content/venue")).toContain('"no":1.50');

  // What is not saved is not lost by a slip.
  await inside.getByLabel("name", { exact: true }).fill("The old barn");
  inside.once("dialog", (dialog) => void dialog.dismiss());
  await inside.getByRole("link", { name: "All records of venue" }).click();
  await expect(inside.getByLabel("name", { exact: true })).toHaveValue("The old barn");
  inside.once("dialog", (dialog) => void dialog.accept());
  await inside.getByRole("link", { name: "All records of venue" }).click();
  await expect(inside.getByRole("table", { name: "Records" })).toBeVisible();
});

test("records are found by their text, whatever page they are on", async ({ inside, site }) => {
  for (let n = 0; n < 51; n += 1) await site.api("POST", "/content/tea", { name: `Tea number ${n}`, note: n === 0 ? '<b>"the first"</b>' : "" });
  await inside.goto("/admin/content");
  const row = inside.getByRole("row", { name: /^tea/ });
  await expect(row).toContainText("51");
  await row.getByRole("link", { name: "tea" }).click();
  await expect(inside.getByRole("link", { name: "Tea number 50" })).toBeVisible();
  await expect(inside.getByRole("link", { name: "Tea number 0", exact: true })).toHaveCount(0);
  await inside.getByRole("button", { name: "Show more" }).click();
  await expect(inside.getByRole("link", { name: "Tea number 0", exact: true })).toBeVisible();
  await inside.getByLabel("Search in the text").fill('"THE first"');
  await expect(inside.getByRole("row")).toHaveCount(2);
  // Text is text.
  await expect(inside.getByRole("row", { name: /Tea number 0/ })).toContainText('<b>"the first"</b>');
  await inside.getByLabel("Search in the text").fill("nobody wrote this");
  await expect(inside.getByText("No record of this type contains that.")).toBeVisible();
});

test("beside a record stands what a plugin changed in it", async ({ inside, site }) => {
  const { id } = await site.fillLedger();
  await inside.goto(`/admin/content/call/${id}`);
  const provenance = inside.getByRole("region", { name: "What plugins changed" });
  await expect(provenance.getByRole("link", { name: LEDGER })).toBeVisible();
  await expect(provenance.getByText("results")).toBeVisible();
  await expect(inside.getByText(`GET /api/v1/content/call/${id}`)).toBeVisible();
});

test("what is typed as soon as a form appears stays", async ({ inside, site }) => {
  const title = "Of the moment";
  const { id } = await site.api<Found>("POST", "/content/haiku", { title });
  const post = await site.api<{ id: string }>("POST", "/posts", { title, content: "Tea." });
  // Nobody is quicker than this: it types before the page does anything more.
  await inside.addInitScript((title) => {
    new MutationObserver(() => {
      const field = [...document.querySelectorAll<HTMLInputElement>("main input")].find((input) => input.value === title);
      if (!field) return;
      field.value = `${title}, and more`;
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }).observe(document, { childList: true, subtree: true });
  }, title);
  for (const path of [`/admin/content/haiku/${id}`, `/admin/posts/${post.id}`]) {
    await inside.goto(path);
    await expect(inside.getByLabel(/^title$/i)).toHaveValue(`${title}, and more`);
    await expect(inside.getByRole("button", { name: "Save", exact: true })).toBeEnabled();
  }
  await site.api("DELETE", `/content/haiku/${id}`);
  await site.api("DELETE", `/posts/${post.id}`);
});

test("an author writes content, and changes nobody else's", async ({ page, site }) => {
  await site.api("POST", "/admin/users", { username: "paula", password: PASSWORD, role: "author" });
  const others = await site.api<Found>("POST", "/content/poem", { title: "Of the administrator" });
  await site.logIn(page, "paula");
  await page.goto("/admin/content");
  await page.getByRole("link", { name: "poem" }).click();
  await page.getByRole("button", { name: "Write a record" }).click();
  await page.getByLabel("title", { exact: true }).fill("Of Paula");
  await page.getByRole("button", { name: "Publish" }).click();
  await expect(page.getByText("Published.")).toBeVisible();
  await expect(page.getByText("What plugins changed")).toHaveCount(0);
  await page.goto(`/admin/content/poem/${others.id}`);
  await page.getByLabel("title", { exact: true }).fill("Of Paula, too");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("this belongs to somebody else")).toBeVisible();
  expect((await all(site, "poem")).map(({ data }) => data["title"])).toEqual(["Of Paula", "Of the administrator"]);
});
