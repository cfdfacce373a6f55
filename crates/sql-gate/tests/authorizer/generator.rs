//! Random statements, each from a seed of its own.
//!
//! Two things are made sure, because SQLite's authorizer would not tell otherwise:
//!
//! - Every common table expression is read by the query that it belongs to. SQLite does not look at
//!   one
//!   that nobody reads; the gate reports its tables.
//! - Each table in a FROM has a column that is read, USING and NATURAL not counted: SQLite does not
//!   report
//!   what those compare. Without such a column, it reports the name that stands there, which may be
//!   a common
//!   table expression's, and only for parts of the statement that it does not optimise away. So
//!   only
//!   small statements have such tables, those that are [`Random::bare`].

mod change;
mod expression;

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use crate::database::TABLES;

/// The function that a statement is for, and its text.
pub(crate) struct Random {
    pub(crate) function: Function,
    pub(crate) sql: String,
    /// Set where there may be tables of which no column is read.
    pub(crate) bare: bool,
    /// The table of a change, when a condition, a new value or RETURNING names a column of any
    /// table.
    pub(crate) reads_own: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Query,
    Execute,
}

/// The statement of a seed.
pub(crate) fn statement(seed: u64) -> Random {
    let mut random = StdRng::seed_from_u64(seed);
    let with = random.random_bool(0.5);
    let depth = random.random_range(1..=3);
    let bare = !with && depth == 1;
    let strange = random.random_bool(0.4);
    let function = if random.random_bool(0.6) {
        Function::Query
    } else {
        Function::Execute
    };
    let mut generator = Generator {
        random,
        with,
        bare,
        strange: if strange {
            STRANGE.to_vec()
        } else {
            Vec::new()
        },
        aliases: 0,
        scope: Vec::new(),
        common: Vec::new(),
        avoided: Vec::new(),
        names_column: false,
        excluded: None,
    };
    let (sql, changed) = match function {
        Function::Query => (generator.query(depth, 3), None),
        Function::Execute => {
            let (sql, changed) = generator.change(depth);
            (sql, Some(changed))
        }
    };
    Random {
        function,
        sql,
        bare,
        reads_own: changed.filter(|_| generator.names_column),
    }
}

struct Generator {
    random: StdRng,
    /// Set where there may be a WITH.
    with: bool,
    /// See [`Random::bare`].
    bare: bool,
    /// Aliases that are not taken yet, of a statement that has such.
    strange: Vec<&'static str>,
    /// The number of other aliases: no two are the same.
    aliases: usize,
    /// The tables from which a column can be taken.
    scope: Vec<String>,
    /// Common table expressions in scope that are not called like a table.
    common: Vec<String>,
    /// Names that would make a common table expression read itself.
    avoided: Vec<String>,
    /// Set once a column is named after a change's table and source.
    names_column: bool,
    /// The name of the row that an INSERT could not insert, where that is known.
    excluded: Option<&'static str>,
}

/// The columns that a query of any width has, from the left.
const COLUMNS: [&str; 3] = ["id", "title", "views"];

/// The row that an INSERT could not insert: what the author has sent, and nothing that is read.
const EXCLUDED: &str = "excluded";

/// Aliases that mean something else somewhere, or are written in another way.
const STRANGE: [&str; 20] = [
    EXCLUDED,
    "old",
    "new",
    "rowid",
    "oid",
    "_rowid_",
    "main",
    "temp",
    "date",
    "text",
    "position",
    "\"values\"",
    "\"select\"",
    "\"default\"",
    "[from]",
    "`order`",
    "größe",
    "\"ünï\"",
    "\"1\"",
    "\"posts, users\"",
];

struct From {
    sql: String,
    /// The name before its columns.
    sources: Vec<String>,
    /// Set where tables are joined by the names of their columns.
    by_name: bool,
}

