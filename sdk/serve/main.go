package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// Main is the whole main function of a plugin. It does not return. If a host started the process, Main serves. If a user
// started it, the first argument decides: describe prints the manifest as JSON, docs prints it as Markdown, and test lets
// lab check the plugin. debug serves in this process, for a debugger, and prints how a host finds it. Without an argument,
// Main says what the program is. Code before Main must not print to standard output, because a host reads it.
func Main(p sdk.Plugin) {
	s, err := compile(p)
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: plugin %s cannot be served:\n%v\n", p.Name, err)
		os.Exit(1)
	}
	if Serving() {
		serve(s)
	}
	os.Exit(byHand(s, os.Args, os.Stdout, os.Stderr))
}

// byHand is the plugin as a command; it returns the exit code.
func byHand(s *served, args []string, out, trouble io.Writer) int {
	verb := ""
	if len(args) > 1 {
		verb = args[1]
	}
	if len(args) > 2 {
		verb = strings.Join(args[1:], " ") // no verb takes arguments
	}
	switch verb {
	case "":
		fmt.Fprint(out, greeting(s.described(), args[0]))
		return 0
	case "describe":
		return describe(s.described(), out, trouble)
	case "docs":
		fmt.Fprint(out, Markdown(s.described()))
		return 0
	case "test":
		return testByHand(s, out, trouble)
	case "debug":
		return serveByHand(s, out, trouble)
	}
	fmt.Fprintf(trouble, "error: %s: unknown argument %q\n", s.manifest.Name, verb)
	fmt.Fprintf(trouble, "hint: the verbs are describe, docs, test and debug; without one it says what it is\n")
	return 2
}

// greeting is what a plugin says to somebody who starts it by hand.
func greeting(m *manifest.Manifest, program string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", m.Name, m.Version)
	if m.Doc != "" {
		fmt.Fprintf(&b, ": %s", m.Doc)
	}
	b.WriteString("\n\nThis is a plugin of lab, the network lab. A script uses it, and lab starts it:\n\n")
	fmt.Fprintf(&b, "    plugin(%q)                  # in a script, with the path of this program\n", program)
	fmt.Fprintf(&b, "    lab run --plugin %s SCRIPT\n\n", program)
	b.WriteString("Its kinds:\n")
	for _, k := range m.Kinds {
		fmt.Fprintf(&b, "    %-16s %s\n", k.Name, k.Doc)
	}
	b.WriteString("\nVerbs: describe (the manifest as JSON), docs (Markdown), test (let lab check it), debug (serve under a\n" +
		"debugger).\n")
	return b.String()
}

func describe(m *manifest.Manifest, out, trouble io.Writer) int {
	text, err := ManifestJSON(m)
	if err == nil {
		_, err = out.Write(text)
	}
	if err != nil {
		fmt.Fprintf(trouble, "error: %v\n", err)
		return 1
	}
	return 0
}

// ManifestJSON writes a manifest as the verb describe prints it: indented, with the names of labplugin.proto. Equal
// manifests give equal bytes.
func ManifestJSON(m *manifest.Manifest) ([]byte, error) {
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(wire.ToManifest(m))
	if err != nil {
		return nil, err
	}
	var plain json.RawMessage = text // protojson varies its white space on purpose
	text, err = json.MarshalIndent(plain, "", "  ")
	return append(text, '\n'), err
}

// testByHand has lab check this program: the suite watches the process from outside, as a host does.
func testByHand(s *served, out, trouble io.Writer) int {
	program, err := os.Executable()
	if err == nil {
		cmd := exec.Command("lab", "plugin", "test", program)
		cmd.Stdout, cmd.Stderr = out, trouble
		err = cmd.Run()
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode()
	}
	fmt.Fprintf(trouble, "error: %s: cannot run lab plugin test: %v\n", s.manifest.Name, err)
	fmt.Fprintf(trouble, "hint: it needs the command lab: go install github.com/netlab-dev/netlab/cmd/lab@latest\n")
	return 5
}

// serveByHand serves every host that comes, one after another or several, until the process is ended.
func serveByHand(s *served, out, trouble io.Writer) int {
	config := serveConfig(&server{served: s})
	reattach := make(chan *goplugin.ReattachConfig, 1)
	closed := make(chan struct{})
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // to remove the socket
	defer release()
	config.Test = &goplugin.ServeTestConfig{Context: ctx, ReattachConfigCh: reattach, CloseCh: closed}
	go goplugin.Serve(config)
	select {
	case r := <-reattach:
		line, err := json.Marshal(map[string]wire.Reattach{s.manifest.Name: {
			Network: r.Addr.Network(), Address: r.Addr.String(), Pid: r.Pid, ProtocolVersion: r.ProtocolVersion,
		}})
		if err != nil {
			fmt.Fprintf(trouble, "error: %v\n", err)
			return 1
		}
		fmt.Fprintf(out, "%s='%s'\n", wire.ReattachVariable, line)
	case <-closed:
		fmt.Fprintln(trouble, "error: cannot open a socket to serve on")
		return 5
	}
	<-closed
	return 0
}
