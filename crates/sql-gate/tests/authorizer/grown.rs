//! Statements that grow from those of the corpora: words are exchanged, left out, doubled and taken
//! from one another.

use std::collections::BTreeSet;

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use crate::generator::Function;

/// Words that mean something by themselves somewhere, put where a name stands.
const WORDS: [&str; 26] = [
    "excluded",
    "old",
    "new",
    "values",
    "rowid",
    "oid",
    "_rowid_",
    "default",
    "text",
    "date",
    "interval",
    "timestamp",
    "binary",
    "position",
    "case",
    "null",
    "true",
    "main",
    "temp",
    "returning",
    "\"from\"",
    "[select]",
    "`order`",
    "größe",
    "\"ünï\"",
    "current_date",
];

/// The corpora, in pieces.
pub(crate) struct Seeds {
    /// The statements for SQLite, to begin with.
    own: Vec<(Function, Vec<String>)>,
    /// Everything, to take parts from.
    all: Vec<(Function, Vec<String>)>,
    words: Vec<String>,
}

impl Seeds {
    pub(crate) fn new() -> Self {
        let mut own = statements(include_str!("../corpus/every.txt"));
        own.extend(statements(include_str!("../corpus/sqlite.txt")));
        let mut all = own.clone();
        all.extend(statements(include_str!("../corpus/postgres.txt")));
        all.extend(statements(include_str!("../corpus/mysql.txt")));
        let words: BTreeSet<String> = all
            .iter()
            .flat_map(|(_, pieces)| pieces)
            .filter(|piece| piece.starts_with(|c: char| c.is_ascii_alphabetic()))
            .map(|piece| piece.to_ascii_lowercase())
            .collect();
        Self {
            own,
            all,
            words: words.into_iter().collect(),
        }
    }

    /// Every word that a statement may have for a column.
    pub(crate) fn columns(&self) -> BTreeSet<String> {
        let special = WORDS.iter().map(|word| {
            let quotes: &[char] = &['"', '[', ']', '`'];
            word.trim_matches(quotes).to_owned()
        });
        self.words.iter().cloned().chain(special).collect()
    }

    /// The statement of a seed.
    pub(crate) fn grow(&self, seed: u64) -> (Function, String) {
        let mut random = StdRng::seed_from_u64(seed);
        let (function, mut pieces) = self.own.choose(&mut random).unwrap().clone();
        for _ in 0..random.random_range(1..=2) {
            self.change(&mut random, &mut pieces);
        }
        (function, pieces.join(" "))
    }

    fn change(&self, random: &mut StdRng, pieces: &mut Vec<String>) {
        if pieces.is_empty() {
            return;
        }
        let place = random.random_range(0..pieces.len());
        match random.random_range(0..10) {
            0 => drop(pieces.remove(place)),
            1 => pieces.insert(place, pieces[place].clone()),
            2 => pieces.insert(place, self.word(random)),
            3 => {
                // A part of another one, in the place of a part.
                let (_, other) = self.all.choose(random).unwrap();
                let from = random.random_range(0..other.len().max(1));
                let to = (from + random.random_range(1..8)).min(other.len());
                let end = (place + random.random_range(0..4)).min(pieces.len());
                if from < to {
                    pieces.splice(place..end, other[from..to].iter().cloned());
                }
            }
            4..7 => {
                // The same word everywhere: an alias, and what it qualifies.
                let (old, new) = (pieces[place].clone(), self.word(random));
                for piece in pieces.iter_mut().filter(|piece| **piece == old) {
                    piece.clone_from(&new);
                }
            }
            _ => pieces[place] = self.word(random),
        }
    }

    fn word(&self, random: &mut StdRng) -> String {
        if random.random_bool(0.6) {
            (*WORDS.choose(random).unwrap()).to_owned()
        } else {
            self.words.choose(random).unwrap().clone()
        }
    }
}

/// The statements of a corpus, whose form is explained at the top of `every.txt`.
fn statements(corpus: &str) -> Vec<(Function, Vec<String>)> {
    let cases = corpus.split("\n\n").filter_map(|case| {
        let (header, sql) = case.split_once('\n')?;
        let function = match header.split_once(' ').map_or(header, |(first, _)| first) {
            "query" => Function::Query,
            "execute" => Function::Execute,
            _ => return None,
        };
        Some((function, pieces(sql)))
    });
    cases.collect()
}

/// The columns that stand in the column lists of ON CONFLICT.
pub(crate) fn conflict_columns(sql: &str) -> BTreeSet<String> {
    let pieces = pieces(&sql.to_lowercase());
    let mut columns = BTreeSet::new();
    let mut rest = pieces.as_slice();
    while let Some(at) = rest.iter().position(|piece| piece == "conflict") {
        rest = &rest[at + 1..];
        let list = rest.iter().take_while(|piece| *piece != ")");
        columns.extend(list.map(|piece| piece.trim_matches(['"', '`', '[', ']']).to_owned()));
    }
    columns
}

/// Words, quoted texts and names, and single signs.
fn pieces(sql: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            '\'' | '"' | '`' => rest[1..].find(first).map_or(1, |end| end + 2),
            '[' => rest.find(']').map_or(1, |end| end + 1),
            first if word(first) => rest.find(|c| !word(c)).unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        if !piece.trim().is_empty() {
            pieces.push(piece.to_owned());
        }
        rest = after;
    }
    pieces
}
