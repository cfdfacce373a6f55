//! Tables for people: columns line up, two spaces between them.

use raisfast_contract::Printable;

/// Prints a header and rows to standard output.
pub(super) fn print<const COLUMNS: usize>(header: [&str; COLUMNS], rows: &[[String; COLUMNS]]) {
    let widths = widths(&header, rows);
    say!("{}", line(&header, &widths));
    for row in rows {
        say!("{}", line(&row.each_ref().map(String::as_str), &widths));
    }
}

fn widths<const COLUMNS: usize>(
    header: &[&str; COLUMNS],
    rows: &[[String; COLUMNS]],
) -> [usize; COLUMNS] {
    std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells
            .chain([header[column].chars().count()])
            .max()
            .unwrap_or_default()
    })
}

fn line(cells: &[&str], widths: &[usize]) -> String {
    let padded: Vec<_> = cells
        .iter()
        .zip(widths)
        .map(|(cell, &width)| format!("{cell:width$}"))
        .collect();
    Printable::new(padded.join("  ").trim_end()).to_string()
}
