import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { plugins, type PluginSettings, type Setting, type SettingValue } from "../api";
import { useData } from "../data";
import { Problem, said } from "../http";
import { NumberText, numberOf } from "../json";
import { useGuard } from "../router";
import { Act, Badge, Confirmed, Field, Notice, Ready, Section, announce } from "../ui";
import { counted, sentence } from "../words";

/** What stands in the form, by key, where it differs from what the server has. */
type Draft = Record<string, string | boolean>;

/** What operators set for a plugin. */
export function Settings(props: { id: string; saved: () => Promise<void> }): JSX.Element {
  const loaded = useData(`settings ${props.id}`, (signal) => plugins.settings(props.id, signal));
  return (
    <Ready of={loaded}>
      {(settings) =>
        settings.settings.length === 0 ? (
          <Section title="Settings">
            <p class="empty">Its manifest names no settings.</p>
          </Section>
        ) : (
          <Form
            id={props.id}
            settings={settings}
            done={(after) => {
              loaded.set(after);
              void props.saved();
            }}
          />
        )
      }
    </Ready>
  );
}

/** The text of a value, as a field shows it. */
function shown(value: SettingValue | null): string {
  return value === null ? "" : value instanceof NumberText ? value.text : String(value);
}

/** The value that a field's text stands for; null is the default. */
function valueOf(setting: Setting, text: string | boolean): SettingValue | null {
  if (typeof text === "boolean") return text;
  switch (setting.type) {
    case "integer":
      // 1e3 is a whole number, too.
      if (/[.eE]/.test(text) && Number.isSafeInteger(Number(text))) return new NumberText(String(Number(text)));
      return text.trim() === "" ? null : (numberOf(text) ?? text);
    case "number":
      // What is not a number goes as it is: the server says what it expects.
      return text.trim() === "" ? null : (numberOf(text) ?? text);
    case "string":
    case "text":
      // Where there is a default, no text at all is a value of its own.
      return text === "" && shown(setting.default) === "" ? null : text;
    default:
      return text === "" ? null : text;
  }
}

function Form(props: { id: string; settings: PluginSettings; done: (after: PluginSettings) => void }): JSX.Element {
  const { id, settings } = props;
  const [draft, setDraft] = useState<Draft>({});
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const [round, setRound] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const isDirty = Object.keys(draft).length > 0;
  useGuard(isDirty);
  // The first field that was refused gets the focus, once it is marked.
  useEffect(() => {
    if (Object.keys(errors).length > 0) form.current?.querySelector<HTMLElement>('[data-refused="true"] [aria-invalid="true"]')?.focus();
  }, [errors]);

  const change = (setting: Setting, value: string | boolean): void => {
    const next = { ...draft, [setting.key]: value };
    const before = setting.type === "boolean" ? setting.value === true : setting.type === "secret" ? "" : shown(setting.value);
    // A field as it was is not changed. A box that nobody has set so far is set by a click.
    if (value === before && !(setting.type === "boolean" && setting.value === null)) delete next[setting.key];
    setDraft(next);
  };
  const put = async (changes: Record<string, SettingValue | null>): Promise<void> => {
    const after = await plugins.set(id, changes);
    setErrors({});
    setDraft((now) => Object.fromEntries(Object.entries(now).filter(([key]) => !(key in changes))));
    props.done(after);
  };
  const save = async (): Promise<void> => {
    if (busy || !isDirty) return;
    const changes: Record<string, SettingValue | null> = {};
    for (const setting of settings.settings) {
      const text = draft[setting.key];
      if (text !== undefined) changes[setting.key] = valueOf(setting, text);
    }
    setBusy(true);
    try {
      await put(changes);
      announce("ok", "The settings are saved; the next call reads them.");
    } catch (error) {
      if (error instanceof Problem && error.errors.length > 0) {
        const known = new Set(settings.settings.map((setting) => setting.key));
        const found: Record<string, string> = {};
        for (const { pointer, detail } of error.errors) {
          const key = keyOf(pointer);
          // What the browser could not read as a number is not shown as the text that stood for it.
          const reason = draft[key] === NOT_A_NUMBER ? detail.replace(/, found .*$/, "") : detail;
          found[known.has(key) ? key : ""] = sentence(reason);
        }
        setErrors(found);
        announce("bad", `Nothing is saved: ${counted(error.errors.length, "value does", "values do")} not fit.`);
      } else {
        announce("bad", said(error));
      }
    } finally {
      setBusy(false);
    }
  };

  return (
    <Section
      title="Settings"
      note={
        <>
          The next call of the plugin reads what you save: nothing is loaded again. On the command line: <code>raisfast plugin settings</code>.
        </>
      }
    >
      {settings.needs_settings.length > 0 && (
        <Notice tone="warn" title="It is not called before these are set">
          {settings.needs_settings.map(({ label }) => label).join(", ")}
        </Notice>
      )}
      {errors[""] && (
        <Notice tone="bad" role="alert" title="Nothing is saved">
          {errors[""]}
        </Notice>
      )}
      <form
        ref={form}
        class="form"
        noValidate
        autocomplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {settings.settings.map((setting) => (
          <div key={`${setting.key} ${round}`} data-refused={errors[setting.key] !== undefined}>
            <OneSetting
              setting={setting}
              value={draft[setting.key]}
              error={errors[setting.key]}
              change={(value) => change(setting, value)}
              unset={() => put({ [setting.key]: null })}
            />
          </div>
        ))}
        <div class="actions form-end">
          <button type="submit" class="primary" disabled={!isDirty} aria-disabled={busy}>
            Save{busy && "…"}
          </button>
          <button
            type="button"
            disabled={!isDirty}
            onClick={() => {
              setDraft({});
              setErrors({});
              // Fresh fields: a browser keeps what it cannot read as a number.
              setRound(round + 1);
            }}
          >
            Undo my changes
          </button>
          <span class="muted" role="status">
            {isDirty && `${counted(Object.keys(draft).length, "change")}, not saved`}
          </span>
        </div>
      </form>
    </Section>
  );
}

