//! `interface database`, and the functions of `interface host-api` that take SQL, as imports.

use raisfast_contract::database::{Addition, Filter, Grouping, Query, Row};
use wasmtime::{Result, component::Linker};

use crate::{HasSession, link::functions};

pub(in crate::interface) fn link<T: HasSession>(linker: &mut Linker<T>) -> Result<()> {
    functions!(linker, "host-api";
        waits "db-query" |session, sql: String, params: Option<String>|
            session.db_query(&sql, params.as_deref());
        waits "db-execute" |session, sql: String, params: Option<String>|
            session.db_execute(&sql, params.as_deref());
        waits "db-begin" |session| session.db_begin();
        waits "db-commit" |session| session.db_commit();
        waits "db-rollback" |session| session.db_rollback();
    )?;
    functions!(linker, "database";
        waits "insert" |session, table: String, row: Row| session.insert(&table, row);
        waits "fetch-one" |session, query: Query| session.fetch_one(query);
        waits "fetch-all" |session, query: Query| session.fetch_all(query);
        waits "update" |session, table: String, filter: Filter, set: Row|
            session.update(&table, filter, set);
        waits "delete" |session, table: String, filter: Filter| session.delete(&table, filter);
        waits "count" |session, table: String, filter: Filter| session.count(&table, filter);
        waits "increment" |session, addition: Addition| session.increment(addition);
        waits "sum" |session, table: String, column: String, filter: Filter|
            session.sum(&table, &column, filter);
        waits "group-by" |session, grouping: Grouping| session.group_by(grouping);
        at_once "placeholder" |session, number: u32| session.placeholder(number).to_owned();
    )
}
