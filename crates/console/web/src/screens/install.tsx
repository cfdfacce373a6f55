import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { plugins, type HookTerms, type Plugin, type PluginTerms, type SettingType } from "../api";
import { Problem, said } from "../http";
import { Link, pluginPath, useGuard } from "../router";
import { chosen, dropped, pack, type Found } from "../tar";
import { Badge, Notice, Screen, Section, Table } from "../ui";
import { hookWhen, ifItFails, isFilter, limitLines, micros, rights } from "../words";
import { LimitsList, RightsList } from "./rights";

type Step =
  | { at: "choose"; error?: string }
  | { at: "checking"; name: string }
  | { at: "consent"; archive: Blob; terms: PluginTerms; before: Plugin | undefined; known: ReadonlySet<string>; error?: string }
  | { at: "installing"; terms: PluginTerms }
  | { at: "done"; plugin: Plugin; version: string; replaced: string | null };

/** From an archive or a folder to a plugin that serves. */
export function Install(): JSX.Element {
  const [step, setStep] = useState<Step>({ at: "choose" });
  useGuard(step.at === "installing");

  const check = async (finding: Promise<Found[]>): Promise<void> => {
    try {
      const found = await finding;
      if (found.length === 0) return;
      const { archive, name } = await pack(found);
      setStep({ at: "checking", name });
      const terms = await plugins.check(archive);
      const before = terms.replaces === null ? undefined : await former(terms.id);
      const known = before && terms.settings.length > 0 ? await settingsOf(terms.id) : [];
      setStep({ at: "consent", archive, terms, before, known: new Set(known) });
    } catch (error) {
      setStep({ at: "choose", error: said(error) });
    }
  };

  const install = async (from: Step & { at: "consent" }): Promise<void> => {
    setStep({ at: "installing", terms: from.terms });
    try {
      const { plugin, replaced } = await plugins.install(from.archive);
      setStep({ at: "done", plugin, version: from.terms.version, replaced });
    } catch (error) {
      setStep({ ...from, error: said(error) });
    }
  };

  return (
    <Screen title="Install a plugin" lead={<Link to="/plugins">All plugins</Link>}>
      <p class="hidden" role="status">
        {step.at === "checking" && "The plugin is being checked."}
        {step.at === "consent" && `${step.terms.name} ${step.terms.version} was checked. Read what it may do, and decide.`}
        {step.at === "installing" && "The plugin is being installed."}
      </p>
      {step.at === "choose" && <Choose error={step.error} check={(found) => void check(found)} />}
      {step.at === "checking" && (
        <Notice tone="calm" title={`Checking ${step.name}…`}>
          The server reads the manifest and compiles the code. A large plugin takes some seconds. Nothing of it runs yet.
        </Notice>
      )}
      {step.at === "consent" && (
        <Consent step={step} cancel={() => setStep({ at: "choose" })} install={() => void install(step)} />
      )}
      {step.at === "installing" && (
        <Notice tone="calm" title={`Installing ${step.terms.name} ${step.terms.version}…`}>
          The version that serves goes on until this one is ready.
        </Notice>
      )}
      {step.at === "done" && <Done plugin={step.plugin} version={step.version} replaced={step.replaced} again={() => setStep({ at: "choose" })} />}
    </Screen>
  );
}

async function former(id: string): Promise<Plugin | undefined> {
  try {
    return await plugins.get(id);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined;
    throw error;
  }
}

/** The keys of the settings that a plugin has now; none while its manifest cannot be read. */
async function settingsOf(id: string): Promise<string[]> {
  try {
    return (await plugins.settings(id)).settings.map(({ key }) => key);
  } catch (error) {
    if (error instanceof Problem && [404, 409].includes(error.status)) return [];
    throw error;
  }
}

/** Makes an input one for folders; the types of inputs have no such attribute. */
const FOLDERS: object = { webkitdirectory: true };

function Choose(props: { error: string | undefined; check: (found: Promise<Found[]>) => void }): JSX.Element {
  const [isOver, setOver] = useState(false);
  return (
    <>
      {props.error && (
        <Notice tone="bad" role="alert" title="It cannot be installed">
          {props.error}
        </Notice>
      )}
      <section
        class={isOver ? "panel drop over" : "panel drop"}
        aria-label="Choose a plugin"
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          if (event.dataTransfer) props.check(dropped(event.dataTransfer.items));
        }}
      >
        <p>
          Drop a built plugin here: its folder, or its archive (<code>.tar</code> or <code>.tar.gz</code>).
        </p>
        <div class="actions">
          <label class="file">
            <input
              type="file"
              accept=".tar,.tgz,.tar.gz,application/x-tar,application/gzip"
              onChange={(event) => props.check(Promise.resolve(chosen(event.currentTarget)))}
            />
            <span>Choose an archive</span>
          </label>
          <label class="file">
            <input
              {...FOLDERS}
              type="file"
              multiple
              onChange={(event) => props.check(Promise.resolve(chosen(event.currentTarget)))}
            />
            <span>Choose a folder</span>
          </label>
        </div>
        <p class="help">
          You see what it may do before anything of it runs. On the command line: <code>raisfast plugin install FOLDER</code>.
        </p>
      </section>
    </>
  );
}

