module example.com/conformance-go

go 1.25
