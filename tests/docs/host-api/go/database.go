// The interface `database`.

package plugin

// ANCHOR: imports
import (
	"fmt"

	clock "example.com/examples/bindings/imports/raisfast_plugin_wit_clock"
	database "example.com/examples/bindings/imports/raisfast_plugin_wit_database"
	host "example.com/examples/bindings/imports/raisfast_plugin_wit_host_api"
	identifiers "example.com/examples/bindings/imports/raisfast_plugin_wit_identifiers"
	. "example.com/examples/bindings/wit/types"
)

var (
	text    = database.MakeValueText
	integer = database.MakeValueInteger
)

func compare(column string, operator database.Operator, value database.Value) database.Condition {
	return database.MakeConditionCompare(database.Comparison{
		Column:   column,
		Operator: operator,
		Value:    value,
	})
}

// rowsWhere takes conditions in postfix order: `and`, `or` and `not` follow what they join.
func rowsWhere(conditions ...database.Condition) database.Filter {
	return database.MakeFilterMatching(conditions)
}

// field is the value of a column that the row has.
func field(row []database.Field, name string) database.Value {
	for _, field := range row {
		if field.Name == name {
			return field.Value
		}
	}
	panic("the row has no column " + name)
}

// must is what a function of the database returned; its error ends the hook.
func must[T any](result Result[T, database.Error]) T {
	if result.IsErr() {
		panic(fmt.Sprintf("the database refuses, case %d", result.Err().Tag()))
	}
	return result.Ok()
}
// ANCHOR_END: imports

// ANCHOR: insert
func exampleInsert() {
	result := database.Insert("shop_orders", []database.Field{
		{Name: "id", Value: text(identifiers.NewId())},
		{Name: "customer", Value: text("ada")},
		{Name: "state", Value: text("open")},
		{Name: "total", Value: integer(25)},
		{Name: "note", Value: database.MakeValueNull()},
		{Name: "created_at", Value: text(clock.Now())},
	})
	if result.IsErr() && result.Err().Tag() == database.Error_Constraint {
		host.Log("warn", result.Err().Constraint())
	}
}
// ANCHOR_END: insert

// ANCHOR: fetch-one
func exampleFetchOne() {
	order := must(database.FetchOne(database.Query{
		Table:  "shop_orders",
		Filter: rowsWhere(compare("id", database.Operator_Equal, text("order-1"))),
	}))
	if order.IsNone() {
		return
	}
	total, note := field(order.Some(), "total"), field(order.Some(), "note")
	words := ""
	if note.Tag() == database.Value_Text {
		words = note.Text()
	}
	host.Log("info", fmt.Sprintf("%d %s", total.Integer(), words))
}
// ANCHOR_END: fetch-one

// ANCHOR: fetch-all
func exampleFetchAll() {
	orders := must(database.FetchAll(database.Query{
		Table: "shop_orders",
		Filter: rowsWhere(
			compare("state", database.Operator_Equal, text("open")),
			compare("total", database.Operator_Greater, integer(10)),
			database.MakeConditionAnd(2),
		),
		Order: []database.Order{
			{Column: "created_at", Direction: database.Direction_Descending},
			{Column: "id", Direction: database.Direction_Ascending},
		},
		Limit: Some[uint64](20),
	}))
	for _, order := range orders {
		host.Log("info", field(order, "id").Text())
	}
}
// ANCHOR_END: fetch-all

// ANCHOR: update
func exampleUpdate() {
	closed := must(database.Update(
		"shop_orders",
		rowsWhere(
			database.MakeConditionIn(database.Membership{
				Column: "state",
				Values: []database.Value{text("open"), text("paid")},
			}),
			database.MakeConditionIsNull("note"),
			database.MakeConditionNot(),
			database.MakeConditionAnd(2),
		),
		[]database.Field{{Name: "state", Value: text("closed")}},
	))
	host.Log("info", fmt.Sprintf("%d closed", closed))

	noNote := []database.Field{{Name: "note", Value: database.MakeValueNull()}}
	must(database.Update("shop_orders", database.MakeFilterAll(), noNote))
}
// ANCHOR_END: update

// ANCHOR: delete
func exampleDelete() {
	deleted := must(database.Delete("shop_orders", rowsWhere(
		compare("created_at", database.Operator_Less, text("2026-01-01")),
		database.MakeConditionLike(database.Pattern{Column: "id", Pattern: "test-%"}),
		database.MakeConditionOr(2),
	)))
	host.Log("info", fmt.Sprintf("%d deleted", deleted))
}
// ANCHOR_END: delete

// ANCHOR: count
func exampleCount() {
	orders := must(database.Count("shop_orders", database.MakeFilterAll()))
	from1to9 := database.Span{Column: "total", Low: integer(1), High: integer(9)}
	small := must(database.Count("shop_orders", rowsWhere(database.MakeConditionBetween(from1to9))))
	host.Log("info", fmt.Sprintf("%d of %d are small", small, orders))
}
// ANCHOR_END: count

// ANCHOR: increment
func exampleIncrement() {
	sold := must(database.Increment(database.Addition{
		Table:  "shop_products",
		Filter: rowsWhere(compare("id", database.Operator_Equal, text("mug"))),
		Column: "stock",
		By:     integer(-1),
		Bounds: database.Bounds{Min: Some(integer(0))},
		Set:    []database.Field{{Name: "sold_at", Value: text(clock.Now())}},
	}))
	if sold == 1 {
		host.Log("info", "sold")
	} else {
		host.Log("info", "sold out")
	}
}
// ANCHOR_END: increment

// ANCHOR: sum
func exampleSum() {
	notOpen := rowsWhere(compare("state", database.Operator_NotEqual, text("open")))
	revenue := must(database.Sum("shop_orders", "total", notOpen))
	if revenue.Tag() == database.Value_Integer {
		host.Log("info", fmt.Sprintf("%d earned", revenue.Integer()))
	}
}
// ANCHOR_END: sum

// ANCHOR: group-by
func exampleGroupBy() {
	customers := must(database.GroupBy(database.Grouping{
		Table:   "shop_orders",
		Columns: []string{"customer"},
		Filter:  rowsWhere(compare("state", database.Operator_NotEqual, text("void"))),
		Count:   Some("orders"),
		Sums:    []database.Total{{Column: "total", Name: "revenue"}},
		Having:  rowsWhere(compare("orders", database.Operator_GreaterOrEqual, integer(2))),
		Order:   []database.Order{{Column: "revenue", Direction: database.Direction_Descending}},
		Limit:   Some[uint64](10),
	}))
	for _, row := range customers {
		customer, revenue := field(row, "customer").Text(), field(row, "revenue").Integer()
		host.Log("info", fmt.Sprintf("%s: %d", customer, revenue))
	}
}
// ANCHOR_END: group-by

// ANCHOR: placeholder
func examplePlaceholder() {
	sql := "SELECT title FROM posts WHERE slug = " + database.Placeholder(1)
	host.Log("info", host.DbQuery(sql, Some(`["hello-world"]`)))
}
// ANCHOR_END: placeholder

var databaseExamples = map[string]func(){
	"insert":      exampleInsert,
	"fetch-one":   exampleFetchOne,
	"fetch-all":   exampleFetchAll,
	"update":      exampleUpdate,
	"delete":      exampleDelete,
	"count":       exampleCount,
	"increment":   exampleIncrement,
	"sum":         exampleSum,
	"group-by":    exampleGroupBy,
	"placeholder": examplePlaceholder,
}
