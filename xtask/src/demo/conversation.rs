//! The requests that the demo sends to the server, and those that it suggests to the user.

use std::{
    thread,
    time::{Duration, Instant},
};

use anstream::println;
use anyhow::{Context, Result, ensure};
use regex::Regex;
use serde_json::{Value, json};
use ureq::http::Response;

use super::server::Settings;
use crate::{process, terminal, workspace};

/// As much as the server gives itself for one.
const COMPILE_DEADLINE: Duration = Duration::from_mins(2);

/// A logged-in client.
pub(super) struct Conversation<'a> {
    settings: &'a Settings,
    api: String,
    token: String,
}

impl<'a> Conversation<'a> {
    /// Log in as the admin.
    pub(super) fn begin(settings: &'a Settings) -> Result<Self> {
        let api = format!("{}/api/v1", settings.origin());
        let login = json!({ "username": "admin", "password": settings.admin_password()? });
        let answer = ureq::post(format!("{api}/auth/login"))
            .config()
            .http_status_as_error(false)
            .build()
            .send_json(login);
        let answer = read(answer).context(
            "the login as admin failed; set RAISFAST_ADMIN_PASSWORD to the password of this data folder",
        )?;
        let token = answer["token"]
            .as_str()
            .context("the login gave no token")?
            .to_owned();
        Ok(Self {
            settings,
            api,
            token,
        })
    }

    /// Wait until the plugins are compiled, which a server does not.
    pub(super) fn wait_for_plugins(&self) -> Result<()> {
        let began = Instant::now();
        process::heard("Waiting for the plugins", || {
            while self.is_compiling()? {
                ensure!(
                    began.elapsed() < COMPILE_DEADLINE,
                    "the plugins are still being compiled after {} seconds",
                    COMPILE_DEADLINE.as_secs()
                );
                thread::sleep(Duration::from_millis(100));
            }
            Ok(())
        })?;
        terminal::done("the plugins are loaded", began.elapsed());
        Ok(())
    }

    fn is_compiling(&self) -> Result<bool> {
        let answer = ureq::get(format!("{}/admin/plugins", self.api))
            .config()
            .http_status_as_error(false)
            .build()
            .header("authorization", format!("Bearer {}", self.token))
            .call();
        let list = read(answer).context("the plugins are not listed")?;
        let plugins = list["items"].as_array().context("the list has no items")?;
        Ok(plugins.iter().any(|plugin| plugin["state"] == "compiling"))
    }

    /// Write a post without slug and excerpt, and show what the plugins made of it.
    pub(super) fn first_post(&self) -> Result<()> {
        terminal::heading("A first post, sent without slug and excerpt");
        let post = json!({
            "title": "Hello from the demo",
            "content": "# Hello\n\nThis post was sent **without** a slug. A plugin filled it in.",
            "status": "published",
        });
        let answer = ureq::post(format!("{}/posts", self.api))
            .config()
            .http_status_as_error(false)
            .build()
            .header("authorization", format!("Bearer {}", self.token))
            .send_json(post);
        let timing = answer.as_ref().ok().and_then(|answer| {
            let header = answer.headers().get("server-timing")?;
            Some(header.to_str().ok()?.to_owned())
        });
        let post = read(answer).context("the first post was refused")?;
        for field in ["title", "slug", "excerpt"] {
            println!("  {field:<8} {}", post[field]);
        }
        terminal::heading("The plugins that saw it, as the header Server-Timing tells an admin");
        for call in calls(&timing.unwrap_or_default()) {
            println!("  {call}");
        }
        Ok(())
    }

    /// Commands for another terminal.
    pub(super) fn say_what_to_try(&self) {
        let api = &self.api;
        let password = if self.settings.has_own_password() {
            "$RAISFAST_ADMIN_PASSWORD".to_owned()
        } else {
            format!(
                "$(cat {})",
                workspace::shown(&self.settings.password_file())
            )
        };
        terminal::heading("Try, in another terminal");
        println!(
            r##"
  # log in
  TOKEN=$(curl -s {api}/auth/login -H 'content-type: application/json' \
    -d "{{\"username\":\"admin\",\"password\":\"{password}\"}}" | sed 's/.*"token":"\([^"]*\)".*/\1/')

  # write a post without excerpt: the answer has one, and its header server-timing says who made it
  curl -siw '\n' {api}/posts -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \
    -d '{{"title":"My First Post","content":"# Hi\n\nSome *markdown*.","status":"published"}}'

  # read it, rendered and filtered by plugins
  curl -sw '\n' {api}/posts/my-first-post

  # comment on it: comment-guard looks at what you write
  curl -sw '\n' {api}/posts/my-first-post/comments -H 'content-type: application/json' \
    -d '{{"content":"Nice post","nickname":"Ann"}}'

  # see the plugins at work
  curl -sw '\n' {api}/admin/plugins -H "authorization: Bearer $TOKEN"

Ctrl-C ends the server. The plugins lie in {plugins}; copy one in or out, and it is loaded or unloaded.
"##,
            plugins = workspace::shown(&workspace::plugin_dir()),
        );
    }
}

/// Returns the calls that a `Server-Timing` header lists, in words.
fn calls(header: &str) -> Vec<String> {
    let call = Regex::new(r#"([^ ,;]+);desc="([^"]*)";dur=([0-9.]+)"#).expect("a pattern");
    let calls = call.captures_iter(header);
    calls
        .map(|call| format!("{}: {} in {} ms", &call[1], &call[2], &call[3]))
        .collect()
}

/// The JSON of a good answer; the problem's own words for a bad one.
fn read(answer: Result<Response<ureq::Body>, ureq::Error>) -> Result<Value> {
    let mut answer = answer?;
    let status = answer.status();
    let body = answer.body_mut().read_to_string()?;
    anyhow::ensure!(status.is_success(), "{status}: {body}");
    serde_json::from_str(&body).context("the answer is not JSON")
}

#[cfg(test)]
mod tests {
    use super::calls;

    #[test]
    fn the_calls_of_plugins_are_read_from_the_header() {
        let header = r#"total;dur=3.1, com.example.a;desc="on-post-creating, 1 call";dur=0.4, com.example.b;desc="on-post-creating, 2 calls";dur=0.25"#;
        assert_eq!(
            calls(header),
            [
                "com.example.a: on-post-creating, 1 call in 0.4 ms",
                "com.example.b: on-post-creating, 2 calls in 0.25 ms",
            ]
        );
        assert!(calls("").is_empty());
    }
}
