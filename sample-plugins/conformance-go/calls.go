package plugin

import (
	"strconv"
	"strings"

	clock "example.com/conformance-go/bindings/imports/raisfast_plugin_wit_clock"
	deliveries "example.com/conformance-go/bindings/imports/raisfast_plugin_wit_deliveries"
	host "example.com/conformance-go/bindings/imports/raisfast_plugin_wit_host_api"
	identifiers "example.com/conformance-go/bindings/imports/raisfast_plugin_wit_identifiers"
	refusals "example.com/conformance-go/bindings/imports/raisfast_plugin_wit_refusals"
	. "example.com/conformance-go/bindings/imports/raisfast_plugin_wit_types"
	. "example.com/conformance-go/bindings/wit/types"
)

const separator = "\x1f"

// arguments of a call. One that is missing is empty.
type arguments []string

func (a arguments) text(index int) string {
	return a.optional(index).SomeOr("")
}

func (a arguments) optional(index int) Option[string] {
	if index >= len(a) {
		return None[string]()
	}
	return Some(a[index])
}

func (a arguments) from(index int) []string {
	return a[min(index, len(a)):]
}

// answer is what a function of the host answered, as an event says it.
type answer struct {
	contentType string
	data        string
}

var nothing = answer{"nothing", ""}

func valueAnswer(text string) answer {
	return answer{"value", text}
}

func booleanAnswer(value bool) answer {
	return valueAnswer(strconv.FormatBool(value))
}

func optionalAnswer(value Option[string]) answer {
	if value.IsNone() {
		return answer{"none", ""}
	}
	return valueAnswer(value.Some())
}

func errorAnswer(name, message string) answer {
	return answer{"error", name + ": " + message}
}

// callHost calls the function with this name, and describes its answer as an event.
func callHost(function, data string) ContentEvent {
	call, ok := functions[function]
	if !ok {
		panic("the contract has no function " + function)
	}
	answer := call(strings.Split(data, separator))
	return ContentEvent{ContentType: answer.contentType, Data: answer.data, Id: None[string]()}
}

var functions = map[string]func(arguments) answer{
	"host-api/log": func(a arguments) answer {
		host.Log(a.text(0), a.text(1))
		return nothing
	},
	"host-api/get-config": func(a arguments) answer { return optionalAnswer(host.GetConfig(a.text(0))) },
	"host-api/http-get":   func(a arguments) answer { return optionalAnswer(host.HttpGet(a.text(0))) },
	"host-api/http-post": func(a arguments) answer {
		return optionalAnswer(host.HttpPost(a.text(0), a.text(1)))
	},
	"host-api/get-data": func(a arguments) answer { return optionalAnswer(host.GetData(a.text(0))) },
	"host-api/set-data": func(a arguments) answer {
		return booleanAnswer(host.SetData(a.text(0), a.text(1)))
	},
	"host-api/get-post": func(a arguments) answer { return optionalAnswer(host.GetPost(a.text(0))) },
	"host-api/db-query": func(a arguments) answer {
		return valueAnswer(host.DbQuery(a.text(0), a.optional(1)))
	},
	"host-api/db-execute": func(a arguments) answer {
		return valueAnswer(host.DbExecute(a.text(0), a.optional(1)))
	},
	"host-api/db-begin":    func(arguments) answer { return valueAnswer(host.DbBegin()) },
	"host-api/db-commit":   func(arguments) answer { return valueAnswer(host.DbCommit()) },
	"host-api/db-rollback": func(arguments) answer { return valueAnswer(host.DbRollback()) },
	"host-api/vfs-read":    func(a arguments) answer { return optionalAnswer(host.VfsRead(a.text(0))) },
	"host-api/vfs-write": func(a arguments) answer {
		return booleanAnswer(host.VfsWrite(a.text(0), a.text(1)))
	},
	"host-api/vfs-delete": func(a arguments) answer { return booleanAnswer(host.VfsDelete(a.text(0))) },
	"host-api/vfs-exists": func(a arguments) answer { return booleanAnswer(host.VfsExists(a.text(0))) },
	"host-api/vfs-list":   func(a arguments) answer { return optionalAnswer(host.VfsList(a.text(0))) },
	"host-api/vfs-stat":   func(a arguments) answer { return optionalAnswer(host.VfsStat(a.text(0))) },
	"host-api/emit-event": func(a arguments) answer {
		return valueAnswer(host.EmitEvent(a.text(0), a.text(1)))
	},

	"identifiers/new-id": func(arguments) answer { return valueAnswer(identifiers.NewId()) },
	"clock/now":          func(arguments) answer { return valueAnswer(clock.Now()) },
	"clock/unix-milliseconds": func(arguments) answer {
		return valueAnswer(strconv.FormatUint(clock.UnixMilliseconds(), 10))
	},
	"deliveries/current": func(arguments) answer { return currentDelivery() },
	"refusals/refuse": func(a arguments) answer {
		refusals.Refuse(a.optional(1), a.text(0))
		return nothing
	},
	"http/send": send,

	"database/insert":      insert,
	"database/fetch-one":   fetchOne,
	"database/fetch-all":   fetchAll,
	"database/update":      update,
	"database/delete":      deleteRows,
	"database/count":       count,
	"database/increment":   increment,
	"database/sum":         sum,
	"database/group-by":    groupBy,
	"database/placeholder": placeholder,

	"language/fail":        func(arguments) answer { panic("asked to fail") },
	"language/print":       printLine,
	"language/print-error": printErrorLine,
	"language/clock":       systemClock,
	"language/random":      systemRandom,
	"language/number":      randomNumber,
}

func currentDelivery() answer {
	delivery := deliveries.Current()
	if delivery.IsNone() {
		return answer{"none", ""}
	}
	attempt := strconv.FormatUint(uint64(delivery.Some().Attempt), 10)
	parts := []string{delivery.Some().Id, attempt, delivery.Some().CreatedAt}
	return valueAnswer(strings.Join(parts, separator))
}
