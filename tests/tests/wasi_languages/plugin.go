// Package plugin does what its input says, with Go's library.
package plugin

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	. "example.com/wasi/bindings/wit/types"
)

func init() {
	// A collection as soon as there is a little garbage.
	debug.SetGCPercent(1)
}

var garbage []byte

// RenderMarkdown answers with what came of a command.
func RenderMarkdown(input string) Option[string] {
	command, argument, _ := strings.Cut(input, " ")
	switch command {
	case "upper":
		for range 1000 {
			garbage = make([]byte, 1000)
		}
		return Some(strings.ToUpper(argument))
	case "collections":
		var statistics runtime.MemStats
		runtime.ReadMemStats(&statistics)
		return Some(strconv.FormatUint(uint64(statistics.NumGC), 10))
	case "time":
		return Some(strconv.FormatInt(time.Now().Unix(), 10))
	case "sleep":
		begun := time.Now()
		time.Sleep(10 * time.Millisecond)
		return Some(strconv.FormatInt(int64(time.Since(begun)), 10))
	case "random":
		bytes := make([]byte, 16)
		rand.Read(bytes)
		return Some(hex.EncodeToString(bytes))
	case "goroutines":
		numbers := make(chan int)
		for i := range 100 {
			go func() { numbers <- i }()
		}
		sum := 0
		for range 100 {
			sum += <-numbers
		}
		return Some(strconv.Itoa(sum))
	case "environment":
		return Some(fmt.Sprint(len(os.Environ()), " variables"))
	case "open":
		_, err := os.Open("/etc/passwd")
		return Some(err.Error())
	case "print":
		fmt.Println("to stdout")
		fmt.Fprint(os.Stderr, "to stderr")
		return Some("")
	case "exit":
		os.Exit(3)
	case "panic":
		panic("as it was told")
	}
	return None[string]()
}
