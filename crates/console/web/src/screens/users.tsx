import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { ROLES, users, type Account, type Role } from "../api";
import { Problem } from "../http";
import { Rows, useList } from "../list";
import { Act, Badge, Confirmed, Field, Moment, Notice, Screen, Section, Table } from "../ui";
import { ROLES_MEAN } from "../words";

/** A password that the server has made, which nobody sees again. */
interface Made {
  username: string;
  password: string;
}

/** The accounts of those who log in. */
export function Users(props: { own: string }): JSX.Element {
  const list = useList("users", users.list, ({ id }) => id);
  const [made, setMade] = useState<Made>();
  return (
    <Screen title="Users">
      {made && (
        <Notice
          tone="ok"
          role="status"
          title={`The password of ${made.username}`}
          actions={
            <button type="button" onClick={() => setMade(undefined)}>
              I have kept it
            </button>
          }
        >
          <code>{made.password}</code>
          <p>It is not shown again. Hand it over in a way that others cannot read.</p>
        </Notice>
      )}
      <section class="panel">
        <Rows of={list}>
          {(rows) => (
            <Table
              label="Users"
              rows={rows}
              id={(account) => account.id}
              empty="There are no accounts."
              columns={[
                { head: "Name", main: true, cell: (account) => account.username },
                {
                  head: "Role",
                  cell: (account) => (
                    <>
                      {account.role}
                      <span class="below">{ROLES_MEAN[account.role]}</span>
                    </>
                  ),
                },
                {
                  head: "State",
                  cell: (account) =>
                    account.disabled_at === null ? <Badge tone="ok">Can log in</Badge> : <Badge tone="calm">Disabled</Badge>,
                },
                { head: "Since", cell: (account) => <Moment at={account.created_at} /> },
                {
                  head: "Change",
                  buttons: true,
                  cell: (account) => <Changes account={account} isOwn={account.username === props.own} made={setMade} done={list.refresh} />,
                },
              ]}
            />
          )}
        </Rows>
      </section>
      <Create made={setMade} done={list.refresh} />
    </Screen>
  );
}

function Changes(props: {
  account: Account;
  isOwn: boolean;
  made: (made: Made) => void;
  done: () => Promise<void>;
}): JSX.Element {
  const { account, isOwn, made, done } = props;
  const { username } = account;
  return (
    <div class="row-actions">
      {!isOwn && <ChangeRole account={account} done={done} />}
      <Confirmed
        label={`New password for ${username}`}
        title={`A new password for ${username}?`}
        text={`The server makes one and shows it once. Every login of ${username} ends${isOwn ? ", this one too" : ""}.`}
        button="Make one"
        does={async () => {
          const { password } = await users.setPassword(username);
          if (password) made({ username, password });
        }}
      >
        New password
      </Confirmed>
      {account.disabled_at !== null ? (
        <Act
          label={`Enable ${username}`}
          does={async () => {
            await users.enable(username);
            await done();
            return `${username} can log in again.`;
          }}
        >
          Enable
        </Act>
      ) : (
        !isOwn && (
          <Confirmed
            class="quiet-danger"
            label={`Disable ${username}`}
            title={`Disable ${username}?`}
            text={`${username} cannot log in any longer, and every login ends at once. What ${username} has written stays.`}
            button="Disable"
            does={async () => {
              await users.disable(username);
              await done();
              return `${username} cannot log in.`;
            }}
          >
            Disable
          </Confirmed>
        )
      )}
      {!isOwn && (
        <Confirmed
          class="quiet-danger"
          label={`Remove ${username}`}
          title={`Remove ${username}?`}
          text={`The account is gone, and every login ends at once. What ${username} has written stays; editors and admins can change it. If the name is given again, the new account owns none of it. This cannot be undone.`}
          button="Remove"
          does={async () => {
            await users.remove(username);
            await done();
            return `${username} was removed.`;
          }}
        >
          Remove
        </Confirmed>
      )}
    </div>
  );
}

/** Asks for the other role, with what each may do. */
function ChangeRole(props: { account: Account; done: () => Promise<void> }): JSX.Element {
  const { username } = props.account;
  const [role, setRole] = useState<Role>(props.account.role);
  useEffect(() => setRole(props.account.role), [props.account.role]);
  return (
    <Confirmed
      label={`Change the role of ${username}`}
      tone="primary"
      title={`Change the role of ${username}`}
      text={
        <fieldset class="choices">
          <legend class="help">It counts from the next request on.</legend>
          {ROLES.map((one) => (
            <label key={one} class="check">
              <input type="radio" name={`role of ${username}`} checked={role === one} onChange={() => setRole(one)} />
              <span>
                {one}
                <span class="below">{ROLES_MEAN[one]}</span>
              </span>
            </label>
          ))}
        </fieldset>
      }
      button="Change the role"
      does={async () => {
        if (role === props.account.role) return undefined;
        await users.setRole(username, role);
        await props.done();
        return `${username} is an ${role} now.`;
      }}
    >
      Role
    </Confirmed>
  );
}

function Create(props: { made: (made: Made) => void; done: () => Promise<void> }): JSX.Element {
  const [username, setUsername] = useState("");
  const [role, setRole] = useState<Role>("author");
  const [error, setError] = useState<string>();
  const create = async (): Promise<string> => {
    setError(undefined);
    try {
      const account = await users.create(username, role);
      if (account.password) props.made({ username: account.username, password: account.password });
      setUsername("");
      await props.done();
      return `${account.username} was added.`;
    } catch (problem) {
      if (problem instanceof Problem) setError(problem.errors[0]?.detail ?? problem.message);
      throw problem;
    }
  };
  return (
    <Section title="Add a user" note="The server makes the password and shows it once.">
      <div class="filters">
        <Field label="Name" error={error}>
          {(field) => (
            <input
              {...field}
              type="text"
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              value={username}
              onInput={(event) => setUsername(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Role">
          {(field) => (
            <select {...field} value={role} onChange={(event) => setRole(event.currentTarget.value as Role)}>
              {ROLES.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Act class="primary" disabled={username === ""} does={create}>
          Add
        </Act>
      </div>
    </Section>
  );
}
