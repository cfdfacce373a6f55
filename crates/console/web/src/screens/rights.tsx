import type { JSX } from "preact";

import type { Limits, Permissions } from "../api";
import { Badge } from "../ui";
import { limitLines, rights } from "../words";

/** The rights of a plugin, in words; those that another version did not have are marked. */
export function RightsList(props: {
  permissions: Permissions | null;
  ownTables: string | null;
  before?: { permissions: Permissions | null; ownTables: string | null };
}): JSX.Element {
  const found = rights(props.permissions, props.ownTables);
  const before = props.before && new Set(rights(props.before.permissions, props.before.ownTables).map((right) => right.key));
  if (found.length === 0) return <p class="empty">It may reach nothing outside its sandbox.</p>;
  return (
    <ul class="rights">
      {found.map((right) => {
        const isNew = before !== undefined && !before.has(right.key);
        return (
          <li key={right.key} class={isNew ? "is-new" : ""}>
            <span>It may {right.text}</span>
            <span class="badges">
              {isNew && <Badge tone={right.grave ? "bad" : "warn"}>{right.grave ? "New, reaches further" : "New"}</Badge>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** The limits; with what is higher than before, where there was another version. */
export function LimitsList(props: {
  limits: Limits;
  maxMemory: number | null;
  before?: { limits: Limits; maxMemory: number | null };
}): JSX.Element {
  const lines = limitLines(props.limits, props.maxMemory);
  const before = new Map(
    props.before ? limitLines(props.before.limits, props.before.maxMemory).map((line) => [line.key, line]) : [],
  );
  if (lines.length === 0) return <p class="empty">No version of it was put to work.</p>;
  return (
    <dl class="figures">
      {lines.map((line) => {
        const former = before.get(line.key);
        const isHigher = former !== undefined && former.amount < line.amount;
        return (
          <div key={line.key} class={isHigher ? "is-new" : ""}>
            <dt>{line.text}</dt>
            <dd>
              {line.shown} {isHigher && <Badge tone="warn">was {former.shown}</Badge>}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
