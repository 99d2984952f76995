package main

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkCommand times whole processes of lab, from start to exit, on the shipped scripts: the budgets of section 9
// of the design that a user feels. Each is run once before it is counted.
func BenchmarkCommand(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "lab")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	scripts := filepath.Join("..", "..", "scripts")
	for _, c := range []struct {
		name string
		args []string
	}{
		{"echo-live", []string{"run", filepath.Join(scripts, "echo_tcp.star") + "::test_echo_over_a_slow_link"}},
		{"election-sim", []string{"run", "--engine", "sim", filepath.Join(scripts, "election.star")}},
		{"election-sim-1000-seeds", []string{
			"run", "--engine", "sim", "--runs", "1000", "-k", "nodes=5", filepath.Join(scripts, "election.star"),
		}},
		{"slow-backend-sim-60000-requests", []string{"run", "--engine", "sim", filepath.Join(scripts, "slow_backend.star")}},
	} {
		b.Run(c.name, func(b *testing.B) {
			runCommand(b, bin, c.args)
			for b.Loop() {
				runCommand(b, bin, c.args)
			}
		})
	}
}

func runCommand(b *testing.B, bin string, args []string) {
	if out, err := exec.Command(bin, args...).CombinedOutput(); err != nil {
		b.Fatalf("lab %v: %v\n%s", args, err, out)
	}
}
