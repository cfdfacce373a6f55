//! The database's clock, which several servers of one site share.
//!
//! A time that one server writes and another compares with is the database's: the clocks of the
//! servers may differ.

use chrono::TimeDelta;
use raisfast_host_api::capability::{Db as _, Dialect};
use sea_orm::{ConnectionTrait as _, DbErr, sea_query::Expr};

#[cfg(feature = "mariadb")]
use crate::mariadb;
#[cfg(feature = "postgres")]
use crate::postgres;
#[cfg(feature = "sqlite")]
use crate::sqlite;
use crate::{Database, DbError, Timestamp};

impl Database {
    /// Returns the expression of a moment by the database's clock, as a [`Timestamp`]: the time at
    /// which the statement runs, plus the offset. It has one value in a statement,
    /// and an index can be searched for it.
    pub fn now_sql(&self, offset: TimeDelta) -> Expr {
        let milliseconds = offset.num_milliseconds();
        let sql = match self.dialect() {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => sqlite::clock::now(milliseconds),
            #[cfg(feature = "postgres")]
            Dialect::Postgres => postgres::clock::now(milliseconds),
            #[cfg(feature = "mariadb")]
            Dialect::Mysql => mariadb::clock::now(milliseconds),
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mariadb")))]
            missing => unreachable!("this build has opened no {missing:?}: {milliseconds}"),
        };
        Expr::cust(sql)
    }

    /// Returns the time by the database's clock.
    pub async fn now(&self) -> Result<Timestamp, DbError> {
        let mut query = sea_orm::sea_query::Query::select();
        query.expr(self.now_sql(TimeDelta::zero()));
        let row = self.connection().query_one(&query).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("the time".to_owned()))?;
        Ok(row.try_get_by_index(0)?)
    }
}
