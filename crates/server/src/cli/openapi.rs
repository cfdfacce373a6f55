//! `raisfast openapi`: prints the API as an OpenAPI document.

use crate::openapi::document;

#[derive(clap::Args)]
pub(super) struct OpenApi {}

pub(super) const HELP: &str = "\
Needs no server: each program prints the document of its own version. A server has it at \
/api/v1/openapi.json.

Examples:
  raisfast openapi > raisfast.openapi.json
  raisfast openapi | jq '.paths | keys'";

impl OpenApi {
    /// Prints the document.
    #[expect(clippy::unused_self, reason = "as the other commands")]
    pub(super) fn print(self) {
        say!("{}", document());
    }
}
