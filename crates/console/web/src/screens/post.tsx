import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { posts, type Post, type PostFields, type PostStatus, type Timing } from "../api";
import { useChanged, useData } from "../data";
import { Problem } from "../http";
import { go, useGuard } from "../router";
import { Act, Badge, Confirmed, Field, Ready, Screen, Section } from "../ui";
import { POST_STATES, counted } from "../words";
import { Provenance } from "./provenance";

interface Draft {
  title: string;
  slug: string;
  content: string;
  excerpt: string;
  tags: string;
}

const EMPTY: Draft = { title: "", slug: "", content: "", excerpt: "", tags: "" };

function draftOf(post: Post): Draft {
  return {
    title: post.title,
    slug: post.slug,
    content: post.content,
    excerpt: post.excerpt ?? "",
    tags: post.tag_ids?.join(", ") ?? "",
  };
}

function tagsOf(text: string): string[] | null {
  const tags = text.split(",").map((tag) => tag.trim()).filter(Boolean);
  return tags.length === 0 ? null : tags;
}

/** The fields that differ from what is stored. */
function changes(draft: Draft, post: Post | undefined): Partial<PostFields> {
  const before = post ? draftOf(post) : EMPTY;
  const found: Partial<PostFields> = {};
  if (draft.title !== before.title) found.title = draft.title;
  if (draft.slug !== before.slug && draft.slug !== "") found.slug = draft.slug;
  if (draft.content !== before.content) found.content = draft.content;
  if (draft.excerpt !== before.excerpt) found.excerpt = draft.excerpt || null;
  if (draft.tags !== before.tags) found.tag_ids = tagsOf(draft.tags);
  return found;
}

/** A post, to be written and looked at; `new` is one that is not there yet. */
export function PostScreen(props: { id: string; isAdmin: boolean }): JSX.Element {
  const isNew = props.id === "new";
  const page = useData(`post ${props.id}`, async (signal) => (isNew ? null : posts.page(props.id, signal)));
  if (isNew) return <Editor key="new" page={null} isAdmin={props.isAdmin} saved={async () => undefined} />;
  const loaded = page.data;
  return loaded ? (
    <Editor key={props.id} page={loaded} isAdmin={props.isAdmin} saved={page.reload} />
  ) : (
    <Screen title="Post">
      <Ready of={page}>{() => null}</Ready>
    </Screen>
  );
}

