//! Each function that scripts can call, once from `Host` and once from `sdk`, against a host in
//! memory.

use std::rc::Rc;

use raisfast_plugin::deliveries::Delivery;
use raisfast_script_interface::{
    Value,
    database::contract::{self, Error, Field},
    functions,
    script::{Failure, Script},
    stand_in::StandIn,
};
use raisfast_script_js::Engine;

/// A script that evaluates one expression, with all of `sdk` in reach.
struct Expression {
    host: Rc<StandIn>,
}

impl Expression {
    fn new() -> Self {
        let host = Rc::new(StandIn::default());
        host.affected.set(2);
        Self { host }
    }

    fn evaluate(&self, expression: &str) -> Result<Value, Failure> {
        let text =
            format!("import * as sdk from 'sdk';\nexport const on_login = () => ({expression});");
        let script = Script {
            entry: "main.js".into(),
            files: vec![("main.js".into(), text)],
        };
        Engine::load(script, self.host.clone())?.call("on-login", None)
    }

    /// Asserts what an expression comes to, as JSON.
    #[track_caller]
    fn is(&self, expression: &str, expected: &str) {
        let value = self.evaluate(expression);
        let value = value.unwrap_or_else(|failure| panic!("{expression}: {failure}"));
        assert_eq!(value.to_string(), expected, "{expression}");
    }

    #[track_caller]
    fn fails(&self, expression: &str, expected: &str) {
        let failure = self.evaluate(expression).expect_err(expression);
        assert!(
            failure.message.contains(expected),
            "{expression}: {failure}"
        );
        assert_eq!(failure.line, Some(2), "{expression}: {failure:?}");
    }

    #[track_caller]
    fn called(&self, expected: &[&str]) {
        let calls = self.host.take_calls();
        // As the records' own names are long.
        let calls: Vec<String> = calls
            .iter()
            .map(|call| call.replace("Value::", ""))
            .collect();
        assert_eq!(calls, expected);
    }

    fn with_row(self) -> Self {
        let field = |name: &str, value| Field {
            name: name.to_owned(),
            value,
        };
        self.host.rows.replace(vec![vec![
            field("id", contract::Value::Integer(9_007_199_254_740_993)),
            field("price", contract::Value::Decimal("12.50".into())),
            field(
                "huge",
                contract::Value::Decimal("18446744073709551615".into()),
            ),
            field("data", contract::Value::Bytes(vec![0, 255])),
            field("note", contract::Value::Null),
            field("is_open", contract::Value::Boolean(true)),
            field("rate", contract::Value::Float(0.5)),
            field("at", contract::Value::Text("2026-12-02T00:00:00Z".into())),
        ]]);
        self
    }
}

/// The row of [`Expression::with_row`] as JSON.
const ROW: &str = r#"{"id":9007199254740993,"price":"12.50","huge":18446744073709551615,"data":"AP8=","note":null,"is_open":true,"rate":0.5,"at":"2026-12-02T00:00:00Z"}"#;

#[test]
fn every_function_is_there() {
    let script = Expression::new();
    for (object, list) in [
        ("Host", functions::HOST),
        ("RaisFastHost", functions::HOST),
        ("sdk", functions::SDK),
        ("sdk.default", functions::SDK),
    ] {
        for function in list {
            script.is(
                &format!("typeof {object}.{}", function.name),
                r#""function""#,
            );
        }
    }
    script.is("Host === RaisFastHost", "true");
}

#[test]
fn log_and_its_kin_write_records() {
    let script = Expression::new();
    script.is("Host.log('warn', 'one')", "null");
    script.is("Host.log('two')", "null");
    script.is("sdk.logInfo('three', {a: 1})", "null");
    script.is("sdk.logWarn(4)", "null");
    script.is("sdk.logError('five')", "null");
    let expected = [
        "warn: one",
        "info: two",
        "info: three {\"a\":1}",
        "warn: 4",
        "error: five",
    ];
    assert_eq!(script.host.log.take(), expected);
}

