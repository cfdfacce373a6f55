//! SELECT, and the common table expressions around it.

use sqlparser::ast::{
    Cte, Distinct, Fetch, GroupByExpr, GroupByWithModifier, LimitClause, NamedWindowDefinition,
    NamedWindowExpr, Offset, OrderBy, OrderByExpr, OrderByKind, OrderByOptions, OrderBySort,
    Parens, Query, Select, SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    Values, WildcardAdditionalOptions, With,
};

use super::{LEAVE_IT_OUT, Walk, absent, refuse};
use crate::{Refusal, names};

impl Walk {
    /// A query with a scope of its own for common table expressions.
    pub(super) fn query(&mut self, query: &Query) -> Result<(), Refusal> {
        let outer = self.common.len();
        let body = self.query_around_body(query)?;
        self.set_expression(body)?;
        self.common.truncate(outer);
        Ok(())
    }

    /// Walks everything of a query but its body, which is answered. Its common table expressions
    /// stay in scope.
    pub(super) fn query_around_body<'a>(
        &mut self,
        query: &'a Query,
    ) -> Result<&'a SetExpr, Refusal> {
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        absent(
            !locks.is_empty(),
            "FOR UPDATE or FOR SHARE",
            "db-begin opens a transaction that isolates its statements",
        )?;
        absent(
            for_clause.is_some(),
            "FOR XML or FOR JSON",
            "build JSON with the database's functions",
        )?;
        absent(
            settings.is_some() || format_clause.is_some() || !pipe_operators.is_empty(),
            "SETTINGS, FORMAT or |>",
            LEAVE_IT_OUT,
        )?;
        if let Some(with) = with {
            self.with(with)?;
        }
        if let Some(order_by) = order_by {
            self.order_by(order_by)?;
        }
        match limit_clause {
            None => {}
            Some(LimitClause::LimitOffset {
                limit,
                offset,
                limit_by,
            }) => {
                absent(!limit_by.is_empty(), "LIMIT BY", "use a window function")?;
                self.expressions(limit)?;
                if let Some(Offset { value, rows: _ }) = offset {
                    self.expression(value)?;
                }
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
                self.expressions([offset, limit])?;
            }
        }
        if let Some(Fetch {
            with_ties: _,
            percent: _,
            quantity,
        }) = fetch
        {
            self.expressions(quantity)?;
        }
        Ok(body)
    }

    /// Brings the expressions of a WITH into scope, for its query and for one another as the
    /// database does:
    ///
    /// - SQLite, and PostgreSQL's WITH RECURSIVE, let each see all of them, itself included.
    /// - Else each sees those before it. Its own name means a table in its body, unless it is
    ///   recursive.
    ///
    /// MariaDB's WITH RECURSIVE also lets an expression see later ones; there the gate reports a
    /// table that is none, which is the safe side.
    fn with(&mut self, with: &With) -> Result<(), Refusal> {
        let With {
            with_token: _,
            recursive,
            cte_tables,
        } = with;
        let all_at_once = (self.rules.with_sees_all)(*recursive);
        let keys = cte_tables
            .iter()
            .map(|cte| names::table_key(self.rules, &cte.alias.name))
            .collect::<Result<Vec<_>, _>>()?;
        if all_at_once {
            self.common.extend(keys.iter().cloned());
        }
        for (cte, key) in cte_tables.iter().zip(keys) {
            let Cte {
                alias,
                query,
                from,
                materialized: _,
                closing_paren_token: _,
            } = cte;
            self.alias(Some(alias))?;
            absent(
                from.is_some(),
                "FROM after a common table expression",
                LEAVE_IT_OUT,
            )?;
            if *recursive && !all_at_once {
                self.common.push(key.clone());
            }
            self.query(query)?;
            if !*recursive && !all_at_once {
                self.common.push(key);
            }
        }
        Ok(())
    }

    fn set_expression(&mut self, body: &SetExpr) -> Result<(), Refusal> {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation {
                left,
                op: _,
                set_quantifier: _,
                right,
            } => {
                self.set_expression(left)?;
                self.set_expression(right)
            }
            SetExpr::Values(Values {
                explicit_row: _,
                value_keyword: _,
                rows,
            }) => rows.iter().try_for_each(
                |Parens {
                     opening_token: _,
                     content,
                     closing_token: _,
                 }| self.expressions(content),
            ),
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                Err(Refusal::ChangeInside)
            }
            // The parser drops what follows it.
            SetExpr::Table(_) => Err(Refusal::Clause {
                clause: "TABLE as a query",
                instead: "write SELECT * FROM the table",
            }),
        }
    }

    fn select(&mut self, select: &Select) -> Result<(), Refusal> {
        let Select {
            select_token: _,
            optimizer_hints,
            distinct,
            select_modifiers,
            top,
            top_before_distinct: _,
            projection,
            exclude,
            into,
            from,
            lateral_views,
            prewhere,
            selection,
            connect_by,
            group_by,
            cluster_by,
            distribute_by,
            sort_by,
            having,
            named_window,
            qualify,
            window_before_qualify: _,
            value_table_mode,
            flavor,
        } = select;
        absent(
            into.is_some(),
            "INTO",
            "write rows with INSERT … SELECT through db-execute",
        )?;
        absent(
            !optimizer_hints.is_empty(),
            "an optimizer hint",
            LEAVE_IT_OUT,
        )?;
        absent(
            select_modifiers
                .as_ref()
                .is_some_and(sqlparser::ast::SelectModifiers::is_any_set),
            "a modifier after SELECT",
            LEAVE_IT_OUT,
        )?;
        absent(top.is_some(), "TOP", "use LIMIT")?;
        absent(qualify.is_some(), "QUALIFY", "filter an outer query")?;
        let of_other_databases = exclude.is_some()
            || !lateral_views.is_empty()
            || prewhere.is_some()
            || !connect_by.is_empty()
            || !cluster_by.is_empty()
            || !distribute_by.is_empty()
            || !sort_by.is_empty()
            || value_table_mode.is_some()
            || *flavor != SelectFlavor::Standard;
        absent(
            of_other_databases,
            "a clause of another database",
            "write a plain SELECT",
        )?;

        match distinct {
            None | Some(Distinct::All | Distinct::Distinct) => {}
            Some(Distinct::On(columns)) => self.expressions(columns)?,
        }
        self.select_items(projection)?;
        from.iter().try_for_each(|from| self.from(from))?;
        self.expressions(selection)?;
        match group_by {
            GroupByExpr::Expressions(columns, modifiers) => {
                self.expressions(columns)?;
                for modifier in modifiers {
                    match modifier {
                        GroupByWithModifier::Rollup | GroupByWithModifier::Cube => {}
                        GroupByWithModifier::GroupingSets(sets) => self.expression(sets)?,
                        GroupByWithModifier::Totals => {
                            return refuse("WITH TOTALS", "use WITH ROLLUP");
                        }
                    }
                }
            }
            GroupByExpr::All(_) => return refuse("GROUP BY ALL", "name the columns"),
        }
        self.expressions(having)?;
        for NamedWindowDefinition(name, window) in named_window {
            self.name(name)?;
            match window {
                NamedWindowExpr::NamedWindow(name) => self.name(name)?,
                NamedWindowExpr::WindowSpec(spec) => self.window(spec)?,
            }
        }
        Ok(())
    }

    pub(super) fn select_items(&mut self, items: &[SelectItem]) -> Result<(), Refusal> {
        for item in items {
            match item {
                SelectItem::UnnamedExpr(expression) => self.expression(expression)?,
                SelectItem::ExprWithAlias { expr, alias } => {
                    self.expression(expr)?;
                    self.name(alias)?;
                }
                SelectItem::Wildcard(options) => self.wildcard(options)?,
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    options,
                ) => {
                    names::parts(self.rules, name)?;
                    self.wildcard(options)?;
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _)
                | SelectItem::ExprWithAliases { .. } => {
                    return refuse("a select item of this form", "name the columns");
                }
            }
        }
        Ok(())
    }

    fn wildcard(&mut self, options: &WildcardAdditionalOptions) -> Result<(), Refusal> {
        let WildcardAdditionalOptions {
            wildcard_token: _,
            opt_ilike,
            opt_exclude,
            opt_except,
            opt_replace,
            opt_rename,
            opt_alias,
        } = options;
        self.names_column = true;
        let any = opt_ilike.is_some()
            || opt_exclude.is_some()
            || opt_except.is_some()
            || opt_replace.is_some()
            || opt_rename.is_some()
            || opt_alias.is_some();
        absent(any, "an option after `*`", "name the columns")
    }

    fn order_by(&mut self, order_by: &OrderBy) -> Result<(), Refusal> {
        let OrderBy { kind, interpolate } = order_by;
        absent(interpolate.is_some(), "INTERPOLATE", LEAVE_IT_OUT)?;
        match kind {
            OrderByKind::Expressions(items) => self.order_by_items(items),
            OrderByKind::All(_) => refuse("ORDER BY ALL", "name the columns"),
        }
    }

    pub(super) fn order_by_items(&mut self, items: &[OrderByExpr]) -> Result<(), Refusal> {
        for OrderByExpr {
            expr,
            options,
            with_fill,
        } in items
        {
            let OrderByOptions {
                sort,
                nulls_first: _,
            } = options;
            absent(with_fill.is_some(), "WITH FILL", LEAVE_IT_OUT)?;
            match sort {
                None | Some(OrderBySort::Asc | OrderBySort::Desc) => {}
                Some(OrderBySort::Using(_)) => {
                    return refuse("ORDER BY … USING", "use ASC or DESC");
                }
            }
            self.expression(expr)?;
        }
        Ok(())
    }
}
