//! `urls.txt`, read.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use url::Url;

const CORPUS: &str = include_str!("urls.txt");

/// The addresses of each name at the first question, the second, and so on; the last answer stays.
pub(crate) type Names = Arc<BTreeMap<String, Vec<Vec<IpAddr>>>>;

/// A line of the corpus with what stands above it.
pub(crate) struct Case {
    pub(crate) line: usize,
    pub(crate) url: String,
    pub(crate) outcome: String,
    /// The number of requests that arrive at the server, redirects included.
    pub(crate) requests: usize,
    /// The grants of the manifest.
    pub(crate) grants: Vec<String>,
    /// The networks that the operator allows.
    pub(crate) operator: Vec<ipnet::IpNet>,
    pub(crate) names: Names,
}

/// The cases, with the server's port in place of `PORT`.
pub(crate) fn read(port: u16) -> Vec<Case> {
    let text = CORPUS.replace("PORT", &port.to_string());
    let names = names(&text);
    let (mut grants, mut operator) = (Vec::new(), Vec::new());
    let mut cases = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') || line.starts_with("name ") {
            continue;
        }
        if let Some(networks) = line.strip_prefix("operator") {
            operator = words(networks).map(|text| text.parse().unwrap()).collect();
        } else if let Some(granted) = line.strip_prefix("grant ") {
            grants = words(granted).map(str::to_owned).collect();
        } else {
            let (rest, requests) = line.rsplit_once(' ').expect("a number at the end");
            let (url, outcome) = rest.trim_end().rsplit_once(' ').expect("an outcome");
            let url = url.trim().to_owned();
            cases.push(Case {
                line: index + 1,
                outcome: outcome.to_owned(),
                requests: requests.parse().expect("a number of requests"),
                grants: grants
                    .iter()
                    .filter_map(|grant| granted(grant, &url))
                    .collect(),
                operator: operator.clone(),
                names: Arc::clone(&names),
                url,
            });
        }
    }
    cases
}

/// `itself` grants the origin of the URL, however it is written.
fn granted(grant: &str, url: &str) -> Option<String> {
    if grant != "itself" {
        return Some(grant.to_owned());
    }
    let url = Url::parse(url).ok()?;
    let origin = url.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// `name <name> <address>… then <address>…`
fn names(text: &str) -> Names {
    let lines = text.lines().filter_map(|line| line.strip_prefix("name "));
    let names = lines.map(|line| {
        let (name, answers) = line.split_once(' ').unwrap_or((line, ""));
        let answers = answers
            .split("then")
            .map(|answer| words(answer).map(|text| text.parse().unwrap()).collect());
        (name.to_owned(), answers.collect())
    });
    Arc::new(names.collect())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}
