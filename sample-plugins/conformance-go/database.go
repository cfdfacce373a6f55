package plugin

import (
	"math"
	"strconv"
	"strings"

	database "example.com/conformance-go/bindings/imports/raisfast_plugin_wit_database"
	. "example.com/conformance-go/bindings/wit/types"
)

const rowSeparator = "\x1e"

// The cases of an error, in the order of their numbers.
var databaseErrorCases = []string{
	"denied", "invalid", "constraint", "busy", "limit", "database", "internal",
}

func insert(a arguments) answer {
	return answerOf(
		database.Insert(a.text(0), parseFields(a.from(1))),
		func(Unit) answer { return nothing },
	)
}

func fetchOne(a arguments) answer {
	return answerOf(database.FetchOne(parseQuery(a)), func(row Option[[]database.Field]) answer {
		if row.IsNone() {
			return answer{"none", ""}
		}
		return valueAnswer(writtenRow(row.Some()))
	})
}

func fetchAll(a arguments) answer {
	return answerOf(database.FetchAll(parseQuery(a)), rowsAnswer)
}

func update(a arguments) answer {
	return answerOf(
		database.Update(a.text(0), parseFilter(a.text(1)), parseFields(a.from(2))),
		numberAnswer,
	)
}

func deleteRows(a arguments) answer {
	return answerOf(database.Delete(a.text(0), parseFilter(a.text(1))), numberAnswer)
}

func count(a arguments) answer {
	return answerOf(database.Count(a.text(0), parseFilter(a.text(1))), numberAnswer)
}

func increment(a arguments) answer {
	return answerOf(database.Increment(database.Addition{
		Table:  a.text(0),
		Filter: parseFilter(a.text(1)),
		Column: a.text(2),
		By:     parseValue(a.text(3)),
		Bounds: database.Bounds{
			Min: parseOptionalValue(a.text(4)),
			Max: parseOptionalValue(a.text(5)),
		},
		Set: parseFields(a.from(6)),
	}), numberAnswer)
}

func sum(a arguments) answer {
	return answerOf(
		database.Sum(a.text(0), a.text(1), parseFilter(a.text(2))),
		func(value database.Value) answer { return valueAnswer(writtenValue(value)) },
	)
}

func groupBy(a arguments) answer {
	return answerOf(database.GroupBy(database.Grouping{
		Table:   a.text(0),
		Columns: []string{"flag"},
		Filter:  parseFilter(a.text(1)),
		Count:   Some("rows"),
		Sums:    []database.Total{{Column: "whole", Name: "total"}},
		Having:  database.MakeFilterAll(),
		Order:   []database.Order{{Column: "rows", Direction: database.Direction_Descending}},
		Limit:   None[uint64](),
	}), rowsAnswer)
}

func placeholder(a arguments) answer {
	return valueAnswer(database.Placeholder(uint32(parseUnsigned(a.text(0)))))
}

// answerOf describes what a function of the database answered, or its error.
func answerOf[T any](result Result[T, database.Error], describe func(T) answer) answer {
	if result.IsOk() {
		return describe(result.Ok())
	}
	return errorAnswer(databaseErrorCases[result.Err().Tag()], databaseMessage(result.Err()))
}

func numberAnswer(number uint64) answer {
	return valueAnswer(strconv.FormatUint(number, 10))
}

func rowsAnswer(rows [][]database.Field) answer {
	written := make([]string, len(rows))
	for i, row := range rows {
		written[i] = writtenRow(row)
	}
	return valueAnswer(strings.Join(written, rowSeparator))
}

func databaseMessage(err database.Error) string {
	switch err.Tag() {
	case database.Error_Denied:
		return err.Denied()
	case database.Error_Invalid:
		return err.Invalid()
	case database.Error_Constraint:
		return err.Constraint()
	case database.Error_Busy:
		return err.Busy()
	case database.Error_Limit:
		return err.Limit()
	case database.Error_Database:
		return err.Database()
	default:
		return err.Internal()
	}
}

func parseQuery(a arguments) database.Query {
	limit := None[uint64]()
	if a.text(2) != "" {
		limit = Some(parseUnsigned(a.text(2)))
	}
	return database.Query{
		Table:   a.text(0),
		Columns: a.from(4),
		Filter:  parseFilter(a.text(1)),
		Order:   []database.Order{{Column: "name", Direction: database.Direction_Ascending}},
		Limit:   limit,
		Offset:  parseUnsigned(a.text(3)),
	}
}

func parseFilter(name string) database.Filter {
	switch name {
	case "all":
		return database.MakeFilterAll()
	case "chosen":
		return database.MakeFilterMatching(chosen)
	default:
		panic("there is no filter " + name)
	}
}

// chosen is a condition of every kind, in postfix order.
var chosen = []database.Condition{
	database.MakeConditionCompare(database.Comparison{
		Column:   "name",
		Operator: database.Operator_NotEqual,
		Value:    database.MakeValueText("left-out"),
	}),
	database.MakeConditionIn(database.Membership{
		Column: "name",
		Values: []database.Value{
			database.MakeValueText("first"),
			database.MakeValueText("second"),
		},
	}),
	database.MakeConditionLike(database.Pattern{Column: "name", Pattern: "%s%"}),
	database.MakeConditionBetween(database.Span{
		Column: "whole",
		Low:    database.MakeValueInteger(math.MinInt64),
		High:   database.MakeValueInteger(math.MaxInt64),
	}),
	database.MakeConditionIsNull("nothing"),
	database.MakeConditionIsNull("name"),
	database.MakeConditionNot(),
	database.MakeConditionAnd(6),
	database.MakeConditionCompare(database.Comparison{
		Column:   "name",
		Operator: database.Operator_Equal,
		Value:    database.MakeValueText("third"),
	}),
	database.MakeConditionOr(2),
}
