import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import { COMMENT_STATUSES, comments, type Comment, type CommentStatus } from "../api";
import { Bulk, Rows, Tabs, useChoice, useList } from "../list";
import { Link } from "../router";
import { Act, Badge, Confirmed, Moment, Screen } from "../ui";
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
  const list = useList(`comments ${status}`, (cursor, signal) => comments.list(status, cursor, 50, signal), ({ id }) => id);
  const choice = useChoice(status, list, "comment");
  const { picked } = choice;
  const panel = useRef<HTMLElement>(null);

  /** Gives the focus to the comment that has come to a place, or to the panel. */
  const goOnAt = (index: number): void => {
    requestAnimationFrame(() => {
      const boxes = panel.current?.querySelectorAll<HTMLElement>(".comment input");
      (boxes?.[Math.min(index, boxes.length - 1)] ?? panel.current)?.focus();
    });
  };
  const toEach = async (ids: string[], index: number, act: (id: string) => Promise<unknown>, done: string): Promise<string> => {
    const said = await choice.toEach(ids, act, done);
    goOnAt(index);
    return said;
  };
  const removeAllSpam = async (): Promise<string> => {
    let removed = 0;
    for (let last = -1; last !== 0; removed += last) last = (await comments.removeSpam()).comments;
    await list.refresh();
    goOnAt(0);
    return `${counted(removed, "comment")} deleted.`;
  };

  return (
    <Screen title="Comments" lead="Readers see approved comments alone.">
      <Tabs
        label="Comments by status"
        current={status}
        of={COMMENT_STATUSES.map((at) => ({ at, to: `/comments?status=${at}`, label: COMMENT_STATES[at].word }))}
      />
      <section class="panel" aria-label="Comments" ref={panel} tabIndex={-1}>
        <Rows of={list}>
          {(rows) =>
            rows.length === 0 ? (
              <p class="empty">{EMPTY[status]}</p>
            ) : (
              <>
                <Bulk of={choice}>
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
                </Bulk>
                <ul class="comments">
                  {rows.map((comment, index) => (
                    <li key={comment.id} class="comment">
                      <Entry
                        comment={comment}
                        isChosen={choice.isChosen(comment.id)}
                        toggle={() => choice.toggle(comment.id)}
                        mark={(to) => toEach([comment.id], index, (id) => comments.mark(id, to), DONE[to])}
                        remove={() => toEach([comment.id], index, comments.remove, "deleted")}
                      />
                    </li>
                  ))}
                </ul>
              </>
            )
          }
        </Rows>
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
