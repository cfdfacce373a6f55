//! When a `[[cron]]` entry is due.

use std::{collections::HashMap, fmt};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use croner::{
    Cron, YEAR_UPPER_LIMIT,
    parser::{CronParser, Year},
};
use serde_json::{Value as Json, json};

use crate::{
    error::{Problem, Problems, quoted},
    manifest::CronEntry,
    shape::{List, Node, Refusal, Shape, Text},
    suggestion::{did_you_mean, listed, nearest},
    table::{TableOf, table_of},
};

/// The fields of an expression with six of them, and what each takes.
const FIELDS: [(&str, &str); 6] = [
    ("second", "0-59"),
    ("minute", "0-59"),
    ("hour", "0-23"),
    ("day of the month", "1-31 or L"),
    ("month", "1-12 or JAN-DEC"),
    ("day of the week", "0-7 or SUN-SAT"),
];

/// The words that stand for an expression.
const SHORTCUTS: [&str; 5] = ["@hourly", "@daily", "@weekly", "@monthly", "@yearly"];

/// A cron expression that was understood and comes due at some time.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    text: String,
    cron: Cron,
}

impl Schedule {
    /// The expression as the manifest writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl CronEntry {
    /// The first time after `after` at which the entry is due, by the clocks of its time zone:
    /// `None` when there is none left. It does not look at `enabled`.
    ///
    /// Where clocks go forward, a time of day that is skipped is due when they do; where they go
    /// back, a fixed time of day is due once.
    pub fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = after.with_timezone(&self.timezone);
        let next = self
            .schedule
            .cron
            .find_next_occurrence(&local, false)
            .ok()?;
        Some(next.with_timezone(&Utc))
    }
}

pub(crate) const SCHEDULE: Text<Schedule> = Text {
    what: "minute, hour, day of the month, month and day of the week, with seconds before them if there are six fields",
    example: "0 */6 * * *",
    pattern: "",
    parse: |text| {
        let cron = parse(text).map_err(|reason| Refusal {
            message: format!("{} is not a cron expression: {reason}", quoted(text)),
            help: text
                .trim()
                .starts_with('@')
                .then(|| nearest(text, SHORTCUTS).map(did_you_mean))
                .flatten(),
        })?;
        if !comes_due(&cron) {
            return Err(format!("{} is never due: no such day exists", quoted(text)).into());
        }
        Ok(Schedule {
            text: text.to_owned(),
            cron,
        })
    },
};

/// Returns whether there is a day that fits. The calendar repeats every 400 years, so the last 400
/// that the search covers show it; they also end a vain search soon.
fn comes_due(cron: &Cron) -> bool {
    let start = NaiveDate::from_ymd_opt(YEAR_UPPER_LIMIT - 400, 1, 1).unwrap_or_default();
    cron.find_next_occurrence(&start.and_time(NaiveTime::MIN), true)
        .is_ok()
}

fn parse(text: &str) -> Result<Cron, String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let shortcut = text.trim().starts_with('@');
    if !shortcut && !(5..=6).contains(&fields.len()) {
        let count = fields.len();
        return Err(format!(
            "it has {count} field{}, not 5 or 6",
            if count == 1 { "" } else { "s" }
        ));
    }
    let parser = CronParser::builder().year(Year::Disallowed).build();
    parser.parse(text).map_err(|_| {
        if shortcut {
            return format!("the shortcuts are {}", listed(SHORTCUTS, "and"));
        }
        // The parser does not say which field it stumbled over: try each among stars.
        let names = &FIELDS[FIELDS.len() - fields.len()..];
        let wrong = fields
            .iter()
            .enumerate()
            .zip(names)
            .find(|&((position, field), _)| {
                let mut alone = vec!["*"; fields.len()];
                alone[position] = field;
                parser.parse(&alone.join(" ")).is_err()
            });
        match wrong {
            Some(((_, field), (name, range))) => {
                format!(
                    "its {name} is {}, where {range}, `*`, lists, ranges and steps may stand",
                    quoted(field)
                )
            }
            None => "its fields do not fit together".to_owned(),
        }
    })
}

pub(crate) const TIMEZONE: Text<Tz> = Text {
    what: "a time zone of the IANA database",
    example: "Europe/Berlin",
    pattern: "",
    parse: |text| {
        text.parse::<Tz>().map_err(|_| {
            let names = TZ_VARIANTS.iter().map(|zone| zone.name());
            Refusal {
                message: format!("{} is not a known time zone", quoted(text)),
                help: nearest(text, names).map(did_you_mean),
            }
        })
    },
};

/// The `[[cron]]` entries: a list whose `job_type`s differ, because a job is fired by its name.
pub(crate) struct CronEntries;

impl CronEntries {
    const LIST: fn() -> List<TableOf<CronEntry>> = || List(table_of());
}

impl Shape for CronEntries {
    type Value = Vec<CronEntry>;

    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<Self::Value> {
        let mut first = HashMap::new();
        for entry in node.value.get_ref().as_array().into_iter().flatten() {
            let Some(job_type) = entry.get_ref().get("job_type") else {
                continue;
            };
            let Some(name) = job_type.get_ref().as_str() else {
                continue;
            };
            if let Some(span) = first.insert(name, job_type.span()) {
                problems.report(Problem {
                    span: job_type.span(),
                    message: format!(
                        "a second `[[cron]]` entry has the job_type {}",
                        quoted(name)
                    ),
                    expected: Some("a name of its own for each entry".to_owned()),
                    help: Some(format!("the first is on line {}", problems.line(&span))),
                });
            }
        }
        Self::LIST().read(node, problems)
    }

    fn absent(&self) -> Option<Self::Value> {
        Self::LIST().absent()
    }

    fn expected(&self) -> String {
        Self::LIST().expected()
    }

    fn schema(&self) -> Json {
        let mut schema = Self::LIST().schema();
        schema["items"]["examples"] = json!([{ "label": "Scheduled Task", "job_type": "my_task", "cron_expr": "0 */6 * * *" }]);
        schema
    }
}
