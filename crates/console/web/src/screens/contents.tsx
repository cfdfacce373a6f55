import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { contents } from "../api";
import { useSettled } from "../data";
import { nameOf, summaryOf } from "../fields";
import { Rows, useList } from "../list";
import { Link, contentPath, go } from "../router";
import { Field, Moment, Screen, Section, Table } from "../ui";

/** The types of content that have records. */
export function ContentTypes(): JSX.Element {
  const list = useList("content types", contents.types, ({ content_type }) => content_type);
  return (
    <Screen title="Content" lead="Records of any type, which programs and plugins read. A type is there as long as it has a record.">
      <section class="panel" aria-label="Types">
        <Rows of={list}>
          {(rows) => (
            <Table
              label="Types of content"
              rows={rows}
              id={(row) => row.content_type}
              empty="There is no typed content yet. Name a type below, and write its first record."
              columns={[
                { head: "Type", main: true, cell: (row) => <Link to={contentPath(row.content_type)}>{row.content_type}</Link> },
                {
                  head: "Records",
                  number: true,
                  cell: (row) => `${row.more_records ? "more than " : ""}${row.records.toLocaleString("en")}`,
                },
                { head: "Newest", cell: (row) => <Moment at={row.newest} /> },
              ]}
            />
          )}
        </Rows>
      </section>
      <NewType />
    </Screen>
  );
}

/** The names that types may have. */
const TYPE = /^[a-z][a-z0-9_-]{0,63}$/;

function NewType(): JSX.Element {
  const [name, setName] = useState("");
  const [error, setError] = useState<string>();
  const begin = (event: Event): void => {
    event.preventDefault();
    if (TYPE.test(name)) go(contentPath(name, "new"));
    else setError("Expected a small letter, then small letters, digits, _ and -, 64 at most: product, or opening-hours.");
  };
  return (
    <Section title="A new type" note="It needs no declaration: its first record makes it.">
      <form class="filters" noValidate onSubmit={begin}>
        <Field label="Name of the type" error={error}>
          {(field) => (
            <input
              {...field}
              type="text"
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <button type="submit" disabled={name === ""}>
          Write its first record
        </button>
      </form>
    </Section>
  );
}

/** The records of a type. */
export function Contents(props: { type: string }): JSX.Element {
  const { type } = props;
  const [text, setText] = useState("");
  const wanted = useSettled(text.trim());
  const list = useList(`contents ${type} ${wanted}`, (cursor, signal) => contents.list(type, wanted, cursor, signal), ({ id }) => id);
  return (
    <Screen
      title={type}
      lead={<Link to="/content">All types</Link>}
      actions={
        <button type="button" class="primary" onClick={() => go(contentPath(type, "new"))}>
          Write a record
        </button>
      }
    >
      <section class="panel" aria-label="Records">
        <div class="filters">
          <Field label="Search in the text">
            {(field) => (
              <input {...field} type="search" maxLength={100} value={text} onInput={(event) => setText(event.currentTarget.value)} />
            )}
          </Field>
        </div>
        <Rows of={list}>
          {(rows) => (
            <Table
              label="Records"
              rows={rows}
              id={({ id }) => id}
              empty={wanted ? "No record of this type contains that." : "There are no records of this type."}
              columns={[
                {
                  head: "Record",
                  main: true,
                  cell: ({ id, data }) => <Link to={contentPath(type, id)}>{nameOf(data, id)}</Link>,
                },
                { head: "Fields", cell: ({ id, data }) => <span class="reason muted">{summaryOf(data, id) || "–"}</span> },
                { head: "Changed", cell: ({ updated_at }) => <Moment at={updated_at} /> },
              ]}
            />
          )}
        </Rows>
      </section>
    </Screen>
  );
}
