//! Counts of failed logins, which all servers of a site share.

use std::time::Duration;

use chrono::DateTime;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};

use crate::{
    Database, DbError,
    entity::login_counts::{ActiveModel, Column, Entity},
};

/// The places of the halves of the secret.
const SECRET: [i64; 2] = [-1, -2];

/// The rule of a count: it may rise to `most`, and falls by one every `pause`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountRule {
    /// The highest count.
    pub most: u32,
    /// The time in which it falls by one.
    pub pause: Duration,
}

impl CountRule {
    fn pause(self) -> i64 {
        i64::try_from(self.pause.as_millis()).unwrap_or(i64::MAX)
    }
}

impl Database {
    /// Returns the time by the database's clock, in milliseconds since 1970.
    pub async fn milliseconds(&self) -> Result<i64, DbError> {
        let now = self.now().await?;
        let now = DateTime::parse_from_rfc3339(now.as_str());
        let now = now.map_err(|error| DbErr::Custom(error.to_string()))?;
        Ok(now.timestamp_millis())
    }

    /// Counts one in a place, or returns the time until there is room for it.
    pub async fn count_login(
        &self,
        place: i64,
        now: i64,
        rule: CountRule,
    ) -> Result<Result<(), Duration>, DbError> {
        let pause = rule.pause();
        let full = now + i64::from(rule.most) * pause;
        loop {
            let empty_at = || Expr::col(Column::EmptyAt);
            let begin: Expr = Expr::case(empty_at().gt(now), empty_at())
                .finally(now)
                .into();
            let counted = Entity::update_many()
                .col_expr(Column::EmptyAt, begin.add(pause))
                .filter(Column::Place.eq(place))
                .filter(Column::EmptyAt.lte(full - pause))
                .exec(self.connection())
                .await?;
            if counted.rows_affected > 0 {
                return Ok(Ok(()));
            }
            match Entity::find_by_id(place).one(self.connection()).await? {
                Some(row) if row.empty_at > full - pause => {
                    let wait = row.empty_at + pause - full;
                    return Ok(Err(Duration::from_millis(wait.unsigned_abs())));
                }
                // It has fallen, or somebody else has made the row.
                Some(_) => {}
                None => self.begin_count(place, 0).await?,
            }
        }
    }

    /// Takes back what was counted in these places.
    pub async fn forgive_login(&self, places: &[(i64, CountRule)]) -> Result<(), DbError> {
        for (place, rule) in places {
            Entity::update_many()
                .col_expr(
                    Column::EmptyAt,
                    Expr::col(Column::EmptyAt).sub(rule.pause()),
                )
                .filter(Column::Place.eq(*place))
                .exec(self.connection())
                .await?;
        }
        Ok(())
    }

    /// Returns the secret by which the site finds places: this one, if it has none yet.
    pub async fn login_secret(&self, made: [i64; 2]) -> Result<[i64; 2], DbError> {
        let mut secret = made;
        for (half, place) in secret.iter_mut().zip(SECRET) {
            self.begin_count(place, *half).await?;
            let row = Entity::find_by_id(place).one(self.connection()).await?;
            *half = row.map_or(*half, |row| row.empty_at);
        }
        Ok(secret)
    }

    /// Makes a row where there is none.
    async fn begin_count(&self, place: i64, empty_at: i64) -> Result<(), DbError> {
        let row = ActiveModel {
            place: Set(place),
            empty_at: Set(empty_at),
        };
        let leave = OnConflict::column(Column::Place)
            .do_nothing_on([Column::Place])
            .to_owned();
        match Entity::insert(row)
            .on_conflict(leave)
            .exec_without_returning(self.connection())
            .await
        {
            Ok(_) | Err(DbErr::RecordNotInserted) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
