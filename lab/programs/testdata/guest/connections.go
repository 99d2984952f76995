package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/guest/told"
)

// connections tells what becomes of connections, listeners and datagrams that are used in unusual ways.
func connections() {
	ends()
	crowds()
	blocked()
	addresses()
	reuse()
	packets()
	resolver()
	told.End()
}

// pair is a connection of the program with itself.
func pair() (near, far *net.TCPConn) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	must(err)
	other, err := listener.Accept()
	must(err)
	return conn.(*net.TCPConn), other.(*net.TCPConn)
}

func readAll(conn net.Conn) string {
	b, err := io.ReadAll(conn)
	return fmt.Sprintf("%.20q %d %s", b, len(b), kind(err))
}

// settle lets happen what a peer has done.
func settle() { time.Sleep(20 * time.Millisecond) }

// patient does something until it is done, some seconds at most.
func patient(done func() bool) {
	for n := 0; n < 250 && !done(); n++ {
		settle()
	}
}

// say sends a text, of which the other side reads the first byte, so it has arrived.
func say(from, to net.Conn, text string) {
	_, err := io.WriteString(from, text)
	must(err)
	_, err = to.Read(make([]byte, 1))
	must(err)
}

// writes writes until there is an error, and tells what it was.
func writes(conn net.Conn) string {
	var err error
	patient(func() bool {
		_, err = conn.Write([]byte("x"))
		return err != nil
	})
	return kind(err)
}

// ends ends connections in each order.
func ends() {
	near, far := pair()
	io.WriteString(near, "last words")
	near.Close()
	tell("conf", "end after data: ", readAll(far), " write ", writes(far), " close ", kind(far.Close()), " ", kind(far.Close()))
	near, far = pair()
	say(far, near, "unread")
	near.Close()
	tell("conf", "closed with unread data: ", readAll(far), " then ", readAll(far), " write ", writes(far))
	near, far = pair()
	say(far, near, "before the reset")
	far.SetLinger(0)
	far.Close()
	tell("conf", "data before a reset: ", readAll(near), " then ", readAll(near))
	near, far = pair()
	say(far, near, "before")
	tell("conf", "close read: ", kind(near.CloseRead()), " ", readAll(near), " ", kind(second(io.WriteString(far, "after"))))
	got := ""
	patient(func() bool {
		got = readAll(near)
		return len(got) > len(readAll(near))
	})
	tell("conf", "after close read: ", got, " writes ", kind(second(io.WriteString(near, "own"))), " ", kind(near.Close()))
	near, far = pair()
	tell("conf", "close write twice: ", kind(near.CloseWrite()), " ", kind(near.CloseWrite()), " ", readAll(far), " back ", kind(second(io.WriteString(far, "back"))), " ", kind(far.CloseWrite()), " ", readAll(near))
	near.Close()
	far.Close()
	tell("conf", "after close: ", kind(near.CloseWrite()), " ", kind(near.SetDeadline(epoch)), " ", near.RemoteAddr() != nil)
	near, far = pair()
	near.SetLinger(5)
	io.WriteString(near, "lingers")
	near.Close()
	tell("conf", "linger: ", readAll(far))
	near, far = pair()
	n, err := near.Read(nil)
	m, errWrite := near.Write(nil)
	tell("conf", "nothing: ", n, kind(err), " ", m, kind(errWrite))
	buffers := net.Buffers{[]byte("one "), nil, []byte("two")}
	sent, err := buffers.WriteTo(near)
	near.CloseWrite()
	tell("conf", "buffers: ", sent, kind(err), " ", readAll(far))
	near.Close()
	far.Close()
}

