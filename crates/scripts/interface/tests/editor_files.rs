//! The files that editors read have each function and each handler, with its parameters, and no
//! others.

use std::collections::BTreeMap;

use raisfast_script_interface::{
    functions::{Function, HOST, SDK},
    handlers::{HANDLERS, snake_case},
};

const TYPES: &str = include_str!("../../js/library/sdk.d.ts");
const LUA_HOST: &str = include_str!("../../lua/library/host.lua");
const LUA_SDK: &str = include_str!("../../lua/library/sdk.lua");
/// The functions that Lua alone has.
const MORE_OF_LUA: &str = include_str!("../../lua/src/functions/more.rs");

/// Parameters by the name of their function.
type Functions<'a> = BTreeMap<&'a str, Vec<&'a str>>;

fn of_the_interface(list: &'static [Function]) -> Functions<'static> {
    let functions = list.iter();
    functions
        .map(|function| (function.name, function.parameters.to_vec()))
        .collect()
}

/// The functions in a text, each behind `before`, with the names of their parameters.
fn declared<'a>(text: &'a str, before: &str) -> Functions<'a> {
    let declarations = text.match_indices(before).filter_map(|(at, _)| {
        let (name, rest) = text[at + before.len()..].split_once('(')?;
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        let parameters = rest[..end_of_parameters(rest)?].split([',', '\n']);
        let names = parameters.filter_map(|parameter| {
            let name = parameter.trim().trim_start_matches("...");
            let end = name.find(['?', ':', ' ']).unwrap_or(name.len());
            Some(&name[..end]).filter(|name| !name.is_empty())
        });
        is_name.then(|| (name, names.collect()))
    });
    declarations.collect()
}

/// The place of the bracket that closes the one before the text. No type of a parameter has one of
/// a comma, for it would look like a parameter.
fn end_of_parameters(text: &str) -> Option<usize> {
    text.find(')')
}

/// The part of the types between two lines.
fn part_of_types(begin: &str, end: &str) -> &'static str {
    let (_, rest) = TYPES.split_once(begin).expect("the part begins");
    let (part, _) = rest.split_once(end).expect("the part ends");
    part
}

#[test]
fn of_javascript_have_every_function_with_its_parameters() {
    let module = part_of_types("declare module \"sdk\" {\n", "\n}\n");
    let mut found = declared(&module.replace("ok<T>(", "ok("), "export function ")
        .into_iter()
        .map(|(name, parameters)| (name.to_owned(), owned(parameters)))
        .collect::<BTreeMap<_, _>>();
    // What is given beyond the message becomes part of it.
    for name in ["logInfo", "logWarn", "logError"] {
        assert_eq!(found[name], ["message"]);
    }
    let expected = of_the_interface(SDK).into_iter();
    for (name, parameters) in expected {
        let declared = found.remove(name);
        assert_eq!(declared, Some(owned(parameters)), "{name} in module sdk");
    }
    assert!(found.is_empty(), "the interface has no {found:?}");

    let host = part_of_types("interface RaisFastHost {\n", "\n}\n");
    assert_eq!(declared(host, "\n  "), of_the_interface(HOST));
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn of_lua_have_every_function_with_its_parameters() {
    let names = MORE_OF_LUA.split("name: \"").skip(1);
    let mut more: Vec<&str> = names.filter_map(|rest| rest.split('"').next()).collect();
    more.retain(|name| *name != "print");
    // It makes a table one that is written as a list, without the host.
    more.push("list");
    for (text, before, list) in [
        (LUA_HOST, "\nfunction Host.", HOST),
        (LUA_SDK, "\nfunction sdk.", SDK),
    ] {
        let mut found = declared(text, before);
        for name in &more {
            assert!(found.remove(name).is_some(), "{before}{name} is missing");
        }
        assert_eq!(found, of_the_interface(list));
    }
}

#[test]
fn every_handler_is_known_to_editors() {
    let handlers = part_of_types("interface Named {\n", "\n  }\n");
    let words = |text: &'static str, end: char| -> Vec<&str> {
        let lines = text.split_inclusive('\n');
        lines
            .filter_map(|line| Some(line.split_once(end)?.0.trim()))
            .collect()
    };
    let expected = HANDLERS.map(snake_case);
    let mut sorted: Vec<&str> = expected.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let mut of_types = words(handlers, ':');
    of_types.sort_unstable();
    assert_eq!(of_types, sorted);

    let (_, plugin) = LUA_HOST
        .split_once("---@class Plugin\n")
        .expect("the class");
    let (fields, _) = plugin.split_once("\nPlugin = {}").expect("its end");
    let mut of_lua: Vec<&str> = fields
        .lines()
        .filter_map(|line| line.strip_prefix("---@field ")?.split('?').next())
        .collect();
    of_lua.sort_unstable();
    assert_eq!(of_lua, sorted);
}
