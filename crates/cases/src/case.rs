//! The format of a file of cases.

use raisfast_contract::{HookName, hook::UnknownHook};
use raisfast_testkit::Delivery;
use serde::Deserialize;
use serde_json::Value;

use crate::{expectation::Expectation, invocation::Invocation, text, world::World};

/// A world, and what happens in it, step by step.
#[derive(Debug, Clone)]
pub struct Case {
    /// The behaviour that it shows, in words.
    pub name: String,
    /// True if a plugin may report that its language has no such thing.
    pub(crate) optional: bool,
    /// The number of times that the plugin is loaded anew for all of its steps.
    pub(crate) starts: u32,
    pub(crate) world: World,
    pub(crate) steps: Vec<Step>,
}

/// A call, and what is expected of it.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) work: Work,
    /// The number of repetitions; each time the same is expected.
    pub(crate) times: u32,
    pub(crate) expectation: Expectation,
}

#[derive(Debug, Clone)]
pub(crate) enum Work {
    Call {
        invocation: Invocation,
        delivery: Option<Delivery>,
    },
    /// A cron entry of the manifest, by its `job_type`.
    Cron(String),
}

/// A file of cases cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// It is not TOML.
    #[error("{file} is not TOML: {reason}")]
    Syntax {
        /// The file, as it was named.
        file: String,
        /// The fault and its place.
        reason: String,
    },
    /// It has no case.
    #[error("{file} has no [[case]]; write one, with a `name` and `steps`")]
    Empty {
        /// The file, as it was named.
        file: String,
    },
    /// A case is not what one looks like.
    #[error("{file}, case {case}: {place}{reason}")]
    Case {
        /// The file, as it was named.
        file: String,
        /// The case's name, or its number where it has none.
        case: String,
        /// The place in the case, such as `steps[0].input: `.
        place: String,
        /// The form that is expected there.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFile {
    #[serde(default, rename = "case")]
    cases: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCase {
    name: String,
    #[serde(default)]
    optional: bool,
    #[serde(default = "once")]
    starts: u32,
    #[serde(default)]
    world: World,
    steps: Vec<serde_json::Map<String, Value>>,
}

/// The keys of a step that are not about what is expected.
#[derive(Deserialize)]
struct WrittenWork {
    hook: Option<String>,
    cron: Option<String>,
    input: Option<Value>,
    delivery: Option<WrittenDelivery>,
    #[serde(default = "once")]
    times: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDelivery {
    id: String,
    #[serde(default = "once")]
    attempt: u32,
    created_at: String,
}

fn once() -> u32 {
    1
}

const WORK: [&str; 5] = ["hook", "cron", "input", "delivery", "times"];

/// Reads a file of cases. `file` is what errors call it.
pub fn parse(file: &str, toml: &str) -> Result<Vec<Case>, CaseError> {
    let written: WrittenFile = toml::from_str(toml).map_err(|error| CaseError::Syntax {
        file: file.to_owned(),
        reason: error.to_string(),
    })?;
    if written.cases.is_empty() {
        return Err(CaseError::Empty {
            file: file.to_owned(),
        });
    }
    let cases = written.cases.into_iter().zip(1..).map(|(value, number)| {
        let name = value.get("name").and_then(Value::as_str);
        let case = name.map_or_else(|| format!("{number}"), |name| format!("{name:?}"));
        read(value).map_err(|(place, reason)| CaseError::Case {
            file: file.to_owned(),
            case,
            place,
            reason,
        })
    });
    cases.collect()
}

/// The error is a place and a reason.
fn read(value: Value) -> Result<Case, (String, String)> {
    let value = text::write_out(value)
        .map_err(|long| (String::new(), format!("{long} is longer than 64 MiB")))?;
    let written: WrittenCase = serde_path_to_error::deserialize(value).map_err(|error| {
        let place = format!("{}: ", error.path());
        (place, error.into_inner().to_string())
    })?;
    if written.steps.is_empty() {
        return Err((String::new(), "it has no steps".into()));
    }
    let steps = written.steps.into_iter().zip(1..).map(|(step, number)| {
        read_step(step).map_err(|reason| (format!("step {number}: "), reason))
    });
    Ok(Case {
        name: written.name,
        optional: written.optional,
        starts: written.starts,
        world: written.world,
        steps: steps.collect::<Result<_, _>>()?,
    })
}

fn read_step(written: serde_json::Map<String, Value>) -> Result<Step, String> {
    let (work, expectation): (serde_json::Map<_, _>, serde_json::Map<_, _>) = written
        .into_iter()
        .partition(|(key, _)| WORK.contains(&key.as_str()));
    let work: WrittenWork = at_path(work.into())?;
    let mut expectation: Expectation = at_path(expectation.into())?;
    let hook = work.hook.as_deref().map(str::parse::<HookName>);
    let hook = hook
        .transpose()
        .map_err(|error: UnknownHook| error.to_string())?;
    let work_done = match (hook, work.cron) {
        (Some(hook), None) => {
            expectation.check(hook)?;
            Work::Call {
                invocation: Invocation::read(hook, work.input)
                    .map_err(|reason| format!("input: {reason}"))?,
                delivery: work.delivery.map(|delivery| Delivery {
                    id: delivery.id,
                    attempt: delivery.attempt,
                    created_at: delivery.created_at,
                }),
            }
        }
        (None, Some(job_type)) => {
            expectation.check(HookName::OnCronTick)?;
            Work::Cron(job_type)
        }
        _ => {
            return Err(
                "a step has either `hook`, such as \"on-post-creating\", or `cron`, with a job_type of the manifest"
                    .into(),
            );
        }
    };
    Ok(Step {
        work: work_done,
        times: work.times,
        expectation,
    })
}

fn at_path<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value)
        .map_err(|error| format!("{}: {}", error.path(), error.inner()))
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn error(toml: &str) -> String {
        parse("tests/a.toml", toml).unwrap_err().to_string()
    }

    #[test]
    fn a_file_that_is_no_toml_or_has_no_case_is_refused() {
        assert!(error("[[case]").starts_with("tests/a.toml is not TOML"));
        assert!(error("").contains("has no [[case]]"));
        assert!(error("[[cases]]\nname = 'a'").contains("unknown field `cases`"));
    }

    #[test]
    fn what_is_wrong_with_a_case_is_said_with_its_place() {
        let case = |step: &str| error(&format!("[[case]]\nname = 'a'\nsteps = [{step}]"));
        for (step, wanted) in [
            ("", "it has no steps"),
            ("{ }", "either `hook`"),
            ("{ hook = 'on-login', cron = 'x' }", "either `hook`"),
            ("{ hook = 'on-logout' }", "`on-logout` is not a hook"),
            ("{ hook = 'on-login' }", "on-login needs an `input`"),
            (
                "{ hook = 'on-login', input = 'u', answr = 'x' }",
                "unknown field `answr`",
            ),
            (
                "{ hook = 'on-login', input = 'u', answer = 'x' }",
                "on-login is an action, which has no answer",
            ),
            (
                "{ hook = 'on-post-creating', input = { }, answer_has = { slugg = 'x' } }",
                "no field `slugg`",
            ),
            (
                "{ hook = 'filter-html', input = '', answer_matches = { text = '(' } }",
                "regex parse error",
            ),
            (
                "{ hook = 'filter-html', input = { repeat = 'a', times = 99999999999 } }",
                "longer than 64 MiB",
            ),
        ] {
            let error = case(step);
            assert!(error.contains(wanted), "{step}: {error}");
            assert!(error.contains("case \"a\""), "{error}");
        }
        let unnamed = error("[[case]]\nsteps = []");
        assert!(unnamed.contains("case 1: "), "{unnamed}");
        let world = error("[[case]]\nname='a'\nsteps=[]\nworld.posts = [{ titel = 'x' }]");
        assert!(world.contains("no field `titel`"), "{world}");
    }
}
