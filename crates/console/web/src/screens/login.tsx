import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { session, type User } from "../api";
import { said } from "../http";
import { Field, Notice } from "../ui";

/** The login. */
export function Login(props: { reason: string | undefined; done: (user: User) => void }): JSX.Element {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = "Log in · raisfast";
    first.current?.focus();
  }, []);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      props.done((await session.begin(username, password)).user);
    } catch (problem) {
      setError(said(problem));
      setBusy(false);
    }
  };

  return (
    <main class="alone">
      <form class="panel login" onSubmit={(event) => void submit(event)}>
        <p class="brand">raisfast</p>
        <h1>Log in</h1>
        {error ? (
          <Notice tone="bad" role="alert">
            {error}
          </Notice>
        ) : (
          props.reason && <Notice tone="calm">{props.reason}</Notice>
        )}
        <Field label="Name">
          {(field) => (
            <input
              {...field}
              ref={first}
              type="text"
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              required
              value={username}
              onInput={(event) => setUsername(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Password">
          {(field) => (
            <input
              {...field}
              type="password"
              autocomplete="current-password"
              required
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
          )}
        </Field>
        <button type="submit" class="primary" aria-disabled={busy}>
          {busy ? "Logging in…" : "Log in"}
        </button>
        <p class="help">
          Lost the password of <code>admin</code>? On the server's machine, <code>raisfast admin password</code> sets a new one.
        </p>
      </form>
    </main>
  );
}