#[test]
fn settings_and_the_store_are_read_and_written() {
    let script = Expression::new();
    script.is("Host.getConfig('a')", "null");
    script.is("Host.setData('a', 'x')", "true");
    script.is("Host.getData('a')", r#""x""#);
    script.is("Host.getConfig('a')", r#""x""#);
    script.is("sdk.configGet('a')", r#""x""#);
    script.is("sdk.storeSet('b', {n: 1n})", "true");
    script.is("sdk.storeGet('b')", r#""{\"n\":1}""#);
    script.is("sdk.storeGet('none')", "null");
    script.fails(
        "sdk.storeGet()",
        "storeGet: key: expected a text, found nothing",
    );
    script.fails(
        "Host.setData('a')",
        "setData: value: expected a text, found nothing",
    );
}

#[test]
fn http_returns_bodies_and_json() {
    let script = Expression::new();
    let mut web = script.host.web.borrow_mut();
    web.insert("https://a/".into(), r#"{"n": 9007199254740993}"#.into());
    web.insert("https://text/".into(), "no JSON".into());
    web.insert("POST https://a/".into(), "[1]".into());
    drop(web);
    script.is(
        "Host.httpGet('https://a/')",
        r#""{\"n\": 9007199254740993}""#,
    );
    script.is("Host.httpGet('https://none/')", "null");
    script.is("Host.httpPost('https://a/', 'x')", r#""[1]""#);
    script.is(
        "sdk.httpGet('https://a/')",
        r#""{\"n\": 9007199254740993}""#,
    );
    script.is(
        "sdk.httpGetJson('https://a/').n === 9007199254740993n",
        "true",
    );
    script.is("sdk.httpGetJson('https://none/')", "null");
    script.is("sdk.httpPost('https://a/', {a: 1})", r#""[1]""#);
    script.is("sdk.httpPostJson('https://a/', {a: 1})", "[1]");
    script.is("sdk.httpPostJson('https://none/', 'a')", "null");
    script.fails(
        "sdk.httpGetJson('https://text/')",
        "httpGetJson: the answer is not JSON",
    );
    script.called(&[
        "POST https://a/ x",
        r#"POST https://a/ {"a":1}"#,
        r#"POST https://a/ {"a":1}"#,
        r#"POST https://none/ "a""#,
    ]);
}

#[test]
fn files_are_read_written_listed_and_deleted() {
    let script = Expression::new();
    script.is("Host.vfsWrite('d/a.txt', 'abc')", "true");
    script.is("sdk.vfsWrite('d/b.json', {b: 1})", "true");
    script.is("Host.vfsRead('d/a.txt')", r#""abc""#);
    script.is("sdk.vfsRead('d/b.json')", r#""{\"b\":1}""#);
    script.is("[Host.vfsRead('x'), sdk.vfsRead('x')]", "[null,null]");
    script.is("Host.vfsList('d')", r#""[\"a.txt\",\"b.json\"]""#);
    script.is("sdk.vfsList('d')", r#"["a.txt","b.json"]"#);
    script.is("[Host.vfsList('none'), sdk.vfsList('none')]", "[null,[]]");
    script.is("JSON.parse(Host.vfsStat('d/a.txt')).size", "3");
    script.is(
        "sdk.vfsStat('d/a.txt')",
        r#"{"size":3,"is_dir":false,"modified":null}"#,
    );
    script.is("sdk.vfsStat('none')", "null");
    script.is(
        "[Host.vfsExists('d/a.txt'), sdk.vfsExists('none')]",
        "[true,false]",
    );
    script.is(
        "[Host.vfsDelete('d/a.txt'), sdk.vfsDelete('d/a.txt')]",
        "[true,false]",
    );
}

#[test]
fn posts_ids_events_and_parameters() {
    let script = Expression::new();
    script.is("JSON.parse(Host.getPost('one')).slug", r#""one""#);
    script.is(
        "[sdk.getPost('one').view_count === 9007199254740993n, sdk.getPost('x')]",
        "[true,null]",
    );
    script.is("[Host.newId(), sdk.newId()]", r#"["0193-id","0193-id"]"#);
    script.is("[Host.dbPh(1), sdk.dbPh(2)]", r#"["?","?"]"#);
    script.fails(
        "sdk.dbPh(0)",
        "dbPh: number: expected a whole number from 1",
    );
    script.is("Host.emitEvent('made', {a: 1})", r#""{\"ok\":true}""#);
    script.is("sdk.eventEmit('made', 'text')", r#"{"ok":true}"#);
    script.is(
        "JSON.parse(Host.emitEvent('', '')).error",
        r#""an event has a type""#,
    );
    script.fails("sdk.eventEmit('', '')", "eventEmit: an event has a type");
    script.called(&[r#"emit made {"a":1}"#, "emit made text"]);
}

#[test]
fn a_request_with_all_of_http_is_sent_and_an_error_has_its_code() {
    let script = Expression::new();
    let mut web = script.host.web.borrow_mut();
    web.insert("https://a".into(), "body".into());
    drop(web);
    let request = "{url: 'https://a', method: 'put', headers: {a: 1}, body: {b: 2}, timeout_ms: 5}";
    script.is(
        &format!("[Host.httpSend({request}), sdk.httpSend({request})]"),
        r#"["{\"status\":404,\"headers\":{\"a-name\":\"value\"},\"body\":\"body\"}",{"status":404,"headers":{"a-name":"value"},"body":"body"}]"#,
    );
    let sent = r#"send Method::Put https://a [("a", "1")] {"b":2} Some(5)"#;
    script.called(&[sent, sent]);
    script.is(
        "Host.httpSend({url: 'https://b'})",
        r#""{\"error\":\"nobody is there\",\"code\":\"connection\"}""#,
    );
    script.is(
        "(() => { try { sdk.httpSend({url: 'https://b'}) } catch (error) { return error.code } })()",
        r#""connection""#,
    );
    script.fails("sdk.httpSend({})", "httpSend: request: `url` is missing");
    script.fails(
        "sdk.httpSend({url: '', verb: 'get'})",
        "httpSend: request: `verb` is a text; there are `method`",
    );
}

#[test]
fn the_call_has_its_time_its_delivery_and_its_refusals() {
    let script = Expression::new();
    script.is(
        "[Host.now() === sdk.now(), Host.unixMilliseconds(), sdk.unixMilliseconds()]",
        "[true,1000,1000]",
    );
    script.is("[Host.delivery(), sdk.delivery()]", "[null,null]");
    script.host.delivery.replace(Some(Delivery {
        id: "d".into(),
        attempt: 2,
        created_at: "now".into(),
    }));
    script.is(
        "[JSON.parse(Host.delivery()).attempt, sdk.delivery()]",
        r#"[2,{"id":"d","attempt":2,"created_at":"now"}]"#,
    );
    script.is(
        "[Host.refuse('/title', 'too short'), sdk.refuse('no')]",
        "[null,null]",
    );
    script.called(&[r#"refuse Some("/title") too short"#, "refuse None no"]);
    script.fails(
        "sdk.refuse(1)",
        "refuse: message: expected a text, found a number",
    );
}

#[test]
fn sql_takes_parameters_of_every_kind() {
    let script = Expression::new();
    script
        .host
        .answer
        .replace(r#"[{"n":9007199254740993,"t":null}]"#.into());
    script.is(
        "Host.dbQuery('SELECT 1', '[1]')",
        r#""[{\"n\":9007199254740993,\"t\":null}]""#,
    );
    script.is(
        "Host.dbQuery('SELECT 1')",
        r#""[{\"n\":9007199254740993,\"t\":null}]""#,
    );
    script.is(
        "sdk.dbQuery('SELECT ?', [1, 9007199254740993n, 0.5, 'a', null, undefined, true, {a: [1]}, new Uint8Array([0, 255])])[0].n === 9007199254740993n",
        "true",
    );
    script.fails(
        "sdk.dbQuery('SELECT 1', 5)",
        "dbQuery: params: expected a list",
    );
    script.host.answer.replace(r#"{"rows_affected":3}"#.into());
    script.is("Host.dbExecute('DELETE', [])", r#""{\"rows_affected\":3}""#);
    script.is("sdk.dbExec('DELETE').rows_affected", "3");
    script
        .host
        .answer
        .replace(r#"{"error":"denied","code":"denied"}"#.into());
    script.is("JSON.parse(Host.dbQuery('x')).error", r#""denied""#);
    script.fails("sdk.dbQuery('x')", "dbQuery: denied");
    script.fails("sdk.dbExec('x')", "dbExec: denied");
    script.called(&[
        "query SELECT 1 Some(\"[1]\")",
        "query SELECT 1 None",
        r#"query SELECT ? Some("[1,9007199254740993,0.5,\"a\",null,null,true,\"{\\\"a\\\":[1]}\",\"AP8=\"]")"#,
        "execute DELETE Some(\"[]\")",
        "execute DELETE None",
        "query x None",
        "query x None",
        "execute x None",
    ]);
}

#[test]
fn transactions_begin_commit_and_roll_back() {
    let script = Expression::new();
    script.is(
        "[Host.dbBegin(), Host.dbCommit()]",
        r#"["{\"ok\":true}","{\"ok\":true}"]"#,
    );
    script.is("[sdk.dbBegin().ok, sdk.dbRollback().ok]", "[true,true]");
    script.is("[sdk.dbBegin().ok, sdk.dbCommit().ok]", "[true,true]");
    script.fails("sdk.dbCommit()", "dbCommit: a transaction is open, or none");
    script.is("JSON.parse(Host.dbRollback()).code", r#""transaction""#);
    script.called(&[
        "begin", "commit", "begin", "rollback", "begin", "commit", "commit", "rollback",
    ]);
}

#[test]
fn rows_are_inserted_with_values_as_they_are() {
    let script = Expression::new();
    let data = "{id: 7, big: 9007199254740993n, huge: 18446744073709551615n, half: 0.5, whole: 2.0, note: null,
                 gone: undefined, is_open: false, bytes: new Uint8Array([1, 2]), meta: {a: [1]}, at: new Date(0)}";
    script.is(
        &format!("sdk.dbInsert('shop', {data})"),
        r#"{"rows_affected":1,"id":7}"#,
    );
    script.is(
        r#"Host.dbInsert('shop', '{"id":"a"}')"#,
        r#""{\"rows_affected\":1,\"id\":\"a\"}""#,
    );
    script.is(
        "sdk.dbInsert('shop', {n: {$decimal: '1.50'}, b: {$bytes: 'AP8='}})",
        r#"{"rows_affected":1}"#,
    );
    script.called(&[
        "insert shop {id: Integer(7), big: Integer(9007199254740993), huge: Decimal(\"18446744073709551615\"), half: Float(0.5), whole: Integer(2), note: Null, is_open: Boolean(false), bytes: Bytes([1, 2]), meta: Text(\"{\\\"a\\\":[1]}\"), at: Text(\"1970-01-01T00:00:00.000Z\")}",
        "insert shop {id: Text(\"a\")}",
        "insert shop {n: Decimal(\"1.50\"), b: Bytes([0, 255])}",
    ]);
    script.fails(
        "sdk.dbInsert('shop', 1)",
        "dbInsert: data: expected an object of columns",
    );
    script.fails(
        "sdk.dbInsert(1, {})",
        "dbInsert: table: expected a text, found a number",
    );
    let error = Error::Constraint("there is one already".into());
    script.host.error.replace(Some(error));
    script.fails("sdk.dbInsert('shop', {})", "dbInsert: there is one already");
    script.is(
        "Host.dbInsert('shop', {})",
        r#""{\"error\":\"there is one already\",\"code\":\"constraint\"}""#,
    );
}

#[test]
fn rows_are_fetched_with_values_as_they_are() {
    let script = Expression::new().with_row();
    script.is("sdk.dbFetchOne('shop', {id: 1}).row", ROW);
    script.is("sdk.dbFetchOne('shop').data", ROW);
    script.is("sdk.dbFetchAll('shop').rows", &format!("[{ROW}]"));
    script.is(
        "(row => [typeof row.id, typeof row.huge, row.data instanceof Uint8Array, row.data[1]])(sdk.dbFetchAll('shop', {}).rows[0])",
        r#"["bigint","bigint",true,255]"#,
    );
    script.is(
        "JSON.parse(Host.dbFetchAll('shop', '{}', '{}')).rows.length",
        "1",
    );
    script.is(
        "JSON.parse(Host.dbFetchOne('shop', '', null)).row.price",
        r#""12.50""#,
    );
    script.host.take_calls();
    script.is(
        "sdk.dbFetchAll('shop', {a: 1}, {columns: ['id'], order: ['-id', 'at'], limit: 5, offset: 2}).rows.length",
        "1",
    );
    let call = script.host.take_calls().remove(0);
    for part in [
        r#"columns: ["id"]"#,
        "limit: Some(5)",
        "offset: 2",
        r#"column: "id", direction: Direction::Descending"#,
        r#"column: "at", direction: Direction::Ascending"#,
        "Integer(1)",
    ] {
        assert!(call.contains(part), "{part}: {call}");
    }
    script.host.rows.take();
    script.is("sdk.dbFetchOne('shop', {})", r#"{"row":null,"data":null}"#);
    script.fails(
        "sdk.dbFetchAll('shop', {a: {$near: 1}})",
        "`$near` is not an operator",
    );
    script.is(
        "JSON.parse(Host.dbFetchAll('shop', 'x')).error",
        r#""where: not JSON: expected a value at byte 0""#,
    );
}

#[test]
fn rows_are_updated_and_deleted_and_all_of_them_only_on_purpose() {
    let script = Expression::new();
    script.is(
        "sdk.dbUpdate('shop', {n: 1}, {id: 1})",
        r#"{"rows_affected":2}"#,
    );
    script.is(
        "sdk.dbUpdate('shop', {n: 1}, {}, {all: true}).rows_affected",
        "2",
    );
    script.is("sdk.dbDelete('shop', {id: 1})", r#"{"rows_affected":2}"#);
    script.is(
        r#"Host.dbDelete('shop', '{}', '{"all":true}')"#,
        r#""{\"rows_affected\":2}""#,
    );
    assert_eq!(script.host.take_calls().len(), 4);
    script.fails(
        "sdk.dbUpdate('shop', {n: 1}, {})",
        "dbUpdate: where: it is empty",
    );
    script.fails("sdk.dbDelete('shop')", "dbDelete: where: it is empty");
    script.fails(
        "sdk.dbDelete('shop', undefined)",
        "dbDelete: where: it is empty",
    );
    script.is(
        "JSON.parse(Host.dbUpdate('shop', '{}', '{}')).error.slice(0, 20)",
        r#""where: it is empty; ""#,
    );
    script.called(&[]);
}

#[test]
fn columns_are_incremented_each_in_the_same_rows() {
    let script = Expression::new();
    script.is(
        "sdk.dbIncrement('shop', {stock: -1}, {id: 1}, {min: 0, set: {n: 1}})",
        r#"{"rows_affected":2}"#,
    );
    script.called(&["increment shop stock by Integer(-1) set {n: Integer(1)}"]);
    script.is(
        "Host.dbIncrement('shop', '{\"stock\":1}', '{\"id\":1}')",
        r#""{\"rows_affected\":2}""#,
    );
    script.host.take_calls();

    script.is(
        "sdk.dbIncrement('shop', {a: 1, b: 2}, {a: {$lt: 5}})",
        r#"{"rows_affected":2}"#,
    );
    script.called(&[
        "begin",
        "increment shop b by Integer(2) set {}",
        "increment shop a by Integer(1) set {}",
        "commit",
    ]);
    script.is("[sdk.dbBegin().ok, sdk.dbIncrement('shop', {a: 1, b: 2}, {id: 1}).rows_affected, sdk.dbCommit().ok]", "[true,2,true]");
    let calls = script.host.take_calls();
    assert_eq!(
        calls.iter().filter(|call| *call == "commit").count(),
        1,
        "{calls:?}"
    );

    script.host.error.replace(Some(Error::Busy("busy".into())));
    script.fails(
        "sdk.dbIncrement('shop', {a: 1, b: 2}, {id: 1})",
        "dbIncrement: busy",
    );
    assert_eq!(script.host.take_calls().last().unwrap(), "rollback");
    for (call, expected) in [
        (
            "sdk.dbIncrement('shop', {a: 1, b: 2}, {id: 1}, {min: 0})",
            "`min` and `max` go with one column",
        ),
        (
            "sdk.dbIncrement('shop', {a: 1, b: 2}, {a: 1, b: 2})",
            "names more than one of the columns",
        ),
        (
            "sdk.dbIncrement('shop', {a: 'x'}, {id: 1})",
            "`a` takes a number to add, and is a text",
        ),
        (
            "sdk.dbIncrement('shop', {}, {id: 1})",
            "columns: expected an object",
        ),
        ("sdk.dbIncrement('shop', {a: 1})", "where: it is empty"),
    ] {
        script.fails(call, expected);
    }
    script.called(&[]);
}

#[test]
fn rows_are_counted_summed_and_grouped() {
    let script = Expression::new().with_row();
    script.is("sdk.dbCount('shop')", r#"{"count":2}"#);
    script.is("Host.dbCount('shop', '{\"a\":1}')", r#""{\"count\":2}""#);
    script.is("sdk.dbSum('shop', 'price')", r#"{"sum":0}"#);
    script
        .host
        .total
        .replace(Some(contract::Value::Decimal("12.50".into())));
    script.is("sdk.dbSum('shop', 'price', {a: 1}).sum", r#""12.50""#);
    script.is("Host.dbSum('shop', 'price')", r#""{\"sum\":\"12.50\"}""#);
    script.fails(
        "sdk.dbSum('shop')",
        "dbSum: column: expected a text, found nothing",
    );
    script.host.take_calls();
    script.is(
        "sdk.dbGroupBy('shop', {group_by: 'kind', sums: ['price'], having: {count: {$gt: 1}}, order: ['-count'], where: {a: 1}}).rows.length",
        "1",
    );
    let call = script.host.take_calls().remove(0);
    for part in [
        r#"columns: ["kind"]"#,
        r#"count: Some("count")"#,
        r#"column: "price", name: "sum_price""#,
        r#"column: "count", direction: Direction::Descending"#,
    ] {
        assert!(call.contains(part), "{part}: {call}");
    }
    script.is(
        "JSON.parse(Host.dbGroupBy('shop', '{\"group_by\":[\"kind\"]}')).rows.length",
        "1",
    );
    script.is(
        "JSON.parse(Host.dbCount('shop', '1')).error.slice(0, 6)",
        r#""where:""#,
    );
}

#[test]
fn ok_fail_and_extract_json_work_on_values() {
    let script = Expression::new();
    script.is("(given => sdk.ok(given) === given)({f() {}})", "true");
    script.is(
        "sdk.fail(404, 'none')",
        r#"{"__plugin_error":true,"__status":404,"__message":"none"}"#,
    );
    script.is("sdk.fail('none').__status", "422");
    script.fails(
        "sdk.fail({}, 'x')",
        "fail: status: expected a number such as 422, found an object",
    );
    script.is(
        r#"sdk.extractJson('{"a":{"b":[1,{"c":2}]}}', 'a.b.1.c')"#,
        "2",
    );
    script.is(
        "sdk.extractJson({a: {b: 9007199254740993n}}, 'a.b') === 9007199254740993n",
        "true",
    );
    script.is(r#"sdk.extractJson('{"a":1}', 'a.b.c')"#, "null");
    script.is(r#"sdk.extractJson('{"a":1}')"#, r#"{"a":1}"#);
    script.fails("sdk.extractJson('{', 'a')", "extractJson: input: not JSON");
}
