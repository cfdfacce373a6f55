// The parts that screens are made of.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import { useNow, type Loaded } from "./data";
import { said } from "./http";
import { relative, type Tone } from "./words";

/** A screen: its title is the page's, and gets the focus when the screen is opened. */
export function Screen(props: {
  title: string;
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  children?: ComponentChildren;
}): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${props.title} · raisfast`;
  }, [props.title]);
  useEffect(() => {
    // Not when the console itself was opened: there the browser begins at the top.
    if (opened) heading.current?.focus({ preventScroll: true });
    opened = true;
  }, []);
  return (
    <main id="main">
      <div class="screen-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {props.title}
          </h1>
          {props.lead && <div class="lead">{props.lead}</div>}
        </div>
        {props.actions && <div class="actions">{props.actions}</div>}
      </div>
      {props.children}
    </main>
  );
}

let opened = false;

export function Section(props: {
  title: string;
  note?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}): JSX.Element {
  const id = useId();
  return (
    <section class="panel" aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id}>{props.title}</h2>
        {props.actions && <div class="actions">{props.actions}</div>}
      </div>
      {props.note && <p class="note">{props.note}</p>}
      {props.children}
    </section>
  );
}

export function Badge(props: { tone: Tone; children: ComponentChildren }): JSX.Element {
  return <span class={`badge ${props.tone}`}>{props.children}</span>;
}

export function Notice(props: {
  tone: Tone;
  title?: string;
  children?: ComponentChildren;
  actions?: ComponentChildren;
  role?: "alert" | "status";
}): JSX.Element {
  return (
    <div class={`notice ${props.tone}`} {...(props.role && { role: props.role })}>
      <div class="notice-text">
        {props.title && <strong>{props.title}</strong>}
        {props.children && <div>{props.children}</div>}
      </div>
      {props.actions && <div class="actions">{props.actions}</div>}
    </div>
  );
}

/** The data that is loaded, or the reason why it is not there yet. */
export function Ready<T>(props: { of: Loaded<T>; children: (data: T) => ComponentChildren }): JSX.Element {
  const { data, error, reload } = props.of;
  return (
    <>
      {error !== undefined && (
        <Notice
          tone="bad"
          role="alert"
          title={data === undefined ? "This cannot be shown" : "What you see may be old"}
          actions={<button onClick={() => void reload()}>Try again</button>}
        >
          {error}
        </Notice>
      )}
      {data !== undefined ? (
        props.children(data)
      ) : error === undefined ? (
        <p class="empty" role="status">
          Loading…
        </p>
      ) : null}
    </>
  );
}

/** A moment, relative to now; the whole of it in its title. */
export function Moment(props: { at: string }): JSX.Element {
  const now = useNow();
  return (
    <time dateTime={props.at} title={new Date(props.at).toLocaleString()}>
      {relative(props.at, now)}
    </time>
  );
}

/** A button that does something which takes a while, and says what went wrong. */
export function Act(props: {
  does: () => Promise<string | void>;
  children: ComponentChildren;
  class?: string;
  disabled?: boolean;
  label?: string;
}): JSX.Element {
  const [busy, setBusy] = useState(false);
  const act = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    try {
      const done = await props.does();
      if (done) announce("ok", done);
    } catch (error) {
      announce("bad", said(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <button
      type="button"
      class={props.class ?? ""}
      disabled={props.disabled ?? false}
      aria-disabled={busy}
      aria-label={props.label}
      onClick={() => void act()}
    >
      {props.children}
      {busy && "…"}
    </button>
  );
}

/** A button whose deed is confirmed first. */
export function Confirmed(props: {
  does: () => Promise<string | void>;
  title: string;
  text: ComponentChildren;
  button: string;
  children: ComponentChildren;
  class?: string;
  disabled?: boolean;
  label?: string;
  /** The button's look; that of a danger without it. */
  tone?: "primary" | "danger";
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const close = (): void => dialog.current?.close();
  return (
    <>
      <button
        type="button"
        class={props.class ?? ""}
        disabled={props.disabled ?? false}
        aria-label={props.label}
        onClick={() => dialog.current?.showModal()}
      >
        {props.children}
      </button>
      <dialog ref={dialog} aria-labelledby={id}>
        <h2 id={id}>{props.title}</h2>
        <div class="dialog-text">{props.text}</div>
        <div class="actions">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <Act
            class={props.tone ?? "danger"}
            does={async () => {
              try {
                return await props.does();
              } finally {
                close();
              }
            }}
          >
            {props.button}
          </Act>
        </div>
      </dialog>
    </>
  );
}

export interface Column<T> {
  head: string;
  cell: (row: T) => ComponentChildren;
  /** The row's name: what the others are about. */
  main?: boolean;
  number?: boolean;
  /** It holds buttons, which on a small screen have a line of their own. */
  buttons?: boolean;
}

/** A table, which on a small screen becomes a list of cards. */
export function Table<T>(props: {
  label: string;
  columns: Column<T>[];
  rows: readonly T[];
  id: (row: T) => string;
  empty: ComponentChildren;
}): JSX.Element {
  if (props.rows.length === 0) return <p class="empty">{props.empty}</p>;
  // On a small screen several numbers stand beside one another.
  const isDense = props.columns.filter((column) => column.number).length > 2;
  return (
    // Roles, because a table that is laid out as cards is none to some browsers.
    <table role="table" aria-label={props.label} class={isDense ? "dense" : ""}>
      <thead role="rowgroup">
        <tr role="row">
          {props.columns.map((column) => (
            <th role="columnheader" scope="col" key={column.head} class={column.number ? "number" : ""}>
              {column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {props.rows.map((row) => (
          <tr role="row" key={props.id(row)}>
            {props.columns.map((column) =>
              column.main ? (
                <th role="rowheader" scope="row" key={column.head}>
                  {column.cell(row)}
                </th>
              ) : (
                <td role="cell" key={column.head} data-head={column.head} class={column.number ? "number" : column.buttons ? "buttons" : ""}>
                  <div>{column.cell(row)}</div>
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Field(props: {
  label: string;
  help?: ComponentChildren;
  error?: string | undefined;
  children: (attributes: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean }) => ComponentChildren;
}): JSX.Element {
  const id = useId();
  const describing = [props.error && `${id}-error`, props.help && `${id}-help`].filter(Boolean);
  const described = describing.length > 0 ? { "aria-describedby": describing.join(" ") } : {};
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.children({ id, ...described, ...(props.error && { "aria-invalid": true }) })}
      {props.error && (
        <p id={`${id}-error`} class="field-error">
          {props.error}
        </p>
      )}
      {props.help && (
        <p id={`${id}-help`} class="help">
          {props.help}
        </p>
      )}
    </div>
  );
}

interface Said {
  tone: Tone;
  text: string;
  number: number;
}

let hear: (said: Said) => void = () => undefined;
let number = 0;

/** Says what was done, or went wrong, for eyes and screen readers. */
export function announce(tone: Tone, text: string): void {
  number += 1;
  hear({ tone, text, number });
}

/** The place where that is said. */
export function Announcements(): JSX.Element {
  const [shown, setShown] = useState<Said[]>([]);
  useEffect(() => {
    hear = (said) => setShown((before) => [...before.slice(-2), said]);
  }, []);
  useEffect(() => {
    const oldest = shown.find((said) => said.tone !== "bad");
    if (!oldest) return undefined;
    const timer = setTimeout(() => setShown((before) => before.filter((one) => one !== oldest)), 8000);
    return () => clearTimeout(timer);
  }, [shown]);
  const forget = (said: Said): void => setShown((before) => before.filter((one) => one !== said));
  return (
    <div class="announcements" role="status" aria-live="polite">
      {shown.map((said) => (
        <div class={`notice ${said.tone}`} key={said.number}>
          <div class="notice-text">{said.text}</div>
          <button type="button" class="plain" aria-label="Dismiss this message" onClick={() => forget(said)}>
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}
