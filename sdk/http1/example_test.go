package http1_test

import (
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/netlab-dev/netlab/sdk/http1"
)

// A server that greets, and a client that asks it twice on one connection. A component takes its connections from
// env.Dial and env.Listen, and starts tasks with env.Go.
func Example() {
	near, far := net.Pipe()
	greeter := http1.Server{Handle: func(req *http1.Request, reply *http1.Reply) error {
		name, err := io.ReadAll(req.Body)
		if err != nil {
			return err
		}
		return reply.Text(200, http1.Header{{Name: "X-Path", Value: req.Path()}}, "hello, "+string(name))
	}}
	done := make(chan error)
	go func() { done <- greeter.Serve(far) }()

	client := http1.NewClient(near, http1.Limits{})
	for _, name := range []string{"n1", "n2"} {
		req := http1.Request{Method: "POST", Target: "/greet", Header: http1.Header{{Name: "Host", Value: "web:80"}},
			Framing: http1.Framing(len(name)), Body: strings.NewReader(name)}
		var resp http1.Response
		if err := client.Do(&req, &resp); err != nil {
			fmt.Println(err)
			return
		}
		text, err := io.ReadAll(resp.Body)
		fmt.Println(resp.Status, resp.Header.Get("x-path"), string(text), err, client.Reusable())
	}
	near.Close()
	fmt.Println(<-done)
	// Output:
	// 200 /greet hello, n1 <nil> true
	// 200 /greet hello, n2 <nil> true
	// <nil>
}