// crowds connects to a listener that does not accept yet.
func crowds() {
	const many = 300
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	var all sync.WaitGroup
	failed := make(chan string, many)
	for n := range many {
		all.Add(1)
		go func() {
			defer all.Done()
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err == nil {
				_, err = fmt.Fprintln(conn, n)
			}
			if err == nil {
				_, err = io.ReadFull(conn, make([]byte, 2))
			}
			if err != nil {
				failed <- kind(err)
			}
		}()
	}
	time.Sleep(50 * time.Millisecond)
	for range many {
		conn, err := listener.Accept()
		must(err)
		go io.WriteString(conn, "ok")
	}
	all.Wait()
	close(failed)
	tell("conf", "crowd: failed ", len(failed), <-failed)
	waiting, err := net.Dial("tcp", listener.Addr().String())
	must(err)
	settle()
	listener.Close()
	tell("conf", "closed before accept: ", readAll(waiting), " again ", kind(second(net.Dial("tcp", listener.Addr().String()))), " ", kind(listener.Close()), " ", kind(second(listener.Accept())))
}

func second[T any](_ T, err error) error { return err }

// blocked ends what waits.
func blocked() {
	near, far := pair()
	waits := func(name string, do func() error, end func()) {
		done := make(chan error)
		go func() { done <- do() }()
		settle()
		end()
		tell("conf", name, ": ", kind(<-done))
	}
	full := make([]byte, 64<<20)
	waits("read, then a deadline", func() error { return second(near.Read(full)) }, func() { near.SetReadDeadline(epoch) })
	waits("write, then a deadline", func() error { return second(near.Write(full)) }, func() { near.SetWriteDeadline(epoch) })
	near.SetDeadline(time.Time{})
	waits("write, then close", func() error { return second(near.Write(full)) }, func() { near.Close() })
	n, err := io.Copy(io.Discard, far)
	tell("conf", "what was written before: ", n > 1000, " ", kind(err))
	near, far = pair()
	waits("write, then the peer closes", func() error {
		_, err := near.Write(full)
		return errors.Join(err, map[bool]error{true: nil}[err != nil])
	}, func() { far.Close() })
	near, far = pair()
	waits("read, then a reset", func() error { return second(near.Read(full)) }, func() { far.SetLinger(0); far.Close() })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	waits("accept, then a deadline", func() error { return second(listener.Accept()) }, func() { listener.(*net.TCPListener).SetDeadline(epoch) })
	waits("accept, then close", func() error {
		listener.(*net.TCPListener).SetDeadline(time.Time{})
		return second(listener.Accept())
	}, func() { listener.Close() })
	near, far = pair()
	near.SetReadDeadline(epoch)
	io.WriteString(far, "data")
	settle()
	first := second(near.Read(full))
	near.SetReadDeadline(time.Now().Add(time.Hour))
	n0, err := near.Read(full)
	tell("conf", "data after the deadline: ", kind(first), " ", n0, kind(err))
	_, err = near.Write(full[:10])
	near.SetWriteDeadline(epoch)
	tell("conf", "write before and after: ", kind(err), " ", kind(second(near.Write(full[:1]))))
}

// addresses tells how sockets name themselves, ports apart.
func addresses() {
	for _, at := range []string{"127.0.0.1:0", ":0", "0.0.0.0:0", "localhost:0"} {
		for _, network := range []string{"tcp", "tcp4"} {
			listener, err := net.Listen(network, at)
			must(err)
			shown := listener.Addr().(*net.TCPAddr)
			tell("conf", "listen ", network, " ", at, ": ", shown.IP, " ", shown.Zone, shown.Network(), " ", shown.Port > 0)
			listener.Close()
		}
		for _, network := range []string{"udp", "udp4"} {
			socket, err := net.ListenPacket(network, at)
			must(err)
			shown := socket.LocalAddr().(*net.UDPAddr)
			tell("conf", "listen ", network, " ", at, ": ", shown.IP, " ", shown.Network(), " ", shown.Port > 0)
			socket.Close()
		}
	}
	for _, bad := range []string{"127.0.0.1:70000", "127.0.0.1:x", "127.0.0.1", ":http2x", "[::1:80"} {
		_, err := net.Listen("tcp", bad)
		_, errDial := net.Dial("tcp", bad)
		tell("conf", "bad address ", bad, ": ", err, "; ", errDial)
	}
	_, err := net.Dial("tcp", "127.0.0.1:0")
	_, errNet := net.Dial("tcp9", "127.0.0.1:1")
	tell("conf", "port 0: ", kind(err), " ", errNet)
	near, far := pair()
	tell("conf", "both ends: ", near.LocalAddr().String() == far.RemoteAddr().String(), near.RemoteAddr().String() == far.LocalAddr().String(), near.LocalAddr().String() != far.LocalAddr().String())
}

