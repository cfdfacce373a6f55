package plugin

import (
	"slices"
	"strconv"
	"strings"

	http "example.com/conformance-go/bindings/imports/raisfast_plugin_wit_http"
	. "example.com/conformance-go/bindings/wit/types"
)

// The cases of the contract, in the order of their numbers.
var (
	methods        = []string{"get", "head", "post", "put", "patch", "delete"}
	httpErrorCases = []string{
		"denied", "invalid", "address", "limit", "too-large", "redirect", "timeout", "connection",
	}
)

func send(a arguments) answer {
	method := slices.Index(methods, a.text(0))
	if method < 0 {
		panic("http has no method " + a.text(0))
	}
	result := http.Send(http.Request{
		Method:    uint8(method),
		Url:       a.text(1),
		Headers:   headers(a.from(4)),
		Body:      []byte(a.text(3)),
		TimeoutMs: timeout(a.text(2)),
	})
	if result.IsErr() {
		return errorAnswer(httpErrorCases[result.Err().Tag()], httpMessage(result.Err()))
	}
	response := result.Ok()
	parts := []string{strconv.Itoa(int(response.Status)), string(response.Body)}
	for _, header := range response.Headers {
		parts = append(parts, header.F0, header.F1)
	}
	return valueAnswer(strings.Join(parts, separator))
}

func headers(texts []string) []Tuple2[string, string] {
	var headers []Tuple2[string, string]
	for pair := range slices.Chunk(texts, 2) {
		headers = append(headers, Tuple2[string, string]{F0: pair[0], F1: pair[1]})
	}
	return headers
}

func timeout(text string) Option[uint32] {
	if text == "" {
		return None[uint32]()
	}
	return Some(uint32(parseUnsigned(text)))
}

func httpMessage(err http.Error) string {
	switch err.Tag() {
	case http.Error_Denied:
		return err.Denied()
	case http.Error_Invalid:
		return err.Invalid()
	case http.Error_Address:
		return err.Address()
	case http.Error_Limit:
		return err.Limit()
	case http.Error_TooLarge:
		return err.TooLarge()
	case http.Error_Redirect:
		return err.Redirect()
	case http.Error_Timeout:
		return err.Timeout()
	default:
		return err.Connection()
	}
}