/** The key in a JSON pointer to it. */
function keyOf(pointer: string): string {
  return pointer.slice(1).replaceAll("~1", "/").replaceAll("~0", "~");
}

/** What is accepted, in words. */
function bounds({ type, min, max, pattern }: Setting): string {
  const said: string[] = [];
  const isNumber = type === "integer" || type === "number";
  const unit = isNumber ? "" : " characters";
  // The server writes 1.0 where a number need not be whole.
  const [least, most] = [min, max].map((bound) => bound?.text.replace(/\.0$/, ""));
  if (least !== undefined && most !== undefined) said.push(`From ${least} to ${most}${unit}.`);
  else if (least !== undefined) said.push(`At least ${least}${unit}.`);
  else if (most !== undefined) said.push(`At most ${most}${unit}.`);
  if (pattern !== null) said.push(`It has to fit ${pattern}.`);
  return said.join(" ");
}

interface OneProps {
  setting: Setting;
  value: string | boolean | undefined;
  error: string | undefined;
  change: (value: string | boolean) => void;
  unset: () => Promise<void>;
}

function OneSetting(props: OneProps): JSX.Element {
  const { setting, error, change } = props;
  const isFixed = setting.origin === "configuration";
  const help = [setting.help, bounds(setting), isFixed && "The server's configuration sets it, and it is changed there."]
    .filter(Boolean)
    .join(" ");
  const wrong = error ?? (props.value === undefined && setting.problem ? sentence(setting.problem) : undefined);
  const label = `${setting.label}${setting.required ? " (required)" : ""}`;
  if (setting.type === "secret") return <Secret {...props} label={label} help={help} error={wrong} isFixed={isFixed} />;
  if (setting.type === "boolean") {
    const isChecked = props.value ?? setting.value === true;
    return (
      <div class="setting">
        <Box label={label} help={help} error={wrong}>
          {(box) => (
            <input
              {...box}
              type="checkbox"
              checked={isChecked === true}
              disabled={isFixed}
              onChange={(event) => change(event.currentTarget.checked)}
            />
          )}
        </Box>
        <Default {...props} />
      </div>
    );
  }
  const value = String(props.value ?? shown(setting.value));
  const common = { disabled: isFixed, value, "aria-required": setting.required };
  return (
    <div class="setting">
      <Field label={label} help={help || undefined} error={wrong}>
        {(field) => {
          if (setting.type === "text") {
            return <textarea {...field} {...common} rows={5} onInput={(event) => change(event.currentTarget.value)} />;
          }
          if (setting.type === "select") {
            return (
              <select {...field} {...common} onChange={(event) => change(event.currentTarget.value)}>
                {(setting.value === null || setting.default === null) && <option value="">–</option>}
                {value !== "" && !setting.options.includes(value) && <option value={value}>{value} (no longer a choice)</option>}
                {setting.options.map((option) => (
                  <option key={option} value={option}>
                    {option}
                  </option>
                ))}
              </select>
            );
          }
          return <Line {...field} {...common} setting={setting} change={change} />;
        }}
      </Field>
      <Default {...props} />
    </div>
  );
}

/** Stands for what a browser cannot read as a number. */
const NOT_A_NUMBER = "not a number";

