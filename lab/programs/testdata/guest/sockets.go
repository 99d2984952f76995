package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"example.com/guest/told"
)

// server answers what client asks. A connection begins with four bytes that say how.
func server() {
	listener, err := net.Listen("tcp", ":"+os.Getenv("PORT"))
	must(err)
	socket, err := net.ListenPacket("udp", ":"+os.Getenv("PORT"))
	must(err)
	go shout(socket)
	fmt.Println("serving")
	for {
		conn, err := listener.Accept()
		must(err)
		go serve(conn)
	}
}

func shout(socket net.PacketConn) {
	b := make([]byte, 70_000)
	for {
		n, from, err := socket.ReadFrom(b)
		must(err)
		socket.WriteTo(bytes.ToUpper(b[:n]), from)
	}
}

func serve(conn net.Conn) {
	how := make([]byte, 4)
	io.ReadFull(conn, how)
	switch string(how) {
	case "half": // answers after the end
		rest, err := io.ReadAll(conn)
		fmt.Fprint(conn, len(rest), " ", err)
		conn.Close()
	case "rset":
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	case "echo":
		io.Copy(conn, conn)
		conn.Close()
	case "slow":
		time.Sleep(700 * time.Millisecond)
		io.Copy(io.Discard, conn)
	case "late":
		time.Sleep(100 * time.Millisecond)
		fmt.Fprint(conn, "late")
	}
}

func address() string { return net.JoinHostPort(os.Getenv("SERVER"), os.Getenv("PORT")) }

func dial(how string) *net.TCPConn {
	conn, err := net.Dial("tcp", address())
	must(err)
	io.WriteString(conn, how)
	return conn.(*net.TCPConn)
}

// timedOut tells whether an error is a deadline's, as both of Go's ways see it.
func timedOut(err error) bool {
	var n net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) && errors.As(err, &n) && n.Timeout()
}

// client tells what package net does, in lines that are the same on a kernel's sockets.
func client() {
	streams()
	deadlines()
	dials()
	listeners()
	datagrams()
	options()
	told.End()
}

func streams() {
	conn := dial("half")
	conn.Write(bytes.Repeat([]byte("x"), 1<<20))
	tell("conf", "close write: ", conn.CloseWrite())
	answer, err := io.ReadAll(conn)
	tell("conf", "half-closed: ", string(answer), " ", err)
	_, err = conn.Write([]byte("x"))
	tell("conf", "write after close write: EPIPE ", errors.Is(err, syscall.EPIPE))
	conn.Close()
	_, err = conn.Read(answer)
	tell("conf", "read after close: ErrClosed ", errors.Is(err, net.ErrClosed))
	conn = dial("rset")
	_, err = conn.Read(make([]byte, 1))
	tell("conf", "reset: ECONNRESET ", errors.Is(err, syscall.ECONNRESET))
	_, err = conn.Write([]byte("x"))
	tell("conf", "write after a reset: EPIPE ", errors.Is(err, syscall.EPIPE))
	_, err = conn.Read(make([]byte, 1))
	tell("conf", "read after a reset: EOF ", err == io.EOF)
	conn = dial("echo")
	data := make([]byte, 3<<20)
	for i := range data {
		data[i] = byte(i * i >> 7)
	}
	go func() {
		conn.Write(data)
		conn.CloseWrite()
	}()
	back, err := io.ReadAll(conn)
	tell("conf", "echo of 3 MiB: ", bytes.Equal(back, data), " ", err)
	conn.Close()
}

func deadlines() {
	conn := dial("late")
	began := time.Now() // before the deadline is set: a busy machine may stop the program between the two
	conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	_, err := conn.Read(make([]byte, 1))
	took := time.Since(began)
	tell("conf", "read deadline: ", timedOut(err), " early ", took < 20*time.Millisecond)
	conn.SetReadDeadline(time.Time{})
	answer, err := io.ReadAll(io.LimitReader(conn, 4))
	tell("conf", "read after the deadline: ", string(answer), " ", err)
	time.AfterFunc(10*time.Millisecond, func() { conn.Close() })
	_, err = conn.Read(make([]byte, 1))
	tell("conf", "closed by another goroutine: ErrClosed ", errors.Is(err, net.ErrClosed))
	conn = dial("slow")
	conn.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
	n, err := conn.Write(make([]byte, 64<<20))
	tell("conf", "write when nobody reads: ", timedOut(err), " in part ", n > 0 && n < 64<<20)
	conn.Close()
}

func dials() {
	_, err := net.Dial("tcp", net.JoinHostPort(os.Getenv("SERVER"), "9"))
	tell("conf", "dial where nobody listens: ECONNREFUSED ", errors.Is(err, syscall.ECONNREFUSED))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = (&net.Dialer{}).DialContext(ctx, "tcp", address())
	tell("conf", "dial of a cancelled context: ", err != nil)
	_, err = net.Dial("tcp", "no such name.invalid:1")
	var dns *net.DNSError
	tell("conf", "dial of no name: not found ", errors.As(err, &dns) && dns.IsNotFound)
}

