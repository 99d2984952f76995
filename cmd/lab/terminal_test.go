package main

import (
	"io"
	"os"
	"os/exec"
	"strconv"

	"github.com/creack/pty"
)

// onTerminal runs a command on a terminal of its own and prints what that shows:
//
//	on-terminal ROWS COLUMNS PROGRAM ARGUMENTS...
//
// testscript has a terminal, too. It closes it before it has read all that was printed.
func onTerminal() {
	rows, _ := strconv.ParseUint(os.Args[1], 10, 16)
	columns, _ := strconv.ParseUint(os.Args[2], 10, 16)
	cmd := exec.Command(os.Args[3], os.Args[4:]...)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: uint16(rows), Cols: uint16(columns)})
	if err != nil {
		panic(err)
	}
	_, _ = io.Copy(os.Stdout, terminal) // fails when the last program has left the terminal
	_ = cmd.Wait()
	os.Exit(cmd.ProcessState.ExitCode())
}
