//! Expressions, where a value stands.

use rand::{Rng, seq::IndexedRandom};

use super::{COLUMNS, Generator};

impl Generator {
    fn column(&mut self) -> String {
        match self.scope.choose(&mut self.random).cloned() {
            Some(source) => {
                self.names_column |= self.excluded != Some(&*source);
                format!("{source}.{}", self.one_of(&COLUMNS))
            }
            None => "2".to_owned(),
        }
    }

    /// An item of a select list.
    pub(super) fn item(&mut self, depth: usize) -> String {
        let inner = depth.saturating_sub(1);
        if !self.chance(10) {
            return self.expression(inner);
        }
        let (partition, order) = (self.expression(inner), self.expression(inner));
        let function = self.one_of(&["row_number()", "sum(1)", "lag(7)"]);
        format!("{function} OVER (PARTITION BY {partition} ORDER BY {order})")
    }

    pub(super) fn aggregate(&mut self, depth: usize) -> String {
        match self.random.random_range(0..5) {
            0 => {
                self.names_column = true;
                "count(*)".to_owned()
            }
            1 => format!("count(DISTINCT {})", self.column()),
            2 => format!("group_concat({}, '-- likes')", self.column()),
            3 => {
                let filter = self.expression(depth);
                format!("sum({}) FILTER (WHERE {filter})", self.column())
            }
            _ => format!("max({})", self.expression(depth)),
        }
    }

    pub(super) fn expression(&mut self, depth: usize) -> String {
        let leaf = depth == 0 || self.chance(40);
        if leaf {
            return match self.random.random_range(0..10) {
                0 => "?".to_owned(),
                1 => "1".to_owned(),
                2 => "'from users'".to_owned(),
                3 => "NULL".to_owned(),
                _ => self.column(),
            };
        }
        let depth = depth - 1;
        if self.chance(15) {
            let exists = self.one_of(&["EXISTS ", ""]);
            return format!("{exists}({})", self.query(depth, 1));
        }
        let one = self.expression(depth);
        match self.random.random_range(0..16) {
            0 => format!("abs({one})"),
            1 => format!("coalesce({one}, {})", self.expression(depth)),
            2 => {
                let operator = self.one_of(&["+", "-", "||", "=", "<", "<>", "AND", "OR"]);
                let other = self.expression(depth);
                if self.chance(50) {
                    format!("({one} {operator} {other})")
                } else {
                    format!("{one} {operator} {other}")
                }
            }
            3 => format!("(NOT {one})"),
            4 => format!("CAST({one} AS text)"),
            5 => format!("({one} LIKE {})", self.expression(depth)),
            6 => format!("({one} BETWEEN {} AND 9)", self.expression(depth)),
            7 => format!("({one} IS NOT NULL)"),
            8 => format!("({one} COLLATE nocase)"),
            9 => {
                let (then, otherwise) = (self.expression(depth), self.expression(depth));
                format!("CASE WHEN {one} THEN {then} ELSE {otherwise} END")
            }
            10 => format!("{one} IN ({}, {})", self.expression(depth), self.column()),
            11 | 12 => format!("({one} NOT IN ({}))", self.query(depth, 1)),
            13 | 14 => {
                let other = self.column();
                format!("({one}, {other}) IN ({})", self.query(depth, 2))
            }
            _ => format!("({one} IS NOT DISTINCT FROM {})", self.expression(depth)),
        }
    }
}
