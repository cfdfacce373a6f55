package plugin

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"strconv"
	"time"
)

// What Go has of its own: its library, which WASI answers.

func printLine(a arguments) answer {
	fmt.Println(a.text(0))
	return nothing
}

func printErrorLine(a arguments) answer {
	fmt.Fprintln(os.Stderr, a.text(0))
	return nothing
}

func systemClock(arguments) answer {
	return valueAnswer(strconv.FormatInt(time.Now().UnixMilli(), 10))
}

func randomNumber(arguments) answer {
	return valueAnswer(strconv.FormatFloat(mathrand.Float64(), 'f', -1, 64))
}

func systemRandom(arguments) answer {
	bytes := make([]byte, 16)
	rand.Read(bytes)
	return valueAnswer(hex.EncodeToString(bytes))
}
