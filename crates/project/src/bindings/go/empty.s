// With a file like this a package may hold functions without a body, also where it is compiled for this machine:
// editors and `go vet` do so.