function Consent(props: { step: Step & { at: "consent" }; cancel: () => void; install: () => void }): JSX.Element {
  const { terms, before, known, error } = props.step;
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), []);
  const news = before ? escalations(terms, before) : [];
  const mayDo = rights(terms.permissions, terms.own_tables).length > 0;
  return (
    <>
      {error && (
        <Notice tone="bad" role="alert" title="It was not installed; all is as before">
          {error}
        </Notice>
      )}
      <section class="panel" aria-labelledby="consent">
        <h2 id="consent" ref={head} tabIndex={-1}>
          {terms.name} {terms.version}
        </h2>
        <p class="note">
          <code>{terms.id}</code>
        </p>
        {terms.replaces === null ? (
          <p>It is new on this server.</p>
        ) : (
          <p>
            It takes the place of version {terms.replaces}. What that one has stored stays.
          </p>
        )}
        {before && news.length > 0 && (
          <Notice tone="warn" title="It may do more than the version that serves">
            <ul>
              {news.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </Notice>
        )}
        {before && news.length === 0 && <Notice tone="ok">It may do no more than the version that serves.</Notice>}
        {terms.needs_settings.length > 0 && (
          <Notice tone="warn" title="It needs settings">
            It is not called before these are set, which you do after the installation: {terms.needs_settings.map(({ label }) => label).join(", ")}.
            {before && " The version that serves goes on until then."}
          </Notice>
        )}
        {terms.exceeded.map((line) => (
          <Notice key={line} tone="calm">
            {line}
          </Notice>
        ))}
      </section>
      <Section title="What it may do">
        <RightsList
          permissions={terms.permissions}
          ownTables={terms.own_tables}
          {...(before && { before: { permissions: before.permissions, ownTables: before.own_tables } })}
        />
      </Section>
      <Section title="When it is called">
        <Table
          label="Hooks"
          rows={terms.hooks}
          id={(hook) => hook.hook}
          empty="Nothing calls it: its manifest names no hook and no schedule that is enabled."
          columns={[
            {
              head: "Hook",
              main: true,
              cell: (hook) => (
                <>
                  {hook.hook}
                  <span class="below">{hookWhen(hook.hook)}</span>
                </>
              ),
            },
            { head: "What it can do there", cell: (hook) => power(hook) },
            { head: "If it fails", cell: (hook) => ifItFails(hook) },
            { head: "Deadline", number: true, cell: (hook) => micros(hook.timeout_ms * 1000) },
            { head: "Since", cell: (hook) => (before && isNewHook(hook, before) ? <Badge tone="warn">New</Badge> : before ? "before" : "–") },
          ]}
        />
        {terms.cron.map((job) => (
          <p key={job.job_type}>
            {job.label}: <code>{job.cron_expr}</code>, {job.timezone}
            {!job.enabled && ", only by hand"}
          </p>
        ))}
      </Section>
      {terms.settings.length > 0 && <SettingsList settings={terms.settings} {...(before && { known })} />}
      <Section title="Limits">
        <LimitsList
          limits={terms.limits}
          maxMemory={terms.max_memory}
          {...(before && Object.keys(before.limits).length > 0 && { before: { limits: before.limits, maxMemory: before.max_memory } })}
        />
      </Section>
      <div class="panel actions decide">
        <button type="button" class="primary" onClick={props.install}>
          {mayDo ? "Allow this and install" : "Install"}
        </button>
        <button type="button" onClick={props.cancel}>
          Cancel
        </button>
      </div>
    </>
  );
}

const KINDS: Partial<Record<SettingType, string>> = {
  secret: "a secret, which is kept encrypted",
  integer: "a whole number",
  number: "a number",
  boolean: "yes or no",
  select: "a choice",
  url: "an address",
  email: "an e-mail address",
};

