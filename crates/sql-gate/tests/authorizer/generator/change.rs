//! INSERT, UPDATE and DELETE.

use rand::Rng;

use super::{COLUMNS, EXCLUDED, From, Generator};
use crate::database::TABLES;

impl Generator {
    /// A change, and its table.
    pub(super) fn change(&mut self, depth: usize) -> (String, &'static str) {
        let (with, names) = self.with_clause(depth);
        let table = self.one_of(&TABLES);
        let schema = self.one_of(&["", "", "", "main."]);
        let written = format!("{schema}{}", self.written(table));
        let change = match self.random.random_range(0..10) {
            0..4 => self.insert(depth, table, &written, &names),
            4..7 => self.update(depth, table, &written, &names),
            _ => self.delete(depth, table, &written, &names),
        };
        let returning = if self.chance(25) {
            let what = match self.random.random_range(0..3) {
                0 => {
                    self.names_column = true;
                    "*".to_owned()
                }
                1 => {
                    self.names_column = true;
                    format!("{}, 1", self.one_of(&COLUMNS))
                }
                _ => self.expression(depth.saturating_sub(1)),
            };
            format!(" RETURNING {what}")
        } else {
            String::new()
        };
        (with + &change + &returning, table)
    }

    fn insert(&mut self, depth: usize, table: &str, written: &str, names: &[String]) -> String {
        let verb = self.one_of(&[
            "INSERT",
            "insert",
            "INSERT OR REPLACE",
            "INSERT OR IGNORE",
            "REPLACE",
        ]);
        let mut sql = format!("{verb} INTO {written} ");
        if !names.is_empty() || self.chance(40) {
            // Without WHERE, an ON after it would belong to a join.
            let from = self.alias();
            let query = self.body(depth.saturating_sub(1), 3, names);
            sql += &format!("(id, title, views) SELECT * FROM ({query}) {from} WHERE true");
        } else if self.chance(15) {
            self.names_column = false;
            return sql + "DEFAULT VALUES";
        } else {
            sql += &format!("(id, title, views) {}", self.values(depth, 3));
        }
        self.names_column = false;
        if verb == "REPLACE" || !self.chance(45) {
            return sql;
        }
        sql += " ON CONFLICT";
        sql += self.one_of(&[" (code)", " (code)", ""]);
        if sql.ends_with("CONFLICT") || self.chance(30) {
            return sql + " DO NOTHING";
        }
        self.scope
            .extend([table, EXCLUDED, EXCLUDED].map(str::to_owned));
        self.excluded = Some(EXCLUDED);
        sql += &format!(" DO UPDATE SET title = {}", self.expression(depth));
        if self.chance(40) {
            sql += &format!(" WHERE {}", self.expression(depth));
        }
        self.excluded = None;
        self.scope.clear();
        sql
    }

    fn update(&mut self, depth: usize, table: &str, written: &str, names: &[String]) -> String {
        let verb = self.one_of(&["UPDATE", "update", "UPDATE OR IGNORE"]);
        let (alias, source) = self.changed(table);
        self.scope.push(source);
        self.names_column = false;
        let mut sql = format!("{verb} {written}{alias} SET ");
        let value = self.expression(depth);
        sql += &if self.chance(80) {
            format!("title = {value}, views = ?")
        } else {
            format!("(title, views) = ({value}, 1)")
        };
        if names.is_empty() && self.chance(25) {
            let scope = std::mem::take(&mut self.scope);
            let From {
                sql: from, sources, ..
            } = self.from(depth.saturating_sub(1), &["likes".to_owned()]);
            self.scope = scope;
            self.names_column = true;
            let read = sources.iter().map(|source| format!("{source}.views"));
            sql += &format!("{from} WHERE {}", read.collect::<Vec<_>>().join(" AND "));
            return sql;
        }
        sql += &self.condition(depth, names);
        sql
    }

    fn delete(&mut self, depth: usize, table: &str, written: &str, names: &[String]) -> String {
        let (alias, source) = self.changed(table);
        self.scope.push(source);
        self.names_column = false;
        format!(
            "DELETE FROM {written}{alias}{}",
            self.condition(depth, names)
        )
    }

    /// The alias of the changed table, if any, and what its columns are called by.
    fn changed(&mut self, table: &str) -> (String, String) {
        if self.chance(25) {
            let alias = self.alias();
            (format!(" AS {alias}"), alias)
        } else {
            (String::new(), table.to_owned())
        }
    }

    fn condition(&mut self, depth: usize, names: &[String]) -> String {
        if !names.is_empty() {
            let query = self.body(depth.saturating_sub(1), 1, names);
            format!(" WHERE 4 IN ({query})")
        } else if self.chance(60) {
            format!(" WHERE {}", self.expression(depth))
        } else {
            String::new()
        }
    }
}
