package programs

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var programs = flag.Bool("programs", false, "run the scripts, for which programs are built and compiled")

// server is what nats.star is written for.
const server = "github.com/nats-io/nats-server/v2@v2.15.3"

// TestScripts runs the scripts of this folder by the lab that is two folders up: a few seeds, each twice.
func TestScripts(t *testing.T) {
	if !*programs {
		t.Skip("builds whole servers: go test . -programs")
	}
	lab := filepath.Join(t.TempDir(), "lab")
	command(t, "go", "build", "-C", "../../..", "-o", lab, "./cmd/lab")
	command(t, lab, "build", server, "-o", "nats-server.wasm")
	defer os.Remove("nats-server.wasm")
	command(t, lab, "run", "--engine", "sim", "--runs", "3", "--twice", ".")
	command(t, lab, "run", "raft.star")
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	t.Logf("%s %q\n%s", name, args, out)
	if err != nil {
		t.Fatal(err)
	}
}
