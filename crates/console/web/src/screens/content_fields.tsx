import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { KINDS, type FieldDraft, type Kind } from "../fields";
import { Field } from "../ui";

const KIND_WORDS: Record<Kind, string> = { text: "text", number: "number", truth: "yes or no", json: "list or object, as JSON" };

/** A field for each member of a record, and a line to add one. */
export function FieldsForm(props: {
  fields: FieldDraft[];
  errors: Record<string, string>;
  change: (fields: FieldDraft[]) => void;
}): JSX.Element {
  const { fields, errors, change } = props;
  const form = useRef<HTMLDivElement>(null);
  // The field that was refused gets the focus, once it is marked.
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [errors]);
  const set = (name: string, text: string): void => change(fields.map((field) => (field.name === name ? { ...field, text } : field)));
  return (
    <div class="form members" ref={form}>
      {fields.length === 0 && <p class="empty">This record has no fields yet. Add the first one.</p>}
      {fields.map((field) => (
        <div key={field.name} class="member">
          <Member field={field} error={errors[field.name]} set={(text) => set(field.name, text)} />
          <button
            type="button"
            class="plain link quiet-danger"
            aria-label={`Remove the field ${field.name}`}
            onClick={() => change(fields.filter((other) => other !== field))}
          >
            Remove
          </button>
        </div>
      ))}
      <NewField
        names={fields.map(({ name }) => name)}
        add={(name, kind) => {
          change([...fields, { name, kind, text: kind === "truth" ? "false" : kind === "json" ? "[]" : "" }]);
          requestAnimationFrame(() => {
            const members = form.current?.querySelectorAll<HTMLElement>(".member");
            members?.[members.length - 1]?.querySelector<HTMLElement>("input, textarea")?.focus();
          });
        }}
      />
    </div>
  );
}

/** Texts that are longer than that, or of several lines, get a large field. */
const LONG = 80;

function Member(props: { field: FieldDraft; error: string | undefined; set: (text: string) => void }): JSX.Element {
  const { field, error, set } = props;
  // A field does not change under whoever writes in it.
  const [isLarge] = useState(field.text.length > LONG || field.text.includes("\n"));
  if (field.kind === "truth") {
    return (
      <div class="field">
        <label class="check">
          <input type="checkbox" checked={field.text === "true"} onChange={(event) => set(String(event.currentTarget.checked))} />
          <span>{field.name}</span>
        </label>
      </div>
    );
  }
  const common = { value: field.text, onInput: (event: { currentTarget: { value: string } }) => set(event.currentTarget.value) };
  return (
    <Field label={field.kind === "json" ? `${field.name} (JSON)` : field.name} error={error}>
      {(attributes) =>
        field.kind === "json" ? (
          <textarea {...attributes} {...common} rows={Math.min(14, Math.max(2, field.text.split("\n").length))} spellcheck={false} />
        ) : field.kind === "text" && isLarge ? (
          <textarea {...attributes} {...common} rows={6} class="prose" />
        ) : (
          <input {...attributes} {...common} type="text" {...(field.kind === "number" && { inputMode: "decimal", class: "short" })} />
        )
      }
    </Field>
  );
}

function NewField(props: { names: string[]; add: (name: string, kind: Kind) => void }): JSX.Element {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Kind>("text");
  const isTaken = props.names.includes(name);
  const add = (event: Event): void => {
    event.preventDefault();
    if (name === "" || isTaken) return;
    props.add(name, kind);
    setName("");
  };
  return (
    <form class="filters new-field" noValidate onSubmit={add}>
      <Field label="New field" error={isTaken ? "The record has a field of this name." : undefined}>
        {(field) => (
          <input {...field} type="text" autocomplete="off" spellcheck={false} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        )}
      </Field>
      <Field label="It is a">
        {(field) => (
          <select {...field} value={kind} onChange={(event) => setKind(event.currentTarget.value as Kind)}>
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {KIND_WORDS[one]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <button type="submit" disabled={name === "" || isTaken}>
        Add the field
      </button>
    </form>
  );
}
