//! The walk from the root to the end of a path.

use std::{
    collections::VecDeque,
    ffi::OsString,
    fs, io,
    path::{Component, Path, PathBuf},
};

use crate::{
    Exposed,
    owner::{Myself, Rights},
};

/// Links that are followed, as the system itself counts them.
const MAX_LINKS: usize = 40;

/// The rest of a path.
type Names = VecDeque<OsString>;

pub(crate) fn check(path: &Path) -> Result<(), Exposed> {
    let unreadable = |path: &Path, source| Exposed::Unreadable {
        path: path.to_owned(),
        source,
    };
    let me = Myself::now();
    let absolute = std::path::absolute(path).map_err(|source| unreadable(path, source))?;
    let mut names = names(&absolute);
    let mut here = PathBuf::from("/");
    let mut links = 0;
    check_one(&here, me, names.is_empty())?;
    while let Some(name) = names.pop_front() {
        if name == ".." {
            // Where it leads to was checked on the way down, but perhaps not as the end.
            here.pop();
            if names.is_empty() {
                check_one(&here, me, true)?;
            }
            continue;
        }
        let next = here.join(&name);
        let metadata = fs::symlink_metadata(&next).map_err(|source| unreadable(&next, source))?;
        if !metadata.is_symlink() {
            here = next;
            check_one(&here, me, names.is_empty())?;
            continue;
        }
        must_be_trusted(&next, Rights::from(&metadata), me)?;
        links += 1;
        if links > MAX_LINKS {
            let source = io::Error::other("there are too many symbolic links in it");
            return Err(unreadable(path, source));
        }
        let target = fs::read_link(&next).map_err(|source| unreadable(&next, source))?;
        if target.is_absolute() {
            here = PathBuf::from("/");
        }
        let mut through = self::names(&target);
        through.append(&mut names);
        names = through;
        if names.is_empty() {
            check_one(&here, me, true)?;
        }
    }
    Ok(())
}

/// The names in a path; `..` stays, because what stands before it may be a link.
fn names(path: &Path) -> Names {
    path.components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            _ => None,
        })
        .collect()
}

/// One folder on the way, or what stands at the end of it.
fn check_one(path: &Path, me: Myself, end: bool) -> Result<(), Exposed> {
    let metadata = fs::symlink_metadata(path).map_err(|source| Exposed::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let rights = Rights::from(&metadata);
    must_be_trusted(path, rights, me)?;
    match rights.too_much_for(me) {
        Some(chmod) if end || !rights.is_sticky() => Err(Exposed::Writable {
            path: path.to_owned(),
            mode: rights.mode,
            chmod,
        }),
        _ => Ok(()),
    }
}

fn must_be_trusted(path: &Path, rights: Rights, me: Myself) -> Result<(), Exposed> {
    if rights.is_foreign_to(me) {
        return Err(Exposed::Foreign {
            path: path.to_owned(),
            owner: rights.owner,
            user: me.user,
        });
    }
    Ok(())
}
