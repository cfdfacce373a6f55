//! The module `sdk`.

use std::rc::Rc;

use raisfast_script_interface::{Host, functions};
use rquickjs::{
    Ctx, Function, Object, Persistent, Result, Value as Js,
    module::{Declarations, Exports, ModuleDef},
    object::Property,
};

use crate::{foreign::Functions, globals};

/// The module `sdk`, whose functions were made before any of the script's text ran.
pub(crate) struct Sdk;

/// Makes the functions of the module.
pub(crate) fn make(ctx: &Ctx<'_>, host: &Rc<dyn Host>) -> Result<Functions> {
    let object = Object::new(ctx.clone())?;
    for known in functions::SDK {
        let function = match known.name {
            // What it is given comes back as it is, not as a copy.
            "ok" => same(ctx)?,
            _ => globals::function(ctx, host, known)?,
        };
        object.prop(known.name, Property::from(function).enumerable())?;
    }
    globals::freeze(&object)?;
    Ok(Functions(Persistent::save(ctx, object)))
}

fn same<'js>(ctx: &Ctx<'js>) -> Result<Function<'js>> {
    let function = Function::new(ctx.clone(), |value: Js<'js>| value)?.with_name("ok")?;
    globals::freeze(&function)?;
    Ok(function)
}

impl ModuleDef for Sdk {
    fn declare(declarations: &Declarations<'_>) -> Result<()> {
        for known in functions::SDK {
            declarations.declare(known.name)?;
        }
        declarations.declare("default")?;
        Ok(())
    }

    fn evaluate<'js>(ctx: &Ctx<'js>, exports: &Exports<'js>) -> Result<()> {
        let made = ctx
            .userdata::<Functions>()
            .ok_or(rquickjs::Error::Unknown)?;
        let object = made.0.clone().restore(ctx)?;
        for known in functions::SDK {
            exports.export(known.name, object.get::<_, Js<'js>>(known.name)?)?;
        }
        exports.export("default", object)?;
        Ok(())
    }
}
