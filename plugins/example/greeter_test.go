package example

import (
	"bufio"
	"fmt"
	"testing"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/sdktest"
)

func TestPlugin(t *testing.T) { sdktest.Run(t, Plugin()) }

func TestEveryNameIsGreetedAndCounted(t *testing.T) {
	b := sdktest.NewBench(t, Plugin(), 1)
	b.Add("server", "greeter", nil)
	b.Do(func(env sdk.Env) {
		conn, err := env.Dial("server:7000")
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		answers := bufio.NewReader(conn)
		for _, name := range []string{"Ada", "Bo"} {
			fmt.Fprintln(conn, name)
			if line, err := answers.ReadString('\n'); line != "Hello, "+name+"!\n" {
				t.Errorf("got %q, %v", line, err)
			}
		}
	})
	if a := b.Call("server", "greeted", nil); a.Value != int64(2) {
		t.Errorf("greeted %v, want 2", a.Value)
	}
}
