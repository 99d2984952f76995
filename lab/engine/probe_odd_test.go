package engine_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// odd makes the calls that no program makes on purpose, and says how each came out: it must not depend on the engine.
type odd struct {
	env      sdk.Env
	outcomes []string
}

// is notes the outcome of a call. Of an error that has no class the text may differ, but not that it is one.
func (o *odd) is(what string, err error, values ...any) {
	why := class(err)
	if strings.HasPrefix(why, "unclassed: ") {
		why = "an error"
	}
	o.outcomes = append(o.outcomes, strings.TrimSpace(fmt.Sprint(what, ": ", why, " ", fmt.Sprintln(values...))))
}

type oddArgs struct {
	Echo string `lab:"echo,doc=a node with a tcp-echo on its default port"`
}

func (p *probe) odd(env sdk.Env, a oddArgs) ([]string, error) {
	o := &odd{env: env}
	o.time()
	o.dials(a.Echo)
	if err := o.listeners(); err != nil {
		return nil, err
	}
	if err := o.conns(a.Echo); err != nil {
		return nil, err
	}
	if err := o.sockets(a.Echo); err != nil {
		return nil, err
	}
	return o.outcomes, o.disk()
}

func (o *odd) time() {
	o.is("sleep below 0", o.env.Sleep(-time.Hour))
	fired := sdk.NewMailbox[string](o.env)
	timer := o.env.AfterFunc(-time.Hour, func() { fired.Post("fired") })
	value, err := fired.Recv(time.Time{})
	o.is("a timer below 0", err, value, timer.Stop())
	timer = o.env.AfterFunc(time.Hour, func() { fired.Post("never") })
	o.is("a timer that is stopped", nil, timer.Stop(), timer.Stop())
	_, err = fired.Recv(o.env.Now().Add(-time.Hour))
	o.is("a receive that is overdue", err)
	fired.Post("there")
	value, err = fired.Recv(o.env.Now().Add(-time.Hour))
	o.is("a receive of what is there, overdue", err, value)
	o.is("a wait that is overdue", func() error {
		c := o.env.NewCond()
		c.Lock()
		defer c.Unlock()
		return c.Wait(o.env.Now().Add(-time.Hour))
	}())
}

func (o *odd) dials(echo string) {
	for _, addr := range []string{"", ":8080", echo, echo + ":", echo + ":0", echo + ":65536", echo + ":-1", "nobody:8080"} {
		_, err := o.env.DialTimeout(addr, time.Second)
		o.is(fmt.Sprintf("dial %q", addr), err)
	}
	for _, limit := range []time.Duration{0, -time.Hour} {
		_, err := o.env.DialTimeout(echo+":8080", limit)
		o.is(fmt.Sprintf("dial within %v", limit), err)
	}
}

