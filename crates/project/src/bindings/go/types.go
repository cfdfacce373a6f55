// Package types holds what the contract has and Go has not: a value that may be absent, a result, a
// tuple.
package types

// The cases of an Option, as Tag tells them.
const (
	OptionNone uint8 = iota
	OptionSome
)

// Option is a value that may be absent.
type Option[T any] struct {
	present bool
	value   T
}

// None is an absent value.
func None[T any]() Option[T] {
	return Option[T]{}
}

// Some is a value that is there.
func Some[T any](value T) Option[T] {
	return Option[T]{present: true, value: value}
}

// IsNone tells whether the value is absent.
func (option Option[T]) IsNone() bool {
	return !option.present
}

// IsSome tells whether the value is there.
func (option Option[T]) IsSome() bool {
	return option.present
}

// Some is the value. It panics if the value is absent.
func (option Option[T]) Some() T {
	if !option.present {
		panic("the option has no value")
	}
	return option.value
}

// SomeOr is the value, or another if it is absent.
func (option Option[T]) SomeOr(other T) T {
	if option.present {
		return option.value
	}
	return other
}

// Tag is OptionNone or OptionSome.
func (option Option[T]) Tag() uint8 {
	if option.present {
		return OptionSome
	}
	return OptionNone
}

// The cases of a Result, as Tag tells them.
const (
	ResultOk uint8 = iota
	ResultErr
)

// Result is what a function answers that can fail.
type Result[T any, E any] struct {
	failed bool
	value  T
	err    E
}

// Ok is the answer of a function that has not failed.
func Ok[T any, E any](value T) Result[T, E] {
	return Result[T, E]{value: value}
}

// Err is the answer of a function that has failed.
func Err[T any, E any](err E) Result[T, E] {
	return Result[T, E]{failed: true, err: err}
}

// IsOk tells whether the function has not failed.
func (result Result[T, E]) IsOk() bool {
	return !result.failed
}

// IsErr tells whether the function has failed.
func (result Result[T, E]) IsErr() bool {
	return result.failed
}

// Ok is the value. It panics if the function has failed.
func (result Result[T, E]) Ok() T {
	if result.failed {
		panic("the result is an error")
	}
	return result.value
}

// Err is the error. It panics if the function has not failed.
func (result Result[T, E]) Err() E {
	if !result.failed {
		panic("the result is not an error")
	}
	return result.err
}

// Tag is ResultOk or ResultErr.
func (result Result[T, E]) Tag() uint8 {
	if result.failed {
		return ResultErr
	}
	return ResultOk
}

// Unit is a value that says nothing.
type Unit struct{}

// Tuple2 is two values.
type Tuple2[A any, B any] struct {
	F0 A
	F1 B
}
