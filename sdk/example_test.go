package sdk_test

import (
	"fmt"
	"io"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/serve"
)

type echo struct{}

// Run answers every byte with itself.
func (echo) Run(env sdk.Env) error {
	ln, err := env.Listen(7000)
	for err == nil {
		var conn sdk.Conn
		if conn, err = ln.Accept(); err == nil {
			env.Go(func() { io.Copy(conn, conn); conn.Close() })
		}
	}
	return err
}

var plugin = sdk.Plugin{Name: "echo", Kinds: []sdk.Kind{{Name: "echo", New: func() sdk.Component { return echo{} }}}}

// The main of the program would be: func main() { serve.Main(plugin) }
func Example() {
	manifest, err := serve.Manifest(plugin)
	fmt.Println(manifest.Kinds[0].Name, err)
	// Output: echo <nil>
}
