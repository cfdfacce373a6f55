// What several screens show.

import type { ComponentChildren, JSX } from "preact";

import type { Trouble } from "../problems";

/** The reason of a trouble, and what follows from it. */
export function Said(props: { of: Trouble }): JSX.Element {
  return (
    <>
      <p>{props.of.text}</p>
      {props.of.more && <p>{props.of.more}</p>}
    </>
  );
}

/** A number with its name, in a `dl` of them. */
export function Figure(props: { name: string; value: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{typeof props.value === "number" ? props.value.toLocaleString("en") : props.value}</dd>
    </div>
  );
}
