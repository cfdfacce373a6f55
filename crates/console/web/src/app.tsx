// The console: who is logged in, and which screen is shown.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { ROLES, plugins, session, type Role, type User } from "./api";
import { useData } from "./data";
import { Problem, said, whenLoggedOut } from "./http";
import { Link, go, usePlace } from "./router";
import { Comments } from "./screens/comments";
import { ContentScreen } from "./screens/content";
import { ContentTypes, Contents } from "./screens/contents";
import { Cron } from "./screens/cron";
import { EventsScreen, LogScreen } from "./screens/log";
import { Install } from "./screens/install";
import { Login } from "./screens/login";
import { Outbox } from "./screens/outbox";
import { Overview } from "./screens/overview";
import { PluginScreen } from "./screens/plugin";
import { Plugins } from "./screens/plugins";
import { PostScreen } from "./screens/post";
import { Posts } from "./screens/posts";
import { Users } from "./screens/users";
import { Announcements, Notice, Screen, announce } from "./ui";

type Who = { user: User } | "nobody" | "unknown" | { error: string };

export function App(): JSX.Element {
  const [who, setWho] = useState<Who>("unknown");
  const [reason, setReason] = useState<string>();

  const ask = async (): Promise<void> => {
    try {
      setWho({ user: await session.who() });
    } catch (error) {
      setWho(error instanceof Problem && [401, 403].includes(error.status) ? "nobody" : { error: said(error) });
    }
  };
  useEffect(() => {
    whenLoggedOut(() => {
      setReason("Your login has ended. Log in again to go on where you were.");
      setWho("nobody");
    });
    void ask();
  }, []);

  const leave = async (): Promise<void> => {
    try {
      await session.end();
      setReason(undefined);
      setWho("nobody");
    } catch (error) {
      announce("bad", said(error));
    }
  };

  if (who === "unknown") return <p class="opening">Opening…</p>;
  if (who === "nobody") return <Login reason={reason} done={(user) => setWho({ user })} />;
  if ("error" in who) {
    return (
      <main class="alone">
        <Notice tone="bad" role="alert" title="The console cannot be opened" actions={<button onClick={() => void ask()}>Try again</button>}>
          {who.error}
        </Notice>
      </main>
    );
  }
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Header user={who.user} leave={() => void leave()} />
      <Announcements />
      {who.user.role === "admin" && <SafeMode />}
      <Shown user={who.user} />
    </>
  );
}

/** The screens of the menu, each with the role that may see it, and those above. */
const SCREENS: { path: string; label: string; from: Role }[] = [
  { path: "", label: "Overview", from: "admin" },
  { path: "plugins", label: "Plugins", from: "admin" },
  { path: "outbox", label: "Outbox", from: "admin" },
  { path: "cron", label: "Cron", from: "admin" },
  { path: "log", label: "Log", from: "admin" },
  { path: "events", label: "Events", from: "admin" },
  { path: "posts", label: "Posts", from: "author" },
  { path: "comments", label: "Comments", from: "editor" },
  { path: "content", label: "Content", from: "author" },
  { path: "users", label: "Users", from: "admin" },
];

function isAtLeast(user: User, role: Role): boolean {
  return ROLES.indexOf(user.role) >= ROLES.indexOf(role);
}

function Header(props: { user: User; leave: () => void }): JSX.Element {
  const { segments } = usePlace();
  const [isOpen, open] = useState(false);
  const isAdmin = props.user.role === "admin";
  const current = segments[0] ?? "";
  useEffect(() => open(false), [segments]);
  return (
    <header class="top" onKeyDown={(event) => event.key === "Escape" && open(false)}>
      <Link to="/" class="brand">
        raisfast
      </Link>
      <button type="button" class="menu" aria-expanded={isOpen} aria-controls="navigation" onClick={() => open(!isOpen)}>
        Menu
      </button>
      <div id="navigation" class={isOpen ? "navigation open" : "navigation"}>
        <nav aria-label="Screens">
          <ul>
            {SCREENS.filter((screen) => isAtLeast(props.user, screen.from)).map((screen) => (
              <li key={screen.path}>
                <Link
                  to={`/${screen.path}`}
                  aria-current={(isAdmin ? current : current || "posts") === screen.path ? "page" : undefined}
                >
                  {screen.label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div class="who">
          <span>
            <span class="muted">Logged in as </span>
            {props.user.username}
          </span>
          <button type="button" onClick={props.leave}>
            Log out
          </button>
        </div>
      </div>
    </header>
  );
}

/** Says on every screen that the server was started without its plugins. */
function SafeMode(): JSX.Element | null {
  const { segments } = usePlace();
  const [screen] = segments;
  const list = useData("safe mode", plugins.list, 60_000);
  // Whoever starts the server anew sees it on the next screen.
  useEffect(() => void list.reload(), [screen]);
  if (!list.data?.items.some((plugin) => plugin.state === "safe_mode")) return null;
  return (
    <section class="banner" aria-label="Safe mode">
      <Notice tone="warn" title="The server runs in safe mode">
        No plugin is called, and none ticks. Turn off, replace or remove the one that is in the way; then start the server without{" "}
        <code>--safe-mode</code>.
      </Notice>
    </section>
  );
}

function Shown(props: { user: User }): JSX.Element {
  const { segments, query } = usePlace();
  const [screen = "", id, tab] = segments;
  const isAdmin = props.user.role === "admin";
  if (screen === "posts") {
    return id === undefined ? <Posts status={query.get("status")} /> : <PostScreen key={id} id={id} isAdmin={isAdmin} />;
  }
  if (screen === "content") {
    if (id === undefined) return <ContentTypes />;
    if (tab === undefined) return <Contents key={id} type={id} />;
    return <ContentScreen key={`${id} ${tab}`} type={id} id={tab} isAdmin={isAdmin} />;
  }
  if (screen === "comments") {
    return isAtLeast(props.user, "editor") ? <Comments status={query.get("status")} /> : <NotForThem role={props.user.role} whose="editors" />;
  }
  if (!isAdmin) {
    return screen === "" ? <Posts status={query.get("status")} /> : <NotForThem role={props.user.role} whose="administrators" />;
  }
  switch (screen) {
    case "":
      return <Overview />;
    case "plugins":
      if (id === undefined) return <Plugins />;
      return <PluginScreen key={id} id={id} tab={tab} />;
    case "install":
      return <Install />;
    case "outbox":
      return <Outbox plugin={query.get("plugin")} state={query.get("state")} />;
    case "cron":
      return <Cron />;
    case "log":
      return <LogScreen />;
    case "users":
      return <Users own={props.user.username} />;
    case "events":
      return <EventsScreen />;
    default:
      return (
        <Screen title="There is no such screen">
          <Notice tone="calm" actions={<button onClick={() => go("/")}>To the overview</button>}>
            The address names nothing here. It may be of another version of the console.
          </Notice>
        </Screen>
      );
  }
}

function NotForThem(props: { role: Role; whose: string }): JSX.Element {
  return (
    <Screen title={`This is for ${props.whose}`}>
      <Notice tone="calm" actions={<button onClick={() => go("/posts")}>To the posts</button>}>
        Your account is an {props.role}'s. Ask an administrator for what you need here.
      </Notice>
    </Screen>
  );
}
