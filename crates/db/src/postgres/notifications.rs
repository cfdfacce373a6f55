//! PostgreSQL's `LISTEN` and `NOTIFY`.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use sea_orm::{
    ConnectionTrait as _, DbErr, RuntimeErr, Statement,
    sqlx::{Executor as _, postgres::PgListener},
};
use tokio::time::timeout;

use crate::{Connection, Notifications, connections::apart};

/// The time without a message after which the connection is tried: one that was cut without a word
/// would be listened to for ever.
const SILENCE: Duration = Duration::from_secs(30);
/// The time that the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sends a message.
pub(crate) async fn send(
    connection: &Connection,
    channel: &str,
    message: &str,
) -> Result<(), DbErr> {
    let notify = Statement::from_sql_and_values(
        connection.get_database_backend(),
        "SELECT pg_notify($1, $2)",
        [channel.into(), message.into()],
    );
    connection.execute_raw(notify).await?;
    Ok(())
}

/// Begins to listen.
pub(crate) async fn listen(
    connection: &Connection,
    channel: &'static str,
) -> Result<Notifications, DbErr> {
    let pool = apart(connection.pool().get_postgres_connection_pool(), PATIENCE);
    let mut listener = PgListener::connect_with(&pool).await.map_err(error)?;
    listener.listen(channel).await.map_err(error)?;
    let messages = stream::try_unfold(listener, async |mut listener| {
        let message = next(&mut listener).await?;
        Ok(Some((message, listener)))
    });
    Ok(messages.boxed())
}

async fn next(listener: &mut PgListener) -> Result<Option<String>, crate::DbError> {
    loop {
        if let Ok(received) = timeout(SILENCE, listener.try_recv()).await {
            let received = received.map_err(error)?;
            return Ok(received.map(|notification| notification.payload().to_owned()));
        }
        let answer = timeout(PATIENCE, (&mut *listener).execute("SELECT 1")).await;
        let timed_out = |_| sea_orm::sqlx::Error::PoolTimedOut;
        answer.map_err(timed_out).flatten().map_err(error)?;
    }
}

fn error(error: sea_orm::sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}
