package script

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/lab/bug"
)

// A run without kinds, which the lab never makes, dereferences nil in lab.add; one whose lines nobody can take panics
// under a builtin of the language.
func TestAPanicInABuiltinOfLabIsABugAndNoErrorOfTheScript(t *testing.T) {
	for variable, source := range map[string]string{
		"TEST_BUG_IN_ADD":   "def test_x(lab):\n    sorted([1], key = lambda _: lab.add(\"box\"))\n",
		"TEST_BUG_IN_PRINT": "def test_x(lab):\n    lab.attempt(lambda: print(1))\n",
		"TEST_BUG_IN_TASK":  "def test_x(lab):\n    lab.join([lab.spawn(lambda: print(1))])\n",
	} {
		if os.Getenv(variable) != "" {
			all, err := loadText(t, source).Experiments(nil)
			if err != nil {
				t.Fatal(err)
			}
			Run(t.Context(), all[0], newWorld(), RunOptions{Engine: "sim", Print: func(string) { panic("nobody listens") }})
			os.Exit(1)
		}
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), variable+"=1")
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != bug.ExitCode ||
			!strings.HasPrefix(string(out), "error: lab has crashed: ") || !strings.Contains(string(out), "script.(*run)") &&
			!strings.Contains(string(out), "script.addNodes") {
			t.Errorf("%s: %v, want exit code %d and the stack of the panic\n%s", variable, err, bug.ExitCode, out)
		}
	}
}
