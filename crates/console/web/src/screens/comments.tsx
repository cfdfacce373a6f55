import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { COMMENT_STATUSES, comments, type Comment, type CommentStatus, type Listing } from "../api";
import { useData } from "../data";
import { said } from "../http";
import { Link } from "../router";
import { Act, Badge, Confirmed, Moment, Ready, Screen, announce } from "../ui";
import { COMMENT_STATES, counted } from "../words";

const EMPTY: Record<CommentStatus, string> = {
  pending: "No comment waits to be approved.",
  approved: "There are no approved comments.",
  spam: "There is no spam.",
};

const DONE: Record<CommentStatus, string> = {
  pending: "pending again",
  approved: "approved",
  spam: "marked as spam",
};

/** Steps that a comment of each status may take. */
const STEPS: Record<CommentStatus, { to: CommentStatus; label: string }[]> = {
  pending: [
    { to: "approved", label: "Approve" },
    { to: "spam", label: "Spam" },
  ],
  approved: [
    { to: "pending", label: "Hide" },
    { to: "spam", label: "Spam" },
  ],
  spam: [{ to: "approved", label: "Approve" }],
};

/** The comments on all posts, by their status. */
export function Comments(props: { status: string | null }): JSX.Element {
  const status = COMMENT_STATUSES.find((one) => one === props.status) ?? "pending";
  const list = useData(`comments ${status}`, (signal) => comments.list(status, undefined, 50, signal));
  const [more, setMore] = useState<Listing<Comment>>();
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    setMore(undefined);
    choose(new Set());
  }, [status]);

  const rows = (first: Listing<Comment>): Comment[] => {
    const seen = new Set(first.items.map((comment) => comment.id));
    return [...first.items, ...(more?.items.filter((comment) => !seen.has(comment.id)) ?? [])];
  };
  const loadMore = async (cursor: string): Promise<void> => {
    const next = await comments.list(status, cursor);
    setMore({ items: [...(more?.items ?? []), ...next.items], next: next.next });
  };
  const refresh = async (): Promise<void> => {
    setMore(undefined);
    choose(new Set());
    await list.reload();
  };
  /** Gives the focus to the comment that has come to a place, or to the panel. */
  const goOnAt = (index: number): void => {
    requestAnimationFrame(() => {
      const boxes = panel.current?.querySelectorAll<HTMLElement>(".comment input");
      (boxes?.[Math.min(index, boxes.length - 1)] ?? panel.current)?.focus();
    });
  };
  /** Does something to each, and says how far it came. */
  const toEach = async (ids: string[], index: number, act: (id: string) => Promise<unknown>, done: string): Promise<string> => {
    let acted = 0;
    try {
      for (const id of ids) {
        await act(id);
        acted += 1;
      }
    } catch (error) {
      await refresh();
      throw new Error(`${counted(acted, "comment")} ${done}; then: ${said(error)}`);
    }
    await refresh();
    goOnAt(index);
    return `${counted(acted, "comment")} ${done}.`;
  };
  const removeAllSpam = async (): Promise<string> => {
    let removed = 0;
    for (let last = -1; last !== 0; removed += last) last = (await comments.removeSpam()).comments;
    await refresh();
    goOnAt(0);
    return `${counted(removed, "comment")} deleted.`;
  };

  return (
    <Screen title="Comments" lead="Readers see approved comments alone.">
      <nav class="tabs" aria-label="Comments by status">
        <ul>
          {COMMENT_STATUSES.map((one) => (
            <li key={one}>
              <Link to={`/comments?status=${one}`} aria-current={one === status ? "page" : undefined}>
                {COMMENT_STATES[one].word}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <section class="panel" aria-label="Comments" ref={panel} tabIndex={-1}>
        <Ready of={list}>
          {(first) => {
            const all = rows(first);
            const next = more ? more.next : first.next;
            const picked = all.filter((comment) => chosen.has(comment.id)).map((comment) => comment.id);
            if (all.length === 0) return <p class="empty">{EMPTY[status]}</p>;
            return (
              <>
                <div class="bulk">
                  <label class="check">
                    <input
                      type="checkbox"
                      checked={picked.length === all.length}
                      onChange={() => choose(picked.length === all.length ? new Set() : new Set(all.map(({ id }) => id)))}
                    />
                    Choose all that are shown
                  </label>
                  <span class="muted">{counted(picked.length, "comment")} chosen</span>
                  {STEPS[status].map(({ to, label }) => (
                    <Act
                      key={to}
                      label={`${label} those that are chosen`}
                      disabled={picked.length === 0}
                      does={() => toEach(picked, 0, (id) => comments.mark(id, to), DONE[to])}
                    >
                      {label}
                    </Act>
                  ))}
                  <Confirmed
                    class="quiet-danger"
                    label="Delete those that are chosen"
                    disabled={picked.length === 0}
                    title={`Delete ${counted(picked.length, "comment")}?`}
                    text="This cannot be undone."
                    button="Delete"
                    does={() => toEach(picked, 0, comments.remove, "deleted")}
                  >
                    Delete
                  </Confirmed>
                  {status === "spam" && (
                    <Confirmed
                      class="quiet-danger"
                      title="Delete all spam?"
                      text="All comments that are marked as spam are deleted, those that are not shown here too. This cannot be undone."
                      button="Delete all"
                      does={removeAllSpam}
                    >
                      Delete all spam
                    </Confirmed>
                  )}
                </div>
                <ul class="comments">
                  {all.map((comment, index) => (
                    <li key={comment.id} class="comment">
                      <Entry
                        comment={comment}
                        isChosen={chosen.has(comment.id)}
                        toggle={() => {
                          const after = new Set(chosen);
                          if (!after.delete(comment.id)) after.add(comment.id);
                          choose(after);
                        }}
                        mark={(to) => toEach([comment.id], index, (id) => comments.mark(id, to), DONE[to])}
                        remove={() => toEach([comment.id], index, comments.remove, "deleted")}
                      />
                    </li>
                  ))}
                </ul>
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

/** Longer texts are shown in part until somebody wants to read them. */
const LONG = 600;

function Entry(props: {
  comment: Comment;
  isChosen: boolean;
  toggle: () => void;
  mark: (to: CommentStatus) => Promise<string>;
  remove: () => Promise<string>;
}): JSX.Element {
  const { comment } = props;
  const [isWhole, showWhole] = useState(comment.content.length <= LONG);
  const by = comment.nickname ?? "Somebody";
  const { word, tone } = COMMENT_STATES[comment.status];
  return (
    <>
      <div class="comment-head">
        <label class="check">
          <input type="checkbox" checked={props.isChosen} onChange={props.toggle} />
          <strong>{by}</strong>
        </label>
        <span>
          on <Link to={`/posts/${comment.post_id}`}>{comment.post.title}</Link>
        </span>
        {comment.parent_id && <span class="muted">answers another comment</span>}
        <span class="muted">
          <Moment at={comment.created_at} />
        </span>
        <Badge tone={tone}>{word}</Badge>
      </div>
      <p class="comment-text">
        {isWhole ? comment.content : `${comment.content.slice(0, LONG)}…`}{" "}
        {!isWhole && (
          <button type="button" class="plain link" onClick={() => showWhole(true)}>
            Show all of it
          </button>
        )}
      </p>
      <div class="row-actions">
        {STEPS[comment.status].map(({ to, label }) => (
          <Act key={to} label={`${label}: ${by}, ${start(comment)}`} does={() => props.mark(to)}>
            {label}
          </Act>
        ))}
        <Confirmed
          class="quiet-danger"
          label={`Delete: ${by}, ${start(comment)}`}
          title={`Delete the comment of ${by}?`}
          text="This cannot be undone. Comments that answer it stay."
          button="Delete"
          does={props.remove}
        >
          Delete
        </Confirmed>
      </div>
    </>
  );
}

/** The first words, which tell a comment from others. */
function start({ content }: Comment): string {
  return content.length <= 40 ? content : `${content.slice(0, 40)}…`;
}
