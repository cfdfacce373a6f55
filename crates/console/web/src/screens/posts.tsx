import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { posts, type PostStatus } from "../api";
import { useSettled } from "../data";
import { Rows, Tabs, useList } from "../list";
import { Link, go } from "../router";
import { Badge, Field, Moment, Screen, Table } from "../ui";
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
  const list = useList(`posts ${status} ${wanted}`, (cursor, signal) => posts.list(status, wanted, cursor, signal), ({ id }) => id);

  return (
    <Screen
      title="Posts"
      actions={
        <button type="button" class="primary" onClick={() => go("/posts/new")}>
          Write a post
        </button>
      }
    >
      <Tabs
        label="Posts by status"
        current={status}
        of={STATES.map((one) => ({ at: one.status, to: `/posts?status=${one.status}`, label: one.label }))}
      />
      <section class="panel">
        <div class="filters">
          <Field label="Search in titles">
            {(field) => (
              <input {...field} type="search" maxLength={100} value={text} onInput={(event) => setText(event.currentTarget.value)} />
            )}
          </Field>
        </div>
        <Rows of={list}>
          {(rows) => (
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
          )}
        </Rows>
      </section>
    </Screen>
  );
}
