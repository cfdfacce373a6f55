//! The collector that the standard variables name.

use url::Url;

use crate::ConfigError;

/// The variable that switches traces on.
pub(super) const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const TRACES_EXPORTER: &str = "OTEL_TRACES_EXPORTER";
const DISABLED: &str = "OTEL_SDK_DISABLED";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const TRACES_PROTOCOL: &str = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
/// The path below an endpoint that takes more than traces.
const PATH: &str = "v1/traces";

/// Returns where traces go; none where they are switched off.
///
/// <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>
pub(super) fn destination(
    variable: impl Fn(&'static str) -> Option<String>,
) -> Result<Option<String>, ConfigError> {
    // As the specification has it, empty is the same as not set.
    let variable = |name| variable(name).filter(|value| !value.is_empty());
    if variable(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    let (name, endpoint) = match (variable(TRACES_ENDPOINT), variable(ENDPOINT)) {
        (Some(whole), _) => (TRACES_ENDPOINT, whole),
        (None, Some(base)) => (ENDPOINT, format!("{}/{PATH}", base.trim_end_matches('/'))),
        (None, None) => return Ok(None),
    };
    match variable(TRACES_EXPORTER).as_deref() {
        None | Some("otlp") => {}
        Some("none") => return Ok(None),
        Some(_) => return Err(unusable(TRACES_EXPORTER, "write `otlp` or `none`")),
    }
    let protocol = variable(TRACES_PROTOCOL)
        .map(|value| (TRACES_PROTOCOL, value))
        .or_else(|| Some((PROTOCOL, variable(PROTOCOL)?)));
    if let Some((name, _)) = protocol.filter(|(_, value)| value != "http/protobuf") {
        return Err(unusable(
            name,
            "traces are sent as `http/protobuf`, which collectors take at port 4318",
        ));
    }
    // Its text is not shown: there may be a password in it.
    match Url::parse(&endpoint) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Some(endpoint)),
        _ => Err(unusable(
            name,
            "write a URL such as `http://localhost:4318`",
        )),
    }
}

fn unusable(variable: &'static str, reason: &str) -> ConfigError {
    ConfigError::Traces {
        variable,
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let variable = |name: &'static str| {
            let mut variables = variables.iter();
            let (_, value) = variables.find(|(known, _)| *known == name)?;
            Some((*value).to_owned())
        };
        destination(variable).map_err(|error| error.to_string())
    }

    #[test]
    fn traces_go_where_the_variables_say() {
        let base = (ENDPOINT, "http://collector:4318");
        for (variables, expected) in [
            (&[][..], None),
            (&[(ENDPOINT, "")], None),
            (&[base], Some("http://collector:4318/v1/traces")),
            (
                &[(ENDPOINT, "https://one.example.com/otlp/")],
                Some("https://one.example.com/otlp/v1/traces"),
            ),
            (
                &[base, (TRACES_ENDPOINT, "http://traces:1/x")],
                Some("http://traces:1/x"),
            ),
            (
                &[base, (TRACES_EXPORTER, "otlp")],
                Some("http://collector:4318/v1/traces"),
            ),
            (&[base, (TRACES_EXPORTER, "none")], None),
            (&[base, (DISABLED, "TRUE")], None),
            (
                &[base, (DISABLED, "no")],
                Some("http://collector:4318/v1/traces"),
            ),
            (
                &[base, (PROTOCOL, "grpc"), (TRACES_PROTOCOL, "http/protobuf")],
                Some("http://collector:4318/v1/traces"),
            ),
            // Nothing is sent, so nothing is wrong.
            (&[(PROTOCOL, "grpc")], None),
        ] {
            let found = found(variables).unwrap();
            assert_eq!(found.as_deref(), expected, "{variables:?}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named_and_never_shown() {
        let base = (ENDPOINT, "http://collector:4318");
        for (variables, named) in [
            (&[(ENDPOINT, "secret")][..], ENDPOINT),
            (&[(ENDPOINT, "localhost:4317/secret")], ENDPOINT),
            (&[(ENDPOINT, "ftp://secret")], ENDPOINT),
            (&[(TRACES_ENDPOINT, "http://:secret@")], TRACES_ENDPOINT),
            (&[base, (PROTOCOL, "grpc")], PROTOCOL),
            (&[base, (TRACES_PROTOCOL, "http/json")], TRACES_PROTOCOL),
            (&[base, (TRACES_EXPORTER, "zipkin")], TRACES_EXPORTER),
        ] {
            let error = found(variables).unwrap_err();
            assert!(error.contains(named), "{variables:?}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
