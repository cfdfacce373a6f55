// Package runtime gives the host memory to write into.
package runtime

import (
	"runtime"
	"unsafe"
)

// Keeps what the host has written until the hook has taken it over.
var received runtime.Pinner

// Unpin lets the collector have what the host has written and nobody holds any more.
func Unpin() {
	received.Unpin()
}

// Allocate returns memory for anything but Go pointers, which stays where it is while it is pinned.
// Its address is a multiple of 8, the greatest alignment that the contract knows.
func Allocate(pinner *runtime.Pinner, size, _ uintptr) unsafe.Pointer {
	if size == 0 {
		return nil
	}
	pointer := unsafe.Pointer(unsafe.SliceData(make([]uint64, (size+7)/8)))
	pinner.Pin(pointer)
	return pointer
}

// While the host waits for memory it cannot be asked for anything. A collection that begins here
// asks for the time: what the host's adapter has told before has to do.
//
//go:wasmimport wasi_snapshot_preview1 adapter_monotonic_clock_set_paused
func pauseClock(paused bool)

// The host asks for memory to write a value into.
//
//go:wasmexport cabi_realloc
func reallocate(old unsafe.Pointer, oldSize, align, newSize uintptr) unsafe.Pointer {
	pauseClock(true)
	pointer := Allocate(&received, newSize, align)
	if oldSize > 0 {
		copy(unsafe.Slice((*byte)(pointer), newSize), unsafe.Slice((*byte)(old), oldSize))
	}
	pauseClock(false)
	return pointer
}
