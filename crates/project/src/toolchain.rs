//! The programs that build, and where they are looked for.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{BuildError, Language};

/// The compiler that builds C.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CCompiler {
    /// Clang where there is one, else zig's.
    #[default]
    Any,
    /// `clang`, or the newest `clang-NN`.
    Clang,
    /// `zig cc`.
    Zig,
}

/// The places to look for compilers.
#[derive(Debug, Clone)]
pub struct Toolchain {
    path: OsString,
    c_compiler: CCompiler,
}

impl Toolchain {
    /// The programs of the environment's `PATH`.
    pub fn from_environment() -> Self {
        Self::on_path(env::var_os("PATH").unwrap_or_default())
    }

    /// The programs of folders that are written as in `PATH`.
    pub fn on_path(path: impl Into<OsString>) -> Self {
        Self {
            path: path.into(),
            c_compiler: CCompiler::Any,
        }
    }

    /// The same programs, with this compiler for C.
    #[must_use]
    pub fn with_c_compiler(mut self, compiler: CCompiler) -> Self {
        self.c_compiler = compiler;
        self
    }

    pub(crate) fn c_compiler(&self) -> CCompiler {
        self.c_compiler
    }

    /// A program of `PATH`, ready to run.
    pub(crate) fn program(&self, name: &str) -> Option<Program> {
        self.folders()
            .map(|folder| folder.join(name))
            .find(|file| is_executable(file))
            .map(|file| self.at(&file))
    }

    /// The program `name`, or the one called `name-NN` with the greatest number.
    pub(crate) fn newest(&self, name: &str) -> Option<Program> {
        self.program(name).or_else(|| {
            let versions = self.folders().flat_map(|folder| versions(&folder, name));
            versions.max().map(|(_, file)| self.at(&file))
        })
    }

    /// The program in this file, with the same `PATH` for what it calls in turn.
    pub(crate) fn at(&self, file: &Path) -> Program {
        let mut command = Command::new(file);
        command.env("PATH", &self.path);
        Program { command }
    }

    fn folders(&self) -> impl Iterator<Item = PathBuf> {
        // A relative one would be looked up in the project, which may be anybody's.
        env::split_paths(&self.path).filter(|folder| folder.is_absolute())
    }
}

fn versions(folder: &Path, name: &str) -> Vec<(u32, PathBuf)> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files
        .filter_map(|file| {
            let number = file
                .file_name()
                .to_str()?
                .strip_prefix(name)?
                .strip_prefix('-')?
                .parse();
            Some((number.ok()?, file.path()))
        })
        .filter(|(_, file)| is_executable(file))
        .collect()
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// A call of a compiler.
pub(crate) struct Program {
    command: Command,
}

impl Program {
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn envs(mut self, variables: &[(&str, &str)]) -> Self {
        self.command.envs(variables.iter().copied());
        self
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it; what it says is seen as it says it, on standard error.
    pub(crate) fn run(mut self, language: Language) -> Result<(), BuildError> {
        self.command.stdout(io::stderr());
        let status = self
            .command
            .status()
            .map_err(|error| self.unusable(error))?;
        self.succeeded(status.success(), language)
    }

    /// Runs it for what it writes to standard output; the rest is seen as it says it.
    pub(crate) fn output(mut self, language: Language) -> Result<Vec<u8>, BuildError> {
        self.command.stderr(io::stderr());
        let output = self
            .command
            .output()
            .map_err(|error| self.unusable(error))?;
        self.succeeded(output.status.success(), language)?;
        Ok(output.stdout)
    }

    fn succeeded(&self, success: bool, language: Language) -> Result<(), BuildError> {
        if success {
            return Ok(());
        }
        Err(BuildError::Failed {
            program: self.name(),
            language,
        })
    }

    fn unusable(&self, source: io::Error) -> BuildError {
        BuildError::Unusable {
            program: self.name(),
            source,
        }
    }

    fn name(&self) -> String {
        let program = Path::new(self.command.get_program());
        let name = program.file_name().unwrap_or(program.as_os_str());
        name.to_string_lossy().into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        env, fs,
        os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
        path::Path,
    };

    use super::Toolchain;

    fn put(folder: &Path, name: &str, mode: u32) {
        fs::create_dir_all(folder).unwrap();
        fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(folder.join(name))
            .unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_first_executable_of_the_path_is_taken() {
        let root = tempfile::tempdir().unwrap();
        let [text, first, second] = ["text", "first", "second"].map(|name| root.path().join(name));
        put(&text, "zig", 0o644);
        put(&first, "zig", 0o755);
        put(&second, "zig", 0o755);
        let toolchain = Toolchain::on_path(env::join_paths([&text, &first, &second]).unwrap());
        let found = toolchain.program("zig").unwrap();
        assert_eq!(found.command.get_program(), first.join("zig"));
        assert!(toolchain.program("go").is_none());
        assert!(Toolchain::on_path("").program("zig").is_none());
    }

    #[test]
    fn without_a_plain_name_the_greatest_number_is_taken() {
        let root = tempfile::tempdir().unwrap();
        for name in ["clang-9", "clang-19", "clang-format-20", "clang-"] {
            put(root.path(), name, 0o755);
        }
        let toolchain = Toolchain::on_path(root.path());
        let found = toolchain.newest("clang").unwrap();
        assert_eq!(found.command.get_program(), root.path().join("clang-19"));
        put(root.path(), "clang", 0o755);
        let found = toolchain.newest("clang").unwrap();
        assert_eq!(found.command.get_program(), root.path().join("clang"));
    }
}
