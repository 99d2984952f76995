package star

import "testing"

func TestAListIsExtendedByItselfWhateverItsLength(t *testing.T) {
	_, err := guardedExec("x.star", `
def extended(n):
    y = [0] * n
    y.extend(y)
    if len(y) != 2 * n:
        fail(len(y))

[extended(n) for n in (0, 1, 1000, 16384, 100000)]
`, Predeclared())
	if err != nil {
		t.Fatal(Backtrace(err))
	}
}
