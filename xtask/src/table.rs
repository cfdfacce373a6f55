//! A plain table with lined-up columns.

/// On which side a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows under a heading. Columns are two spaces apart; no line ends in spaces.
#[derive(Debug)]
pub(crate) struct Table<const COLUMNS: usize> {
    align: [Align; COLUMNS],
    rows: Vec<[String; COLUMNS]>,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    pub(crate) fn new(heading: [(&str, Align); COLUMNS]) -> Self {
        Self {
            align: heading.map(|(_, align)| align),
            rows: vec![heading.map(|(title, _)| title.to_owned())],
        }
    }

    pub(crate) fn row(&mut self, cells: [String; COLUMNS]) {
        self.rows.push(cells);
    }

    /// The lines: the heading first.
    pub(crate) fn lines(&self) -> Vec<String> {
        let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
            let width = |row: &[String; COLUMNS]| row[column].chars().count();
            self.rows.iter().map(width).max().unwrap_or(0)
        });
        self.rows
            .iter()
            .map(|row| {
                let cells = row.iter().zip(widths).zip(self.align);
                let cells = cells.map(|((text, width), align)| match align {
                    Align::Left => format!("{text:<width$}"),
                    Align::Right => format!("{text:>width$}"),
                });
                cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Align, Table};

    #[test]
    fn columns_line_up_whatever_their_text() {
        let mut table = Table::new([
            ("PLUGIN", Align::Left),
            ("SIZE", Align::Right),
            ("", Align::Left),
        ]);
        table.row(["seo".into(), "55 KB".into(), "built".into()]);
        table.row(["überlang-name".into(), "1.2 MB".into(), String::new()]);
        assert_eq!(
            table.lines(),
            [
                "PLUGIN           SIZE",
                "seo             55 KB  built",
                "überlang-name  1.2 MB",
            ]
        );
    }

    #[test]
    fn a_table_without_rows_is_its_heading() {
        let table = Table::new([("A", Align::Left), ("B", Align::Right)]);
        assert_eq!(table.lines(), ["A  B"]);
    }
}
