package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

func newClient(io streams) *cobra.Command {
	wait := time.Second
	cmd := &cobra.Command{
		Use:   "client tcp|udp HOST:PORT",
		Short: "talk to a server by hand: type a line, see the reply",
		Long: "client sends each line that you type and shows the answers. tcp opens one connection. The connection ends when\n" +
			"the input ends or when the server closes it. udp sends each line as a datagram, without its newline.",
		Example: "  lab client tcp 127.77.0.1:8080\n" +
			"  echo hello | lab client udp 127.77.0.1:9000",
		Args:      clientArgs,
		ValidArgs: []string{"tcp", "udp"},
		RunE: func(cmd *cobra.Command, args []string) error {
			conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(cmd.Context(), args[0], args[1])
			if err != nil {
				return clientError(cmd.Context(), err)
			}
			stop := context.AfterFunc(cmd.Context(), bug.Guarded(func() { _ = conn.Close() }))
			defer stop()
			defer conn.Close()
			if args[0] == "udp" {
				err = talkDatagrams(io, conn, wait)
			} else {
				err = talkStream(io, conn.(*net.TCPConn))
			}
			return clientError(cmd.Context(), err)
		},
	}
	cmd.Flags().Var((*span)(&wait), "wait", "udp: how long to wait for replies after the last line")
	return cmd
}

func clientArgs(_ *cobra.Command, args []string) error {
	if len(args) != 2 || args[0] != "tcp" && args[0] != "udp" {
		return usageError("client: want tcp or udp, and an address", "lab client tcp HOST:PORT")
	}
	_, port, err := net.SplitHostPort(args[1])
	if number, bad := strconv.Atoi(port); err != nil || bad != nil || number < 1 || number > 65535 {
		return usageError(fmt.Sprintf("client: got address %q, want HOST:PORT", args[1]),
			"an address is HOST:PORT, for example 127.0.0.1:8080; a port is a number from 1 to 65535")
	}
	return nil
}

func clientError(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &trouble.Error{Class: trouble.Interrupted, Text: "interrupted", Err: err}
	}
	message := err.Error()
	var operation *net.OpError
	var name *net.DNSError
	switch {
	case errors.As(err, &name):
		message = name.Name + ": no such host"
	case errors.As(err, &operation) && operation.Addr != nil:
		message = fmt.Sprintf("%s %s: %v", operation.Net, operation.Addr, cause(operation))
	}
	return &trouble.Error{Class: trouble.Host, Text: message, Err: err}
}

// cause is what the system says of an operation, without the name of the call.
func cause(err *net.OpError) error {
	var call *os.SyscallError
	if errors.As(err, &call) {
		return call.Err
	}
	return err.Err
}

// talkStream copies both directions; the end of the input is passed on, and what still comes back is shown.
func talkStream(s streams, conn *net.TCPConn) error {
	go bug.Guarded(func() {
		_, err := io.Copy(conn, s.in)
		if err == nil {
			_ = conn.CloseWrite() // a connection that is gone says so to the reader below
		}
	})()
	var out io.Writer = s.out
	if isTerminal(s.out) {
		out = visibleText{s.out}
	}
	_, err := io.Copy(out, conn)
	return err
}

// visibleText keeps a server from writing to the terminal what is not text.
type visibleText struct{ out io.Writer }

func (v visibleText) Write(text []byte) (int, error) {
	_, err := io.WriteString(v.out, result.Visible(string(text)))
	return len(text), err
}

// talkDatagrams sends a datagram a line and shows replies, one a line, until none has come for a while after the last
// line of the input.
func talkDatagrams(s streams, conn net.Conn, wait time.Duration) error {
	ended := make(chan error, 1)
	go bug.Guarded(func() {
		lines := bufio.NewScanner(s.in)
		lines.Buffer(nil, 64<<10)
		for lines.Scan() {
			if _, err := conn.Write(lines.Bytes()); err != nil {
				ended <- err
				return
			}
		}
		ended <- errors.Join(lines.Err(), conn.SetReadDeadline(time.Now().Add(wait)))
	})()
	buf := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return <-ended
		}
		if err != nil {
			return err // such as a refusal: nobody listens there
		}
		fmt.Fprintf(s.out, "%s\n", result.Visible(string(buf[:n])))
	}
}
