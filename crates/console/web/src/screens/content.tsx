import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { contents, type ContentRecord } from "../api";
import { useChanged, useData } from "../data";
import { WrongField, dataOf, emptyFields, fieldsOf, nameOf, recordIn, type FieldDraft } from "../fields";
import { Problem } from "../http";
import { write, type Members } from "../json";
import { Link, contentPath, go, useGuard } from "../router";
import { Act, Confirmed, Field, Moment, Notice, Ready, Screen } from "../ui";
import { FieldsForm } from "./content_fields";
import { Provenance } from "./provenance";

/** The start of an editor: a record, or the fields that others of its type have. */
interface Start {
  record: ContentRecord | null;
  fields: FieldDraft[];
}

/** A record of typed content; `new` is one that is not there yet. */
export function ContentScreen(props: { type: string; id: string; isAdmin: boolean }): JSX.Element {
  const { type, id, isAdmin } = props;
  const loaded = useData<Start>(`content ${type} ${id}`, async (signal) => {
    if (id !== "new") {
      const record = await contents.get(type, id, signal);
      return { record, fields: fieldsOf(record.data) };
    }
    const [latest] = (await contents.list(type, "", undefined, signal)).items;
    return { record: null, fields: latest ? emptyFields(latest.data) : [] };
  });
  return loaded.data ? (
    <Editor key={id} type={type} start={loaded.data} saved={loaded.reload} isAdmin={isAdmin} />
  ) : (
    <Screen title={type} lead={<Link to={contentPath(type)}>{`All records of ${type}`}</Link>}>
      <Ready of={loaded}>{() => null}</Ready>
    </Screen>
  );
}

/** The record as it is edited: in fields, or as JSON. */
type Draft = { fields: FieldDraft[] } | { json: string };

const read = (draft: Draft): Members => ("json" in draft ? recordIn(draft.json) : dataOf(draft.fields));

/** Returns the content of the form as one text. */
const textOf = (draft: Draft): string => ("json" in draft ? draft.json : JSON.stringify(draft.fields));

function Editor(props: { type: string; start: Start; saved: () => Promise<void>; isAdmin: boolean }): JSX.Element {
  const { type, start, saved, isAdmin } = props;
  const { record } = start;
  const [draft, setDraft] = useState<Draft>({ fields: start.fields });
  const [began, setBegan] = useState(textOf(draft));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const isJson = "json" in draft;
  const isDirty = textOf(draft) !== began;
  useGuard(isDirty);
  const begin = (next: Draft): void => {
    setDraft(next);
    setBegan(textOf(next));
  };
  // What a plugin has changed on the way shows in the form, too.
  useChanged(record?.updated_at, () => {
    if (record) begin(isJson ? { json: write(record.data, "  ") } : { fields: fieldsOf(record.data) });
  });

  /** Does something with the record in the form, if it is one; marks what is wrong otherwise. */
  const using = async <T,>(act: (data: Members) => Promise<T>): Promise<T> => {
    setErrors({});
    try {
      return await act(read(draft));
    } catch (error) {
      if (error instanceof WrongField) {
        setErrors({ [error.field]: error.message });
        throw new Error(`Nothing is saved: ${error.field ? `the field ${error.field} cannot be read` : "this is not a record"}.`);
      }
      if (error instanceof Problem) {
        setErrors(Object.fromEntries(error.errors.map(({ pointer, detail }) => [fieldOf(pointer), detail])));
      }
      throw error;
    }
  };
  const create = (): Promise<string> =>
    using(async (data) => {
      const made = await contents.create(type, data);
      go(contentPath(type, made.id), { replace: true, free: true });
      return "Published.";
    });
  const save = (id: string): Promise<string> =>
    using(async (data) => {
      await contents.replace(type, id, data);
      await saved();
      return "Saved; readers see it now.";
    });
  /** Shows the same record in fields, or as JSON. */
  const turn = (): void => {
    setErrors({});
    try {
      // A number that nobody has entered yet is not one.
      const data = isJson ? read(draft) : dataOf(draft.fields.filter(({ kind, text }) => kind !== "number" || text.trim() !== ""));
      const next = isJson ? { fields: fieldsOf(data) } : { json: write(data, "  ") };
      if (isDirty) setDraft(next);
      else begin(next);
    } catch (error) {
      if (error instanceof WrongField) setErrors({ [error.field]: error.message });
    }
  };
  const names = new Set(isJson ? [] : draft.fields.map(({ name }) => name));
  const others = Object.entries(errors).filter(([name]) => !names.has(name));

  return (
    <Screen
      title={record ? nameOf(record.data, record.id) : `Write a record of ${type}`}
      lead={
        <>
          <Link to={contentPath(type)}>{`All records of ${type}`}</Link>
          {record &&
            (isDirty ? (
              <span>Changed, and not saved</span>
            ) : (
              <span>
                Saved <Moment at={record.updated_at} />
              </span>
            ))}
        </>
      }
      actions={
        record ? (
          <>
            <Act class="primary" disabled={!isDirty} does={() => save(record.id)}>
              Save
            </Act>
            <Confirmed
              class="quiet-danger"
              title="Delete this record?"
              text={`“${nameOf(record.data, record.id)}” is deleted. This cannot be undone.`}
              button="Delete"
              does={async () => {
                await contents.remove(type, record.id);
                go(contentPath(type), { free: true });
                return "The record was deleted.";
              }}
            >
              Delete
            </Confirmed>
          </>
        ) : (
          <Act class="primary" does={create}>
            Publish
          </Act>
        )
      }
    >
      <div class={record ? "two" : "one"}>
        <section class="panel" aria-label="The record">
          <div class="panel-head">
            <p class="note">Typed content has no drafts: what you save is public at once.</p>
            <button type="button" aria-pressed={isJson} onClick={turn}>
              As JSON
            </button>
          </div>
          {!isJson && others.length > 0 && (
            <Notice tone="bad" role="alert" title="Nothing is saved">
              {others.map(([name, reason]) => (
                <p key={name}>{name ? `${name}: ${reason}` : reason}</p>
              ))}
            </Notice>
          )}
          {"json" in draft ? (
            <Field label="The record, as JSON" error={others.length === 0 ? undefined : others.map(([name, reason]) => (name ? `${name}: ${reason}` : reason)).join(" ")}>
              {(field) => (
                <textarea
                  {...field}
                  rows={20}
                  spellcheck={false}
                  value={draft.json}
                  onInput={(event) => setDraft({ json: event.currentTarget.value })}
                />
              )}
            </Field>
          ) : (
            <FieldsForm fields={draft.fields} errors={errors} change={(fields) => setDraft({ fields })} />
          )}
        </section>
        {record && (
          <div class="stack">
            <section class="panel" aria-labelledby="address">
              <h2 id="address">Address</h2>
              <p class="note">Where programs read this record, without a login.</p>
              <p>
                <code>{`GET /api/v1/content/${type}/${record.id}`}</code>
              </p>
              <p class="note">
                Created <Moment at={record.created_at} />
              </p>
            </section>
            {isAdmin && (
              <Provenance key={record.updated_at} of={record.id} load={(signal) => contents.provenance(type, record.id, signal)} />
            )}
          </div>
        )}
      </div>
    </Screen>
  );
}

/** The field that a JSON pointer leads to. Records come back as `data` from plugins. */
function fieldOf(pointer: string): string {
  const [first = "", second] = pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  return first === "data" && second !== undefined ? second : first;
}
