package sdktest

// T is what a check or a Bench needs of a test. *testing.T and *testing.B have it; whoever runs the suite outside of
// `go test`, as `lab plugin test` does, brings one of his own.
type T interface {
	// Helper marks the caller as one whose lines do not matter in a report.
	Helper()
	// Errorf records a failure and goes on.
	Errorf(format string, args ...any)
	// Fatalf records a failure and ends the calling goroutine, deferred calls included.
	Fatalf(format string, args ...any)
	// Cleanup calls f when the test is over, the latest first. f may call Errorf and Fatalf.
	Cleanup(f func())
	// TempDir is a fresh directory that is removed when the test is over.
	TempDir() string
}
