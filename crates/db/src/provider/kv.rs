//! The plugins' key-value stores.

use async_trait::async_trait;
use raisfast_contract::PluginId;
use raisfast_host_api::{
    ApiError, ErrorCode,
    capability::{Db, Dialect, Kv, KvLimits},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, ExprTrait,
    QueryFilter, QuerySelect,
    sea_query::{Expr, Func, OnConflict},
};

use super::failure;
use crate::{
    Database, KeyValueUse,
    entity::{plugin_data, plugin_data_locks},
};

#[async_trait]
impl Kv for Database {
    async fn get(&self, plugin: &PluginId, key: &str) -> Result<Option<String>, ApiError> {
        let found = plugin_data::Entity::find_by_id((plugin.to_string(), key.to_owned()))
            .one(self.connection())
            .await
            .map_err(failure)?;
        Ok(found.map(|entry| entry.value))
    }

    async fn set(
        &self,
        plugin: &PluginId,
        key: &str,
        value: &str,
        limits: KvLimits,
    ) -> Result<(), ApiError> {
        self.check_text(key)?;
        self.check_text(value)?;
        // Of this process one at a time waits for the row. If it stands still in the line, it holds
        // up those of other servers once, and not once for each of its calls.
        let row = lock_row(plugin);
        let _turn = self.turns[usize::from(row.unsigned_abs())].lock().await;
        // Other writers wait while this one counts, so two of them cannot both find the last free
        // place.
        let transaction = Database::begin(self).await.map_err(failure)?;
        lock(&transaction, row).await.map_err(failure)?;
        let others = KeyValueUse::of(&transaction, plugin, Some(key))
            .await
            .map_err(failure)?;
        let after = KeyValueUse {
            keys: others.keys + 1,
            bytes: others.bytes + (key.len() + value.len()) as u64,
        };
        if let Some(error) = over(after, limits) {
            transaction.rollback().await.map_err(failure)?;
            return Err(error);
        }
        plugin_data::Entity::insert(plugin_data::ActiveModel {
            plugin_id: Set(plugin.to_string()),
            key: Set(key.to_owned()),
            value: Set(value.to_owned()),
        })
        .on_conflict(
            OnConflict::columns([plugin_data::Column::PluginId, plugin_data::Column::Key])
                .update_column(plugin_data::Column::Value)
                .to_owned(),
        )
        .exec_without_returning(&transaction)
        .await
        .map_err(failure)?;
        transaction.commit().await.map_err(failure)
    }
}

impl Database {
    /// PostgreSQL's text holds every character but one.
    fn check_text(&self, text: &str) -> Result<(), ApiError> {
        if self.dialect() == Dialect::Postgres && text.contains('\0') {
            return Err(ApiError::new(
                ErrorCode::InvalidArgument,
                "this server's database, PostgreSQL, keeps no NUL character in text; write it as an escape",
            ));
        }
        Ok(())
    }
}

/// Returns the row that is locked by who writes to a plugin's store.
fn lock_row(plugin: &PluginId) -> i16 {
    let sum: u32 = plugin.as_str().bytes().map(u32::from).sum();
    i16::try_from(sum % u32::from(plugin_data_locks::ROWS.unsigned_abs()))
        .expect("it is less than ROWS")
}

/// Waits for the other writers of a row's stores. SQLite has one writer at a time anyway.
async fn lock(transaction: &DatabaseTransaction, row: i16) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    plugin_data_locks::Entity::find_by_id(row)
        .lock_exclusive()
        .one(transaction)
        .await?;
    Ok(())
}

impl KeyValueUse {
    /// Returns the size of a plugin's values, but for that of one key. Its cost grows with the
    /// number of values, which the plugin's limits bound.
    pub(crate) async fn of(
        connection: &impl ConnectionTrait,
        plugin: &PluginId,
        but: Option<&str>,
    ) -> Result<Self, DbErr> {
        let bytes = |column: plugin_data::Column| Func::cust("OCTET_LENGTH").arg(Expr::col(column));
        let size =
            Expr::expr(bytes(plugin_data::Column::Key)).add(bytes(plugin_data::Column::Value));
        let whole = match connection.get_database_backend() {
            DbBackend::MySql => "SIGNED",
            _ => "BIGINT",
        };
        let mut values = plugin_data::Entity::find()
            .select_only()
            .column_as(plugin_data::Column::Key.count(), "keys")
            .column_as(Expr::expr(Func::sum(size)).cast_as(whole), "bytes")
            .filter(plugin_data::Column::PluginId.eq(plugin.as_str()));
        if let Some(key) = but {
            values = values.filter(plugin_data::Column::Key.ne(key));
        }
        let (keys, bytes): (i64, Option<i64>) = values
            .into_tuple()
            .one(connection)
            .await?
            .unwrap_or_default();
        Ok(Self {
            keys: keys.unsigned_abs(),
            bytes: bytes.unwrap_or_default().unsigned_abs(),
        })
    }
}

fn over(after: KeyValueUse, limits: KvLimits) -> Option<ApiError> {
    let (what, found, limit) = if after.keys > limits.keys {
        ("keys", after.keys, limits.keys)
    } else if after.bytes > limits.bytes {
        ("bytes", after.bytes, limits.bytes)
    } else {
        return None;
    };
    Some(ApiError::new(
        ErrorCode::Quota,
        format!("this would make {found} {what} where the plugin may keep {limit}; store less"),
    ))
}