func listeners() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	_, err = net.Listen("tcp", listener.Addr().String())
	tell("conf", "listen twice: EADDRINUSE ", errors.Is(err, syscall.EADDRINUSE))
	listener.(*net.TCPListener).SetDeadline(time.Now().Add(10 * time.Millisecond))
	_, err = listener.Accept()
	tell("conf", "accept deadline: ", timedOut(err))
	listener.(*net.TCPListener).SetDeadline(time.Time{})
	go func() {
		conn, err := net.Dial("tcp", listener.Addr().String())
		must(err)
		conn.Write([]byte("to myself"))
		conn.Close()
	}()
	conn, err := listener.Accept()
	must(err)
	got, err := io.ReadAll(conn)
	tell("conf", "loopback: ", string(got), " ", err, " from ", conn.RemoteAddr().(*net.TCPAddr).IP.IsLoopback() || os.Getenv("NODE") != "")
	time.AfterFunc(10*time.Millisecond, func() { listener.Close() })
	_, err = listener.Accept()
	tell("conf", "listener closed by another goroutine: ErrClosed ", errors.Is(err, net.ErrClosed))
	path := filepath.Join(os.TempDir(), "guest-"+os.Getenv("PORT"), "local.sock")
	os.MkdirAll(filepath.Dir(path), 0o700)
	local, err := net.Listen("unix", path)
	tell("conf", "unix socket within the program: ", err)
	go func() {
		conn, err := local.Accept()
		must(err)
		io.WriteString(conn, "local")
		conn.Close()
	}()
	inside, err := net.Dial("unix", path)
	must(err)
	got, err = io.ReadAll(inside)
	tell("conf", "over it: ", string(got), " ", err)
	local.Close()
	os.RemoveAll(filepath.Dir(path))
}

func datagrams() {
	socket, err := net.ListenPacket("udp", ":0")
	must(err)
	to, err := net.ResolveUDPAddr("udp", address())
	must(err)
	socket.WriteTo([]byte("hello"), to)
	b := make([]byte, 100)
	n, from, err := socket.ReadFrom(b)
	tell("conf", "datagram: ", string(b[:n]), " ", err, " from the port ", from.(*net.UDPAddr).Port == to.Port)
	socket.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	_, _, err = socket.ReadFrom(b)
	tell("conf", "datagram deadline: ", timedOut(err))
	_, err = socket.WriteTo(make([]byte, 70_000), to)
	tell("conf", "datagram of 70,000 bytes: EMSGSIZE ", errors.Is(err, syscall.EMSGSIZE))
	socket.SetReadDeadline(time.Time{})
	time.AfterFunc(10*time.Millisecond, func() { socket.Close() })
	_, _, err = socket.ReadFrom(b)
	tell("conf", "socket closed by another goroutine: ErrClosed ", errors.Is(err, net.ErrClosed))
	conn, err := net.Dial("udp", address())
	must(err)
	fmt.Fprint(conn, "connected")
	n, err = conn.Read(b[:4])
	tell("conf", "connected socket: ", string(b[:n]), " ", err)
	fmt.Fprint(conn, "again")
	n, err = conn.Read(b)
	tell("conf", "the rest of a datagram is gone: ", string(b[:n]), " ", err)
	conn.Close()
}

func options() {
	conn := dial("echo")
	defer conn.Close()
	tell("conf", "options: ", conn.SetKeepAlive(true), conn.SetKeepAlivePeriod(time.Minute), conn.SetNoDelay(false),
		conn.SetReadBuffer(1<<16), conn.SetWriteBuffer(1<<16))
	tell("conf", "wait: ", orderly())
}

// orderly tells whether timers come in their order, and select sees one of them.
func orderly() (order []int) {
	ticks := make(chan int, 3)
	for _, n := range []int{3, 1, 2} {
		time.AfterFunc(time.Duration(n)*20*time.Millisecond, func() { ticks <- n })
	}
	for range 3 {
		select {
		case n := <-ticks:
			order = append(order, n)
		case <-time.After(5 * time.Second):
			return nil
		}
	}
	return order
}

// node tells what only a node has: names, and a link that is cut.
func node() {
	host, err := os.Hostname()
	tell("node", "host ", host, " ", err)
	addrs, err := net.LookupHost(strings.ToUpper(os.Getenv("SERVER")) + ".")
	must(err)
	names, err := net.LookupAddr(addrs[0])
	tell("node", "name of an address ", names, " ", err)
	_, err = net.LookupTXT("server")
	var notFound *net.DNSError
	tell("node", "text of a name ", errors.As(err, &notFound) && notFound.IsNotFound)
	interfaces, err := net.InterfaceAddrs()
	tell("node", "interfaces ", len(interfaces), " ", err)
	var n net.Error
	began := time.Now()
	_, err = net.DialTimeout("tcp", net.JoinHostPort(os.Getenv("DARK"), "1"), 300*time.Millisecond)
	tell("node", "dial into a cut link ", errors.As(err, &n) && n.Timeout(), " ", time.Since(began).Round(100*time.Millisecond))
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(200*time.Millisecond, cancel)
	began = time.Now()
	_, err = (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(os.Getenv("DARK"), "1"))
	tell("node", "cancelled ", errors.Is(err, context.Canceled) || err != nil, " ", time.Since(began).Round(100*time.Millisecond))
	tell("end")
	stay()
}
