//! Scripts that lie under `tests/fixtures/scripts/`, as they are.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::Settings;

impl Settings {
    /// With the script of a language that has this name, in the plugin folder of that name.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    pub fn written_script(mut self, language: &str, name: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scripts");
        let root = root.join(language).join(name);
        for file in files(&root) {
            let path = file.strip_prefix(&root).expect("it lies below");
            let path = path.to_str().expect("names are UTF-8").to_owned();
            let text = fs::read_to_string(&file).expect("a text file");
            self.texts.push((name.to_owned(), path, text));
        }
        self
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