impl Generator {
    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_ratio(percent, 100)
    }

    fn one_of(&mut self, choices: &[&'static str]) -> &'static str {
        choices.choose(&mut self.random).unwrap()
    }

    fn alias(&mut self) -> String {
        if !self.strange.is_empty() && self.chance(60) {
            let index = self.random.random_range(0..self.strange.len());
            return self.strange.swap_remove(index).to_owned();
        }
        self.aliases += 1;
        format!("x{}", self.aliases)
    }

    /// A query of `columns` columns, with everything around its SELECT.
    fn query(&mut self, depth: usize, columns: usize) -> String {
        let outer = self.common.len();
        let (with, names) = self.with_clause(depth);
        let body = self.body(depth, columns, &names);
        self.common.truncate(outer);
        with + &body
    }

    fn body(&mut self, depth: usize, columns: usize, names: &[String]) -> String {
        let mut sql = self.select(depth, columns, names);
        if depth > 0 && self.chance(20) {
            sql += self.one_of(&[" UNION ", " union all ", " EXCEPT ", " INTERSECT "]);
            if self.chance(20) {
                // Nothing may follow it.
                return sql + &self.values(depth - 1, columns);
            }
            sql += &self.select(depth - 1, columns, &[]);
        }
        if self.chance(25) {
            sql += " ORDER BY ";
            sql += self.one_of(&["1", "1 DESC", "1 ASC NULLS LAST"]);
        }
        if self.chance(20) {
            // A LIMIT sees no columns.
            let scope = std::mem::take(&mut self.scope);
            sql += &format!(" LIMIT {}", self.expression(depth.saturating_sub(1)));
            if self.chance(30) {
                sql += &format!(" OFFSET {}", self.expression(depth.saturating_sub(1)));
            }
            self.scope = scope;
        }
        sql
    }

    /// Empty, or a WITH and the names that it defines.
    fn with_clause(&mut self, depth: usize) -> (String, Vec<String>) {
        if !self.with || depth == 0 || !self.chance(60) {
            return (String::new(), Vec::new());
        }
        let count = self.random.random_range(1..=3);
        let names: Vec<String> = ["recent", "ranked", "posts", "users", "tags"]
            .choose_multiple(&mut self.random, count)
            .map(|&name| name.to_owned())
            .collect();
        // In SQLite each sees all the others. They read each other in one direction, or in a
        // circle, which is an error.
        let (forwards, backwards) = (self.chance(45), self.chance(45));
        let avoided = self.avoided.len();
        let common = self.common.len();
        let scope = std::mem::take(&mut self.scope);
        let own_names = names.iter().filter(|name| !TABLES.contains(&name.as_str()));
        self.common.extend(own_names.cloned());
        let mut clauses = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let unseen = match (forwards, backwards) {
                (true, _) => &names[..=index],
                (false, true) => &names[index..],
                (false, false) => &names[..],
            };
            self.avoided.extend_from_slice(unseen);
            clauses.push(self.common_table(name, depth - 1));
            self.avoided.truncate(avoided);
        }
        self.scope = scope;
        self.common.truncate(common);
        let own_names = names.iter().filter(|name| !TABLES.contains(&name.as_str()));
        self.common.extend(own_names.cloned());
        let with = self.one_of(&["WITH", "with", "WITH RECURSIVE"]);
        (format!("{with} {} ", clauses.join(", ")), names)
    }

    fn common_table(&mut self, name: &str, depth: usize) -> String {
        let columns = self.one_of(&["", "(id, title, views)"]);
        if self.chance(20) {
            let start = self.query(depth, 3);
            self.names_column = true;
            return format!(
                "{name}(id, title, views) AS (SELECT * FROM ({start}) UNION ALL \
                 SELECT {name}.id + 1, title, views FROM {name} WHERE {name}.id < 9)"
            );
        }
        format!("{name}{columns} AS ({})", self.query(depth, 3))
    }

    /// A SELECT that reads the names given, and whatever else comes to mind.
    fn select(&mut self, depth: usize, columns: usize, names: &[String]) -> String {
        let outer = self.scope.len();
        let From {
            sql: from,
            sources,
            by_name,
        } = self.from(depth, names);
        self.scope.extend(sources.iter().cloned());
        let aggregate = self.chance(15);
        let mut list = Vec::new();
        for column in &COLUMNS[..columns] {
            let value = if aggregate {
                self.aggregate(depth.saturating_sub(1))
            } else {
                self.item(depth)
            };
            list.push(format!("{value} AS {column}"));
        }
        let star = columns == 3 && sources.len() == 1 && !aggregate && self.chance(10);
        let list = if star {
            let source = &sources[0];
            self.names_column = true;
            format!("{source}.id, {source}.title, {source}.views")
        } else {
            list.join(", ")
        };
        let mut sql = format!("SELECT {}{list}", self.one_of(&["", "", "", "DISTINCT "]));
        sql += &from;
        let mut conditions = Vec::new();
        if !self.bare || by_name {
            self.names_column |= !sources.is_empty();
            conditions.extend(sources.iter().map(|source| format!("{source}.views")));
        }
        if self.chance(40) {
            conditions.push(self.expression(depth.saturating_sub(1)));
        }
        if !conditions.is_empty() {
            sql += &format!(" WHERE {}", conditions.join(" AND "));
        }
        if self.chance(15) {
            sql += &format!(" GROUP BY {}", self.expression(depth.saturating_sub(1)));
            if self.chance(50) {
                sql += &format!(" HAVING {}", self.aggregate(depth.saturating_sub(1)));
            }
        }
        self.scope.truncate(outer);
        sql
    }

    fn values(&mut self, depth: usize, columns: usize) -> String {
        let row: Vec<_> = (0..columns).map(|_| self.expression(depth)).collect();
        format!("VALUES ({})", row.join(", "))
    }

    fn from(&mut self, depth: usize, names: &[String]) -> From {
        let mut sources = Vec::new();
        let mut by_name = false;
        if names.is_empty() && self.chance(5) {
            return From {
                sql: String::new(),
                sources,
                by_name,
            };
        }
        let mut sql = " FROM ".to_owned();
        let more = usize::from(names.is_empty() || self.chance(50));
        for index in 0..names.len() + more {
            let (factor, source) = match names.get(index) {
                Some(name) => {
                    let alias = self.alias();
                    (format!("{} {alias}", self.written(name)), alias)
                }
                None => self.factor(depth),
            };
            if index > 0 {
                sql += self.one_of(&[" JOIN ", ", ", " CROSS JOIN ", " LEFT JOIN "]);
            }
            sql += &factor;
            sources.push(source);
        }
        if self.chance(30) {
            let (factor, source) = self.factor(depth);
            let join = self.one_of(&["JOIN", "LEFT JOIN", "LEFT OUTER JOIN", "INNER JOIN"]);
            let first = &sources[0];
            by_name = self.random.random_bool(0.5);
            sql += &if !by_name {
                self.names_column = true;
                format!(" {join} {factor} ON {first}.id = {source}.views")
            } else if self.random.random_bool(0.5) {
                format!(" {join} {factor} USING (id)")
            } else {
                format!(" NATURAL {join} {factor}")
            };
            sources.push(source);
        }
        From {
            sql,
            sources,
            by_name,
        }
    }

    /// One table, subquery or function, and what its columns are called by.
    fn factor(&mut self, depth: usize) -> (String, String) {
        let alias = self.alias();
        let choice = self.random.random_range(0..100);
        if choice < 3 {
            let function = self.one_of(&["json_each", "json_tree"]);
            let columns = "id, key AS title, value AS views";
            return (
                format!("(SELECT {columns} FROM {function}(?)) {alias}"),
                alias,
            );
        }
        if choice < 30 && depth > 0 {
            // What stands beside a subquery is out of its sight.
            let scope = std::mem::take(&mut self.scope);
            let query = self.query(depth - 1, 3);
            self.scope = scope;
            return (format!("({query}) {alias}"), alias);
        }
        let name = self.table();
        if choice > 95 && self.bare {
            let (other, table) = (self.alias(), self.table());
            let join = format!("{} {alias} JOIN {table} {other}", self.written(&name));
            return (format!("({join})"), alias);
        }
        if choice > 88 {
            return (self.written(&name), name);
        }
        let schema = self.one_of(&["", "", "", "main.", "\"Main\"."]);
        if !schema.is_empty() && !TABLES.contains(&name.as_str()) {
            return (format!("{name} {alias}"), alias);
        }
        (format!("{schema}{} {alias}", self.written(&name)), alias)
    }

    /// A table, or a common table expression in scope.
    fn table(&mut self) -> String {
        let mut choices: Vec<String> = TABLES.map(str::to_owned).to_vec();
        for _ in 0..3 {
            choices.extend(self.common.iter().cloned());
        }
        choices.retain(|name| !self.avoided.contains(name));
        match choices.choose(&mut self.random) {
            Some(name) => name.clone(),
            None => "likes".to_owned(),
        }
    }

    /// A name as SQLite lets one write it.
    fn written(&mut self, name: &str) -> String {
        match self.random.random_range(0..12) {
            0 => name.to_ascii_uppercase(),
            1 => format!("\"{name}\""),
            2 => format!("`{}`", name.to_ascii_uppercase()),
            3 => format!("[{name}]"),
            4 => format!("/* likes */ {name} -- tags\n"),
            _ => name.to_owned(),
        }
    }
}