/** A field of one line, of the kind that suits the type. */
function Line(props: { setting: Setting; change: (value: string) => void; value: string; disabled: boolean }): JSX.Element {
  const { setting, change, ...field } = props;
  if (setting.type === "integer" || setting.type === "number") {
    return (
      <input
        {...field}
        // What is not a number stays as it is written.
        value={field.value === NOT_A_NUMBER ? "" : field.value}
        type="number"
        step={setting.type === "integer" ? 1 : "any"}
        {...(setting.min !== null && { min: setting.min.text })}
        {...(setting.max !== null && { max: setting.max.text })}
        onInput={(event) => {
          // A browser hides what is not a number from the page.
          const { value, validity } = event.currentTarget;
          change(validity.badInput ? NOT_A_NUMBER : value);
        }}
      />
    );
  }
  // The types of Preact want one of these at a time.
  const type = (setting.type === "url" || setting.type === "email" ? setting.type : "text") as "text";
  return <input {...field} type={type} spellcheck={false} onInput={(event) => change(event.currentTarget.value)} />;
}

/** A box to check, with its label beside it. */
function Box(props: {
  label: string;
  help: string;
  error: string | undefined;
  children: (attributes: { "aria-describedby"?: string; "aria-invalid"?: boolean }) => ComponentChildren;
}): JSX.Element {
  return (
    <div class="field">
      <label class="check">
        {props.children(props.error ? { "aria-invalid": true } : {})}
        <span>
          {props.label}
          {props.error && <span class="field-error block">{props.error}</span>}
          {props.help && <span class="below">{props.help}</span>}
        </span>
      </label>
    </div>
  );
}

/** Says that a value was set, and takes it back. */
function Default(props: OneProps): JSX.Element | null {
  const { setting, unset, value } = props;
  const row = useRef<HTMLDivElement>(null);
  if (setting.origin !== "set" || value !== undefined) return null;
  const what = shown(setting.default);
  return (
    <div class="row-actions" ref={row}>
      <Act
        class="plain link"
        label={`${what ? "Use the default" : "Clear"}: ${setting.label}`}
        does={async () => {
          const back = backTo(row.current);
          await unset();
          back();
          return what ? `${setting.label} has its default again.` : `${setting.label} is not set any longer.`;
        }}
      >
        {what ? `Use the default, ${what.length > 40 ? `${what.slice(0, 40)}…` : what}` : "Clear"}
      </Act>
    </div>
  );
}

/** Returns what gives a row's field the focus once its button is gone. */
function backTo(row: HTMLElement | null): () => void {
  const field = row?.parentElement?.querySelector<HTMLElement>("input, select, textarea");
  return () => requestAnimationFrame(() => field?.focus());
}

/** A secret: it can be set and removed, and is never shown. */
function Secret(props: OneProps & { label: string; help: string; isFixed: boolean }): JSX.Element {
  const { setting, isFixed, change } = props;
  const [isLong, setLong] = useState(false);
  const row = useRef<HTMLDivElement>(null);
  const value = String(props.value ?? "");
  // The field closes when what was written in it is saved, and what stood in it is gone with it.
  const isSaved = props.value === undefined;
  useEffect(() => {
    if (isSaved) setLong(false);
  }, [isSaved]);
  const common = { disabled: isFixed, value, autocomplete: "new-password", spellcheck: false, "aria-required": setting.required };
  return (
    <div class="setting">
      <Field
        label={props.label}
        error={props.error}
        help={
          <>
            {props.help} It is kept encrypted, and nobody can read it here again.
          </>
        }
      >
        {(field) =>
          isLong ? (
            <textarea {...field} {...common} rows={6} onInput={(event) => change(event.currentTarget.value)} />
          ) : (
            <input
              {...field}
              {...common}
              type="password"
              placeholder={setting.is_set ? "Enter another one to replace it" : ""}
              onInput={(event) => change(event.currentTarget.value)}
            />
          )
        }
      </Field>
      <div class="row-actions" ref={row}>
        <Badge tone={setting.is_set ? "ok" : setting.required ? "warn" : "calm"}>{setting.is_set ? "Is set" : "Not set"}</Badge>
        {!isFixed && !isLong && (
          <button type="button" class="plain link" onClick={() => setLong(true)} aria-label={`Enter several lines: ${setting.label}`}>
            Enter several lines
          </button>
        )}
        {setting.is_set && !isFixed && (
          <Confirmed
            class="plain link quiet-danger"
            label={`Remove: ${setting.label}`}
            title={`Remove ${setting.label}?`}
            text={setting.required ? "The plugin is not called until it is set again." : "The plugin goes on without it."}
            button="Remove"
            does={async () => {
              const back = backTo(row.current);
              await props.unset();
              back();
              return `${setting.label} was removed.`;
            }}
          >
            Remove
          </Confirmed>
        )}
      </div>
    </div>
  );
}
