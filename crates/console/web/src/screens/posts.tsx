import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { posts, type Listing, type Post, type PostStatus } from "../api";
import { useData, useSettled } from "../data";
import { said } from "../http";
import { Link, go } from "../router";
import { Badge, Field, Moment, Ready, Screen, Table, announce } from "../ui";
import { POST_STATES } from "../words";

const STATES: { status: PostStatus | "all"; label: string; empty: string }[] = [
  { status: "published", label: "Published", empty: "Nothing is published yet." },
  { status: "draft", label: "Drafts", empty: "There are no drafts." },
  { status: "archived", label: "Archived", empty: "Nothing is archived." },
  { status: "all", label: "All", empty: "There are no posts." },
];

/** Posts by their status. */
export function Posts(props: { status: string | null }): JSX.Element {
  const known = STATES.find((one) => one.status === props.status) ?? STATES[0];
  const { status = "published", empty = "" } = known ?? {};
  const [text, setText] = useState("");
  const wanted = useSettled(text.trim());
  const list = useData(`posts ${status} ${wanted}`, (signal) => posts.list(status, wanted, undefined, signal));
  const [more, setMore] = useState<Listing<Post>>();
  useEffect(() => setMore(undefined), [status, wanted]);

  return (
    <Screen
      title="Posts"
      actions={
        <button type="button" class="primary" onClick={() => go("/posts/new")}>
          Write a post
        </button>
      }
    >
      <nav class="tabs" aria-label="Posts by status">
        <ul>
          {STATES.map((one) => (
            <li key={one.status}>
              <Link to={`/posts?status=${one.status}`} aria-current={one.status === status ? "page" : undefined}>
                {one.label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <section class="panel">
        <div class="filters">
          <Field label="Search in titles">
            {(field) => (
              <input {...field} type="search" maxLength={100} value={text} onInput={(event) => setText(event.currentTarget.value)} />
            )}
          </Field>
        </div>
        <Ready of={list}>
          {(first) => {
            const rows = [...first.items, ...(more?.items ?? [])];
            const next = more ? more.next : first.next;
            const loadMore = async (cursor: string): Promise<void> => {
              const page = await posts.list(status, wanted, cursor);
              setMore({ items: [...(more?.items ?? []), ...page.items], next: page.next });
            };
            return (
              <>
                <Table
                  label="Posts"
                  rows={rows}
                  id={(post) => post.id}
                  empty={wanted ? "No title of these contains that." : empty}
                  columns={[
                    {
                      head: "Post",
                      main: true,
                      cell: (post) => (
                        <>
                          <Link to={`/posts/${post.id}`}>{post.title}</Link>
                          <span class="below">{post.slug}</span>
                        </>
                      ),
                    },
                    {
                      head: "Status",
                      cell: (post) => <Badge tone={POST_STATES[post.status].tone}>{POST_STATES[post.status].word}</Badge>,
                    },
                    { head: "Tags", cell: (post) => post.tag_ids?.join(", ") || "–" },
                    { head: "Views", number: true, cell: (post) => post.view_count.toLocaleString("en") },
                    { head: "Changed", cell: (post) => <Moment at={post.updated_at} /> },
                  ]}
                />
                {next && (
                  <p class="more">
                    <button type="button" onClick={() => void loadMore(next).catch((error: unknown) => announce("bad", said(error)))}>
                      Show more
                    </button>
                  </p>
                )}
              </>
            );
          }}
        </Ready>
      </section>
    </Screen>
  );
}
