//! The report on the screen.

use super::{Report, Target};

impl Report {
    /// Tables of everything that was found: figures, then targets. A table is lines: its heading
    /// first.
    pub fn tables(&self) -> Vec<Vec<String>> {
        let mut tables = Vec::new();
        let mut rest = self.figures.as_slice();
        while let Some(first) = rest.first() {
            let here = rest
                .iter()
                .take_while(|figure| figure.scenario == first.scenario)
                .count();
            let (figures, others) = rest.split_at(here);
            rest = others;
            let heading = ["MEDIAN", "QUARTILES", "SAMPLES"].map(str::to_owned);
            let mut rows = vec![[vec![first.scenario.to_uppercase()], heading.to_vec()].concat()];
            rows.extend(figures.iter().map(|figure| {
                vec![
                    figure.name.clone(),
                    figure.shown(figure.median),
                    format!(
                        "{} – {}",
                        figure.shown(figure.low),
                        figure.shown(figure.high)
                    ),
                    figure.samples.to_string(),
                ]
            }));
            tables.push(aligned(&rows));
        }
        if !self.targets.is_empty() {
            let heading = ["TARGET", "LIMIT", "FOUND", ""];
            let mut rows = vec![heading.map(str::to_owned).to_vec()];
            rows.extend(self.targets.iter().map(row));
            tables.push(aligned(&rows));
        }
        tables
    }
}

fn row(target: &Target) -> Vec<String> {
    let outcome = if target.reached {
        "reached"
    } else {
        "NOT REACHED"
    };
    let outcome = match (&target.note, target.found) {
        (_, None) => String::new(),
        (None, _) => outcome.to_owned(),
        (Some(note), _) => format!("{outcome}: {note}"),
    };
    let found = target.shown().unwrap_or_else(|| "not measured".into());
    vec![target.name.clone(), target.wanted(), found, outcome]
}

/// Lines up the columns: the first and last to the left, numbers between them to the right.
fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let width = |row: &Vec<String>| row[column].chars().count();
            rows.iter().map(width).max().unwrap_or(0)
        })
        .collect();
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).enumerate();
            let cells = cells.map(|(column, (text, &width))| {
                if column == 0 || column + 1 == columns {
                    format!("{text:<width$}")
                } else {
                    format!("{text:>width$}")
                }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}
