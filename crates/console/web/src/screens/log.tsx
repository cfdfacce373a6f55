import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Clock, Entries, Log, StreamHead, useStream } from "../records";
import { Link, pluginPath } from "../router";
import { Badge, Field, Screen } from "../ui";

/** The log of all plugins. */
export function LogScreen(): JSX.Element {
  return (
    <Screen title="Log" lead="What plugins write, and what the server says about them, as it comes.">
      <section class="panel">
        <Log />
      </section>
    </Screen>
  );
}

interface Event {
  kind: string;
  plugin: string;
  type: string;
  at: string;
  hook?: string;
  data?: string;
  reason?: string | null;
}

/** The events of plugins, and pauses of those that fail. */
export function EventsScreen(): JSX.Element {
  const [text, setText] = useState("");
  const [isPaused, pause] = useState(false);
  const stream = useStream<Event>("/events", {}, isPaused, (kind, data) =>
    kind === "plugin" || kind === "breaker" ? { kind, ...(JSON.parse(data) as Omit<Event, "kind">) } : undefined,
  );
  const wanted = text.trim().toLowerCase();
  const shown = stream.entries.filter((event) =>
    `${event.plugin} ${event.type} ${event.hook ?? ""} ${event.data ?? ""} ${event.reason ?? ""}`.toLowerCase().includes(wanted),
  );
  return (
    <Screen title="Events" lead="What plugins publish, and pauses of plugins that fail. Those from now on are shown, of every server of the site.">
      <section class="panel">
        <StreamHead state={stream.state} isPaused={isPaused} pause={pause} missed={stream.missed}>
          <Field label="Containing">
            {(field) => <input {...field} type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} />}
          </Field>
        </StreamHead>
        <Entries label="Events" empty={stream.entries.length > 0 ? "No event contains that." : "Nothing has happened since this page was opened."}>
          {shown.map((event) => (
            <li key={event.number} class="record">
              <Clock at={event.at} />
              <Badge tone={event.kind === "plugin" ? "calm" : event.type.startsWith("paused") ? "bad" : "warn"}>
                {event.kind === "plugin" ? "event" : "breaker"}
              </Badge>
              <span class="source">
                <Link to={pluginPath(event.plugin)}>{event.plugin}</Link>
                {event.hook && <span class="muted">{event.hook}</span>}
              </span>
              <span class="message">
                <strong>{event.type}</strong> {event.data ?? event.reason ?? ""}
              </span>
            </li>
          ))}
        </Entries>
      </section>
    </Screen>
  );
}
