package programs

import (
	"flag"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var programs = flag.String("programs", "", "scripts to run, such as raft,nats, or all; whole servers are built for them")

// server is what nats.star is written for.
const server = "github.com/nats-io/nats-server/v2@v2.15.3"

// TestScripts runs scripts of this folder by the lab of this repository: a seed in sim, twice, and once in live.
func TestScripts(t *testing.T) {
	if *programs == "" {
		t.Skip("builds whole servers: go test . -programs all")
	}
	names := strings.Split(strings.ReplaceAll(*programs, "all", "raft,nats,redis,grpc"), ",")
	lab := filepath.Join(t.TempDir(), "lab")
	command(t, "go", "build", "-C", "../../..", "-o", lab, "./cmd/lab")
	if slices.Contains(names, "nats") {
		command(t, lab, "build", server, "-o", "nats-server.wasm")
	}
	for _, name := range names {
		command(t, lab, "run", "--engine", "sim", "--twice", name+".star")
		command(t, lab, "run", name+".star")
	}
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	t.Logf("%s %q\n%s", name, args, out)
	if err != nil {
		t.Fatal(err)
	}
}
