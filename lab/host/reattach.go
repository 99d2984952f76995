package host

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"sync"

	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// parseReattach reads the value of LAB_REATTACH.
func parseReattach(value string) (map[string]wire.Reattach, error) {
	if value == "" {
		return nil, nil
	}
	var all map[string]wire.Reattach
	if err := json.Unmarshal([]byte(value), &all); err != nil {
		return nil, &trouble.Error{
			Class: trouble.Plugin,
			Text:  fmt.Sprintf("%s: %v, in %q", wire.ReattachVariable, err, value),
			Hint:  "copy the line that the plugin's verb debug prints, with its quotes",
			Err:   err,
		}
	}
	for name, r := range all {
		if r.Network != "unix" && r.Network != "tcp" {
			return nil, &trouble.Error{
				Class: trouble.Plugin,
				Text:  fmt.Sprintf("%s: plugin %s: network %q, want unix or tcp", wire.ReattachVariable, name, r.Network)}
		}
	}
	return all, nil
}

// reconnect uses a process that somebody else has started.
func (h *Host) reconnect(p *Plugin, r wire.Reattach, out *output) (*connection, error) {
	if r.ProtocolVersion != wire.ProtocolVersion {
		return nil, versionSkew(p.Name, strconv.Itoa(r.ProtocolVersion))
	}
	gone := &attached{pid: r.Pid, done: make(chan struct{})}
	address, err := resolve(r)
	if err == nil {
		err = reachable(h.ctx, address)
	}
	if err != nil {
		return nil, &trouble.Error{
			Class: trouble.Plugin, Plugin: p.Name,
			Text: fmt.Sprintf("cannot reach the process %d named by %s: %v", r.Pid, wire.ReattachVariable, err),
			Hint: "is it still running? start it again with the verb debug and copy the new line",
			Err:  err,
		}
	}
	config := h.config(out)
	config.Plugins = config.VersionedPlugins[wire.ProtocolVersion]
	config.Reattach = &goplugin.ReattachConfig{
		Protocol: goplugin.ProtocolGRPC, ProtocolVersion: r.ProtocolVersion, Addr: address, Pid: r.Pid,
		Test:         true, // go-plugin leaves the process alone
		ReattachFunc: func() (runner.AttachedRunner, error) { return gone, nil },
	}
	connection, client, err := open(goplugin.NewClient(config))
	release := func() {
		gone.release()
		if client != nil {
			_ = client.Conn.Close()
		}
	}
	if err != nil {
		release()
		return nil, &trouble.Error{Class: trouble.Plugin, Plugin: p.Name, Text: fmt.Sprintf("process %d: %v", r.Pid, err), Err: err}
	}
	connection.pid, connection.close = r.Pid, release
	return connection, nil
}

func resolve(r wire.Reattach) (net.Addr, error) {
	if r.Network == "unix" {
		return net.ResolveUnixAddr(r.Network, r.Address)
	}
	return net.ResolveTCPAddr(r.Network, r.Address)
}

// reachable tells in plain words what gRPC would wrap.
func reachable(ctx context.Context, address net.Addr) error {
	conn, err := new(net.Dialer).DialContext(ctx, address.Network(), address.String())
	if err != nil {
		return err
	}
	return conn.Close()
}

// attached stands for somebody else's process. For go-plugin it ends when we let go of it.
type attached struct {
	pid  int
	once sync.Once
	done chan struct{}
}

func (a *attached) release() { a.once.Do(func() { close(a.done) }) }

// Wait implements runner.AttachedRunner.
func (a *attached) Wait(context.Context) error {
	<-a.done
	return nil
}

// Kill implements runner.AttachedRunner; the process is not ours to kill.
func (a *attached) Kill(context.Context) error { return nil }

// ID implements runner.AttachedRunner.
func (a *attached) ID() string { return strconv.Itoa(a.pid) }

// PluginToHost implements runner.AddrTranslator.
func (a *attached) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

// HostToPlugin implements runner.AddrTranslator.
func (a *attached) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
