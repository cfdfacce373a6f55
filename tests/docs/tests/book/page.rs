//! A page, taken apart: its examples, links and headings.

use std::{
    fs,
    path::{Path, PathBuf},
};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// One Markdown file of the repository.
pub(crate) struct Page {
    /// The path from the repository's root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) links: Vec<String>,
    /// The texts in backticks.
    pub(crate) code: Vec<String>,
    /// The anchors of its headings.
    pub(crate) anchors: Vec<String>,
}

/// A fenced example.
pub(crate) struct Block {
    pub(crate) language: String,
    /// The word of the info string beside the language: `manifest`, `fragment`, `config`, `cargo`.
    pub(crate) kind: String,
    /// The text that readers of the book see, also where it is included from a file.
    pub(crate) text: String,
    /// The path of that file, from the repository's root.
    pub(crate) included: Option<String>,
}

impl Page {
    pub(crate) fn read(path: &str) -> Self {
        let file = root().join(path);
        let text =
            fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self::parse(path, text)
    }

    fn parse(path: &str, text: String) -> Self {
        let mut page = Self {
            path: path.to_owned(),
            text: String::new(),
            blocks: Vec::new(),
            links: Vec::new(),
            code: Vec::new(),
            anchors: Vec::new(),
        };
        let mut block: Option<Block> = None;
        let mut heading: Option<String> = None;
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let mut words = info.split([' ', ',']).map(str::to_owned);
                    block = Some(Block {
                        language: words.next().unwrap_or_default(),
                        kind: words.next().unwrap_or_default(),
                        text: String::new(),
                        included: None,
                    });
                }
                Event::End(TagEnd::CodeBlock) => {
                    page.blocks
                        .extend(block.take().map(|block| block.expanded(path)));
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    page.anchors
                        .extend(heading.take().map(|text| anchor(&text)));
                }
                Event::Start(Tag::Link { dest_url, .. }) => page.links.push(dest_url.to_string()),
                Event::Code(code) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&code);
                    }
                    page.code.push(code.to_string());
                }
                Event::Text(found) => {
                    if let Some(text) = block
                        .as_mut()
                        .map(|block| &mut block.text)
                        .or(heading.as_mut())
                    {
                        text.push_str(&found);
                    }
                }
                _ => {}
            }
        }
        page.text = text;
        page
    }

    /// The cells of the rows of all tables.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        let cells = |line: &str| -> Vec<String> {
            let line = line.trim().trim_matches('|');
            line.split(" | ")
                .map(|cell| cell.trim().to_owned())
                .collect()
        };
        let rows = self.text.lines().filter(|line| line.starts_with('|'));
        rows.filter(|line| !line.starts_with("|-"))
            .map(cells)
            .collect()
    }

    pub(crate) fn blocks_in(&self, language: &str) -> impl Iterator<Item = &Block> {
        let language = language.to_owned();
        self.blocks
            .iter()
            .filter(move |block| block.language == language)
    }
}

impl Block {
    /// The block with the file in place of `{{#include …}}`, as mdBook shows it.
    fn expanded(mut self, page: &str) -> Self {
        let text = self.text.trim();
        let included = text.strip_prefix("{{#include ");
        if let Some(target) = included.and_then(|text| text.strip_suffix("}}")) {
            let (path, part) = target.split_once(':').unwrap_or((target, ""));
            let path = joined(page, path);
            let text = fs::read_to_string(root().join(&path));
            let text = text.unwrap_or_else(|error| panic!("{page}: {path}: {error}"));
            self.text = if part.is_empty() {
                text
            } else {
                anchored(&text, part).unwrap_or_else(|| panic!("{page}: {path} has no {part}"))
            };
            self.included = Some(path);
        }
        self
    }
}

/// The lines of a source between the comments that begin and end an anchor.
fn anchored(source: &str, name: &str) -> Option<String> {
    let (_, text) = source.split_once(&format!("ANCHOR: {name}\n"))?;
    let (text, _) = text.split_once(&format!("ANCHOR_END: {name}\n"))?;
    let (text, _) = text.rsplit_once('\n')?;
    Some(format!("{text}\n"))
}

/// A heading's anchor, as mdBook and GitHub make it.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every page that people read: README, CONTRIBUTING, the changelog, the book and the decisions.
pub(crate) fn pages() -> Vec<Page> {
    let mut paths = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .map(str::to_owned)
        .to_vec();
    markdown_below("docs", &mut paths);
    assert!(paths.len() > 20, "{paths:?}");
    paths.iter().map(|path| Page::read(path)).collect()
}

/// The Markdown files below a folder, sorted.
pub(crate) fn markdown_below(folder: &str, paths: &mut Vec<String>) {
    files_below(folder, "md", paths);
}

/// The files with an extension below a folder, sorted.
pub(crate) fn files_below(folder: &str, extension: &str, paths: &mut Vec<String>) {
    let entries = fs::read_dir(root().join(folder)).expect("the folder is there");
    let mut names: Vec<(String, bool)> = entries
        .map(|entry| entry.expect("the folder can be listed"))
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (format!("{folder}/{name}"), entry.path().is_dir())
        })
        .collect();
    names.sort();
    for (path, is_folder) in names {
        if is_folder {
            files_below(&path, extension, paths);
        } else if Path::new(&path)
            .extension()
            .is_some_and(|found| found == extension)
        {
            paths.push(path);
        }
    }
}

pub(crate) fn read(path: &str) -> String {
    Page::read(path).text
}

/// `path`, written on `page`, from the root.
pub(crate) fn joined(page: &str, path: &str) -> String {
    let folder = Path::new(page).parent().unwrap_or(Path::new(""));
    let mut names: Vec<&str> = folder.iter().filter_map(|name| name.to_str()).collect();
    for name in path.split('/') {
        match name {
            "." => {}
            ".." => drop(names.pop().expect("the path stays in the repository")),
            name => names.push(name),
        }
    }
    names.join("/")
}
