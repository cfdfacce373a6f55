//! The name that an operator most likely meant.

/// The candidate nearest to `found`, if one is near enough to be worth naming.
pub(crate) fn nearest<'a>(
    found: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // What is longer than any candidate is near none of them; cutting it bounds the work.
    let found: String = found.chars().take(64).collect();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&found, candidate), candidate))
        .filter(|&(distance, candidate)| distance <= found.len().min(candidate.len()) / 4)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// Returns a hint for a key of `raisfast.toml` that is not known where it stands: it may be
/// misspelt, or belong elsewhere. `settings` are the names of all, with their tables before them.
pub(super) fn hint(found: &str, settings: &[&'static str]) -> Option<String> {
    let key = |setting: &'static str| setting.rsplit_once('.').map_or(setting, |(_, key)| key);
    let exact = settings.iter().find(|setting| key(setting) == found);
    let near = || {
        let meant = nearest(found, settings.iter().map(|setting| key(setting)))?;
        settings.iter().find(|setting| key(setting) == meant)
    };
    let setting = exact.or_else(near)?;
    Some(match setting.rsplit_once('.') {
        Some((table, key)) => format!("did you mean `{key}` in [{table}]?"),
        None => format!("did you mean `{setting}`, at the top of the file?"),
    })
}
