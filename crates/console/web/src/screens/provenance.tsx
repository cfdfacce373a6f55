import type { JSX } from "preact";

import type { Write } from "../api";
import { useData } from "../data";
import { Link, pluginPath } from "../router";
import { Badge, Moment, Ready, Section } from "../ui";

const OUTCOMES = {
  changed: { word: "changed", tone: "ok" },
  failed: { word: "failed", tone: "bad" },
  paused: { word: "was paused", tone: "warn" },
} as const;

/** The changes of plugins when something was written. */
export function Provenance(props: { of: string; load: (signal: AbortSignal) => Promise<{ items: Write[] }> }): JSX.Element {
  const loaded = useData(`provenance ${props.of}`, props.load);
  return (
    <Section title="What plugins changed" note="Of the last writes, those in which a plugin had a part.">
      <Ready of={loaded}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="empty">No plugin has changed anything in it.</p>
          ) : (
            <ol class="writes">
              {items.map((write) => (
                <li key={write.at}>
                  <WriteOf write={write} />
                </li>
              ))}
            </ol>
          )
        }
      </Ready>
    </Section>
  );
}

function WriteOf(props: { write: Write }): JSX.Element {
  return (
    <>
      <p class="muted">
        <Moment at={props.write.at} />, in {props.write.hook}
      </p>
      <ul>
        {props.write.plugins.map((share) => {
          const { word, tone } = OUTCOMES[share.outcome];
          const fields = share.fields.map((field) => field.replace(/^\//, ""));
          return (
            <li key={share.plugin}>
              <Link to={pluginPath(share.plugin)}>{share.plugin}</Link> <Badge tone={tone}>{word}</Badge>{" "}
              {fields.length > 0 && <code>{fields.join(", ")}</code>}
              {share.more_fields ? ` and ${share.more_fields} more` : ""}
            </li>
          );
        })}
      </ul>
    </>
  );
}

