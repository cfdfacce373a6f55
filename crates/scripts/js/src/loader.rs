//! The modules that a script can import: `sdk`, and files of its own folder.

use std::rc::Rc;

use raisfast_script_interface::script::Script;
use rquickjs::{
    Ctx, Error, Exception, Module, Result,
    loader::{ImportAttributes, Loader, Resolver},
    module::Declared,
};

use crate::sdk::Sdk;

/// The name of the module with the host's functions.
pub(crate) const SDK: &str = "sdk";

/// The endings that a path may leave out.
const ENDINGS: [&str; 4] = ["", ".js", ".mjs", "/index.js"];

/// The text that follows an entry file, so that its `Plugin` is found although it is not exported.
const EPILOGUE: &str =
    "\n;export const __raisfast_plugin = typeof Plugin === 'undefined' ? undefined : Plugin;";

/// The export that [`EPILOGUE`] adds.
pub(crate) const PLUGIN: &str = "__raisfast_plugin";

/// Finds modules among the files of a script.
#[derive(Debug, Clone)]
pub(crate) struct Files(pub(crate) Rc<Script>);

/// Declares the entry file of a script.
pub(crate) fn declare_entry<'js>(ctx: &Ctx<'js>, script: &Script) -> Result<Module<'js, Declared>> {
    let text = script.text(&script.entry).unwrap_or_default();
    let with_epilogue = format!("{text}{EPILOGUE}");
    let module = Module::declare(ctx.clone(), script.entry.as_str(), with_epilogue);
    if module.is_err() {
        // The file itself has the error, whose place must not be in what follows it.
        ctx.catch();
        return Module::declare(ctx.clone(), script.entry.as_str(), text);
    }
    module
}

impl Resolver for Files {
    fn resolve<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        if name == SDK {
            return Ok(name.to_owned());
        }
        if !name.starts_with("./") && !name.starts_with("../") {
            return Err(Exception::throw_reference(
                ctx,
                &format!(
                    "{base} imports '{name}', but there is no such module; there are 'sdk' and the plugin's own files, such as './{name}.js'"
                ),
            ));
        }
        let path = Script::resolve(base, name).ok_or_else(|| {
            Exception::throw_reference(
                ctx,
                &format!("{base} imports '{name}', which is outside of the plugin's folder"),
            )
        })?;
        let mut paths = ENDINGS.iter().map(|ending| format!("{path}{ending}"));
        let found = paths.find(|path| self.0.text(path).is_some());
        found.ok_or_else(|| {
            Exception::throw_reference(
                ctx,
                &format!("{base} imports '{name}', but the plugin has no file {path}"),
            )
        })
    }
}

impl Loader for Files {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        if name == SDK {
            return Module::declare_def::<Sdk, _>(ctx.clone(), name);
        }
        let text = self.0.text(name).ok_or_else(|| Error::new_loading(name))?;
        let is_json = name
            .rsplit_once('.')
            .is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("json"));
        if is_json {
            // It is JSON and nothing else, before it becomes part of a module.
            ctx.json_parse(text)?;
            return Module::declare(ctx.clone(), name, format!("export default {text}\n;"));
        }
        Module::declare(ctx.clone(), name, text)
    }
}