function Editor(props: {
  page: { post: Post & { html: string }; times: Timing[] } | null;
  isAdmin: boolean;
  saved: () => Promise<void>;
}): JSX.Element {
  const post = props.page?.post;
  const [draft, setDraft] = useState<Draft>(post ? draftOf(post) : EMPTY);
  const [errors, setErrors] = useState<Record<string, string>>({});
  // What a plugin has changed on the way shows in the form, too.
  useChanged(post?.updated_at, () => {
    if (post) setDraft(draftOf(post));
  });
  const edits = changes(draft, post);
  const isDirty = Object.keys(edits).length > 0;
  useGuard(isDirty);

  const save = async (status: PostStatus, done: string): Promise<string> => {
    setErrors({});
    try {
      if (!post) {
        const made = await posts.create({
          title: draft.title,
          content: draft.content,
          excerpt: draft.excerpt || null,
          tag_ids: tagsOf(draft.tags),
          status,
          ...(draft.slug && { slug: draft.slug }),
        });
        go(`/posts/${made.id}`, { replace: true, free: true });
        return done;
      }
      await posts.patch(post.id, { ...edits, ...(status !== post.status && { status }) });
      await props.saved();
      return done;
    } catch (error) {
      if (error instanceof Problem) {
        setErrors(Object.fromEntries(error.errors.map(({ pointer, detail }) => [pointer.split("/")[1] ?? "", detail])));
      }
      throw error;
    }
  };

  const text = (name: keyof Draft) => ({
    value: draft[name],
    onInput: (event: { currentTarget: { value: string } }) => setDraft({ ...draft, [name]: event.currentTarget.value }),
  });
  const status = post?.status ?? "draft";

  return (
    <Screen
      title={post ? post.title : "Write a post"}
      lead={
        post && (
          <>
            <Badge tone={POST_STATES[status].tone}>{POST_STATES[status].word}</Badge>
            {isDirty ? <span>Changed, and not saved</span> : <span>Saved</span>}
            <span>{counted(post.view_count, "view")}</span>
          </>
        )
      }
      actions={
        <>
          {status === "published" ? (
            <Act class="primary" disabled={!isDirty} does={() => save("published", "Saved; readers see it now.")}>
              Save
            </Act>
          ) : (
            <>
              <Act disabled={!isDirty} does={() => save(status, post ? "Saved." : "The draft is saved.")}>
                {post ? "Save" : "Save the draft"}
              </Act>
              <Act class="primary" does={() => save("published", "Published.")}>
                Publish
              </Act>
            </>
          )}
          {post && status === "published" && <Act does={() => save("draft", "It is a draft again.")}>Make it a draft</Act>}
          {post && status !== "archived" && <Act does={() => save("archived", "Archived.")}>Archive</Act>}
          {post && (
            <Confirmed
              class="quiet-danger"
              title="Delete this post?"
              text={`“${post.title}” and its comments are deleted. This cannot be undone.`}
              button="Delete"
              does={async () => {
                await posts.remove(post.id);
                go("/posts", { free: true });
                return "The post was deleted.";
              }}
            >
              Delete
            </Confirmed>
          )}
        </>
      }
    >
      <div class={post ? "two" : "one"}>
        <section class="panel" aria-label="The post">
          <Field label="Title" error={errors["title"]}>
            {(field) => <input {...field} type="text" required {...text("title")} />}
          </Field>
          <Field label="Text, in Markdown" error={errors["content"]}>
            {(field) => <textarea {...field} rows={16} spellcheck {...text("content")} />}
          </Field>
          <Field label="Slug" error={errors["slug"]} help="The name in the address. Left empty, it is made of the title.">
            {(field) => <input {...field} type="text" spellcheck={false} autocapitalize="none" {...text("slug")} />}
          </Field>
          <Field label="Excerpt" error={errors["excerpt"]}>
            {(field) => <textarea {...field} rows={3} {...text("excerpt")} />}
          </Field>
          <Field label="Tags" error={errors["tag_ids"]} help="Separated by commas.">
            {(field) => <input {...field} type="text" {...text("tags")} />}
          </Field>
        </section>
        {post && props.page && (
          <div class="stack">
            <Preview html={post.html} times={props.page.times} isOld={isDirty} isAdmin={props.isAdmin} />
            {props.isAdmin && <Provenance key={post.updated_at} of={post.id} load={(signal) => posts.provenance(post.id, signal)} />}
          </div>
        )}
      </div>
    </Screen>
  );
}

/** Lets HTML that the server has filtered into the frame below, and nowhere else. */
const policy = window.trustedTypes?.createPolicy("preview", { createHTML: (html: string) => html });

function Preview(props: { html: string; times: Timing[]; isOld: boolean; isAdmin: boolean }): JSX.Element {
  const style = document.querySelector<HTMLLinkElement>('link[rel="stylesheet"]')?.href;
  const head = style ? `<link rel="stylesheet" href="${style}">` : "";
  const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Preview</title>${head}</head><body class="preview">${props.html}</body></html>`;
  const total = props.times.find((time) => time.name === "total");
  const hooks = props.times.filter((time) => time.name !== "total");
  return (
    <Section title="Preview" note={props.isOld ? "As it was saved last. Save to see what you have written since." : "As readers see it. Pictures from elsewhere are not loaded here."}>
      {/* Nothing runs in it, and it is of no origin. */}
      <iframe title="Preview of the post" sandbox="" srcdoc={(policy ? policy.createHTML(page) : page) as string} />
      {props.isAdmin && total && (
        <>
          <h3>Time of this page</h3>
          <table class="times" role="table" aria-label="Time of this page">
            <thead class="hidden">
              <tr>
                <th scope="col">Plugin</th>
                <th scope="col">Hook</th>
                <th scope="col">Time</th>
              </tr>
            </thead>
            <tbody>
              {hooks.map((time) => (
                <tr key={`${time.name} ${time.what}`}>
                  <th scope="row">{time.name}</th>
                  <td>{time.what}</td>
                  <td class="number">{time.ms.toFixed(2)} ms</td>
                </tr>
              ))}
              <tr>
                <th scope="row">All of the request</th>
                <td>{hooks.length === 0 ? "no plugin was called: the page was kept from before" : ""}</td>
                <td class="number">{total.ms.toFixed(2)} ms</td>
              </tr>
            </tbody>
          </table>
        </>
      )}
    </Section>
  );
}
