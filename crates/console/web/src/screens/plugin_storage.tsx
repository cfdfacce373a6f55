import type { JSX } from "preact";

import { plugins, type Amount } from "../api";
import { useData } from "../data";
import { Ready, Section, Table } from "../ui";
import { bytes } from "../words";

/** The room that a plugin takes, beside what it may take. */
export function Storage(props: { id: string }): JSX.Element {
  const loaded = useData(`storage ${props.id}`, (signal) => plugins.storage(props.id, signal), 30_000);
  return (
    <Ready of={loaded}>
      {(storage) => {
        const number = (amount: number): string => amount.toLocaleString("en");
        return (
          <>
            <Section title="Keys and files" note="What it keeps by key in the database, and its own files, beside the limits that are in force.">
              <dl class="figures">
                <Use name="Keys" of={storage.keys} shown={number} />
                <Use name="Size of keys and values" of={storage.key_value_bytes} shown={bytes} />
                <Use name="Files" of={storage.files} shown={number} />
                <Use name="Size of all files" of={storage.file_bytes} shown={bytes} />
              </dl>
            </Section>
            <Section title="Own tables" note="Tables that its migrations have made. They stay when the plugin is removed, unless it is removed with what it has stored. No more than 100,000 rows of a table are counted.">
              <Table
                label="Own tables"
                rows={storage.tables}
                id={({ name }) => name}
                empty="It has no tables of its own."
                columns={[
                  { head: "Table", main: true, cell: ({ name }) => <code>{name}</code> },
                  {
                    head: "Rows",
                    number: true,
                    cell: ({ rows, more_rows }) => `${more_rows ? "more than " : ""}${number(rows)}`,
                  },
                ]}
              />
              {storage.more_tables && <p class="note">There are more tables, which are not shown.</p>}
            </Section>
          </>
        );
      }}
    </Ready>
  );
}

/** An amount, with a bar for its part of the limit. */
function Use(props: { name: string; of: Amount; shown: (amount: number) => string }): JSX.Element {
  const { used, limit } = props.of;
  const isNear = limit !== null && used > limit * 0.9;
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>
        <span class={isNear ? "wrong" : ""}>{props.shown(used)}</span>
        {limit !== null && <span class="of"> of {props.shown(limit)}</span>}
      </dd>
      {limit !== null && (
        <dd class="use">
          <meter class={isNear ? "near" : ""} min={0} max={Math.max(1, limit)} value={used} aria-label={`${props.name}, part of the limit`} />
        </dd>
      )}
    </div>
  );
}