/** The settings of a version, with those that the one before it did not have. */
function SettingsList(props: { settings: PluginTerms["settings"]; known?: ReadonlySet<string> }): JSX.Element {
  const { known } = props;
  return (
    <Section title="Settings" note="You set them after the installation. What was set for the version before it stays.">
      <Table
        label="Settings"
        rows={props.settings}
        id={(setting) => setting.key}
        empty=""
        columns={[
          {
            head: "Setting",
            main: true,
            cell: (setting) => (
              <>
                {setting.label}
                {setting.help && <span class="below">{setting.help}</span>}
              </>
            ),
          },
          { head: "It takes", cell: (setting) => KINDS[setting.type] ?? "a text" },
          {
            head: "State",
            cell: (setting) => (
              <span class="badges">
                {setting.is_set ? (
                  <Badge tone="ok">Has a value</Badge>
                ) : setting.required ? (
                  <Badge tone="warn">Has to be set</Badge>
                ) : (
                  <Badge tone="calm">Not set</Badge>
                )}
                {known && !known.has(setting.key) && <Badge tone="warn">New</Badge>}
              </span>
            ),
          },
        ]}
      />
    </Section>
  );
}

function isNewHook(hook: HookTerms, before: Plugin): boolean {
  return !before.hooks.some((one) => one.hook === hook.hook);
}

function power(hook: HookTerms): string {
  if (!isFilter(hook.hook)) return "take note";
  if (hook.hook === "filter-html" || hook.hook === "render-markdown") return "change the page";
  return "change it or refuse it";
}

/** Returns each thing that a version may do and the one before it may not. */
export function escalations(terms: PluginTerms, before: Plugin): string[] {
  const known = new Set(rights(before.permissions, before.own_tables).map((right) => right.key));
  const found = rights(terms.permissions, terms.own_tables)
    .filter((right) => !known.has(right.key))
    .map((right) => `It may ${right.text}.`);
  for (const hook of terms.hooks) {
    const former = before.hooks.find((one) => one.hook === hook.hook);
    if (!former) found.push(`It is called ${hookWhen(hook.hook)} (${hook.hook}).`);
    else if (former.on_error !== "abort" && hook.on_error === "abort") {
      found.push(`When it fails in ${hook.hook}, the request is refused.`);
    }
  }
  const limits = new Map(limitLines(before.limits, before.max_memory).map((line) => [line.key, line]));
  for (const line of limitLines(terms.limits, terms.max_memory)) {
    const former = limits.get(line.key);
    if (former && former.amount < line.amount) found.push(`${line.text}: ${line.shown} instead of ${former.shown}.`);
  }
  return found;
}

/** Follows a plugin until it serves, or says why it does not. */
function Done(props: { plugin: Plugin; version: string; replaced: string | null; again: () => void }): JSX.Element {
  const [plugin, setPlugin] = useState(props.plugin);
  const id = plugin.id;
  useEffect(() => {
    if (plugin.compiling === null || id === null) return undefined;
    const timer = setTimeout(() => {
      plugins.get(id).then(setPlugin, () => setPlugin({ ...plugin }));
    }, 1000);
    return () => clearTimeout(timer);
  }, [plugin]);
  // What is shown of the plugin may be of the version before, as long as that one serves.
  const name = `${plugin.name ?? id} ${props.version}`;
  const actions = (
    <>
      {id && <Link to={pluginPath(id)}>Show it</Link>}
      <button type="button" onClick={props.again}>
        Install another one
      </button>
    </>
  );
  if (plugin.compiling) {
    return (
      <Notice tone="calm" role="status" title={`${name} is being compiled`} actions={actions}>
        It serves when that is done; this page follows it.
      </Notice>
    );
  }
  if (plugin.state === "running") {
    return (
      <Notice tone="ok" role="status" title={`${name} serves`} actions={actions}>
        {props.replaced ? `It has taken the place of version ${props.replaced}.` : "It is called from now on."}
      </Notice>
    );
  }
  if (plugin.state === "safe_mode") {
    return (
      <Notice tone="calm" role="status" title={`${name} is installed`} actions={actions}>
        It is called once the server has been started without safe mode.
      </Notice>
    );
  }
  if (plugin.needs_settings.length > 0 && id) {
    return (
      <Notice
        tone="warn"
        role="status"
        title={`${name} is installed, and needs settings`}
        actions={<Link to={pluginPath(id, "settings")}>Set them</Link>}
      >
        It is called once it has them: {plugin.needs_settings.map(({ label }) => label).join(", ")}.
        {plugin.state === "outdated" && ` Version ${plugin.version} serves meanwhile.`}
      </Notice>
    );
  }
  return (
    <Notice tone="warn" role="alert" title={`${name} is installed, and does not serve`} actions={actions}>
      {plugin.state === "disabled" ? "The plugin was turned off before, and stays so until you enable it." : plugin.last_error}
    </Notice>
  );
}
