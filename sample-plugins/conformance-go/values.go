package plugin

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	database "example.com/conformance-go/bindings/imports/raisfast_plugin_wit_database"
	. "example.com/conformance-go/bindings/wit/types"
)

// must is the value of what cannot fail while the cases are well written.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func parseUnsigned(text string) uint64 {
	return must(strconv.ParseUint(text, 10, 64))
}

// parseValue reads a value that is written as its case, a colon and its content.
func parseValue(written string) database.Value {
	name, content, _ := strings.Cut(written, ":")
	switch name {
	case "null":
		return database.MakeValueNull()
	case "boolean":
		return database.MakeValueBoolean(content == "true")
	case "integer":
		return database.MakeValueInteger(must(strconv.ParseInt(content, 10, 64)))
	case "float":
		bits := must(strconv.ParseUint(content, 16, 64))
		return database.MakeValueFloat(math.Float64frombits(bits))
	case "decimal":
		return database.MakeValueDecimal(content)
	case "text":
		return database.MakeValueText(content)
	case "bytes":
		return database.MakeValueBytes(must(hex.DecodeString(content)))
	default:
		panic("a value has no case " + name)
	}
}

func parseOptionalValue(written string) Option[database.Value] {
	if written == "" {
		return None[database.Value]()
	}
	return Some(parseValue(written))
}

func writtenValue(value database.Value) string {
	switch value.Tag() {
	case database.Value_Null:
		return "null:"
	case database.Value_Boolean:
		return "boolean:" + strconv.FormatBool(value.Boolean())
	case database.Value_Integer:
		return "integer:" + strconv.FormatInt(value.Integer(), 10)
	case database.Value_Float:
		return fmt.Sprintf("float:%016x", math.Float64bits(value.Float()))
	case database.Value_Decimal:
		return "decimal:" + value.Decimal()
	case database.Value_Text:
		return "text:" + value.Text()
	default:
		return "bytes:" + hex.EncodeToString(value.Bytes())
	}
}

// parseFields reads names and values in turn.
func parseFields(texts []string) []database.Field {
	var fields []database.Field
	for pair := range slices.Chunk(texts, 2) {
		if len(pair) == 2 {
			fields = append(fields, database.Field{Name: pair[0], Value: parseValue(pair[1])})
		}
	}
	return fields
}

func writtenRow(row []database.Field) string {
	var parts []string
	for _, field := range row {
		parts = append(parts, field.Name, writtenValue(field.Value))
	}
	return strings.Join(parts, separator)
}