func (o *odd) listeners() error {
	for _, port := range []int{-1, 65536} {
		_, err := o.env.Listen(port)
		o.is(fmt.Sprint("listen ", port), err)
		_, err = o.env.ListenPacket(port)
		o.is(fmt.Sprint("listen for datagrams ", port), err)
	}
	first, err := o.env.Listen(0)
	if err != nil {
		return err
	}
	second, err := o.env.Listen(0)
	if err != nil {
		return err
	}
	o.is("two free ports", nil, first.Addr().String() != second.Addr().String(), !strings.HasSuffix(first.Addr().String(), ":0"))
	o.is("close", first.Close())
	o.is("close again", first.Close())
	_, err = first.Accept()
	o.is("accept when closed", err)
	accepting := sdk.NewMailbox[error](o.env)
	o.env.Go(func() {
		_, err := second.Accept()
		accepting.Post(err)
	})
	if err := o.env.Sleep(10 * time.Millisecond); err != nil {
		return err
	}
	o.is("close under an accept", second.Close())
	came, err := accepting.Recv(time.Time{})
	o.is("the accept", came)
	third, err := o.env.Listen(8300)
	if err != nil {
		return err
	}
	_, err = o.env.Listen(8300)
	o.is("a port twice", err)
	socket, err := o.env.ListenPacket(8300)
	o.is("the same port for datagrams", err)
	o.is("close", third.Close())
	fourth, err := o.env.Listen(8300)
	o.is("the port again", err)
	return firstOf(fourth.Close(), socket.Close())
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (o *odd) conns(echo string) error {
	c, err := o.env.Dial(echo + ":8080")
	if err != nil {
		return err
	}
	o.is("addresses", nil, c.RemoteAddr(), c.RemoteAddr().Network(), strings.HasPrefix(c.LocalAddr().String(), "n1:"))
	n, err := c.Write(nil)
	o.is("write nothing", err, n)
	n, err = c.Read(nil)
	o.is("read nothing", err, n)
	past := o.env.Now().Add(-time.Hour)
	if err := firstOf(write(c, "a line\n"), o.env.Sleep(50*time.Millisecond), c.SetReadDeadline(past)); err != nil {
		return err
	}
	_, err = c.Read(make([]byte, 1))
	o.is("read overdue, though there is something", err)
	o.is("no deadline", c.SetDeadline(time.Time{}))
	b := make([]byte, 13)
	n, err = io.ReadFull(c, b)
	o.is("read after that", err, n)
	o.is("a deadline for writing", c.SetWriteDeadline(past))
	o.is("write overdue", write(c, "x"))
	o.is("no deadline", c.SetDeadline(time.Time{}))
	o.is("half close", c.CloseWrite())
	o.is("write after that", write(c, "x"))
	_, err = c.Read(b)
	o.is("the end", err)
	_, err = c.Read(b)
	o.is("the end again", err)
	o.closed(c)
	d, err := o.env.Dial(echo + ":8080")
	if err != nil {
		return err
	}
	o.is("half close", d.CloseWrite())
	o.is("reset after that", d.Reset())
	o.closed(d)
	return nil
}

// closed tries what no longer makes sense.
func (o *odd) closed(c sdk.Conn) {
	first := c.Close()
	_ = first // after a reset it is an error already
	_, err := c.Read(make([]byte, 1))
	o.is("read when closed", err)
	o.is("write when closed", write(c, "x"))
	o.is("half close when closed", c.CloseWrite())
	o.is("reset when closed", c.Reset())
	o.is("close when closed", c.Close())
	o.is("deadline when closed", c.SetDeadline(o.env.Now()))
}

func write(to io.Writer, text string) error {
	_, err := io.WriteString(to, text)
	return err
}

func (o *odd) sockets(echo string) error {
	a, err := o.env.ListenPacket(8301)
	if err != nil {
		return err
	}
	b, err := o.env.ListenPacket(8302)
	if err != nil {
		return err
	}
	to := func(addr string) error {
		n, err := a.WriteTo([]byte("text"), sdk.Addr(addr))
		if err == nil && n != 4 {
			err = fmt.Errorf("%d bytes", n)
		}
		return err
	}
	for _, addr := range []string{"", echo, echo + ":65536", "nobody:1", echo + ":1"} {
		o.is(fmt.Sprintf("send to %q", addr), to(addr))
	}
	_, err = a.WriteTo(nil, nil)
	o.is("send to nil", err)
	o.receives(a, b, "to itself")
	_, err = a.WriteTo(nil, sdk.Addr("n1:8302"))
	o.is("send nothing", err)
	n, from, err := b.ReadFrom(make([]byte, 10))
	o.is("receive nothing", err, n, from)
	o.is("a deadline", b.SetReadDeadline(o.env.Now().Add(-time.Hour)))
	_, _, err = b.ReadFrom(make([]byte, 1))
	o.is("receive overdue", err)
	o.is("close", b.Close())
	_, _, err = b.ReadFrom(make([]byte, 1))
	o.is("receive when closed", err)
	_, err = b.WriteTo([]byte("x"), sdk.Addr("n1:8301"))
	o.is("send when closed", err)
	o.is("close again", b.Close())
	o.is("deadline when closed", b.SetDeadline(o.env.Now()))
	return a.Close()
}

// receives sends more than the buffer of who receives holds.
func (o *odd) receives(a, b net.PacketConn, text string) {
	_, err := a.WriteTo([]byte(text), sdk.Addr("n1:8302"))
	o.is("send to the node itself", err)
	short := make([]byte, 2)
	n, from, err := b.ReadFrom(short)
	o.is("receive into too small a buffer", err, n, string(short), from)
}

func (o *odd) disk() error {
	d := o.env.Disk()
	for _, name := range []string{"", ".", "..", "a/b", "/etc/passwd", strings.Repeat("x", 300), "a b"} {
		f, err := d.Open(name)
		o.is(fmt.Sprintf("open %.20q", name), err)
		if err == nil {
			o.is("close", f.Close())
		}
	}
	o.is("remove what is not there", d.Remove("none"))
	o.is("rename what is not there", d.Rename("none", "other"))
	f, err := d.Open("file")
	if err != nil {
		return err
	}
	n, err := f.ReadAt(make([]byte, 1), 0)
	o.is("read an empty file", err, n)
	_, err = f.ReadAt(make([]byte, 1), -1)
	o.is("read below 0", err)
	_, err = f.WriteAt([]byte("text"), -1)
	o.is("write below 0", err)
	o.is("truncate below 0", f.Truncate(-1))
	n, err = f.WriteAt([]byte("text"), 2)
	o.is("write behind the end", err, n)
	b := make([]byte, 10)
	n, err = f.ReadAt(b, 0)
	o.is("read over the end", err, n, fmt.Sprintf("%q", b[:n]))
	o.is("sync", f.Sync())
	o.is("rename to itself", d.Rename("file", "file"))
	o.is("remove what is open", d.Remove("file"))
	n, err = f.ReadAt(b[:1], 2)
	o.is("read what is removed", err, n)
	o.is("close", f.Close())
	o.is("close again", f.Close())
	_, err = f.ReadAt(b, 0)
	o.is("read when closed", err)
	_, err = f.WriteAt(b, 0)
	o.is("write when closed", err)
	o.is("sync when closed", f.Sync())
	names, err := d.List()
	o.is("list", err, len(names), names)
	return nil
}

// nodes names all nodes.
func (p *probe) nodes(env sdk.Env) (string, error) { return strings.Join(env.Nodes(), " "), nil }
