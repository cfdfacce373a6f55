//! Each function that a Lua script has, one by one.

use std::collections::BTreeMap;

use raisfast_test_interpreters::{
    Interpreter, Script, World,
    database::{Error, Field, Row, Value},
};

/// Runs a body in a world, and returns its lines and the world afterwards.
fn run(body: &str, world: World) -> (Vec<String>, World) {
    let mut script = Script::lua_body(body, world);
    script.tick(None).unwrap_or_else(|error| panic!("{error}"));
    let world = std::mem::take(script.world());
    let lines = world.log.iter().map(|(_, text)| text.clone()).collect();
    (lines, world)
}

fn prints(body: &str) -> Vec<String> {
    run(body, World::default()).0
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

fn row<const N: usize>(fields: [(&str, Value); N]) -> Row {
    fields
        .map(|(name, value)| Field {
            name: name.to_owned(),
            value,
        })
        .into()
}

/// A row with each type of a column.
fn every_type() -> Row {
    row([
        ("id", Value::Text("1".into())),
        ("big", Value::Integer(9_007_199_254_740_993)),
        ("price", Value::Decimal("12.50".into())),
        ("blob", Value::Bytes(vec![0, 255, 1])),
        ("none", Value::Null),
        ("truth", Value::Boolean(true)),
        ("float", Value::Float(0.5)),
        ("at", Value::Text("2026-12-02T00:00:00Z".into())),
    ])
}

fn with_rows(rows: Vec<Row>) -> World {
    World {
        rows: vec![Ok(rows)],
        ..World::default()
    }
}

#[test]
fn print_and_the_log() {
    let (_, world) = run(
        "print('a', 1, nil, 2.0, true) print() print({} ~= nil)
         Host.log('warn', 'w') Host.log('alone') sdk.logInfo('i', 5) sdk.logWarn({a = 1}) sdk.logError('e')",
        World::default(),
    );
    let log: Vec<_> = world
        .log
        .iter()
        .map(|(level, text)| format!("{level} {text}"))
        .collect();
    assert_eq!(
        log,
        [
            "info a\t1\tnil\t2.0\ttrue",
            "info ",
            "info true",
            "warn w",
            "info alone",
            "info i 5",
            "warn {\"a\":1}",
            "error e",
        ]
    );
}

#[test]
fn settings_and_the_store() {
    let world = World {
        config: pairs([("limit", "5")]),
        ..World::default()
    };
    let (lines, world) = run(
        "print(Host.getConfig('limit'), Host.getConfig('other'), sdk.configGet('limit') + 1)
         print(Host.getData('n'), sdk.storeGet('n'))
         print(Host.setData('n', 'text'), sdk.storeSet('t', {list = {1, 2}}), sdk.storeSet('n', 7))
         print(sdk.storeGet('n'), Host.getData('t'))
         local n = tonumber(sdk.storeGet('n')) + 1 sdk.storeSet('n', n)",
        world,
    );
    assert_eq!(
        lines,
        [
            "5\tnil\t6",
            "nil\tnil",
            "true\ttrue\ttrue",
            "7\t{\"list\":[1,2]}"
        ]
    );
    assert_eq!(world.data["n"], "8");
}

#[test]
fn http() {
    let world = World {
        web: pairs([("https://a/text", "body"), ("https://a/json", "{\"n\": 1}")]),
        ..World::default()
    };
    let (lines, world) = run(
        "print(Host.httpGet('https://a/text'), sdk.httpGet('https://b'), sdk.httpGetJson('https://a/json').n)
         print(pcall(sdk.httpGetJson, 'https://a/text'))
         print(Host.httpPost('https://a/text', 'x'), sdk.httpPost('https://a/text', {a = 1}))
         print(sdk.httpPostJson('https://a/json', {b = {}, c = sdk.list()}).n)
         local answer = sdk.httpSend{url = 'https://a/text', method = 'post', headers = {accept = 'x'}, body = 'b', timeout_ms = 5}
         print(answer.status, answer.body, type(answer.headers))
         print(pcall(sdk.httpSend, {url = 'https://b'}))
         print(Host.httpSend{url = 'https://b'})
         print(select(2, pcall(sdk.httpSend, {method = 'steal', url = ''})))
         print(select(2, pcall(sdk.httpSend, {})))",
        world,
    );
    assert_eq!(
        lines,
        [
            "body\tnil\t1",
            "false\thttpGetJson: the answer is not JSON: expected a value at byte 0",
            "body\tbody",
            "1",
            "200\tbody\ttable",
            "false\thttpSend: nobody is there",
            "{\"error\":\"nobody is there\",\"code\":\"connection\"}",
            "httpSend: request: `method` is `steal`; expected GET, HEAD, POST, PUT, PATCH or DELETE",
            "httpSend: request: `url` is missing",
        ]
    );
    assert_eq!(
        world.calls,
        [
            "post https://a/text x",
            "post https://a/text {\"a\":1}",
            "post https://a/json {\"b\":{},\"c\":[]}",
        ]
    );
}

#[test]
fn posts() {
    let world = World {
        posts: pairs([("hello", "{\"title\":\"Hello\",\"excerpt\":null}")]),
        ..World::default()
    };
    let (lines, _) = run(
        "print(sdk.getPost('hello').title, sdk.getPost('hello').excerpt, sdk.getPost('none'))
         print(Host.getPost('hello'), Host.getPost('none'))",
        world,
    );
    assert_eq!(
        lines,
        [
            "Hello\tnil\tnil",
            "{\"title\":\"Hello\",\"excerpt\":null}\tnil"
        ]
    );
}

#[test]
fn files() {
    let (lines, world) = run(
        "print(sdk.vfsWrite('a/x.txt', 'text'), Host.vfsWrite('a/y.json', {1, 2}))
         print(sdk.vfsRead('a/x.txt'), Host.vfsRead('a/y.json'), sdk.vfsRead('none'))
         print(sdk.vfsExists('a/x.txt'), Host.vfsExists('none'), Host.vfsList('a/'))
         local names = sdk.vfsList('a/') print(#names, names[1], names[2])
         local stat = sdk.vfsStat('a/x.txt') print(stat.size, stat.is_dir, stat.modified, sdk.vfsStat('none'))
         print(Host.vfsStat('a/x.txt'))
         print(sdk.vfsDelete('a/x.txt'), Host.vfsDelete('a/x.txt'))",
        World::default(),
    );
    assert_eq!(
        lines,
        [
            "true\ttrue",
            "text\t[1,2]\tnil",
            "true\tfalse\t[\"x.txt\",\"y.json\"]",
            "2\tx.txt\ty.json",
            "4\tfalse\tnil\tnil",
            "{\"size\": 4, \"is_dir\": false, \"modified\": null}",
            "true\tfalse",
        ]
    );
    assert_eq!(world.files, pairs([("a/y.json", "[1,2]")]));
}

#[test]
fn sql() {
    let world = World {
        sql: vec![
            "[{\"id\":9007199254740993,\"n\":null}]".into(),
            "[{\"id\":1}]".into(),
            "{\"rows_affected\":2}".into(),
            "{\"rows_affected\":2}".into(),
            "{\"error\":\"the table `x` is not granted\",\"code\":\"denied\"}".into(),
            "{\"error\":\"the table `x` is not granted\",\"code\":\"denied\"}".into(),
        ],
        ..World::default()
    };
    let (lines, world) = run(
        "local rows = sdk.dbQuery('SELECT 1', {1, 'two', nil, 4, true, 0.5, Host.null}) print(#rows, rows[1].id, rows[1].n)
         print(Host.dbQuery('SELECT 2', '[1]'))
         print(sdk.dbExec('UPDATE', {}).rows_affected, Host.dbExecute('UPDATE'))
         print(pcall(sdk.dbQuery, 'x'))
         print(Host.dbQuery('x'))
         sdk.dbBegin() sdk.dbCommit() Host.dbBegin() Host.dbRollback()
         print(sdk.dbPh(2), Host.dbPh(1), pcall(sdk.dbPh, 0))",
        world,
    );
    assert_eq!(
        lines,
        [
            "1\t9007199254740993\tnil",
            "[{\"id\":1}]",
            "2\t{\"rows_affected\":2}",
            "false\tdbQuery: the table `x` is not granted",
            "{\"error\":\"the table `x` is not granted\",\"code\":\"denied\"}",
            "$2\t$1\tfalse\tdbPh: number: expected a whole number from 1",
        ]
    );
    assert_eq!(
        world.calls,
        [
            "query SELECT 1 [1,\"two\",null,4,true,0.5,null]",
            "query SELECT 2 [1]",
            "execute UPDATE ",
            "execute UPDATE ",
            "query x ",
            "query x ",
            "begin",
            "commit",
            "begin",
            "rollback",
        ]
    );
}

#[test]
fn rows_have_each_type_as_it_is() {
    let (lines, _) = run(
        "local row = sdk.dbFetchOne('t', {id = '1'}).row
         print(row.big, row.price, row.price * 2, #row.blob, row.blob:byte(1, -1))
         print(row.none, row.truth, row.float, row.at, math.type(row.big))",
        with_rows(vec![every_type()]),
    );
    assert_eq!(
        lines,
        [
            "9007199254740993\t12.50\t25.0\t3\t0\t255\t1",
            "nil\ttrue\t0.5\t2026-12-02T00:00:00Z\tinteger",
        ]
    );
}

#[test]
fn values_are_written_as_what_they_are() {
    let (lines, world) = run(
        "local answer = sdk.dbInsert('t', {id = 'a', big = math.maxinteger, half = 0.5, yes = true,
            none = Host.null, blob = '\\xff\\0', text = 'ä', list = {1, 2}, decimal = {['$decimal'] = '1.50'}})
         print(answer.rows_affected, answer.id)
         print(Host.dbInsert('t', '{\"id\": 5}'))",
        World::default(),
    );
    assert_eq!(lines, ["1\ta", "{\"rows_affected\":1,\"id\":5}"]);
    let call = &world.calls[0];
    for expected in [
        "name: \"big\", value: Value::Integer(9223372036854775807)",
        "name: \"half\", value: Value::Float(0.5)",
        "name: \"yes\", value: Value::Boolean(true)",
        "name: \"none\", value: Value::Null",
        "name: \"blob\", value: Value::Bytes([255, 0])",
        "name: \"text\", value: Value::Text(\"ä\")",
        "name: \"list\", value: Value::Text(\"[1,2]\")",
        "name: \"decimal\", value: Value::Decimal(\"1.50\")",
    ] {
        assert!(call.contains(expected), "{expected}\n{call}");
    }
}

#[test]
fn reading_without_sql() {
    let two = || {
        vec![
            row([("n", Value::Integer(1))]),
            row([("n", Value::Integer(2))]),
        ]
    };
    let world = World {
        rows: vec![
            Ok(two()),
            Ok(two()),
            Ok(vec![]),
            Ok(two()),
            Ok(two()),
            Ok(two()),
            Ok(two()),
        ],
        ..World::default()
    };
    let (lines, world) = run(
        "local found = sdk.dbFetchAll('t', {}, {columns = {'n'}, order = {'-n', 'id'}, limit = 2, offset = 1})
         print(#found.rows, found.rows[2].n)
         print(Host.dbFetchAll('t'))
         print(sdk.dbFetchOne('t', {n = 5}).row, Host.dbFetchOne('t', {n = 1}))
         print(sdk.dbCount('t', {}).count, sdk.dbSum('t', 'n', {}).sum)
         print(#sdk.dbGroupBy('t', {group_by = {'n'}, sums = {'m'}, having = {count = {['$gt'] = 1}}}).rows)",
        world,
    );
    assert_eq!(
        lines,
        [
            "2\t2",
            "{\"rows\":[{\"n\":1},{\"n\":2}]}",
            "nil\t{\"row\":{\"n\":1},\"data\":{\"n\":1}}",
            "2\t1",
            "2",
        ]
    );
    assert!(
        world.calls[0].contains("limit: Some(2), offset: 1"),
        "{}",
        world.calls[0]
    );
    assert!(
        world.calls[0].contains("direction: Direction::Descending"),
        "{}",
        world.calls[0]
    );
    assert!(
        world.calls[2].contains("Value::Integer(5)"),
        "{}",
        world.calls[2]
    );
}

#[test]
fn conditions() {
    for (condition, expected) in [
        (
            "{a = 1}",
            "Compare(Comparison { column: \"a\", operator: Operator::Equal, value: Value::Integer(1) })",
        ),
        (
            "{a = {['$gte'] = 1.5}}",
            "Operator::GreaterOrEqual, value: Value::Float(1.5)",
        ),
        (
            "{a = {['$in'] = {1, 2}}}",
            "In(Membership { column: \"a\", values: [Value::Integer(1), Value::Integer(2)] })",
        ),
        (
            "{a = {['$in'] = {}}}",
            "In(Membership { column: \"a\", values: [] })",
        ),
        (
            "{a = {['$like'] = 'x%'}}",
            "Like(Pattern { column: \"a\", pattern: \"x%\" })",
        ),
        (
            "{a = {['$between'] = {1, 9}}}",
            "low: Value::Integer(1), high: Value::Integer(9)",
        ),
        ("{a = {['$null'] = true}}", "IsNull(\"a\")"),
        ("{a = Host.null}", "IsNull(\"a\")"),
        ("{['$or'] = {{a = 1}, {b = 2}}}", "Or(2)"),
        ("{['$not'] = {a = 1}}", "Not"),
        ("{}", "Filter::All"),
        (
            "'{\"a\": {\"$lt\": 3}}'",
            "Operator::Less, value: Value::Integer(3)",
        ),
    ] {
        let body = format!("sdk.dbCount('t', {condition})");
        let (_, world) = run(&body, World::default());
        assert!(
            world.calls[0].contains(expected),
            "{condition}: {}",
            world.calls[0]
        );
    }
    for (condition, expected) in [
        ("{a = {['$near'] = 1}}", "`$near` is not an operator"),
        ("{a = {['$between'] = {1}}}", "takes two values in a list"),
        ("5", "where: expected an object"),
    ] {
        let error = Script::lua_fails(&format!("sdk.dbCount('t', {condition})"));
        assert!(error.contains(expected), "{condition}: {error}");
    }
}

#[test]
fn writing_without_sql() {
    let one = || vec![row([("n", Value::Integer(1))])];
    let world = World {
        rows: vec![Ok(one()), Ok(one()), Ok(one()), Ok(one()), Ok(one())],
        ..World::default()
    };
    let (lines, world) = run(
        "print(sdk.dbUpdate('t', {a = 1}, {id = 'x'}).rows_affected, Host.dbUpdate('t', {a = 1}, {}, {all = true}))
         print(sdk.dbDelete('t', {id = 'x'}).rows_affected, Host.dbDelete('t', {}, {all = true}))
         print(sdk.dbIncrement('t', {stock = -1}, {id = 'x'}, {min = 0, set = {at = 'now'}}).rows_affected)
         print(pcall(sdk.dbUpdate, 't', {a = 1}, {}))
         print((Host.dbDelete('t', {}):gsub('all.*', 'all …')))",
        world,
    );
    assert_eq!(
        lines[..3],
        ["1\t{\"rows_affected\":1}", "1\t{\"rows_affected\":1}", "1"]
    );
    assert!(lines[3].starts_with("false\tdbUpdate: "), "{}", lines[3]);
    assert!(lines[3].contains("all"), "{}", lines[3]);
    assert!(lines[4].starts_with("{\"error\":\""), "{}", lines[4]);
    assert_eq!(world.calls.len(), 5);
    assert!(
        world.calls[4].contains("min: Some(Value::Integer(0))"),
        "{}",
        world.calls[4]
    );
}

#[test]
fn a_failure_of_the_database_is_raised_by_sdk_and_told_by_host() {
    let denied = || Err(Error::Denied("the table `t` is not granted".into()));
    let world = World {
        rows: vec![denied(), denied()],
        ..World::default()
    };
    let (lines, _) = run(
        "print(pcall(sdk.dbFetchAll, 't', {})) print(Host.dbFetchAll('t', {}))",
        world,
    );
    assert_eq!(
        lines,
        [
            "false\tdbFetchAll: the table `t` is not granted",
            "{\"error\":\"the table `t` is not granted\",\"code\":\"denied\"}",
        ]
    );
}

#[test]
fn events_and_identifiers_and_the_time() {
    let (lines, world) = run(
        "print(sdk.newId() ~= Host.newId(), #Host.newId(), Host.now(), sdk.unixMilliseconds(), sdk.delivery())
         sdk.eventEmit('done', {n = 1}) print(Host.emitEvent('done', '{}')) Host.refuse('/title', 'too short') sdk.refuse('no')",
        World::default(),
    );
    assert_eq!(
        lines,
        [
            "true\t36\t2026-12-02T00:00:00.000Z\t1796169600000\tnil",
            "{}"
        ]
    );
    assert_eq!(
        world.calls,
        [
            "emit done {\"n\":1}",
            "emit done {}",
            "refuse /title too short",
            "refuse  no"
        ]
    );
}

#[test]
fn json() {
    let lines = prints(
        r#"
        print(Host.jsonEncode({b = 1, a = {1, 2.5, "x\n", true}, c = {}, d = Host.list(), n = Host.null}))
        print(Host.jsonEncode(nil), Host.jsonEncode("ä"), Host.jsonEncode({10, nil, 30}), Host.jsonEncode({[1000] = "id"}))
        print(Host.jsonEncode({1, 2, x = 3}), Host.jsonEncode(math.maxinteger), Host.jsonEncode(1e300))
        local t = Host.jsonDecode('{"a":[1,null,{"b":9007199254740993}],"n":null,"e":[],"o":{},"f":1.0}')
        print(t.a[1], t.a[2] == Host.null, t.a[3].b, t.n, #t.e, t.f, #t.a)
        print(Host.jsonEncode(t))
        t.n = 1 t.a = nil print(sdk.jsonEncode(t))
        print(Host.jsonDecode("null"), Host.jsonDecode("[]")[1], Host.jsonDecode("5") + 1, Host.jsonDecode('"x"'))
        print(pcall(Host.jsonDecode, "{"))
        print(pcall(Host.jsonDecode))
        "#,
    );
    assert_eq!(
        lines,
        [
            r#"{"a":[1,2.5,"x\n",true],"b":1,"c":{},"d":[],"n":null}"#,
            r#"null	"ä"	[10,null,30]	{"1000":"id"}"#,
            r#"{"1":1,"2":2,"x":3}	9223372036854775807	1e300"#,
            "1\ttrue\t9007199254740993\tnil\t0\t1.0\t3",
            r#"{"a":[1,null,{"b":9007199254740993}],"e":[],"f":1.0,"n":null,"o":{}}"#,
            r#"{"e":[],"f":1.0,"n":1,"o":{}}"#,
            "nil\tnil\t6\tx",
            "false\tjsonDecode: not JSON: expected a name in quotes at byte 1",
            "false\tjsonDecode: text: expected a text, found nothing",
        ]
    );
}

#[test]
fn helpers_of_the_sdk() {
    let lines = prints(
        r#"
        local data = {1} print(sdk.ok(data) == data, sdk.ok(nil))
        local f = sdk.fail(404, "gone") print(f.__plugin_error, f.__status, f.__message)
        print(sdk.extractJson('{"a":{"b":[10,20]}}', "a.b.1"), sdk.extractJson({body = {title = "T"}}, "body").title)
        print(sdk.extractJson('{}', "a.b"), pcall(sdk.extractJson, "{", "a"))
        print(sdk.null == Host.null, type(sdk.list()), sdk.list({1})[1], pcall(Host.list, 5))
        "#,
    );
    assert_eq!(
        lines[..4],
        [
            "true\tnil",
            "true\t404\tgone",
            "20\tT",
            "nil\tfalse\textractJson: input: not JSON: expected a name in quotes at byte 1",
        ]
    );
    assert!(
        lines[4].starts_with("true\ttable\t1\tfalse\tbad argument #1"),
        "{}",
        lines[4]
    );
}

#[test]
fn every_function_that_each_language_has_is_there() {
    let lines = prints(
        "local function missing(t, names) for name in names:gmatch('%w+') do if type(t[name]) ~= 'function' then print(name) end end end
         missing(Host, 'log getConfig httpGet httpPost getData setData getPost dbQuery dbExecute dbBegin dbCommit dbRollback vfsRead vfsWrite vfsDelete vfsExists vfsList vfsStat emitEvent newId dbPh dbInsert dbFetchOne dbFetchAll dbUpdate dbDelete dbIncrement dbCount dbSum dbGroupBy jsonEncode jsonDecode')
         missing(sdk, 'dbQuery dbExec dbBegin dbCommit dbRollback dbPh dbInsert dbFetchOne dbFetchAll dbUpdate dbDelete dbIncrement dbCount dbSum dbGroupBy httpGet httpGetJson httpPost httpPostJson configGet storeGet storeSet vfsRead vfsWrite vfsDelete vfsExists vfsList vfsStat getPost ok fail extractJson logInfo logWarn logError newId eventEmit')",
    );
    assert_eq!(lines, [""; 0]);
}

#[test]
fn the_annotations_name_each_function() {
    let world = World::of(
        "init.lua",
        "local names = {} for name in pairs(Host) do names[#names + 1] = 'Host.' .. name end
         for name in pairs(require('sdk')) do names[#names + 1] = 'sdk.' .. name end
         table.sort(names) for _, name in ipairs(names) do print(name) end",
    );
    let mut script = Script::loaded(Interpreter::lua(), world);
    let annotations = concat!(
        include_str!("../../../crates/scripts/lua/library/host.lua"),
        include_str!("../../../crates/scripts/lua/library/sdk.lua")
    );
    for name in script.world().logged() {
        let forms = [format!("function {name}("), format!("\n{name} = ")];
        assert!(
            forms.iter().any(|form| annotations.contains(form)),
            "{name}"
        );
    }
}
