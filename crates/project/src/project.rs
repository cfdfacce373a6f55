//! A folder with a plugin's source.

use std::{
    fs,
    path::{Path, PathBuf},
};

use raisfast_manifest::Manifest;

use crate::{
    BuildError, Built, CreateError, Language, Profile, ProjectName, Sources, Toolchain, bindings,
    build, sources::is_made, template,
};

/// The manifest's file.
pub(crate) const MANIFEST: &str = "manifest.toml";

/// A folder with a plugin's source, in one of the languages.
#[derive(Debug, Clone)]
pub struct Project {
    folder: PathBuf,
    language: Language,
}

/// The folder is not a project.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is no such folder.
    #[error("{} is not a folder; name the one with the plugin's {MANIFEST}", .0.display())]
    NoFolder(PathBuf),
    /// Nothing in it says its language.
    #[error(
        "{} has none of {}, by which a project's language is known, and no {MANIFEST} with the `runtime` of a script",
        .0.display(),
        Language::ALL.map(Language::marker).join(", ")
    )]
    NoLanguage(PathBuf),
    /// More than one language.
    #[error(
        "{} has both {one} ({}) and {other} ({}): a project has one language; move one of the two files into a folder of its own",
        folder.display(),
        one_language.title(),
        other_language.title()
    )]
    SeveralLanguages {
        /// The project's folder.
        folder: PathBuf,
        /// A marker.
        one: &'static str,
        /// The language of that file.
        one_language: Language,
        /// A second marker.
        other: &'static str,
        /// The language of the other file.
        other_language: Language,
    },
}

impl Project {
    /// Makes a folder with a small plugin that builds, in a folder that is not there yet, or is
    /// empty.
    pub fn create(
        folder: &Path,
        name: &ProjectName,
        language: Language,
    ) -> Result<Self, CreateError> {
        template::write(folder, name, language)?;
        let project = Self {
            folder: folder.to_owned(),
            language,
        };
        project.write_bindings().map_err(CreateError::Bindings)?;
        Ok(project)
    }

    /// The project in a folder, whose language its files tell.
    pub fn at(folder: &Path) -> Result<Self, ProjectError> {
        if !folder.is_dir() {
            return Err(ProjectError::NoFolder(folder.to_owned()));
        }
        let mut found = Language::ALL
            .into_iter()
            .filter(|language| folder.join(language.marker()).is_file());
        let language = found
            .next()
            .ok_or_else(|| ProjectError::NoLanguage(folder.to_owned()))?;
        if let Some(other) = found.next() {
            return Err(ProjectError::SeveralLanguages {
                folder: folder.to_owned(),
                one: language.marker(),
                one_language: language,
                other: other.marker(),
                other_language: other,
            });
        }
        Ok(Self {
            folder: folder.to_owned(),
            language,
        })
    }

    /// Returns the project's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the project's language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Writes `bindings/`: what compiler and editor read of the contract, with the hooks that the
    /// manifest names.
    pub fn write_bindings(&self) -> Result<(), BuildError> {
        bindings::write(self, &self.manifest()?)
    }

    /// Turns the source into `dist/`, a folder that a server loads. What the compiler says is seen
    /// on standard error.
    pub fn build(&self, toolchain: &Toolchain, profile: Profile) -> Result<Built, BuildError> {
        build::build(self, &self.manifest()?, toolchain, profile)
    }

    /// Removes what a build that was killed has left; none may be in progress.
    pub fn remove_unfinished(&self) {
        build::remove_unfinished(self);
    }

    /// Looks at the files that the author writes, to find out later if they have changed.
    pub fn sources(&self) -> Result<Sources, BuildError> {
        Sources::of(&self.folder, is_made)
    }

    fn manifest(&self) -> Result<Manifest, BuildError> {
        let path = self.folder.join(MANIFEST);
        let text = fs::read_to_string(&path).map_err(|source| BuildError::NoManifest {
            path: path.clone(),
            source,
        })?;
        Manifest::parse(&path.to_string_lossy(), &text).map_err(BuildError::Manifest)
    }
}
