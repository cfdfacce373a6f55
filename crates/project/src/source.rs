//! The folder that an author works in, of whatever kind the plugin is.

use std::path::Path;

use crate::{BuildError, Project, ProjectError, ScriptFolder, Sources};

/// The source of a plugin.
#[derive(Debug, Clone)]
pub enum PluginSource {
    /// A project, which is built.
    Project(Project),
    /// A script, which a server loads as it is.
    Script(ScriptFolder),
}

impl PluginSource {
    /// Returns the source in a folder: a script where its manifest says so, whatever other files
    /// are there; else a project.
    pub fn at(folder: &Path) -> Result<Self, ProjectError> {
        match ScriptFolder::at(folder) {
            Some(script) => Ok(Self::Script(script)),
            None => Project::at(folder).map(Self::Project),
        }
    }

    /// Returns its folder.
    pub fn folder(&self) -> &Path {
        match self {
            Self::Project(project) => project.folder(),
            Self::Script(script) => script.folder(),
        }
    }

    /// Looks at the files that the author writes, to find out later if they have changed.
    pub fn sources(&self) -> Result<Sources, BuildError> {
        match self {
            Self::Project(project) => project.sources(),
            Self::Script(script) => script.sources(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::PluginSource;
    use crate::ProjectError;

    #[test]
    fn a_manifest_of_a_script_counts_more_than_a_file_of_a_project() {
        let root = tempfile::tempdir().unwrap();
        let source = || PluginSource::at(root.path());
        assert!(matches!(source(), Err(ProjectError::NoLanguage(_))));
        fs::write(root.path().join("plugin.js"), "").unwrap();
        assert!(matches!(source(), Ok(PluginSource::Project(_))));
        let manifest = "[plugin]\nruntime = \"js\"\nentry = \"plugin.js\"";
        fs::write(root.path().join("manifest.toml"), manifest).unwrap();
        assert!(matches!(source(), Ok(PluginSource::Script(_))));
    }
}
