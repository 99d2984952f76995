package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// What a plugin must do beside serving can only be seen from outside of its process. These are rehearsals of it: a
// process is started as for a run, but nobody connects to it.

// orphanGrace is how long a process has to end once its host is gone.
const orphanGrace = 2 * time.Second

// Reattached reports whether the plugin's process is somebody else's, named by LAB_REATTACH: it cannot be rehearsed
// with.
func (h *Host) Reattached(p *Plugin) bool {
	_, ok := h.reattach[p.Name]
	return ok
}

// EndsWithHost starts a process of the plugin, ends its lifeline as the death of the host would, and returns an error
// when the process lives on.
func (h *Host) EndsWithHost(p *Plugin) error {
	return h.rehearse(p, wire.ProtocolVersion, func(c *child) error {
		if err := c.line.write.Close(); err != nil {
			return err
		}
		timer := time.NewTimer(orphanGrace)
		defer timer.Stop()
		select {
		case <-c.gone:
			return nil
		case <-timer.C:
			return &trouble.Error{
				Class: trouble.Plugin,
				Text:  fmt.Sprintf("process %d still runs %v after its host has ended", c.pid(), orphanGrace),
				Hint: "it must end when it reads end of file from the descriptor that " + wire.LifelineVariable +
					" names; serve.Main does",
			}
		}
	})
}

// TellsVersion starts a process of the plugin as a lab of a later protocol would, and returns an error when the process
// does not answer with its own version: that is what lets such a lab say what is to be done.
func (h *Host) TellsVersion(p *Plugin) error {
	return h.rehearse(p, wire.ProtocolVersion+1, func(c *child) error {
		c.mu.Lock()
		fields := strings.Split(c.first, "|")
		c.mu.Unlock()
		if fields[1] != fmt.Sprint(wire.ProtocolVersion) {
			return &trouble.Error{Class: trouble.Plugin, Text: fmt.Sprintf("asked for labplugin %d it answers with version %s, want its own: %d",
				wire.ProtocolVersion+1, fields[1], wire.ProtocolVersion)}
		}
		return nil
	})
}

// rehearse starts a process that is asked to speak a version of the protocol, and does something with it once it has
// answered the handshake. The process is gone when it returns.
func (h *Host) rehearse(p *Plugin, version int, with func(*child) error) error {
	end, err := h.begin()
	if err != nil {
		return err
	}
	defer end()
	out := &output{}
	c := newChild(h, p.Path, out)
	if c.line, err = newLifeline(); err != nil {
		return err
	}
	defer c.line.close()
	c.env = append(h.pluginEnvironment(), wire.MagicCookieKey+"="+wire.MagicCookieValue,
		fmt.Sprintf("PLUGIN_PROTOCOL_VERSIONS=%d", version), "PLUGIN_UNIX_SOCKET_DIR="+h.dir)
	if err := c.Start(h.ctx); err != nil {
		return h.diagnose(p, c, err, context.Cause(h.ctx))
	}
	ctx, cancel := context.WithTimeoutCause(h.ctx, h.options.StartTimeout, errSlowStart)
	defer cancel()
	stop := context.AfterFunc(ctx, bug.Guarded(c.kill))
	defer func() {
		stop()
		c.kill()
		<-c.finished
	}()
	line, err := io.ReadAll(c.handshake)
	if err != nil || !isHandshake(strings.Split(strings.TrimSpace(string(line)), "|")) {
		c.endAfterFailure(ctx)
		return h.diagnose(p, c, errors.Join(err, ctx.Err()), context.Cause(ctx))
	}
	return with(c)
}

// ByHand runs the plugin's program with one argument, as a person would, and returns what it has printed to standard
// output.
func (h *Host) ByHand(p *Plugin, verb string) ([]byte, error) {
	end, err := h.begin()
	if err != nil {
		return nil, err
	}
	defer end()
	ctx, cancel := context.WithTimeoutCause(h.ctx, h.options.StartTimeout, errSlowStart)
	defer cancel()
	cmd := exec.Command(p.Path, verb)
	cmd.Env = slices.DeleteFunc(h.pluginEnvironment(), func(entry string) bool {
		return strings.HasPrefix(entry, wire.LifelineVariable+"=")
	})
	var out bytes.Buffer
	var complaint strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err = h.run(ctx, cmd)
	switch {
	case errors.Is(err, ErrClosed):
		return nil, ErrClosed
	case errors.Is(err, errSlowStart):
		return nil, &trouble.Error{Class: trouble.Plugin, Text: fmt.Sprintf("%s %s did not end within %v", p.Path, verb, h.options.StartTimeout), Err: err}
	case err != nil:
		text := fmt.Sprintf("%s %s: %v\n%s", p.Path, verb, err, complaint.String())
		return nil, &trouble.Error{Class: trouble.Plugin, Text: strings.TrimSpace(text), Err: err}
	}
	return out.Bytes(), nil
}
