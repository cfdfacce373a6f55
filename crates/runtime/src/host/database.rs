//! `interface database`, function by function. The values are the contract's own types on both sides.

use raisfast_bindings::DATABASE_INTERFACE;
use raisfast_contract::database::{Addition, Filter, Grouping, Query, Row};
use wasmtime::{Result, component::Linker};

use super::HostState;

pub(super) fn link(linker: &mut Linker<HostState>) -> Result<()> {
    let mut database = linker.instance(DATABASE_INTERFACE)?;
    database.func_wrap_async("insert", |mut store, (table, row): (String, Row)| {
        Box::new(async move { Ok((store.data_mut().session.insert(&table, row).await,)) })
    })?;
    database.func_wrap_async("fetch-one", |mut store, (query,): (Query,)| {
        Box::new(async move { Ok((store.data_mut().session.fetch_one(query).await,)) })
    })?;
    database.func_wrap_async("fetch-all", |mut store, (query,): (Query,)| {
        Box::new(async move { Ok((store.data_mut().session.fetch_all(query).await,)) })
    })?;
    database.func_wrap_async(
        "update",
        |mut store, (table, filter, set): (String, Filter, Row)| {
            Box::new(
                async move { Ok((store.data_mut().session.update(&table, filter, set).await,)) },
            )
        },
    )?;
    database.func_wrap_async("delete", |mut store, (table, filter): (String, Filter)| {
        Box::new(async move { Ok((store.data_mut().session.delete(&table, filter).await,)) })
    })?;
    database.func_wrap_async("count", |mut store, (table, filter): (String, Filter)| {
        Box::new(async move { Ok((store.data_mut().session.count(&table, filter).await,)) })
    })?;
    database.func_wrap_async("increment", |mut store, (addition,): (Addition,)| {
        Box::new(async move { Ok((store.data_mut().session.increment(addition).await,)) })
    })?;
    database.func_wrap_async(
        "sum",
        |mut store, (table, column, filter): (String, String, Filter)| {
            Box::new(
                async move { Ok((store.data_mut().session.sum(&table, &column, filter).await,)) },
            )
        },
    )?;
    database.func_wrap_async("group-by", |mut store, (grouping,): (Grouping,)| {
        Box::new(async move { Ok((store.data_mut().session.group_by(grouping).await,)) })
    })?;
    // It answers at once, so the guest need not be prepared to wait for it.
    database.func_wrap("placeholder", |store, (number,): (u32,)| {
        Ok((store.data().session.placeholder(number).to_owned(),))
    })
}