// reuse takes ports that are taken, and those that were.
func reuse() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	at := listener.Addr().String()
	conn, err := net.Dial("tcp", at)
	must(err)
	accepted, err := listener.Accept()
	must(err)
	listener.Close()
	again, err := net.Listen("tcp", at)
	tell("conf", "listen again beside a connection: ", kind(err))
	io.WriteString(conn, "still there")
	conn.Close()
	tell("conf", "the connection: ", readAll(accepted))
	socket, errUDP := net.ListenPacket("udp", at)
	tell("conf", "the same port for datagrams: ", kind(errUDP), " twice: ", kind(second(net.ListenPacket("udp", at))))
	socket.Close()
	again.Close()
	tell("conf", "datagrams again: ", kind(second(net.ListenPacket("udp", at))))
	local := net.Dialer{LocalAddr: &net.UnixAddr{Name: "x"}}
	tell("conf", "another network's own address: ", second(local.Dial("tcp", address())) != nil)
	path := "local.sock"
	unix, err := net.Listen("unix", path)
	must(err)
	tell("conf", "unix twice: ", second(net.Listen("unix", path)) != nil)
	unix.Close()
	tell("conf", "unix closed: ", second(net.Dial("unix", path)) != nil)
}

// packets sends datagrams of each sort.
func packets() {
	a, err := net.ListenUDP("udp", nil)
	must(err)
	b, err := net.ListenPacket("udp4", "127.0.0.1:0")
	must(err)
	to, err := net.ResolveUDPAddr("udp", "127.0.0.1:"+port(a.LocalAddr()))
	must(err)
	buf := make([]byte, 1<<16)
	for _, size := range []int{0, 1, 1500, 9000, 65_507, 65_508} {
		n, err := b.WriteTo(make([]byte, size), to)
		if err == nil {
			size, _, err = a.ReadFrom(buf)
		}
		tell("conf", "datagram: ", n, " ", size, " ", kind(err))
	}
	for n := range 100 {
		fmt.Fprint(writer{b, to}, n)
	}
	sum := 0
	for range 100 {
		n, _, err := a.ReadFrom(buf)
		must(err)
		v, _ := strconv.Atoi(string(buf[:n]))
		sum += v
	}
	tell("conf", "burst: ", sum)
	b.WriteTo([]byte("ports"), to)
	_, from, err := a.ReadFromUDPAddrPort(buf)
	tell("conf", "from: ", int(from.Port()) == b.LocalAddr().(*net.UDPAddr).Port, " ", kind(err))
	b.WriteTo([]byte("message"), to)
	n, oob, flags, _, err := a.ReadMsgUDP(buf, make([]byte, 100))
	tell("conf", "message: ", n > 0, " ", oob, " ", flags, " ", kind(err))
}

func port(a net.Addr) string {
	_, port, err := net.SplitHostPort(a.String())
	must(err)
	return port
}

// writer writes datagrams to an address.
type writer struct {
	net.PacketConn
	to net.Addr
}

func (w writer) Write(b []byte) (int, error) { return w.WriteTo(b, w.to) }

// resolver asks for names and ports.
func resolver() {
	for _, name := range []string{"localhost", "127.0.0.1", "", "bad name", strings.Repeat("x", 300)} {
		addrs, err := net.LookupHost(name)
		var dns *net.DNSError
		ok := bytes.Contains([]byte(fmt.Sprint(addrs)), []byte("127.0.0.1"))
		tell("conf", fmt.Sprintf("name %.12q: ", name), ok, " ", errors.As(err, &dns) && dns.IsNotFound)
	}
	for _, service := range []string{"http", "80", "none", "70000", ""} {
		number, err := net.LookupPort("tcp", service)
		tell("conf", "port ", service, ": ", number, " ", err != nil)
	}
	_, _, err := net.ParseCIDR("10.0.0.1/8")
	tell("conf", "parse ", net.ParseIP("::ffff:10.0.0.1"), " ", kind(err), " ", net.JoinHostPort("::1", "80"))
}
